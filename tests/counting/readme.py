"""The table of figures in the README at the top: its rows are made of what is counted on the device."""
import re

import programs

README = programs.ROOT / "README.md"

# What a row says, and the figure behind it.
ROWS = (
    ("a slice of the only task, with the `yield` that ends it", "slices: the only task goes on"),
    ("a slice of one of two tasks that take turns", "slices: two tasks take turns"),
    ("a slice of a task beside seven that sleep", "slices: seven others sleep"),
    ("a cell through a channel, with two slices: of who sends it and of who waits for it",
     "slices: a cell for one that waits"),
    ("slices of 1000 ticks against a core that counts none: mean of the programs of tests/frames",
     "metering: mean of the frames"),
    ("the same: ten digits classified", "metering: digits"),
    ("the same: a loop in a loop", "metering: nested-loops"),
    ("the same: the sieve", "metering: sieve"),
    ("the same: a word that calls itself", "metering: fibonacci"),
)


def rows(figures):
    return "".join(f"| {text} | {shown(figures[key])} |\n" for text, key in ROWS)


def shown(numbers):
    """Not more digits than stay the same from one change to the next."""
    if "ratio" in numbers:
        return f"{100 * (numbers['ratio'] - 1):.1f} % more"
    return f"{10 * round(numbers['goto'] / 10)}"


def table():
    """(the text of the README, its rows)"""
    text = README.read_text(encoding="utf-8")
    match = re.search(r"(?<=\| instructions \|\n\|---\|---:\|\n)(?:\|.*\n)+", text)
    return text, match.group() if match else ""


def differences(figures):
    """Rows that say something else than the figures."""
    _, found = table()
    return [row for row in rows(figures).splitlines() if row not in found.splitlines()] or \
        ([] if found == rows(figures) else ["other rows, or in another order"])


def update(figures):
    text, found = table()
    README.write_text(text.replace(found, rows(figures)), encoding="utf-8")
