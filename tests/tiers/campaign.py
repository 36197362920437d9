#!/usr/bin/env python3
"""Goes on comparing random programs with the oracle where the last campaign stopped.

usage: campaign.py [--minutes N] [--no-record]

Counts are cumulative and kept in results.json with the commit and the settings of the last run; a program is never
counted twice, because its seed is its number.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = pathlib.Path(__file__).with_name("results.json")
DIFFERENTIAL = ROOT / "build" / "pc-release" / "tests" / "differential" / "differential"
# Quick and full tiers take the seeds below.
FIRST_SEED = 1_000_000
BATCH = 2000
PROFILES = {"node32": (256, 64), "rexa16": (1024, 256), "own16": (40, 12)}


def load():
    if RESULTS.exists():
        return json.loads(RESULTS.read_text(encoding="utf-8"))
    return {"differential": {name: {"programs": 0, "next_seed": FIRST_SEED} for name in PROFILES}}


def save(results):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    results["commit"] = head.stdout.strip()
    results["settings"] = {name: {"stack_cells": cells, "call_levels": calls}
                           for name, (cells, calls) in PROFILES.items()}
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def run_batch(name, seed):
    cells, calls = PROFILES[name]
    command = [DIFFERENTIAL, "--profile", name, "--seed", seed, "--count", BATCH, "--stack-cells", cells,
               "--call-levels", calls]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--no-record", action="store_true", help="leave results.json alone")
    options = parser.parse_args()
    results = load()
    until = time.monotonic() + 60 * options.minutes
    while time.monotonic() < until:
        for name in PROFILES:
            counts = results["differential"][name]
            run = run_batch(name, counts["next_seed"])
            if run.returncode != 0:
                print(run.stdout)
                return 1
            # "2950 programs agree with the oracle in ...": those that met a limit do not count.
            counts["programs"] += int(run.stdout.split(": ", 1)[1].split()[0])
            counts["next_seed"] += BATCH
        print(f"\r{ {name: counts['programs'] for name, counts in results['differential'].items()} }, "
              f"{max(0, until - time.monotonic()) / 60:.1f} minutes left ", end="", flush=True)
        if not options.no_record:
            save(results)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
