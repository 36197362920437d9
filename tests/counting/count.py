#!/usr/bin/env python3
"""Counts instructions and sizes and compares them with expected.json. See README.md.

    count.py                     count everything and compare
    count.py --update            count everything and write expected.json, and the table of the README at the top
    count.py --rebuild --update  the same after building both build folders
    count.py --table             the figures of expected.json as tables for people

Exit status: 0 as expected, 1 something changed, 2 something went wrong, 77 nothing could be counted here.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

import cores
import measure
import programs
import readme

HERE = pathlib.Path(__file__).resolve().parent
EXPECTED = HERE / "expected.json"
PARTS = ("pc", "device", "sizes", "cores", "groups")
SKIPPED = 77
MUST_COUNT = "MICA_SKIP_IS_FAILURE"  # in the environment: what tests/run.sh has installed and built must be there

# How far a figure may move, up or down, before it has to be blessed.
TOLERANCE = 0.02
ROUNDING = 0.02  # figures that are no whole numbers are stored with two digits

# Another compiler or kind of build counts something else; the flags are the project's own and shown only.
DECISIVE = ("compiler", "build type")


def main():
    arguments = parse_arguments()
    expected = json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
    if arguments.table:
        print(tables(expected))
        return 0
    try:
        if arguments.rebuild:
            rebuild(arguments)
        if arguments.update:
            return update(arguments, expected)
        return compare_parts(arguments, expected)
    except (measure.Broken, measure.run_qemu.NodeError, ValueError, subprocess.CalledProcessError) as error:
        print(f"count.py: {error}", file=sys.stderr)
        return 2


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to count: {', '.join(PARTS)} (default: all)")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--compare", action="store_true", help="compare with expected.json (this is the default)")
    mode.add_argument("--update", action="store_true", help="write expected.json")
    mode.add_argument("--table", action="store_true", help="print expected.json as Markdown")
    parser.add_argument("--rebuild", action="store_true", help="build before counting")
    parser.add_argument("--pc-build", type=pathlib.Path, default=programs.ROOT / "build" / "pc-release", metavar="DIR",
                        help="build folder of the PC (%(default)s)")
    parser.add_argument("--firmware", type=lambda text: pathlib.Path(text) if text else None, metavar="DIR",
                        default=programs.ROOT / "build" / "stm32-netduinoplus2" / "hosts" / "stm32" / "images",
                        help="folder of the images (%(default)s)")
    parser.add_argument("--program", type=pathlib.Path, help="mica_count_pc, if it lies elsewhere")
    parser.add_argument("--plugin", type=pathlib.Path, help="icount.so, if it lies elsewhere")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    arguments.parts = arguments.parts or list(PARTS)
    folder = arguments.pc_build / "tests" / "counting"
    arguments.program = arguments.program or folder / "mica_count_pc"
    arguments.plugin = arguments.plugin or folder / "plugin" / "icount.so"
    return arguments


def rebuild(arguments):
    subprocess.run(["cmake", "--build", arguments.pc_build, "--target", "mica_count_pc", "mica_icount"], check=True)
    for _ in range(2 if arguments.firmware else 0):  # the second takes up what the first has generated
        subprocess.run(["cmake", "--build", measure.build_root(arguments.firmware)], check=True)


def toolchain(part, arguments):
    return measure.pc_toolchain(arguments.program) if part == "pc" else measure.device_toolchain(arguments.firmware)


def count(part, arguments):
    figures = list(programs.figures())
    if part == "pc":
        return measure.pc(arguments.program, figures)
    if part == "device":
        return measure.device(arguments.firmware, arguments.plugin, figures)
    if part == "sizes":
        return measure.sizes(arguments.firmware)
    return cores.profiles(arguments.firmware) if part == "cores" else cores.groups(arguments.firmware)


# --- comparing --------------------------------------------------------------------------------------------------------

def compare_parts(arguments, expected):
    statuses = []
    for part in arguments.parts:
        try:
            statuses.append(compare(part, arguments, expected.get(part)))
        except measure.Missing as missing:
            print(f"{part}: not counted: {missing}")
            all_is_built = MUST_COUNT in os.environ and not isinstance(missing, measure.OtherToolchain)
            statuses.append(1 if all_is_built else SKIPPED)
    return 1 if 1 in statuses else 0 if 0 in statuses else SKIPPED


def compare(part, arguments, expected):
    if expected is None:
        print(f"{part}: expected.json has nothing to compare with: write it with --update")
        return 1
    made_with = toolchain(part, arguments)
    for name in DECISIVE:
        if made_with[name] != expected["toolchain"][name]:
            raise measure.OtherToolchain(f"the {name} here is {made_with[name]}, the expected figures are of "
                                         f"{expected['toolchain'][name]}")
    for name, was in expected["toolchain"].items():
        if made_with.get(name) != was:
            print(f"{part}: the {name} changed from\n  {was}\nto\n  {made_with.get(name)}")
    figures = count(part, arguments)
    told = readme.differences(figures) if part == "device" else []
    for row in told:
        print(f"README.md does not say: {row}\n  tests/counting/count.py device --update writes it")
    return max(compare_figures(part, figures, expected["figures"]), 1 if told else 0)


def compare_figures(part, figures, expected):
    rows = changes(figures, expected)
    if not rows:
        print(f"{part}: {len(figures)} figures as expected")
        return 0
    print(f"{part}: {len(rows)} numbers of {len(figures)} figures changed\n")
    print_columns([("figure", "column", "was", "is", "change", "")] + rows)
    if not any(row[-1] for row in rows):
        print("\nall within 2 %")
        return 0
    print(f"\nIf this is what you wanted: tests/counting/count.py {part} --update")
    return 1


def changes(figures, expected):
    """Rows of the table; the last column is empty for a change that passes."""
    rows = []
    for key in [*figures, *(key for key in expected if key not in figures)]:
        now, before = figures.get(key, {}), expected.get(key, {})
        for column in [*now, *(column for column in before if column not in now)]:
            was, is_now = before.get(column), now.get(column)
            if was != is_now:
                rows.append((key, column, text_of(was), text_of(is_now), percent(was, is_now),
                             verdict(column, was, is_now)))
    return rows


def verdict(column, was, is_now):
    if was is None:
        return "new"
    if is_now is None:
        return "gone"
    if column == "ticks":
        return "TICKS: programs end in other slices"
    if abs(is_now - was) <= max(was * TOLERANCE, ROUNDING):
        return ""
    return "WORSE" if is_now > was else "better: bless it with --update"


def percent(was, is_now):
    return f"{100 * (is_now - was) / was:+.1f} %" if was and is_now is not None else ""


def text_of(number):
    return "-" if number is None else f"{number:.2f}" if isinstance(number, float) else str(number)


def print_columns(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [cell.rjust(width) if k in (2, 3, 4) else cell.ljust(width)
                 for k, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


# --- expected.json ----------------------------------------------------------------------------------------------------

def update(arguments, expected):
    status = SKIPPED
    for part in arguments.parts:
        try:
            made_with = toolchain(part, arguments)
            figures = count(part, arguments)
        except measure.Missing as missing:
            print(f"{part}: not counted, its expected figures stay as they are: {missing}")
            continue
        rows = changes(figures, expected.get(part, {}).get("figures", {}))
        expected[part] = {"figures": figures, "toolchain": made_with}
        if part == "device":
            readme.update(figures)
        print(f"{part}: {len(figures)} figures written, {len(rows)} numbers changed")
        status = 0
    EXPECTED.write_text(written(expected), encoding="utf-8")
    return status


def written(expected):
    """One figure on a line, sorted."""
    parts = []
    for part, content in sorted(expected.items()):
        groups = []
        for group, entries in sorted(content.items()):
            lines = ",\n".join(f"      {json.dumps(key)}: {json.dumps(entries[key], sort_keys=True)}"
                               for key in sorted(entries))
            groups.append(f'    "{group}": {{\n{lines}\n    }}')
        parts.append(f'  "{part}": {{\n' + ",\n".join(groups) + "\n  }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


# --- tables for people ------------------------------------------------------------------------------------------------

def tables(expected):
    figures = {part: expected.get(part, {}).get("figures", {}) for part in PARTS}
    keys = list(dict.fromkeys(figure.key for figure in programs.figures()))
    sections = []
    for group in dict.fromkeys(key.split(": ")[0] for key in keys):
        columns = [(part, column) for part in ("pc", "device") for column in
                   ((measure.COMPILER,) if group == measure.COMPILER else measure.FORMS)]
        if group != measure.COMPILER:
            columns.append(("device", "ticks"))
        rows = [[key.split(": ", 1)[1], *(figures[part].get(key, {}).get(column) for part, column in columns)]
                for key in keys if key.startswith(group + ": ")]
        names = {"pc": "PC", "device": "M4"}
        heads = ["ticks" if column == "ticks" else f"{names[part]} {column}" for part, column in columns]
        sections.append(markdown(f"Instructions: {group}", [group, *heads], rows))
    bytes_of = figures["sizes"] | figures["cores"] | figures["groups"]
    for group in dict.fromkeys(key.split(": ")[0] for key in bytes_of):
        entries = {key.split(": ", 1)[1]: numbers for key, numbers in bytes_of.items()
                   if key.startswith(group + ": ")}
        heads = sorted({column for numbers in entries.values() for column in numbers})
        rows = [[name, *(numbers.get(column) for column in heads)] for name, numbers in entries.items()]
        sections.append(markdown(f"Bytes on the device: {group}", [group, *heads], rows))
    sections.append(per_tick(figures["device"]))
    for part in PARTS:
        lines = [f"- {name}: {text}" for name, text in expected.get(part, {}).get("toolchain", {}).items()]
        sections.append(f"## Made with: {part}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(sections)


def markdown(title, heads, rows):
    lines = [f"## {title}\n", "| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for name, *numbers in rows:
        lines.append("| " + " | ".join([f"`{name}`", *map(text_of, numbers)]) + " |")
    return "\n".join(lines) + "\n"


def per_tick(figures, form="goto"):
    """What a tick is worth on the device (sim/boards/*.json)."""
    heads = ["figures", "number", "geometric mean", "least", "most"]
    lines = [f"## Instructions per tick on the device, form {form}\n", "| " + " | ".join(heads) + " |",
             "|---" + "|---:" * (len(heads) - 1) + "|"]
    empty = "programs: empty, its one slice"
    for group in ("programs", "words", "structures", "vecfold"):
        values = {key: numbers[form] / numbers["ticks"] for key, numbers in figures.items()
                  if key.startswith(group + ": ") and key != empty and numbers["ticks"]}
        if values:
            mean = math.exp(sum(map(math.log, values.values())) / len(values))
            least, most = (pick(values, key=values.get) for pick in (min, max))
            lines.append(f"| {group} | {len(values)} | {mean:.2f} | {values[least]:.2f} (`{least.split(': ', 1)[1]}`) "
                         f"| {values[most]:.2f} (`{most.split(': ', 1)[1]}`) |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
