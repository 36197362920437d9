#!/usr/bin/env python3
"""Runs random programs on the emulated board and compares digest, ticks and output with the PC's, which agree with the
oracle.

usage: qemu_sample.py --differential PROGRAM --images FOLDER [--count N] [--seed S]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "hosts" / "stm32"))
sys.dont_write_bytecode = True

SKIP = 77
# Profile, stack cells, return cells: what programs near the limits aim at.
PROFILES = [("node32", 256, 64), ("rexa16", 1024, 256)]


def expected_status(line):
    """'ended ticks=5 digest=x' or 'trap NAME digest=x' as a set of words."""
    return set(line.split())


def seen_status(line):
    """The board's line without what the PC does not tell."""
    return {word for word in line.lstrip("# ").split() if not word.startswith("at=")}


def run_profile(node_class, options, profile, stack_cells, call_levels):
    image = pathlib.Path(options.images) / f"firmware_netduinoplus2_{profile}.elf"
    with tempfile.TemporaryDirectory() as folder:
        command = [options.differential, "--profile", profile, "--seed", options.seed, "--count", options.count,
                   "--stack-cells", stack_cells, "--call-levels", call_levels, "--write", folder]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
        programs = sorted(pathlib.Path(folder).glob("*.mica"), key=lambda file: int(file.stem))
        with node_class(str(image)) as node:
            for program in programs:
                text = program.read_bytes().decode("utf-8")
                status, output = program.with_suffix(".expected").read_bytes().decode("utf-8").split("\n", 1)
                seen_output, seen = node.run_frame(text)
                if seen_output.rstrip("\n") != output.rstrip("\n") or seen_status(seen) != expected_status(status):
                    print(f"{profile}: seed {program.stem}: the board differs\nexpected: {status}\nboard:    {seen}\n"
                          f"expected output: {output!r}\nboard's output:  {seen_output!r}\n--- program\n{text}")
                    return False
    print(f"{profile}: {len(programs)} programs give the same on the emulated board")
    return len(programs) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--differential", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=500000)
    options = parser.parse_args()
    if not options.images or not list(pathlib.Path(options.images).glob("firmware_*.elf")):
        print(f"skipped: no firmware images in '{options.images}'; build a stm32 preset and set MICA_FIRMWARE_DIR")
        return SKIP
    from run_qemu import Node
    good = [run_profile(Node, options, *profile) for profile in PROFILES]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
