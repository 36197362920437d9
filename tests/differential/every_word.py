#!/usr/bin/env python3
"""Looks for words of the instruction set that the random programs of a profile never use.

usage: every_word.py --differential PROGRAM --profile FILE [--count N]
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Words that no random program has, and why.
NEVER = {}

# What is no word: text in quotation marks, then comments. A word begins behind a blank, or behind a ).
NO_WORDS = re.compile(r"""(?:(?<=\s)|(?<=\))|^)(?:(\.\"|s\")\s[^"]*"|(packed\s+\S+\s+)"[^"]*"|\([^)]*\)|\\[^\n]*)""")


def words_of(profile_file):
    profile = json.loads(profile_file.read_text())
    for group in profile["groups"]:
        text = json.loads((ROOT / "isa" / "groups" / f"{group}.json").read_text())
        for entry in text["instructions"] + text.get("words", []):
            fits = all(entry.get(key, profile[key]) == profile[key] for key in ("dialect", "cell_bits"))
            if "word" in entry and fits:
                yield from entry["word"].split()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--differential", required=True)
    parser.add_argument("--profile", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    text = subprocess.run([options.differential, "--profile", options.profile.stem, "--count", str(options.count),
                           "--texts"], check=True, capture_output=True).stdout.decode()
    used = set(NO_WORDS.sub(lambda match: " " + (match[1] or match[2] or "") + " ", text).split())
    words = set(words_of(options.profile))
    missing = sorted(words - used - NEVER.keys())
    needless = sorted(NEVER.keys() & words & used)
    print(f"{options.profile.stem}: {len(words & used)} of {len(words)} words occur in {options.count} programs")
    for word in missing:
        print(f"  never: {word}")
    for word in needless:
        print(f"  occurs, but is said not to: {word}")
    return 1 if missing or needless or not words else 0


if __name__ == "__main__":
    sys.exit(main())
