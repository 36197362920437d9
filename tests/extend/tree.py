"""What the tests of this folder share: a copy of the tree that is changed and built, and calls of other programs."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SKIPPED = 77  # exit status that CTest shows as skipped
README = "isa/README.md"
GROUP = "isa/groups/arithmetic"  # the one that the example of README is added to
PROFILES = ("node32", "rexa16")  # of the command that is built
STATS = re.compile(r": ticks=(\d+) digest=([0-9a-f]{8}) ")

sys.dont_write_bytecode = True
sys.path += [os.path.join(ROOT, "tests", "docs"), os.path.join(ROOT, "tests", "tidy")]

import markdown  # noqa: E402
import sources  # noqa: E402


class Failure(Exception):
    """The test fails; the text says why."""


class Skip(Exception):
    """The test cannot run here; the text says what is missing."""


def need(*programs):
    """Skips the test when one of the programs is missing."""
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"the program {program} is missing")


def expect(holds, message):
    if not holds:
        raise Failure(message)


def run(command, seconds=60, status=0, **options):
    """Runs a program in the C locale and returns what it did; fails when it ends with another status (None: any)."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, "LC_ALL": "C"}, check=False, **options)
    if status is not None and done.returncode != status:
        raise Failure(f"{' '.join(map(str, command))}\nended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def read_tree():
    """{path: bytes} of the files that git tracks or would track."""
    files = {}
    for path in sources.listed_paths(ROOT):
        place = os.path.join(ROOT, path)
        if os.path.isfile(place) and path.split("/")[0] != "build":
            with open(place, "rb") as file:
                files[path] = file.read()
    return files


def edit(files, path, old, new):
    """Replaces what must stand exactly once in a file."""
    text = files[path].decode()
    expect(text.count(old) == 1, f"{path} has {text.count(old)} times, not once:\n{old}")
    files[path] = text.replace(old, new).encode()


class Example:
    """The worked example of isa/README.md: its first blocks of JSON, C++, program and text."""

    def __init__(self, files):
        blocks, _ = markdown.split(README, files[README].decode())
        first = {}
        for block in blocks:
            first.setdefault(" ".join([block.language, *block.marks]), block.text)
        try:
            self.entry, self.snippet = first["json"], first["cpp"]
            self.program, self.output = first["mica part"], first["text"]
        except KeyError as error:
            raise Failure(f"{README} has no block {error}") from error

    def add(self, files):
        group = files[GROUP + ".json"].decode()
        end = group.find("\n  ]", group.find('"instructions": ['))
        expect(end > 0, f"{GROUP}.json has no end of its instructions in a line of its own")
        files[GROUP + ".json"] = f"{group[:end]},\n{self.entry.rstrip()}{group[end:]}".encode()
        files[GROUP + ".ops.hpp"] += b"\n" + self.snippet.encode()


class Work:
    """A folder with `tree`, a copy of the tree, and builds of it; gone with the object unless it was named."""

    def __init__(self, options):
        self.options = options
        self.holder = None if options.work else tempfile.TemporaryDirectory(prefix="mica-extend-")
        self.folder = os.path.abspath(options.work) if options.work else self.holder.name
        self.tree = os.path.join(self.folder, "tree")

    def write(self, files):
        """Makes the copy have these files, no others. Leaves what is right alone, so that builds stay fresh."""
        for folder, _, names in os.walk(self.tree):
            for name in names:
                place = os.path.join(folder, name)
                if os.path.relpath(place, self.tree) not in files:
                    os.remove(place)
        for path, content in files.items():
            place = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(place), exist_ok=True)
            if os.path.isfile(place):
                with open(place, "rb") as file:
                    if file.read() == content:
                        continue
            with open(place, "wb") as file:
                file.write(content)
            shutil.copymode(os.path.join(ROOT, path), place)

    def build(self, name, target, *settings, source=None):
        """Configures `name` and builds one target; returns the folder."""
        folder = os.path.join(self.folder, name)
        launcher = [f"-DCMAKE_CXX_COMPILER_LAUNCHER={self.options.launcher}"] if self.options.launcher else []
        run(["cmake", "-G", "Ninja", "-S", source or self.tree, "-B", folder,
             f"-DMICA_HOST_CODEGEN={os.path.abspath(self.options.codegen)}", *launcher, *settings])
        run(["cmake", "--build", folder, "--target", target], seconds=600)
        return folder

    def build_command(self):
        """The command `mica`, not optimised and with few profiles: that takes a fraction of the time."""
        folder = self.build("pc", "mica", "-DCMAKE_BUILD_TYPE=Debug", "-DMICA_TESTS=OFF",
                            f"-DMICA_PROFILES={';'.join(PROFILES)}",
                            f"-DCMAKE_CXX_COMPILER={self.options.compiler}")
        return os.path.join(folder, "mica")

    def generated(self, profile, name):
        with open(os.path.join(self.folder, "pc", "generated", profile, "core", name), encoding="utf-8") as file:
            return file.read()


def add_options(parser):
    parser.add_argument("--codegen", required=True, help="the program, built")
    parser.add_argument("--compiler", default="c++", help="C++ compiler for the PC (%(default)s)")
    parser.add_argument("--launcher", default="", help="compiler launcher, such as ccache")
    parser.add_argument("--work", default="", help="folder to build in, kept; default: a temporary one")


def finish(test, *arguments):
    """Runs the test; returns the exit status."""
    try:
        print(test(*arguments))
    except Skip as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    except Failure as failure:
        print(f"failed: {failure}")
        return 1
    return 0


def main(description, test):
    """The whole program of a test that takes no options of its own and one Work."""
    parser = argparse.ArgumentParser(description=description)
    add_options(parser)
    sys.exit(finish(test, Work(parser.parse_args())))
