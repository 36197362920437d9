#!/usr/bin/env python3
"""Any closed choice of groups and words makes a core that compiles without warnings, and in which all that is left does
what its test vectors say; what is not closed is refused."""
import json
import os
import random
import re

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
                 "next_iteration_by", "drop_loop", "call_word", "call_word_charged", "return_word",
                 "return_word_charged", "page_two"]

# What the profile `small` is changed by.
CLOSED = {
    "numbers only": {"groups": ["literal", "control"], "without": WORDS + MADE_BY_WORDS},
    "no second page": {"groups": ["literal", "control", "stack"], "without": ["page_two"]},
    "no output": {"groups": ["literal", "control", "stack", "memory"], "without": [], "cell_bits": 32},
    "no definitions": {"groups": ["literal", "control", "output"], "without": [":", ";", "return"]},
    "doubles and the loop stack alone": {"groups": ["literal", "control", "double", "loop_stack"], "without": []},
    "tokens without the host": {"groups": ["literal", "control", "stack", "memory", "token", "vector"], "without": []},
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
# Cores that are built and run: the profile that is changed, and by what.
OWN16, NODE32, REXA16 = "tests/profiles/own16.json", "isa/profiles/node32.json", "isa/profiles/rexa16.json"
RUN = {
    "functions that are not the last": (OWN16, {"without": ["relu", "log"]}),
    "no word that prints a number": (OWN16, {"without": [".", "base"]}),
    "the other dialect with wide cells": (REXA16, {"cell_bits": 32}),
    "doubles and the loop stack alone": (SMALL, CLOSED["doubles and the loop stack alone"]),
}
RANDOM = {OWN16: 1, NODE32: 2, REXA16: 3}  # the seed of what is left out of each
SHARE = 0.25  # of the words
SUMMARY = re.compile(r"subset: (\d+) test vectors right, 0 wrong, \d+ too large for the profile\n")
# What codegen says of a choice that is not closed: what must go, too, or must stay.
GOES = re.compile(r"'(\S+)' (?:needs the instruction|is of no use without) '\S+', which the profile lacks")
STAYS = re.compile(r"'(\S+)' cannot be left out; the compiler makes it in any program")


def generate(work, changes, status, profile=SMALL):
    """Runs codegen for a changed profile. Returns the folder, what it says and the file of the profile."""
    with open(os.path.join(tree.ROOT, profile), encoding="utf-8") as file:
        profile = json.load(file)
    profile.pop("$schema")
    profile |= {"profile": "subset", "fused": []} | changes
    path = os.path.join(work.folder, "subset.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(profile, file)
    out = os.path.join(work.folder, "generated")
    done = tree.run([os.path.abspath(work.options.codegen), "--isa", "isa", "--profile", path, "--out", out],
                    status=status, cwd=tree.ROOT)
    return out, done.stderr, path


def random_choice(work, profile, seed):
    """Leaves out words at random, and what codegen asks for besides, until it takes the choice."""
    generate_all = generate(work, {}, 0, profile)[0]
    with open(os.path.join(generate_all, "core", "word_reference.inc"), encoding="utf-8") as file:
        words = re.findall(r'^WORD\("((?:[^"\\]|\\.)*)"', file.read(), re.MULTILINE)
    words = [json.loads(f'"{word}"') for word in words]
    chance = random.Random(seed)
    without = [word for word in words if chance.random() < SHARE]
    while message := generate(work, {"without": without}, None, profile)[1]:
        if found := GOES.search(message):
            without.append(found[1])
        else:
            found = STAYS.search(message)
            tree.expect(found and found[1] in without, f"{profile} without {without}: {message}")
            without.remove(found[1])
    return {"without": without}


def run_vectors(work, name, profile, changes):
    """Builds the core and runs its test vectors; returns how many there are."""
    path = generate(work, changes, 0, profile)[2]
    folder = work.build("subset", "subset_vectors", f"-DMICA={tree.ROOT}", f"-DPROFILE={path}",
                        "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_CXX_COMPILER={work.options.compiler}",
                        source=os.path.join(tree.HERE, "subsets"))
    done = tree.run([os.path.join(folder, "subset_vectors")], seconds=600, status=None)
    found = SUMMARY.search(done.stdout)
    tree.expect(done.returncode == 0 and found, f"{name}, {profile} with {changes}:\n{done.stdout}{done.stderr}")
    return int(found[1])


def test(work):
    for changes in CLOSED.values():
        out = generate(work, changes, 0)[0]
        for source in SOURCES:
            tree.run([work.options.compiler, *FLAGS, "-I.", "-I", out, source], cwd=tree.ROOT)
    for words, changes in OPEN.items():
        message = generate(work, changes, 1)[1]
        tree.expect(message.rstrip("\n").endswith(": error: " + words), f"not refused by '{words}', but: {message}")
    chosen = {f"seed {seed}": (profile, random_choice(work, profile, seed)) for profile, seed in RANDOM.items()}
    vectors = [run_vectors(work, name, *choice) for name, choice in (RUN | chosen).items()]
    return (f"{len(CLOSED)} closed choices compile, {len(OPEN)} open ones are refused, {len(vectors)} run "
            f"{sum(vectors)} test vectors")


if __name__ == "__main__":
    tree.main(__doc__, test)
