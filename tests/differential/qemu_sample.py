#!/usr/bin/env python3
"""Runs random programs on the emulated board, in every form of the interpreter, fused and not, in slices of 1, 2, 3, 7
and very many ticks, and compares digest, ticks and output with the PC's, which agree with the oracle.

usage: qemu_sample.py --differential PROGRAM --images FOLDER [--count N] [--bytes N] [--seed S]
"""
import argparse
import collections
import concurrent.futures
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stm32"))
sys.dont_write_bytecode = True
import board  # noqa: E402
from run_qemu import Node  # noqa: E402

# Profile of the image, stack cells, return cells: what programs near the limits aim at.
PROFILES = [("stm32f4", 68, 24), ("rexa16", 1024, 256)]


def write_programs(options, folder, profile, stack_cells, call_levels):
    """[(name, text, status, output)]: what the PC and the oracle agree on."""
    command = [options.differential, "--profile", profile, "--seed", options.seed, "--count", options.count,
               "--stack-cells", stack_cells, "--call-levels", call_levels, "--write", folder]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    for file in sorted(pathlib.Path(folder).glob("*.mica"), key=lambda file: int(file.stem)):
        status, output = file.with_suffix(".expected").read_bytes().decode("utf-8").split("\n", 1)
        yield file.stem, file.read_bytes().decode("utf-8"), status, output


def words_of(status):
    """A status line as a set of words, without what the PC does not tell."""
    return {word for word in status.lstrip("# ").split() if not word.startswith("at=")}


def run_profile(options, image, profile, *limits):
    """True when all runs give what they must; prints the first that does not."""
    runs = collections.Counter()
    deck = board.Deck(options.seed)
    programs = 0
    with tempfile.TemporaryDirectory() as folder, Node(image) as node:
        for name, text, status, output in write_programs(options, folder, profile, *limits):
            programs += 1
            for combination in deck.deal(len(text), options.bytes):
                how = board.describe(combination)
                runs[how] += 1
                node.set(**combination)
                seen_output, seen = node.run_frame(text)
                if seen_output.rstrip("\n") != output.rstrip("\n") or words_of(seen) != words_of(status):
                    print(f"{profile}: seed {name}: the board differs with {how}\n"
                          f"expected: {status}\nboard:    {seen}\n"
                          f"expected output: {output!r}\nboard's output:  {seen_output!r}\n--- program\n{text}")
                    return False
    least = min(runs[board.describe(combination)] for combination in board.COMBINATIONS)
    print(f"{profile}: {programs} programs give the same on the emulated board in {sum(runs.values())} runs, "
          f"each of {len(board.COMBINATIONS)} combinations of settings in at least {least}")
    return least > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--differential", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--count", type=int, default=100, help="programs for each profile (%(default)s)")
    parser.add_argument("--bytes", type=int, default=7000,
                        help="to send for each program, in as many settings as that is enough for (%(default)s)")
    parser.add_argument("--seed", type=int, default=500000)
    options = parser.parse_args()
    try:
        images = board.find_images(options.images, [f"sweep_{profile[0]}" for profile in PROFILES])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = [pool.submit(run_profile, options, image, *profile) for image, profile in zip(images, PROFILES)]
        return 0 if all([job.result() for job in jobs]) else 1


if __name__ == "__main__":
    sys.exit(main())
