#!/usr/bin/env python3
"""How long the longest piece is that nothing can interrupt, in instructions of the emulated board.

usage: pieces_test.py --images FOLDER --plugin FILE

Every sliced instruction of the profile stm32f4 works on data that are larger than what one unit of it takes, in slices
of one tick: then a slice is one piece, a unit or a stretch of ordinary words. What a slice costs by itself is counted
with it. The data and settings are those that cost most: divisions of 64 bits, rounding, saturation. Fails when a piece
takes more instructions than PIECE_MAX, or when a sliced instruction is not among those that are looked at.

Exit status: 0 as it should be, 1 not, 77 nothing to count with.
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "stm32"), str(ROOT / "hosts" / "stm32")]
sys.dont_write_bytecode = True
import board  # noqa: E402
from run_qemu import Node  # noqa: E402

PROFILE = "stm32f4"
PIECE_MAX = 2400  # instructions; at 168 MHz, and 1.5 cycles for each, 21 microseconds

NUMBERS = " ".join(str(k * 7 % 50) for k in range(100))
ARRAYS = (f"array xs {{ {NUMBERS} }} array ys {{ {NUMBERS} }} array zs 100 array few 4 array cs int8 {{ {NUMBERS} }}\n"
          f"array scales {{ {' '.join(['-7'] * 100)} }}\n")
# Programs that have each sliced instruction at work for several units, with what costs it most.
PROGRAMS = [
    ("vecfold", "1 rounding 1 saturation array w { " + " ".join([NUMBERS] * 4) + " }\nxs w few -3 vecfold"),
    ("vecload", "1 saturation xs 0 cs vecload"),
    ("vecscale", "1 rounding 1 saturation xs zs scales vecscale xs zs -7 vecscale"),
    ("vecadd", "1 rounding 1 saturation xs ys cs scales vecadd xs ys zs -7 vecadd"),
    ("vecmul", "1 rounding 1 saturation xs ys cs scales vecmul xs ys zs -7 vecmul"),
    ("vecmap", "1 rounding 1 saturation xs cs $ sigmoid scales vecmap : w 3 + ; xs zs $ w -7 vecmap"),
    ("vecconv", "1 rounding 1 saturation array k { 1 2 3 4 5 6 7 8 9 } xs k zs -7 10 3 1 1 vecconv "
                "xs 1027 zs 0 10 -3 1 1 vecconv xs 515 zs 0 10 -3 1 1 vecconv"),
    ("vecreduce", "1 rounding xs 0 0 1 vecreduce xs 0 0 2 vecreduce xs 0 0 4 vecreduce xs 0 0 8 vecreduce"),
    ("vecreshape", "1 rounding 1 saturation array ls 50 xs ls -2 vecreshape array ms 200 xs ms 2 vecreshape"),
    ("vecprint", "xs vecprint"),
    ("lowp", "1 saturation xs 0 0 300 lowp"),
    ("highp", "1 saturation xs 0 0 300 highp"),
    ("hull", "1 saturation xs 0 0 300 hull"),
    ("print_string", "s\" a text of more than four cells, so that it takes several units\" .s"),
    ("store_string", "array line 20 s\" a text of more than four cells, so that it takes several units\" line s!"),
    ("fetch_string", "array line 20 s\" a text of more than four cells of a stack\" line s! line s@ .s"),
    ("send_cell", "channel ch 2 : w 6 0 do ch receive drop loop ; $ w 0 start drop 6 0 do i ch send loop"),
    ("receive_cell", "channel ch 2 : w 6 0 do i ch send loop ; $ w 0 start drop 6 0 do ch receive drop loop"),
    ("send_cell_for", "channel ch 2 1 ch 5 send? 2 ch 5 send? 3 ch 5 send?"),
    ("receive_cell_for", "channel ch 2 1 ch send ch 5 receive? ch 5 receive?"),
    ("send_array", "channel ch 120 xs ch 5 sendn? xs ch 5 sendn?"),
    ("receive_array", "channel ch 120 xs ch 5 sendn? drop cs ch 5 receiven? cs ch 5 receiven?"),
    ("acquire", "semaphore s 3 s acquire s acquire s release"),
    ("acquire_for", "semaphore s 1 s 5 acquire? : w s 1 acquire? drop ; $ w 0 start 3 sleep"),
    ("await_value", "var v 0 0 v 5 await? 1 0 v 2 await?"),
    ("await_element", "var v 0 0 v await"),
    ("await_event", "3 2 event?"),
    ("words", "9 0 do i dup * 3 + 7 mod dup dup * swap drop 4 / drop loop"),
]


def sliced_instructions(profile):
    found = {}
    settings = json.loads((ROOT / "isa" / "profiles" / f"{profile}.json").read_text(encoding="utf-8"))
    for group in settings["groups"]:
        text = (ROOT / "isa" / "groups" / f"{group}.json").read_text(encoding="utf-8")
        for entry in json.loads(text)["instructions"]:
            if "sliced" in entry and entry.get("dialect", settings["dialect"]) == settings["dialect"]:
                found[entry["name"]] = entry["cost"]["ticks"] + entry["cost"]["unit"]["ticks"]
    return found


def count(node, program):
    output, status = node.run_frame(program + "\n")
    if not re.match(r"# ended ", status):
        raise ValueError(f"'{status}' for\n{program}")
    return node.counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--plugin", required=True)
    options = parser.parse_args()
    try:
        image, = board.find_images(options.images, ["count_slice"])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    failures = []
    units = sliced_instructions(PROFILE)
    if missing := set(units) - {name for name, _ in PROGRAMS}:
        failures.append(f"no program here has {', '.join(sorted(missing))} at work")
    with Node(image, plugin=options.plugin) as node:
        node.set(slice=1)
        slice_alone = max(count(node, "yield yield yield")[1:-1])
        print(f"{'instruction':18} longest piece  ticks at most\n")
        for name, program in PROGRAMS:
            longest = max(count(node, (ARRAYS if re.search(r"\bxs\b|\bcs\b", program) else "") + program)[1:])
            ticks = units.get(name, 64)
            print(f"{name:18} {longest:13}  {ticks:13}")
            if longest > PIECE_MAX:
                failures.append(f"{name}: a piece takes {longest} instructions, more than {PIECE_MAX}")
        print(f"\nA slice by itself takes {slice_alone}.")
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
