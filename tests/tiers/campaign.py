#!/usr/bin/env python3
"""Goes on running random, wild and small programs, sessions, forged snapshots and models where the last one stopped.

usage: campaign.py [--minutes N] [--only differential] [--no-record]

Counts are cumulative and kept in results.json with the commit and the settings of the last run; a program is never
counted twice, because its seed is its number.
"""
import argparse
import collections
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
FUZZ_BATCHES = {"wild": 50_000, "small": 500_000, "sessions": 20_000, "snapshots": 20_000}
MODELS = ROOT.parent / "shared" / "models"  # of others: with the specification of what models compute
MODELS_BATCH = 500
PROFILES = {"node32": (256, 64), "rexa16": (1024, 500), "own16": (40, 12)}


def load():
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    results.setdefault("differential", {name: {"programs": 0, "next_seed": FIRST_SEED} for name in PROFILES})
    for author in FUZZ_BATCHES:
        results.setdefault(author, {"programs": 0, "next_seed": FIRST_FUZZ_SEED})
    results.setdefault("models", {"programs": 0, "next_seed": FIRST_SEED})
    return results


def save(results):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    results["commit"] = head.stdout.strip()
    results["settings"] = {name: {"stack_cells": cells, "call_levels": calls}
                           for name, (cells, calls) in PROFILES.items()}
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n", encoding="utf-8")


class Wrong(Exception):
    """What a batch has printed."""


def run(command):
    """What it prints; Wrong if it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Wrong(done.stdout + done.stderr)
    return done.stdout


def run_differential(name, seed):
    """A batch of random programs against the oracle; how many there were, and how many of them count."""
    cells, calls = PROFILES[name]
    text = run([DIFFERENTIAL, "--profile", name, "--seed", seed, "--count", BATCH, "--stack-cells", cells,
                "--call-levels", calls])
    # "2950 programs agree with the oracle in ...": those that met a limit do not count.
    return BATCH, int(text.split(": ", 1)[1].split()[0])


def run_fuzz(author, seed):
    """A batch on all profiles of the fuzzer; how many there were, twice."""
    batch = FUZZ_BATCHES[author]
    run([BUILD / "fuzz" / f"fuzz_{author}", seed, batch])
    return batch, batch


def run_models(_, seed):
    """A batch of random int8 models against the specification; how many there were, and how many agree."""
    text = run([sys.executable, "-B", ROOT / "tests" / "pc" / "random_models_test.py", "--models", MODELS,
                "--mica", BUILD.parent / "mica", "--flatc", "flatc", "--schema", ROOT / "ml" / "import" / "tflite.fbs",
                "--seed", seed, "--count", MODELS_BATCH])
    # "500 models with 2310 layers agree in ...": those that are refused do not count.
    return MODELS_BATCH, int(text.splitlines()[-1].split()[0])


def jobs_of(results, only):
    """[(what runs a batch, name, its counts)]"""
    jobs = [(run_differential, name, results["differential"][name]) for name in PROFILES]
    if only != "differential":
        jobs += [(run_fuzz, author, results[author]) for author in FUZZ_BATCHES]
        if (MODELS / "tflite_int8_spec.py").exists():
            jobs.append((run_models, "models", results["models"]))
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
    try:
        for (_, _, counts), (batch, counted) in batches(jobs, until):
            counts["programs"] += counted
            counts["next_seed"] += batch
            if not options.no_record:
                save(results)
            all_counts = {name: counts["programs"] for _, name, counts in jobs}
            print(f"\r{all_counts}, {max(0, until - time.monotonic()) / 60:.1f} minutes left ", end="", flush=True)
    except Wrong as why:
        print(f"\n{why}")
        return 1
    print()
    return 0


def batches(jobs, until):
    """Runs batches of all jobs in turn, of each one at a time, until then; yields (job, what its batch returned)."""
    waiting = collections.deque(jobs)
    running = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        while running or time.monotonic() < until:
            while waiting and len(running) < os.cpu_count() and time.monotonic() < until:
                job = waiting.popleft()
                run_batch, name, counts = job
                running[pool.submit(run_batch, name, counts["next_seed"])] = job
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                job = running.pop(future)
                yield job, future.result()
                waiting.append(job)  # its counts are those of the next batch now


if __name__ == "__main__":
    sys.exit(main())
