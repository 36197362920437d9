#!/usr/bin/env python3
"""A sample of the defects through the command: what is refused or traps ends with status 1 and its name."""
import argparse
import os
import re
import subprocess
import sys

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "defects.cases")
EVERY = 5
SECONDS_MAX = 60
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def spelt_out(text):
    def escape(match):
        return bytes([int(match[1], 16)]) if match[1] else ESCAPES[match[2].decode()].encode()
    return re.sub(rb"\\(?:x([0-9a-f]{2})|(.))", escape, text.encode())


def sample():
    """(line number, what must become of it in rexa16, text) of some that end and need no numbers of a profile."""
    with open(CASES, encoding="utf-8") as file:
        rows = [(number, line.rstrip("\n")) for number, line in enumerate(file, 1) if " ; " in line and line[0] != "#"]
    for number, row in rows[::EVERY]:
        expected, text = re.match(r"(.*?) ; .*? \| (.*)", row).groups()
        if "\\{" not in text and not expected.endswith("runs"):
            yield number, expected, spelt_out(text)


def failure(mica, expected, text, profile="rexa16"):
    """What is wrong; None if all is right."""
    done = subprocess.run([mica, "run", "--profile", profile, "-"], input=text, capture_output=True,
                          timeout=SECONDS_MAX, check=False)
    message = done.stderr.decode(errors="replace")
    ended = re.fullmatch(r'"(.*)"(?: trap (\w+))?', expected)
    error = ended[2] if ended else expected.split()[0]
    place = "" if ended else "-:" + expected.split()[1] + ": error: "
    output = ended[1].replace("\\n", "\n") if ended else ""
    if done.returncode != (1 if error else 0):
        return f"status {done.returncode}: {message}"
    if done.stdout.decode() != output:
        return f"standard output is {done.stdout!r}"
    if error and not (message.startswith(place) and f"[{error}]" in message):
        return f"standard error is {message!r}"
    return f"says {message!r}" if message and not error else None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True, help="the program")
    mica = os.path.abspath(parser.parse_args().mica)
    failures = tried = 0
    for number, expected, text in sample():
        tried += 1
        if why := failure(mica, expected, text):
            failures += 1
            print(f"defects.cases:{number}: {text!r}: {why}")
    print(f"{tried} programs, {failures} failures")
    return 1 if failures or tried < 50 else 0


if __name__ == "__main__":
    sys.exit(main())
