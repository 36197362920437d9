"""Cases that are too long to write down: each banned word, some keywords, as many instructions as fit and one more."""
import json
import os
import re

import support
from case_files import Case

SOURCE = "generated_cases.py"
STATEMENTS = """
    return goto break continue case default asm static new delete throw try catch using typedef class namespace template
    union struct enum vm jit
""".split()


def edit(name, file, old, new, place, words):
    case = Case(name, SOURCE)
    case.changes = [["edit", file, [old], [new]]]
    case.place, case.words = place, words
    return case


def names_of(variable):
    """A list of names from codegen/reserved_names.hpp, so that none is forgotten here."""
    text = support.read(os.path.join(support.ROOT, "codegen", "reserved_names.hpp"))
    found = re.search(variable + r" = \{(.*?)\};", text, re.DOTALL)
    return re.findall(r'"(\w+)"', found.group(1))


def banned_words():
    for name in STATEMENTS + names_of("interpreter_names"):
        yield edit(f"body_with_{name}", "groups/heavy.ops.hpp", "  WRITE_NUMBER(n);", f"  WRITE_NUMBER(n);\n  {name};",
                   "isa/groups/heavy.ops.hpp:6", f"'{name}' may not stand in a snippet; use the verbs of verbs.json")


ASSIGNMENTS = ["n = 1", "n += 1", "n -= 1", "n *= 1", "n /= 1", "n %= 1", "n &= 1", "n |= 1", "n ^= 1", "n <<= 1",
               "n >>= 1", "n++", "n--", "++n", "--n", "++ n", "n ++"]


def assignments():
    for text in ASSIGNMENTS:
        yield edit(f"input in '{text}'", "groups/heavy.ops.hpp", "  WRITE_NUMBER(n);",
                   f"  {text};\n  WRITE_NUMBER(n);", "isa/groups/heavy.ops.hpp:5",
                   "input 'n' is assigned; outputs have names of their own")


def keywords():
    for name in names_of("cpp_keywords")[::12]:
        yield edit(f"action_{name}", "groups/flow.json", '"compile": "end_program"', f'"compile": "{name}"',
                   "isa/groups/flow.json: /words/4/compile", f"'{name}' is a keyword of C++")


def many(isa, name, wanted, page):
    """The tiny instruction set with so many more instructions in a group of their own that a page has `wanted`."""
    groups = [json.loads(isa.read(f"groups/{group}.json")) for group in ("plain", "flow", "heavy")]
    profile = json.loads(isa.read("profiles/tiny32.json"))
    have = len(profile["fused"]) if page == 1 else 0
    have += sum(one.get("page", 1) == page and one.get("dialect") != "rexa16" for group in groups
                for one in group["instructions"])
    entries = [{"name": f"copy{k}", "word": f"copy{k}", "effect": "( x -- x x )", "page": page, "doc": "One of many.",
                "cost": {"ticks": 1}, "tests": [{"in": [k], "out": [k, k]}]} for k in range(wanted - have)]
    group = {"group": "many", "doc": "Many of a kind.", "instructions": entries}
    case = Case(name, SOURCE)
    case.changes = [
        ["add", "groups/many.json", [], [json.dumps(group)]],
        ["add", "groups/many.ops.hpp", [], [f"OP({one['name']}) {{  // ( x -- x x )\n}}" for one in entries]],
        ["edit", "profiles/tiny32.json", ['"heavy"]'], ['"heavy", "many"]']]]
    case.place = "isa/profiles/tiny32.json: /groups"
    case.words = f"{wanted} instructions on page {page}"
    return case


def long_strings():
    """The library of regular expressions needs stack for each character."""
    for size in (5000, 1000000):
        yield edit(f"string of {size} bytes", "groups/flow.json", '"compile": "end_program"',
                   f'"compile": "{"e" * size}"', f"isa/groups/flow.json:52:{35 + size}",
                   "a string of more than 4000 bytes")


def byte_order_mark():
    case = Case("byte order mark", SOURCE)
    case.changes = [["edit", "groups/plain.ops.hpp", ["// Snippets of"], ["\ufeff// Snippets of"]]]
    case.place, case.words = "isa/groups/plain.ops.hpp", "begins with a byte order mark; save it without"
    return case


def carriage_returns():
    case = Case("carriage returns", SOURCE)
    lines = ["// A file of another system.", "#pragma once", '#include "core/snippet_signatures.hpp"', ""]
    case.changes = [
        ["add", "groups/dos.json", [], ['{ "group": "dos", "doc": "Of another system.", "instructions": [] }\r']],
        ["add", "groups/dos.ops.hpp", [], ["\r\n".join(lines)]],
        ["edit", "profiles/tiny32.json", ['"heavy"]'], ['"heavy", "dos"]']]]
    return case


def rejected(isa):
    return [*banned_words(), *long_strings(), byte_order_mark(), *assignments(), *keywords(),
            many(isa, "too_many_on_page_one", 257, 1), many(isa, "too_many_on_page_two", 256, 2)]


def accepted(isa):
    return [carriage_returns(), many(isa, "full_page_one", 256, 1), many(isa, "full_page_two", 255, 2)]
