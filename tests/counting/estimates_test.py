#!/usr/bin/env python3
"""What the simulator says that a board takes, against what the emulated board counts: every figure of expected.json
must lie in the ranges of instructions for ticks and slices that the board's table has, and every frame of tests/frames
that ends in the range that is printed for it."""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stm32"))
import board  # noqa: E402
import run_qemu  # noqa: E402

SECONDS_MAX = 60
RANGE = re.compile(r"\((\d+) to (\d+) instructions\)")


def words_that_pause():
    """Words behind which the slice may end: what is counted for them holds that of the next one, too."""
    groups = (json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "isa" / "groups").glob("*.json"))
    return {f"words: {entry['word']}" for group in groups for entry in group["instructions"]
            if entry.get("control") == "pause"}


def slices_of(name, pauses):
    """How many slices are in a figure, beside its ticks. One of words that pause may have none, or that of the next."""
    if name == "slices: a cell for one that waits":
        return 2, 2
    if name.startswith("slices: "):
        return 1, 1
    return (0, 1) if name in pauses else (0, 0)


def figures_outside():
    """The figures that the board's table does not cover. What takes no tick has no share."""
    pauses = words_that_pause()
    board = json.loads((ROOT / "sim" / "boards" / "netduinoplus2.json").read_text(encoding="utf-8"))
    tick, one_slice = board["instructions_per_tick"], board["instructions_per_slice"]
    expected = json.loads((ROOT / "tests" / "counting" / "expected.json").read_text(encoding="utf-8"))
    outside = []
    for name, counts in expected["device"]["figures"].items():
        if not counts.get("ticks") or name.endswith("its one slice"):
            continue
        if name.endswith("{"):  # a layer of a few elements uses up little of the unit that it is charged
            continue
        fewest, most = slices_of(name, pauses)
        if not (counts["ticks"] * tick["least"] + fewest * one_slice["least"] <= counts["goto"] <=
                counts["ticks"] * tick["most"] + most * one_slice["most"]):
            outside.append(f"{name}: {counts['goto']} instructions, {counts['ticks']} ticks, {fewest} to {most} slices")
    return outside


def estimate(mica, frame, folder):
    """(least, most) instructions; None when the frame does not end."""
    scenario = pathlib.Path(folder) / "scenario.json"
    scenario.write_text('{ "nodes": [ { "name": "n", "board": "netduinoplus2", "frames": ["%s"] } ] }' % frame,
                        encoding="utf-8")
    done = subprocess.run([mica, "sim", scenario], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    found = RANGE.search(done.stderr)
    return tuple(map(int, found.groups())) if done.returncode == 0 and found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--images", required=True, help="folder of the firmware; empty: the test is skipped")
    parser.add_argument("--plugin", required=True)
    options = parser.parse_args()
    if outside := figures_outside():
        print("not in the ranges of sim/boards/netduinoplus2.json:", *outside, sep="\n")
        return 1
    try:
        [image] = board.find_images(options.images, ["count_run_goto"])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    frames = [path for path in sorted((ROOT / "tests" / "frames").glob("*.mica"))
              if "profile: node32" in path.read_text(encoding="utf-8")]
    compared = failures = 0
    with tempfile.TemporaryDirectory() as folder, run_qemu.Node(image, plugin=options.plugin) as node:
        for frame in frames:
            found = estimate(options.mica, frame, folder)
            if found is None:
                continue
            node.run_frame(frame.read_text(encoding="utf-8"))
            least, most = found
            compared += 1
            if not least <= node.count <= most:
                failures += 1
                print(f"{frame.name}: the board takes {node.count} instructions, the simulator says {least} to {most}")
    print(f"{compared} frames, {failures} outside of their range")
    return 1 if failures or not compared else 0


if __name__ == "__main__":
    sys.exit(main())
