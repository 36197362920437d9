#!/usr/bin/env python3
"""Any closed choice of groups and words makes a core that compiles without warnings; what is not closed is refused."""
import json
import os

import tree

SMALL = "tests/profiles/small.json"
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-Wno-unused-label",
         "-DMICA_HAS_SWITCH=1", "-DMICA_FORM=execute_switch", "-DMICA_PAGE_TWO=page_two_plain", "-DMICA_GOTO=0",
         "-DMICA_OBSERVED=0", "-DMICA_CHECKED=0"]
SOURCES = ["vm/interpreter.cpp", "vm/page_two.cpp", "vm/disassembler.cpp", "jit/emitter.cpp", "jit/compiler.cpp",
           "jit/structures.cpp", "jit/definitions.cpp", "jit/declarations.cpp"]
WORDS = [":", ";", "return", "end", "if", "else", "endif", "begin", "until", "again", "while", "do",
         "loop", "+loop", "leave", "i", "j", "frame", "endframe"]
MADE_BY_WORDS = ["branch", "branch_if_zero", "repeat", "repeat_if_zero", "enter_loop", "next_iteration",
                 "next_iteration_by", "drop_loop", "call_word", "return_word", "return_word_charged", "page_two"]

# What the profile `small` is changed by.
CLOSED = {
    "numbers only": {"groups": ["literal", "control"], "without": WORDS + MADE_BY_WORDS},
    "no second page": {"groups": ["literal", "control", "stack"], "without": ["page_two"]},
    "no output": {"groups": ["literal", "control", "stack", "memory"], "without": [], "cell_bits": 32},
    "no definitions": {"groups": ["literal", "control", "output"], "without": [":", ";", "return"]},
    "doubles and the loop stack alone": {"groups": ["literal", "control", "double", "loop_stack"], "without": []},
    "the other dialect": {"groups": ["control", "literal", "compare"], "without": [], "dialect": "rexa16"},
}
OPEN = {
    "the group 'literal' is missing; the compiler makes its 'literal8' in any program":
        {"groups": ["control", "stack"], "without": []},
    "the group 'control' is missing; the compiler makes its 'end_task' in any program":
        {"groups": ["literal", "stack"], "without": []},
    "'charge' cannot be left out; the compiler makes it in any program":
        {"groups": ["literal", "control"], "without": ["charge"]},
    "'if' is of no use without 'endif', which the profile lacks; leave out both or none":
        {"groups": ["literal", "control"], "without": ["endif"]},
    "'?dup' needs the instruction 'dup', which the profile lacks":
        {"groups": ["literal", "control", "stack"], "without": ["dup"]},
}


def generate(work, changes, status):
    with open(os.path.join(tree.ROOT, SMALL), encoding="utf-8") as file:
        profile = json.load(file)
    profile.pop("$schema")
    profile |= {"fused": []} | changes
    path = os.path.join(work.folder, "subset.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(profile, file)
    out = os.path.join(work.folder, "generated")
    done = tree.run([os.path.abspath(work.options.codegen), "--isa", "isa", "--profile", path, "--out", out],
                    status=status, cwd=tree.ROOT)
    return out, done.stderr


def test(work):
    for changes in CLOSED.values():
        out, _ = generate(work, changes, 0)
        for source in SOURCES:
            tree.run([work.options.compiler, *FLAGS, "-I.", "-I", out, source], cwd=tree.ROOT)
    for words, changes in OPEN.items():
        _, message = generate(work, changes, 1)
        tree.expect(message.rstrip("\n").endswith(": error: " + words), f"not refused by '{words}', but: {message}")
    return f"{len(CLOSED)} closed choices compile, {len(OPEN)} open ones are refused"


if __name__ == "__main__":
    tree.main(__doc__, test)
