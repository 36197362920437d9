"""Every verb and helper of isa/verbs.json is defined for the interpreter and for editors (vm/snippet_verbs.hpp)."""
import json
import os
import re

import support

# What runs, and the compiler, which checks blocks.
INTERPRETER = ["vm/verbs.hpp", "vm/task_verbs.hpp", "vm/interpreter.cpp", "vm/page_two.cpp", "jit/blocks.cpp"]
EDITORS = ["vm/snippet_verbs.hpp"]
# Functions that both have from here; sizeof is of the language.
COMMON = ["vm/cell.hpp", "vm/functions.hpp"]
LANGUAGE = {"sizeof"}


def source(files):
    return "".join(support.read(os.path.join(support.ROOT, file)) for file in files)


def is_macro(name, text):
    return re.search(rf"^#define {name}\(", text, re.MULTILINE) is not None


def is_function(name, text):
    return re.search(rf"\b(?:auto|bool|char|Cell|Double|Signed|\w+_t) {name}\(", text) is not None


def parameters_of(name, text):
    found = re.search(rf"^#define {name}\(([^)]*)\)", text, re.MULTILINE)
    return [one.strip() for one in found.group(1).split(",")]


def shape(parameters):
    """How many there are; an empty list splits into one empty name."""
    return 0 if parameters == [""] else len(parameters)


def main():
    verbs = json.loads(support.read(os.path.join(support.ROOT, "isa/verbs.json")))
    failures = []
    for files in (INTERPRETER, EDITORS):
        text = source(files)
        for verb, entry in verbs["verbs"].items():
            wanted = [one.strip() for one in entry["arguments"].split(",")]
            if not is_macro(verb, text):
                failures.append(f"{', '.join(files)}: no #define {verb}(...)")
            elif shape(parameters_of(verb, text)) != shape(wanted):
                failures.append(f"{', '.join(files)}: {verb} takes other arguments than '{entry['arguments']}'")
        for helper in set(verbs["helpers"]) - LANGUAGE:
            if not is_macro(helper, text) and not is_function(helper, text) and not is_function(helper, source(COMMON)):
                failures.append(f"{', '.join(files + COMMON)}: no helper {helper}")
    for macro in re.findall(r"^#define ([A-Z_]+)\(", source(EDITORS), re.MULTILINE):
        if macro not in verbs["verbs"]:
            failures.append(f"{EDITORS[0]}: {macro} is no verb of isa/verbs.json")
    support.finish(failures, f"{len(verbs['verbs'])} verbs and {len(verbs['helpers'])} helpers looked for")


if __name__ == "__main__":
    main()
