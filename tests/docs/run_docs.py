#!/usr/bin/env python3
"""Runs what the documentation says: README.md here has the marks of fenced blocks.

    run_docs.py --mica PROGRAM [--root FOLDER] [FILE.md ...]
    run_docs.py --self-test

Prints FILE:LINE: error: text, with a difference where output is not as shown. Exit status 1 if there is any.
"""
import argparse
import ast
import difflib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import urllib.parse
import xml.etree.ElementTree

sys.dont_write_bytecode = True

import markdown  # noqa: E402

SECONDS = 60  # for one block
SETUP_BLOCKS = 2
PROGRAM = "program.mica"  # the name under which a program of the text runs, as its messages show it
MARKS = {"sh": {"run", "fails", "setup"}, "output": {"stderr"}}
PARSERS = {"json": json.loads, "python": ast.parse, "toml": tomllib.loads, "xml": xml.etree.ElementTree.fromstring}
PARSED = PARSERS.keys() | {"sh"}
FREE = {"", "asm", "c", "c++", "cmake", "console", "cpp", "csv", "diff", "html", "mermaid", "text", "yaml"}


class Documents:
    def __init__(self, root, paths, mica, chosen, has_start=True, seconds=SECONDS):
        self.root, self.mica, self.seconds = os.path.abspath(root), mica, seconds
        self.has_start = has_start  # whether README.md must say how to start on a fresh machine
        self.paths = paths
        self.folders = {""}
        for path in paths:
            while path := os.path.dirname(path):
                self.folders.add(path)
        self.errors = []
        self.counts = {"blocks run": 0, "outputs compared": 0, "blocks parsed": 0, "links": 0}
        self.prose, self.blocks = {}, {}
        for path in sorted(chosen):
            self.read(path)

    def read(self, path):
        with open(os.path.join(self.root, path), encoding="utf-8") as file:
            text = file.read()
        try:
            self.blocks[path], self.prose[path] = markdown.split(path, text)
        except markdown.Unclosed as error:
            self.blocks[path], self.prose[path] = [], text
            self.fail(path, error.line, str(error))

    def fail(self, path, line, message):
        self.errors.append((path, line, message))

    def check(self):
        for path, blocks in list(self.blocks.items()):
            self.check_links(path)
            self.check_blocks(path, blocks)
        if self.has_start:
            self.check_setup(self.blocks.get("README.md"))
        return sorted(self.errors)

    # --- Links ---

    def check_links(self, path):
        for link in markdown.links(path, self.prose[path]):
            target, _, anchor = link.target.partition("#")
            if ":" in target.split("/")[0] or target.startswith("//"):
                continue
            self.counts["links"] += 1
            place = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(target)))
            place = path if not target else "" if place == "." else place
            if target.startswith("/") or place not in self.paths and place not in self.folders:
                self.fail(path, link.line, f"link to '{link.target}': there is no such file in the tree")
            elif anchor and place.endswith(".md"):
                if place not in self.prose:
                    self.read(place)
                if anchor not in markdown.anchors(self.prose[place]):
                    self.fail(path, link.line, f"link to '{link.target}': no such heading")

    # --- Blocks ---

    def check_setup(self, blocks):
        if blocks is None:
            self.fail("README.md", 1, "is missing")
            return
        setup = [block for block in blocks if block.language == "sh" and block.marks == ["setup"]]
        if len(setup) != SETUP_BLOCKS:
            self.fail("README.md", setup[-1].line if setup else 1,
                      f"{len(setup)} blocks 'sh setup', expected {SETUP_BLOCKS}: the commands for a fresh machine")
        for block in setup:
            commands = [line for line in block.text.replace("\\\n", " ").split("\n")
                        if line.strip() and not line.lstrip().startswith("#")]
            if len(commands) != 1:
                self.fail("README.md", block.line, f"a block 'sh setup' is one command, this one has {len(commands)}")

    def check_blocks(self, path, blocks):
        with tempfile.TemporaryDirectory(prefix="mica-docs-") as folder:
            place = None
            shown = None  # what the block before has written
            for block, following in zip(blocks, [*blocks[1:], None]):
                if not self.is_known(block):
                    self.fail(path, block.line - 1, f"unknown mark '{' '.join([block.language, *block.marks])}' "
                              "(tests/docs/README.md has the marks)")
                    shown = None
                elif block.language == "output":
                    self.compare(block, shown)
                    shown = None
                elif self.is_run(block):
                    place = place or self.copy(folder)
                    merged = following is not None and following.language == "output" and "stderr" in following.marks
                    shown = self.run(block, place, merged)
                else:
                    shown = None
                    self.parse(block)

    @staticmethod
    def is_known(block):
        if block.language in FREE | {"mica"}:
            return True
        return block.language in MARKS.keys() | PARSED and MARKS.get(block.language, set()).issuperset(block.marks)

    @staticmethod
    def is_run(block):
        if block.language == "mica":
            return "part" not in block.marks
        return block.language == "sh" and not {"run", "fails"}.isdisjoint(block.marks)

    def copy(self, folder):
        """The tree without what a build makes, and the program where its reader would have it."""
        root = os.path.join(folder, "mica")
        for path in self.paths:
            source, target = os.path.join(self.root, path), os.path.join(root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isfile(source):
                shutil.copy2(source, target)
        os.makedirs(os.path.join(root, "build/pc-release"))
        os.symlink(self.mica, os.path.join(root, "build/pc-release/mica"))
        os.mkdir(os.path.join(folder, "home"))
        os.mkdir(os.path.join(folder, "tmp"))
        return root

    def run(self, block, place, merged):
        """Runs a block and returns what it wrote to stdout; with merged, what it wrote."""
        above = os.path.dirname(place)
        build = os.path.join(place, "build/pc-release")
        environment = {**os.environ, "MICA": os.path.join(build, "mica"), "LC_ALL": "C.UTF-8", "TERM": "dumb",
                       "HOME": os.path.join(above, "home"), "TMPDIR": os.path.join(above, "tmp"),
                       "PATH": build + os.pathsep + os.environ.get("PATH", "")}
        command = ["sh", "-e", "-c", block.text]
        if block.language == "mica":
            with open(os.path.join(place, PROGRAM), "w", encoding="utf-8") as file:
                file.write(block.text)
            options = [word for word in block.marks if word != "fails"]
            command = [environment["MICA"], "run", *options, PROGRAM]
        self.counts["blocks run"] += 1
        stderr = subprocess.STDOUT if merged else subprocess.PIPE
        with subprocess.Popen(command, cwd=place, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=stderr, start_new_session=True) as process:
            try:
                outputs = process.communicate(timeout=self.seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                self.fail(block.path, block.line, f"not done after {self.seconds} seconds")
                return None
        stdout, stderr = ((output or b"").decode(errors="replace") for output in outputs)
        if ("fails" in block.marks) != (process.returncode != 0):
            expected = "a status other than 0" if "fails" in block.marks else "0"
            self.fail(block.path, block.line, f"ended with status {process.returncode}, expected {expected}\n"
                      + stdout + stderr)
        return stdout

    def compare(self, block, shown):
        """Blanks at the ends of lines and line feeds at the end do not count; a line '...' stands for any lines."""
        if shown is None:
            self.fail(block.path, block.line - 1, "an 'output' block follows a block that runs, directly")
            return
        self.counts["outputs compared"] += 1
        expected, got = ([line.rstrip() for line in text.rstrip().split("\n")] for text in (block.text, shown))
        pattern = "".join("(?:.*\n)*?" if line == "..." else re.escape(line) + "\n" for line in expected)
        if not re.fullmatch(pattern, "\n".join(got) + "\n"):
            difference = difflib.unified_diff(expected, got, f"{block.path}:{block.line}", "output", lineterm="")
            self.fail(block.path, block.line, "the output is not as shown\n" + "\n".join(difference))

    def parse(self, block):
        if block.language not in PARSED:
            return
        self.counts["blocks parsed"] += 1
        line = 1
        try:
            if block.language == "sh":
                done = subprocess.run(["sh", "-n", "-c", block.text], capture_output=True, text=True, check=False)
                if done.returncode:
                    raise ValueError(done.stderr.strip())
            else:
                PARSERS[block.language](block.text)
        except (ValueError, SyntaxError, xml.etree.ElementTree.ParseError) as error:
            line = getattr(error, "lineno", None) or getattr(error, "position", (1,))[0]
            self.fail(block.path, block.line + line - 1, f"this is not {block.language}: {error}")


def documents_in(root, mica, chosen=()):
    """Documents of the files that git tracks or would track; goldens are not documentation."""
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "tidy"))
    import sources
    import tables
    paths = {path for path in sources.listed_paths(root) if os.path.isfile(os.path.join(root, path))}
    if not chosen:
        chosen = [path for path in paths if path.endswith(".md") and tables.DATA_FOLDERS.isdisjoint(path.split("/"))]
        return Documents(root, paths, mica, chosen)
    return Documents(root, paths, mica, chosen, has_start=False)


def main():
    root_of_this = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description="Runs what the documentation says.")
    parser.add_argument("files", nargs="*", metavar="FILE.md", help="from the root; default: all")
    parser.add_argument("--mica", help="the program")
    parser.add_argument("--root", default=root_of_this)
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        import self_test
        return self_test.run(Documents)
    if not arguments.mica or not os.path.isfile(arguments.mica):
        parser.error("--mica names no file")
    documents = documents_in(arguments.root, os.path.abspath(arguments.mica), arguments.files)
    errors = documents.check()
    for path, line, message in errors:
        print(f"{path}:{line}: error: {message}")
    counts = ", ".join(f"{name} {count}" for name, count in documents.counts.items())
    print(f"{len(documents.blocks)} documents: {counts}; {len(errors)} errors",
          file=sys.stderr if errors else sys.stdout)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
