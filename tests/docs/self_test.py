"""Small trees of Markdown files with and without mistakes, and a stand-in for the program."""
import os
import stat
import tempfile

# As a program: writes its lines; "trap" fails with a message, "wait" does not end; --twice writes them twice.
MICA = """#!/bin/sh
[ "$1" = run ] || exit 2
shift
times=1
if [ "$1" = --twice ]; then times=2; shift; fi
[ -f "$1" ] || exit 1
while [ $times -gt 0 ]; do cat "$1"; times=$((times - 1)); done
if grep -q wait "$1"; then sleep 60; fi
if grep -q trap "$1"; then echo "$1:1:1: error: trapped [trap]" >&2; exit 1; fi
"""


def block(info, text, fence="```"):
    return f"{fence}{info}\n{text}{fence}\n"


SETUP = block("sh setup", "apt-get install a \\\n  b\n") + block("sh setup", "# all of it\nmake\n")
README = {"README.md": "# Mica\n" + SETUP}


def page(text):
    return {**README, "jit/page.md": text}


GOOD = [
    README,
    page(block("sh run", "mica run program.txt\n\"$MICA\" run program.txt\nbuild/pc-release/mica run program.txt\n")
         + block("output", "1\n1\n1\n")),
    page(block("sh run", "echo 3 > made\n") + "then\n" + block("sh run", "cat made; test ! -e /tmp/made\n")
         + block("output", "3\n")),
    page(block("sh run", "test -e README.md; test -d jit; echo a >&2; echo b\n") + block("output", "b\n")),
    page(block("sh run", "echo a >&2; echo b\n") + block("output stderr", "a\nb\n")),
    page(block("sh run", "echo 'a '; echo; echo b; printf c; printf '\\n\\n'\n") + block("output", "a\n\nb\nc\n")),
    page(block("sh run", "seq 9\n") + block("output", "1\n...\n8\n9\n")),
    page(block("sh fails", "mica run nothing\n") + block("sh fails", "exit 3\n")),
    page(block("mica", "1 2 +\n") + "writes\n" + block("output", "1 2 +\n")),
    page(block("mica --twice", "1\n") + block("output", "1\n1\n")),
    page(block("mica fails", "trap\n") + block("output stderr", "trap\nprogram.mica:1:1: error: trapped [trap]\n")),
    page(block("mica part", "trap wait\n") + block("text", "anything ( \"\n")),
    page(block("json", "{\"a\": [1]}\n") + block("python", "x = 1\n") + block("sh", "if a; then b; fi\n")
         + block("xml", "<a/>\n") + block("toml", "a = 1\n")),
    page("1. a\n\n   ```sh run\n   echo a\n   ```\n   ```output\n   a\n   ```\n"),
    page(block("sh run", "cat <<'E'\n```\nE\n", "````") + block("output", "```\n", "~~~~")),
    page("# A b, `c`!\n## A b, c\n[a](../README.md) [b](page.md#a-b-c) [c](#a-b-c-1) [d](https://a.b/c)\n"
         "![e](../program.txt) [f](../jit) [g](.. \"up\") `[h](nothing)` [i]\n\n[i]: ../README.md#mica\n\n"
         + block("text", "[j](nothing)\n")),
]
# files, lines of the errors, what the first says
BAD = [
    (page("a\n" + block("sh run", "false\ntrue\n")), [3], "status 1"),
    (page(block("sh run", "mica walk\n")), [2], "status 2"),
    (page(block("sh fails", "true\n")), [2], "expected a status other than 0"),
    (page(block("mica", "trap\n")), [2], "program.mica:1:1: error: trapped"),
    (page(block("mica fails", "1\n")), [2], "expected a status other than 0"),
    (page(block("mica", "wait\n")), [2], "not done"),
    (page(block("mica", "1 2 +\n") + block("output", "3\n")), [5], "-3\n+1 2 +"),
    (page(block("sh run", "echo a >&2\n") + block("output", "a\n")), [5], "-a"),
    (page(block("sh run", "seq 3\n") + block("output", "1\n...\n2\n")), [5], "+3"),
    (page(block("sh run", "seq 3\n") + block("output", "1\n")), [5], "+3"),
    (page(block("output", "a\n")), [1], "follows a block that runs"),
    (page(block("sh run", "echo a\n") + block("text", "b\n") + block("output", "a\n")), [7], "follows a block"),
    (page(block("sh runs", "true\n")), [1], "unknown mark"),
    (page(block("ouput", "a\n")), [1], "unknown mark"),
    (page(block("json", "{\n  \"a\": 1,\n}\n")), [4], "not json"),
    (page(block("python", "a = 1\nb = = 2\n")), [3], "not python"),
    (page(block("sh", "if\n")), [2], "not sh"),
    (page(block("xml", "<a>\n")), [3], "not xml"),
    (page("a\n```sh run\ntrue\n"), [2], "not closed"),
    (page("a\n[a](nothing.md)\n"), [2], "no such file"),
    (page("[a](../program)\n"), [1], "no such file"),
    (page("[a](/README.md)\n"), [1], "no such file"),
    (page("[a](../../README.md)\n"), [1], "no such file"),
    (page("[a](../README.md#minor)\n"), [1], "no such heading"),
    (page("# A\n[a](#b)\n"), [2], "no such heading"),
    (page("[a]\n\n[a]: nothing.md\n"), [3], "no such file"),
    (page("<img src=\"nothing.png\">\n"), [1], "no such file"),
    ({"jit/page.md": "a\n"}, [1], "is missing"),
    ({"README.md": "a\n" + block("sh setup", "make\n")}, [3], "1 blocks 'sh setup'"),
    ({"README.md": "a\n"}, [1], "0 blocks 'sh setup'"),
    ({"README.md": SETUP + block("sh setup", "make\n")}, [10], "3 blocks 'sh setup'"),
    ({"README.md": block("sh setup", "make\nmake\n") + block("sh setup", "make\n")}, [2], "one command"),
]


def errors_of(documents_type, files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {"program.txt": "1\n", **files}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)) or root, exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        with tempfile.TemporaryDirectory() as program_folder:
            mica = os.path.join(program_folder, "stand_in")
            with open(mica, "w", encoding="utf-8") as file:
                file.write(MICA)
            os.chmod(mica, stat.S_IRWXU)
            pages = [path for path in files if path.endswith(".md")]
            before = sorted(os.listdir(root))
            errors = documents_type(root, {"program.txt", *files}, mica, pages, seconds=1).check()
            if sorted(os.listdir(root)) != before:
                errors.append(("", 0, "the tree itself was changed"))
            return errors


def run(documents_type):
    failures = 0
    for files in GOOD:
        errors = errors_of(documents_type, files)
        if errors:
            failures += 1
            print(f"expected nothing from {files}, found {errors}")
    for files, lines, text in BAD:
        errors = errors_of(documents_type, files)
        if [line for _, line, _ in errors] != lines or text not in errors[0][2]:
            failures += 1
            print(f"expected '{text}' at {lines} from {files}, found {errors}")
    print(f"{len(GOOD)} trees without mistakes, {len(BAD)} with one: {failures} failures")
    return 1 if failures else 0
