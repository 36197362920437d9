#!/usr/bin/env python3
"""Makes a program on which the machine and the oracle differ as short as it can.

usage: reduce.py DIFFERENTIAL PROFILE PROGRAM [further options of DIFFERENTIAL]

Leaves out tokens as long as `differential --file` still finds a difference (delta debugging: Zeller 1999).
"""
import subprocess
import sys
import tempfile


# What is left out may be what ends a program: whole programs differ within a second or two.
SECONDS_MAX = 20


def differs(command, tokens, file):
    with open(file, "w", encoding="utf-8") as stream:
        stream.write(" ".join(tokens) + "\n")
    try:
        return subprocess.run(command + ["--file", file], stdout=subprocess.DEVNULL, timeout=SECONDS_MAX,
                              check=False).returncode == 1
    except subprocess.TimeoutExpired:
        return False


def reduce(command, tokens, file):
    """Runs of every length from every place: what is left out must leave the stack balanced."""
    before = 0
    while before != len(tokens):
        before = len(tokens)
        for size in [200, 100, 60, 40, 30, 24, 20] + list(range(16, 0, -1)):
            at = 0
            while at < len(tokens):
                candidate = tokens[:at] + tokens[at + size:]
                if candidate and differs(command, candidate, file):
                    tokens = candidate
                else:
                    at += max(1, size // 10)
    return tokens


def tokens_of(text):
    """Tokens without comments, but for the effects that definitions declare."""
    tokens, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] == "\\":
            at = (text + "\n").index("\n", at)
        elif text[at] == "(":
            end = text.index(")", at) + 1
            if " -- " in " " + text[at + 1:end - 1].replace("\n", " ") + " " and tokens[-2:-1] == [":"]:
                tokens.append(text[at:end])
            at = end
        else:
            end = at
            while end < len(text) and not text[end].isspace():
                end += 1
            tokens.append(text[at:end])
            at = end
    return tokens


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    command = [sys.argv[1], "--profile", sys.argv[2]] + sys.argv[4:]
    with open(sys.argv[3], encoding="utf-8") as stream:
        text = stream.read()
    with tempfile.NamedTemporaryFile(suffix=".mica") as scratch:
        tokens = tokens_of(text)
        if not differs(command, tokens, scratch.name):
            sys.exit("the program does not differ")
        tokens = reduce(command, tokens, scratch.name)
        print(" ".join(tokens))
        subprocess.run(command + ["--file", scratch.name], check=False)


if __name__ == "__main__":
    main()
