#!/usr/bin/env python3
"""Mistakes in a snippet, and stops inside of one, are shown where the snippet stands.

    snippet_error_test.py compiler  codegen, g++ and clang++ name file, line and column of a misspelled name
    snippet_error_test.py gdb       a breakpoint by file and line stops there and shows the items
    snippet_error_test.py trap      a trap in the second part of a fused instruction is reported at its word

What isa/README.md shows of the first two is compared with what happens.
"""
import argparse
import os
import re
import sys

import tree

SNIPPETS = tree.GROUP + ".ops.hpp"
PROFILE = "isa/profiles/node32.json"
FORM = ["-DMICA_FORM=execute_switch", "-DMICA_PAGE_TWO=page_two_plain", "-DMICA_GOTO=0", "-DMICA_OBSERVED=0",
        "-DMICA_CHECKED=0"]


def body_line(text, name):
    """(number, text) of the first line of the body of a snippet."""
    lines = text.split("\n")
    number = next(k for k, line in enumerate(lines, 1) if line.startswith(f"OP({name}) {{"))
    return number + 1, lines[number]


def shown_blocks(files):
    """The blocks of text of the page of the instruction set."""
    blocks, _ = tree.markdown.split(tree.README, files[tree.README].decode())
    return [block.text for block in blocks if block.language == "text"]


def misspell(files, old, new):
    """Writes `new` for the first `old` in the body of `add`; returns where it stands, and the line before."""
    text = files[SNIPPETS].decode()
    number, line = body_line(text, "add")
    tree.expect(old in line, f"{SNIPPETS}:{number} does not use {old}: {line}")
    files[SNIPPETS] = text.replace(line, line.replace(old, new, 1), 1).encode()
    return number, line.index(old) + 1, line


def generate(work, status=0):
    return tree.run([os.path.abspath(work.options.codegen), "--isa", "isa", "--profile", PROFILE, "--out",
                     os.path.join(work.folder, "generated")], status=status, cwd=work.tree)


def compile_interpreter(work, compiler):
    generated = os.path.join(work.folder, "generated")
    done = tree.run([compiler, "-std=c++20", "-fsyntax-only", *FORM, "-I.", "-I", generated, "vm/interpreter.cpp"],
                    status=None, cwd=work.tree)
    tree.expect(done.returncode != 0, f"{compiler} takes a misspelled name")
    return done.stderr


def test_compiler(work):
    """A misspelled helper never reaches the compiler, a misspelled item does."""
    files = tree.read_tree()
    number, _, _ = misspell(files, "wrapping", "wraping")
    work.write(files)
    message = generate(work, status=1).stderr
    tree.expect(message.startswith(f"{SNIPPETS}:{number}: error: ") and "'wraping'" in message,
                f"codegen says {message}")

    files = tree.read_tree()
    number, column, line = misspell(files, "n2", "n22")
    work.write(files)
    generate(work)
    place = f"{SNIPPETS}:{number}:{column}: error: "
    seen = []
    for compiler in ("g++", "clang++"):
        if tree.shutil.which(compiler) is None:
            continue
        message = compile_interpreter(work, compiler)
        errors = [one for one in message.split("\n") if ": error: " in one]
        tree.expect(errors and all(one.startswith(place) and "'n22'" in one for one in errors),
                    f"{compiler} does not say {place}\n{message}")
        tree.expect(line.replace("n2", "n22", 1) in message, f"{compiler} does not show the line\n{message}")
        if compiler == "g++":
            blocks = [block for block in shown_blocks(files) if ": error: " in block]
            tree.expect(any(without_numbers(block) in without_numbers(message) for block in blocks),
                        f"{tree.README} does not show what {compiler} says:\n{message}")
        seen.append(compiler)
    tree.expect(seen, "neither g++ nor clang++ is there")
    return f"codegen and {' and '.join(seen)} name {SNIPPETS}:{number}"


def without_numbers(text):
    """Lines come and go above a snippet; what stands in it must be as shown."""
    return re.sub(r"[ \t]+", " ", re.sub(r":\d+:(\d+):", r":LINE:\1:", re.sub(r"(?m)^ +\d+ \|", "LINE |", text)))


def test_gdb(work):
    tree.need("gdb")
    files = tree.read_tree()
    work.write(files)
    number, line = body_line(files[SNIPPETS].decode(), "add")
    folder = work.build("own", "own_program", f"-DMICA={work.tree}", "-DCMAKE_BUILD_TYPE=Debug",
                        f"-DCMAKE_CXX_COMPILER={work.options.compiler}",
                        source=os.path.join(work.tree, "tests/extend/own_core"))
    session = next(block for block in shown_blocks(files) if "(gdb) break" in block)
    commands = re.findall(r"^\(gdb\) (.*)$", session, re.MULTILINE)
    commands = [re.sub(r":\d+$", f":{number}", command) for command in commands]
    options = [part for command in ["set debuginfod enabled off", *commands] for part in ("-ex", command)]
    done = tree.run(["gdb", "-nx", "-batch", *options, "--args", os.path.join(folder, "own_program"), "30 12 + ."],
                    status=None, cwd=work.tree)
    if re.search(r"ptrace|Operation not permitted", done.stderr) and "Breakpoint 1, " not in done.stdout:
        raise tree.Skip("gdb may not run programs here")
    tree.expect(re.search(rf"^Breakpoint 1, .* at {SNIPPETS}:{number}$", done.stdout, re.MULTILINE),
                f"gdb does not stop at {SNIPPETS}:{number}\n{done.stdout}{done.stderr}")
    tree.expect(f"{number}\t{line}\n" in done.stdout, f"gdb does not show the line\n{done.stdout}")
    value = re.compile(r"^\$\d+ = .*$", re.MULTILINE)
    values = value.findall(session)
    tree.expect(values[:2] == ["$1 = 30", "$2 = 12"] and value.findall(done.stdout) == values,
                f"gdb does not show {values}\n{done.stdout}")
    return f"gdb stops at {SNIPPETS}:{number} and shows {', '.join(values)}"


def test_trap(work):
    """The copy also has the new instruction, so that a build for the other test is not made again."""
    files = tree.read_tree()
    tree.Example(files).add(files)
    tree.edit(files, PROFILE, '"fused": [', '"fused": [["literal8", "divide"], ')
    work.write(files)
    mica = work.build_command()
    program = "7 2 / .\n5 \\ the divisor:\n   0\n  / .\n"
    listing = tree.run([mica, "disasm", "-"], input=program).stdout
    tree.expect(listing.count("literal8__divide") == 2, f"the parts are not fused\n{listing}")
    for form in ("switch", "goto", "checked"):
        done = tree.run([mica, "run", "--form", form, "-"], status=1, input=program)
        tree.expect(re.search(r"^-:4:3: error: .* \[divide_by_zero\]$", done.stderr, re.MULTILINE),
                    f"{form}: the trap is reported elsewhere: {done.stderr}")
        tree.expect(done.stdout == "3 ", f"{form}: writes {done.stdout!r}")
    return "a trap in the second part of a fused instruction is reported at its word"


def main():
    tests = {"compiler": test_compiler, "gdb": test_gdb, "trap": test_trap}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=list(tests))
    tree.add_options(parser)
    options = parser.parse_args()
    return tree.finish(tests[options.part], tree.Work(options))


if __name__ == "__main__":
    sys.exit(main())
