#!/usr/bin/env python3
"""What `mica check --json` writes, read as editors and scripts read it."""
import json
import subprocess
import sys

from case import SECONDS_MAX, run_cases

FILES = {
    "tests_itself.mica": "frame a 1 selftest t\n: u 1 0 / ; : t u ;",
    "tested.mica": "frame a 1 selftest ok\n: ok 1 ;",
    b"good.mica": b"1 2 + . cr",
    b"wrong.mica": b"1 .\n\ttotl @",
    b"near.mica": b"var total\n  totl",
    b"open.mica": b": sq\n 1 if",
    b"missing.mica": b"1 .\nvar",
    b"control.mica": b"1 \x01",
    b"bytes.mica": b"\xff\xfe",
    b"\xff.mica": b"foo",
    b"library.mica": b"frame lib 1 exports increment\n: increment 1 + ;",
    b"importing.mica": b"frame app 1 imports lib.increment\n1 incremnt",
}
UNKNOWN = {"name": "unknown_word", "severity": "error"}
# Files, what is expected of the entries in their order.
CASES = [
    (["good.mica"], []),
    (["wrong.mica"], [UNKNOWN | {"file": "wrong.mica", "line": 2, "column": 2, "end_column": 6, "hint": None}]),
    (["near.mica"], [UNKNOWN | {"line": 2, "column": 3, "end_column": 7, "hint": "did you mean total?"}]),
    (["--with", "library.mica", "importing.mica"],
     [UNKNOWN | {"line": 2, "column": 3, "hint": "did you mean increment?"}]),
    (["--with", "tested.mica", "wrong.mica"], [UNKNOWN | {"line": 2, "test": None}]),
    (["open.mica"], [{"name": "unclosed_structure", "line": 2, "column": 4, "end_column": 6}]),
    (["missing.mica"], [{"name": "name_expected", "line": 2, "column": 4, "end_column": None}]),
    (["control.mica"], [{"name": "invalid_character", "line": 1, "column": 3, "end_column": 4}]),
    (["bytes.mica"], [UNKNOWN | {"line": 1, "column": 1, "end_column": 3}]),
    ([b"\xff.mica"], [UNKNOWN | {"file": "\ufffd.mica", "line": 1, "column": 1}]),
    (["tests_itself.mica"], [{"name": "selftest_failed", "line": 1, "column": 20,
                              "test": "its word has trapped at 2:9: division by zero [divide_by_zero]"}]),
    (["none.mica"], [{"file": "none.mica", "line": 0, "column": 0, "name": "cannot_read", "severity": "error"}]),
    (["wrong.mica", "good.mica", ".", "wrong.mica"],
     [{"file": "wrong.mica"}, {"file": ".", "name": "cannot_read"}, {"file": "wrong.mica", "line": 2}]),
]
REQUIRED = {"file": str, "line": int, "column": int, "name": str, "severity": str, "text": str}
OPTIONAL = {"end_column": int, "hint": str, "test": str}


def mistakes_of(entry, expected):
    for key, kind in REQUIRED.items():
        if not isinstance(entry.get(key), kind) or entry[key] == "":
            yield f"{key} is {entry.get(key)!r}"
    for key, value in entry.items():
        if not isinstance(value, (REQUIRED | OPTIONAL).get(key, ())):
            yield f"{key} is {value!r}"
    for key, value in expected.items():
        if entry.get(key) != value:
            yield f"{key} is {entry.get(key)!r}, not {value!r}"


def failures_of(mica, folder, case):
    files, expected = case
    done = subprocess.run([mica, "check", "--json", *files], capture_output=True, cwd=folder, timeout=SECONDS_MAX,
                          check=False, stdin=subprocess.DEVNULL)
    if done.stderr:
        yield f"says {done.stderr!r}"
    if done.returncode != (1 if expected else 0):
        yield f"status {done.returncode}"
    try:
        entries = json.loads(done.stdout.decode("utf-8"))
    except ValueError as error:
        yield f"{error}: {done.stdout!r}"
        return
    if not isinstance(entries, list) or len(entries) != len(expected):
        yield f"writes {entries!r}"
        return
    for entry, wanted in zip(entries, expected):
        yield from mistakes_of(entry, wanted)


if __name__ == "__main__":
    sys.exit(run_cases(__doc__, FILES, CASES, failures_of))
