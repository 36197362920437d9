#!/usr/bin/env python3
"""Runs the examples of the instruction set on the emulated board.

usage: vectors_qemu_test.py --images FOLDER --generated FOLDER

--images      folder with firmware_netduinoplus2_PROFILE.elf
--generated   folder with PROFILE/core/instruction_vectors.inc, made by codegen

Exit status: 0 all as expected, 1 a difference, 77 nothing to run it on.
"""
import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stm32"))
sys.dont_write_bytecode = True
import board  # noqa: E402
from run_qemu import Node  # noqa: E402

# Profile, and how many examples it may refuse for lack of room.
PROFILES = [("stm32f4", 0), ("rexa16", 0), ("tests-tiny", 10)]
LEAST_VECTORS = 60
LIMIT_ERRORS = {"token_too_long", "text_too_long", "names_full", "code_full", "data_full", "regions_full",
                "frame_too_large", "word_too_large", "control_too_deep", "branch_too_far"}
TEXT = r'"(?:[^"\\]|\\.)*"'
VECTOR = re.compile(rf"^VECTOR\(({TEXT}), ({TEXT}), ({TEXT}), ({TEXT})\)$")


def read_vectors(path):
    """[(instruction, program, output, trap)] of a file; every line of it must be understood."""
    vectors = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("//"):
            continue
        match = VECTOR.match(line)
        if not match:
            raise ValueError(f"{path}:{number}: this is no VECTOR(...)")
        vectors.append(tuple(json.loads(text) for text in match.groups()))
    return vectors


def difference(vector, output, status):
    """What is wrong, "" for nothing, None when the profile has no room for the example."""
    _, _, expected, trap = vector
    words = status.lstrip("# ").split()
    if words[0] == "error":
        return None if words[2] in LIMIT_ERRORS else status
    if trap:
        return "" if words[:2] == ["trap", trap] else f"{status}, expected the trap {trap}"
    if words[0] != "ended":
        return status
    # The firmware ends the output with a line feed where the program did not.
    if output.rstrip("\n") != expected.rstrip("\n"):
        return f"output {output!r}, expected {expected!r}"
    return ""


def run_profile(image, generated, profile, refusals_max):
    vectors = read_vectors(generated / profile / "core" / "instruction_vectors.inc")
    if len(vectors) < LEAST_VECTORS:
        print(f"{profile}: only {len(vectors)} examples")
        return False
    wrong, refused = 0, []
    with Node(image) as node:
        if node.profile != profile:
            print(f"{profile}: the image says that it is {node.profile}")
            return False
        for vector in vectors:
            program = vector[1]
            has_trailer = "endframe" in program
            output, status = node.run_frame(program + "\n" if has_trailer else program, sealed=has_trailer)
            what = difference(vector, output, status)
            if what is None:
                refused.append(program)
                print(f"{profile} has no room for the example of {vector[0]}: {program}")
            elif what:
                wrong += 1
                print(f"{profile}: {vector[0]}: {what}\n  {program!r}")
    print(f"{profile}: {len(vectors) - wrong - len(refused)} of {len(vectors)} examples as expected on the board")
    return wrong == 0 and len(refused) <= refusals_max


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--generated", required=True, type=pathlib.Path)
    options = parser.parse_args()
    try:
        images = board.find_images(options.images, [f"firmware_netduinoplus2_{profile}" for profile, _ in PROFILES])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    good = [run_profile(image, options.generated, *profile) for image, profile in zip(images, PROFILES)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
