#!/usr/bin/env python3
"""The table of differences between the dialects (section 7 of jit/LANGUAGE.md) says what is so: each row has programs
in data/dialects.cases that do what they should in each dialect, and its words are those that the instruction set gives
to one dialect only."""
import argparse
import json
import os
import re
import subprocess
import sys

import command_test

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = "jit/LANGUAGE.md"
TABLE = re.compile(r"^\| \| own dialect \| `rexa16` \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", re.MULTILINE)
CASES = os.path.join(HERE, "data", "dialects.cases")
OUTCOME = re.compile(r"(\w+) (\S+ \d+:\d+|\"[^\"]*\"(?: trap \w+)?)")
OWN, REXA = "node32", "rexa16"
REDEFINABLE = "functions, vector words and filters"  # of whole groups; begins a row that names single words, too


def rows():
    """{first column: (own dialect, rexa16)}"""
    with open(os.path.join(ROOT, PAGE), encoding="utf-8") as file:
        lines = TABLE.search(file.read())[1].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert all(len(row) == 3 for row in cells), cells
    return {first: (own, rexa) for first, own, rexa in cells}


def cases():
    """{first column: [(line number, {profile: outcome}, text)]}"""
    found = {}
    with open(CASES, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if line.startswith("=== "):
                row = found.setdefault(line[4:], [])
            elif line and line[0] != "#":
                outcomes, text = line.split(" | ", 1)
                parts = [OUTCOME.fullmatch(part) for part in outcomes.split(" ; ")]
                assert all(parts), f"dialects.cases:{number}: expected PROFILE OUTCOME ; PROFILE OUTCOME | TEXT"
                row.append((number, {part[1]: part[2] for part in parts}, text))
    return found


def entries():
    """(group, entry) of every word; what a whole group is for holds for its entries."""
    folder = os.path.join(ROOT, "isa", "groups")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                group = json.load(file)
            for entry in group["instructions"] + group.get("words", []):
                if "word" in entry:
                    yield group, entry


class Dialects:
    def __init__(self, mica):
        self.mica, self.failures, self.tried = mica, [], 0
        self.rows = rows()

    def expect(self, holds, message):
        if not holds:
            self.failures.append(message)

    def run(self, where, profile, outcome, text):
        self.tried += 1
        if why := command_test.failure(self.mica, outcome, command_test.spelt_out(text), profile):
            self.failures.append(f"{where}: {text!r} in {profile}, should be {outcome}: {why}")

    def check_cases(self):
        found = cases()
        for row in self.rows.keys() - found.keys():
            self.failures.append(f"{PAGE}: no programs in dialects.cases for the row '{row}'")
        for row, programs in found.items():
            self.expect(row in self.rows, f"dialects.cases: {PAGE} has no row '{row}'")
            differs = False
            for number, outcomes, text in programs:
                own = {outcome for profile, outcome in outcomes.items() if profile != REXA}
                self.expect(own and REXA in outcomes, f"dialects.cases:{number}: a dialect is missing")
                differs = differs or outcomes.get(REXA) not in own
                for profile, outcome in outcomes.items():
                    self.run(f"dialects.cases:{number}", profile, outcome, text)
            self.expect(differs, f"dialects.cases: nothing differs in '{row}'")
            self.check_errors(row, programs)

    def check_errors(self, row, programs):
        """What a row calls an error or a trap comes in a program of the row."""
        for dialect, text in zip(("own", REXA), self.rows.get(row, ())):
            seen = " ".join(outcome for _, outcomes, _ in programs for profile, outcome in outcomes.items()
                            if (profile == REXA) == (dialect == REXA))
            for name in re.findall(r"(?<!the group )`([a-z]+(?:_[a-z]+)+)`", text):
                self.expect(name in seen.split(), f"dialects.cases: no program of '{row}' shows {name} in {dialect}")

    def words_of(self, profile):
        shown = subprocess.run([self.mica, "words", "--profile", profile], capture_output=True, text=True, check=True)
        return set(re.findall(r"^  (\S+) ", shown.stdout, re.MULTILINE))

    def check_words(self):
        """The words of one dialect only are those that the rows name, and the command has them there only."""
        only = {"own": set(), "rexa16": set()}
        groups, shared = {"own": set(), "rexa16": set()}, set()
        for group, entry in entries():
            if "dialect" in group:
                groups[group["dialect"]].add((group["group"], entry["word"]))
            elif "dialect" in entry:
                only[entry["dialect"]].add(entry["word"])
            else:
                shared.add(entry["word"])
        other_meaning = only["own"] & only["rexa16"]
        only = {dialect: words - other_meaning for dialect, words in only.items()}
        named = {"own": set(), "rexa16": set()}
        for first, (own, rexa) in self.rows.items():
            # `array` with a type: not the word, but what it can do
            words = set(re.findall(r"`(\S+)`(?! with)", first)) & (only["own"] | only["rexa16"] | shared)
            if own.startswith("yes") and rexa.startswith("no"):
                named["own"] |= words
            elif own.startswith("no"):
                named["rexa16"] |= words
        for dialect in only:
            lacks, has = sorted(only[dialect] - named[dialect]), sorted(named[dialect] - only[dialect])
            self.expect(not lacks and not has,
                        f"{PAGE}: words that only the dialect {dialect} has: it lacks {lacks}, has {has} besides")
        for group in {group for group, _ in groups["own"]}:
            self.expect(any(f"the group `{group}`" in own for own, _ in self.rows.values()),
                        f"{PAGE}: no row names the group `{group}`, which only the own dialect has")
        self.expect(not groups["rexa16"], f"{PAGE}: groups of rexa16 only: {groups['rexa16']}")
        own, rexa = self.words_of(OWN), self.words_of(REXA)
        self.expect(own - rexa == only["own"] | {word for _, word in groups["own"]} and rexa - own == only["rexa16"],
                    f"mica words: {OWN} and {REXA} differ by {sorted(own ^ rexa)}")
        for word in sorted(own - rexa):
            self.run("a word of the own dialect", OWN, "name_taken 1:3", f": {word} 7 ; {word} .")
            self.run("a word of the own dialect", REXA, '"7 "', f": {word} 7 ; {word} .")

    def check_redefinable(self):
        """Of the words of both dialects rexa16 lets programs redefine those of the groups in the row, no others."""
        row = next((row for row in self.rows if row.startswith(REDEFINABLE)), "")
        self.expect(row, f"{PAGE} has no row '{REDEFINABLE}'")
        for group, entry in entries():
            if "dialect" not in entry and "dialect" not in group:
                word, can = entry["word"], group.get("redefinable", entry.get("redefinable", False))
                self.run("a word of both", OWN, "name_taken 1:3", f": {word} 7 ; {word} .")
                self.run("a word of both", REXA, '"7 "' if can else "name_taken 1:3", f": {word} 7 ; {word} .")
                named = group["group"] in {"function", "vector", "filter"} or f"`{word}`" in row
                self.expect(can == named, f"{PAGE}: '{REDEFINABLE}' does not say it of {word}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True, help="the program")
    dialects = Dialects(os.path.abspath(parser.parse_args().mica))
    dialects.check_cases()
    dialects.check_words()
    dialects.check_redefinable()
    for failure in dialects.failures:
        print(failure)
    print(f"{len(dialects.rows)} rows, {dialects.tried} programs, {len(dialects.failures)} failures")
    return 1 if dialects.failures or len(dialects.rows) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
