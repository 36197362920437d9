#!/usr/bin/env python3
"""Goes on running random, wild and small programs and sessions where the last campaign stopped.

usage: campaign.py [--minutes N] [--only differential] [--no-record]

Counts are cumulative and kept in results.json with the commit and the settings of the last run; a program is never
counted twice, because its seed is its number.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESULTS = pathlib.Path(__file__).with_name("results.json")
BUILD = ROOT / "build" / "pc-release" / "tests"
DIFFERENTIAL = BUILD / "differential" / "differential"
# Quick and full tiers take the seeds below.
FIRST_SEED = 1_000_000
FIRST_FUZZ_SEED = 100_000_000
BATCH = 2000
FUZZ_BATCHES = {"wild": 50_000, "small": 500_000, "sessions": 20_000}
PROFILES = {"node32": (256, 64), "rexa16": (1024, 500), "own16": (40, 12)}


def load():
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results.setdefault("differential", {name: {"programs": 0, "next_seed": FIRST_SEED} for name in PROFILES})
    for author in FUZZ_BATCHES:
        results.setdefault(author, {"programs": 0, "next_seed": FIRST_FUZZ_SEED})
    return results


def save(results):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    results["commit"] = head.stdout.strip()
    results["settings"] = {name: {"stack_cells": cells, "call_levels": calls}
                           for name, (cells, calls) in PROFILES.items()}
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def run(command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


def run_differential(name, counts):
    """A batch of random programs against the oracle; what it prints if something is wrong."""
    cells, calls = PROFILES[name]
    done = run([DIFFERENTIAL, "--profile", name, "--seed", counts["next_seed"], "--count", BATCH,
                "--stack-cells", cells, "--call-levels", calls])
    if done.returncode != 0:
        return done.stdout + done.stderr
    # "2950 programs agree with the oracle in ...": those that met a limit do not count.
    counts["programs"] += int(done.stdout.split(": ", 1)[1].split()[0])
    counts["next_seed"] += BATCH
    return None


def run_fuzz(author, counts):
    """A batch on all profiles of the fuzzer; what it prints if something is wrong."""
    batch = FUZZ_BATCHES[author]
    done = run([BUILD / "fuzz" / f"fuzz_{author}", counts["next_seed"], batch])
    if done.returncode != 0:
        return done.stdout + done.stderr
    counts["programs"] += batch
    counts["next_seed"] += batch
    return None


def jobs_of(results, only):
    """[(what runs a batch, name, its counts)]"""
    jobs = [(run_differential, name, results["differential"][name]) for name in PROFILES]
    if only != "differential":
        jobs += [(run_fuzz, author, results[author]) for author in FUZZ_BATCHES]
    return jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", choices=["differential"], help="leave the others out")
    parser.add_argument("--no-record", action="store_true", help="leave results.json alone")
    options = parser.parse_args()
    results = load()
    until = time.monotonic() + 60 * options.minutes
    jobs = jobs_of(results, options.only)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        while time.monotonic() < until:
            for why in pool.map(lambda job: job[0](*job[1:]), jobs):
                if why:
                    print(why)
                    return 1
            counts = {name: counts["programs"] for _, name, counts in jobs}
            print(f"\r{counts}, {max(0, until - time.monotonic()) / 60:.1f} minutes left ", end="", flush=True)
            if not options.no_record:
                save(results)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
