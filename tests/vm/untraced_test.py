#!/usr/bin/env python3
"""A core without the form traced has nothing of it, and its other forms are the same code as with it.

--with, --without   the static libraries of two cores of one profile
"""
import argparse
import pathlib
import subprocess
import sys

FORMS = ("execute_switch", "execute_goto", "execute_switch_observed", "execute_goto_observed", "execute_checked",
         "page_two_plain", "page_two_observed", "page_two_checked")
OF_TRACING = ("trace", "hook", "execute_step")
# What the engine answers in any core.
ANSWERS = ("hook(mica::Instance*, mica::Hook&)",)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symbols(library):
    lines = run("nm", "-C", "--defined-only", library).splitlines()
    return [line.split(maxsplit=2)[-1] for line in lines if " " in line]


def code_of_forms(library):
    """Name of a form -> its instructions; addresses are relative to the object file."""
    text = run("objdump", "-drwC", "--no-show-raw-insn", library)
    found = {}
    for part in text.split("\n\n"):
        name = part.partition("<")[2].partition("(")[0].rpartition("::")[2]
        if name in FORMS:
            found[name] = part.partition("\n")[2]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="traced", required=True, type=pathlib.Path)
    parser.add_argument("--without", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    failures = []
    there = [name for name in symbols(arguments.traced) if "execute_traced" in name]
    if not there:
        failures.append("the core that should have the form has none of its symbols")
    for name in symbols(arguments.without):
        if any(word in name for word in OF_TRACING) and not any(answer in name for answer in ANSWERS):
            failures.append(f"the core without the form defines {name}")
    one, other = code_of_forms(arguments.traced), code_of_forms(arguments.without)
    for name in FORMS:
        if len(one.get(name, "").splitlines()) < 50:
            failures.append(f"{name} was not found")
        elif one[name] != other.get(name):
            failures.append(f"{name} is other code with the form traced beside it")
    print("\n".join(failures) or f"{len(FORMS)} functions are the same, instruction by instruction")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
