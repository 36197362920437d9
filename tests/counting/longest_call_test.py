#!/usr/bin/env python3
"""No call of the compiler does more when what it works on is ten times as large. See README.md."""

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
MOST = 1.2  # how much more a call may do: paths differ a little


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="mica_longest_call")
    program = parser.parse_args().program
    if not shutil.which("valgrind"):
        print("not counted: valgrind is not installed")
        return SKIPPED
    longest = measure(program)
    failed = False
    for case, by_size in longest.items():
        small, large = (by_size[size] for size in sorted(by_size))
        grows = large > MOST * small
        failed = failed or grows
        print(f"{case}: the longest call takes {small} instructions, {large} with ten times as much"
              + (" - its work grows" if grows else ""))
    return 1 if failed else 0


def measure(program):
    """case -> size -> instructions of the longest call."""
    found = collections.defaultdict(lambda: collections.defaultdict(int))
    with tempfile.TemporaryDirectory(prefix="mica-longest-call-") as folder:
        subprocess.run(["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no",
                        f"--callgrind-out-file={folder}/dump", program], check=True)
        for path in pathlib.Path(folder).glob("dump.*"):
            text = path.read_text(encoding="utf-8", errors="replace")
            if trigger := re.search(r"^desc: Trigger: Client Request: (\w+) (\d+)$", text, re.M):
                case, size = trigger.group(1), int(trigger.group(2))
                total = int(re.search(r"^totals: (\d+)", text, re.M).group(1))
                found[case][size] = max(found[case][size], total)
    return found


if __name__ == "__main__":
    sys.exit(main())
