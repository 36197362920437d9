#!/usr/bin/env python3
"""Adds the example of isa/README.md to a copy of the tree and uses it.

    add_instruction_test.py pc    on the PC: program, reference, test vectors
    add_instruction_test.py qemu  on the emulated board, compared with the PC
"""
import argparse
import json
import os
import re
import sys

import tree

BOARD, PROFILE = "netduinoplus2", "node32"
PROFILE_OF_BOARD = "stm32f4"  # the same instructions
VECTOR = re.compile(r'^VECTOR\((".*"), (".*"), (".*"), (".*")\)$', re.MULTILINE)


def add_example(work):
    """Writes the copy; returns the example. Exactly its two files differ from the tree."""
    files = tree.read_tree()
    example = tree.Example(files)
    before = dict(files)
    example.add(files)
    changed = sorted(path for path in files if files[path] != before.get(path))
    tree.expect(changed == [tree.GROUP + ".json", tree.GROUP + ".ops.hpp"], f"other files are changed: {changed}")
    work.write(files)
    return example


def run_program(mica, text, profile, *options):
    return tree.run([mica, "run", "--profile", profile, *options, "-"], status=None, input=text)


def check_reference(work, mica, entry, profile):
    reference = work.generated(profile, "instructions.md")
    line = next((line for line in reference.split("\n") if line.startswith(f"- **`{entry['word']}`**")), "")
    tree.expect(entry["effect"] in line and entry["doc"] in line, f"{profile}: instructions.md does not describe it")
    shown = tree.run([mica, "words", entry["word"], "--profile", profile]).stdout
    tree.expect(shown.startswith(f"{entry['word']} {entry['effect']}\n") and entry["doc"] in " ".join(shown.split()),
                f"{profile}: mica words writes {shown!r}")


def check_vectors(work, mica, entry, profile):
    """Runs the generated vectors of the new instruction; returns how many there are."""
    with open(os.path.join(work.tree, f"isa/profiles/{profile}.json"), encoding="utf-8") as file:
        cell_bits = json.load(file)["cell_bits"]
    vectors = [[json.loads(part) for part in match] for match in VECTOR.findall(
        work.generated(profile, "instruction_vectors.inc"))]
    vectors = [vector[1:] for vector in vectors if vector[0] == entry["name"]]
    wanted = [test for test in entry["tests"] if test.get("cell_bits", cell_bits) == cell_bits]
    tree.expect(len(vectors) == len(wanted), f"{profile}: {len(vectors)} test vectors, not {len(wanted)}")
    for program, output, trap in vectors:
        done = run_program(mica, program, profile)
        tree.expect(done.stdout == output, f"{profile}: {program!r} writes {done.stdout!r}, not {output!r}")
        tree.expect(done.stderr.endswith(f"[{trap}]\n") if trap else done.returncode == 0,
                    f"{profile}: {program!r} ends with {done.returncode}: {done.stderr}")
    return len(vectors)


def test_pc(work):
    example = add_example(work)
    entry = json.loads(example.entry)
    mica = work.build_command()
    done = run_program(mica, example.program, PROFILE)
    tree.expect(done.returncode == 0, done.stderr)
    tree.expect(done.stdout.split() == example.output.split() != [], f"the program writes {done.stdout!r}")
    count = 0
    for profile in tree.PROFILES:
        check_reference(work, mica, entry, profile)
        count += check_vectors(work, mica, entry, profile)
    return f"'{entry['word']}' works, and {count} test vectors of it"


def test_qemu(work):
    tree.need("arm-none-eabi-g++", "qemu-system-arm")
    example = add_example(work)
    done = run_program(work.build_command(), example.program, PROFILE, "--stats")
    tree.expect(done.returncode == 0, done.stderr)
    ticks, digest = tree.STATS.search(done.stderr).groups()

    image = f"firmware_{BOARD}_{PROFILE_OF_BOARD}"
    toolchain = os.path.join(work.tree, "hosts/stm32/cmake/arm-none-eabi.cmake")
    folder = work.build("stm32", image, f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DCMAKE_BUILD_TYPE=MinSizeRel",
                        f"-DMICA_BOARD={BOARD}", "-DMICA_SEMIHOSTING=ON")
    sys.path.append(os.path.join(work.tree, "hosts/stm32"))
    import run_qemu
    with run_qemu.Node(os.path.join(folder, "hosts/stm32/images", image + ".elf"), BOARD) as node:
        output, status = node.run_frame(example.program)
    tree.expect(output == done.stdout, f"the board writes {output!r}, the PC {done.stdout!r}")
    tree.expect(status == f"# ended ticks={ticks} digest={digest}",
                f"the board says '{status}', the PC ticks={ticks} digest={digest}")
    return f"the board agrees with the PC: {status[2:]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["pc", "qemu"])
    tree.add_options(parser)
    options = parser.parse_args()
    return tree.finish({"pc": test_pc, "qemu": test_qemu}[options.part], tree.Work(options))


if __name__ == "__main__":
    sys.exit(main())
