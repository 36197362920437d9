#!/usr/bin/env python3
"""Writes the words of the instruction set as a dictionary for libFuzzer: make_dictionary.py OUT GROUP.json..."""
import json
import sys

# What the words have beside them in a text, and numbers at the edges.
BESIDE = ["{", "}", "( ", " )", "--", "\\ ", "\n", "int8", "int16", "int32", "float32", "code", "data",
          "frame a 1 selftest t\n: t 1 ; ",
          "127", "128", "255", "-1", "-128", "-129", "32767", "32768", "-32768", "65535", "65536", "2147483647",
          "2147483648", "-2147483648", "4294967295", "4294967296", "0x7f", "-0x80", "0b1",
          "1.5", "-2e-3", "1e-45", "3.4028235e38", "1e39", "0x7f800000", "0x7fc00000", "array f float32 { 1.5 -2 } ",
          "var a ", "array a 4 ", "array a { 1 2 3 } ", "table t int8 { 1 2 } ", ": w ", ": w ( n -- n ) ",
          " a a a 0 vecfold ", "array b int8 4 ", "view v b 1 2 ", " packed 4 \"0rr91\" ",
          " size 2 2 1 kernel 2 2 ", " input b output v ", " rescale{ input b output b multiplier 1073741824 } ",
          " if 1 endif ", " 3 0 do i loop ", " begin 1 until "]


def quoted(text):
    """As libFuzzer reads it: printable ASCII but for quotes and backslashes, else hexadecimal."""
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" for c in text) + '"'


def words_of(path):
    """Words of a group, and what stands in its blocks: names of fields and choices."""
    with open(path, encoding="utf-8") as file:
        group = json.load(file)
    words = [entry["word"] for entry in group["instructions"] + group.get("words", []) if "word" in entry]
    for key, field in group.get("fields", {}).items():
        words += field.get("choices", [])
        if "derived" not in field:
            words.append(field.get("field", key))
    return words


def main():
    out, *groups = sys.argv[1:]
    words = sorted({word for path in groups for word in words_of(path)})
    with open(out, "w", encoding="utf-8", newline="\n") as file:
        for text in [f" {word} " for word in words] + BESIDE:
            file.write(quoted(text) + "\n")


if __name__ == "__main__":
    main()
