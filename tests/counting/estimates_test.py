#!/usr/bin/env python3
"""What the simulator says that a board takes, against what the emulated board counts: every figure of expected.json
must lie in the range of instructions for a tick that the board's table has, and every frame of tests/frames that ends
in the range that is printed for it."""
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


def figures_outside():
    """The figures that the board's table does not cover. What takes no tick has no share; a slice has its own cost."""
    pauses = words_that_pause()
    board = json.loads((ROOT / "sim" / "boards" / "netduinoplus2.json").read_text(encoding="utf-8"))
    least, most = board["instructions_per_tick"]["least"], board["instructions_per_tick"]["most"]
    expected = json.loads((ROOT / "tests" / "counting" / "expected.json").read_text(encoding="utf-8"))
    return [f"{name}: {counts['goto']} instructions for {counts['ticks']} ticks"
            for name, counts in expected["device"]["figures"].items()
            if counts.get("ticks") and not name.endswith("its one slice") and not name.startswith("slices: ")
            and name not in pauses
            and not least <= counts["goto"] / counts["ticks"] <= most]


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
        print("not in the range of instructions for a tick in sim/boards/netduinoplus2.json:", *outside, sep="\n")
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
