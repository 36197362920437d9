"""What the tests of codegen share: the tiny instruction set in a folder of its own, and calls of codegen on it."""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROFILES = ["tiny16", "tiny32"]


def arguments(description, *flags):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--codegen", required=True, help="the program")
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


class TinyIsa:
    """A folder with `isa`, the tiny instruction set and the schemas of the real one; gone with the object."""

    def __init__(self, codegen, name="isa"):
        self.codegen = os.path.abspath(codegen)
        self.name = name
        self.holder = tempfile.TemporaryDirectory(prefix="codegen-test-")
        self.folder = self.holder.name
        self.isa = os.path.join(self.folder, name)
        shutil.copytree(os.path.join(HERE, "isa"), self.isa)
        shutil.copytree(os.path.join(ROOT, "isa", "schema"), os.path.join(self.isa, "schema"))

    def path(self, file):
        return os.path.join(self.isa, file)

    def read(self, file):
        return read(self.path(file))

    def write(self, file, text):
        write(self.path(file), text)

    def edit(self, file, old, new):
        text = self.read(file)
        if text.count(old) != 1:
            raise ValueError(f"{file} has {text.count(old)} times, not once:\n{old}")
        self.write(file, text.replace(old, new))

    def run(self, profile, *options):
        """Calls codegen in the folder, so that messages name files as `isa/...`."""
        command = [self.codegen, "--isa", self.name, "--profile", f"{self.name}/profiles/{profile}.json", *options]
        try:
            return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=20)
        except subprocess.TimeoutExpired:
            raise ValueError("codegen does not come to an end") from None

    def generate(self, profile, out, *options):
        """Writes `out`/core and returns its files as {name: text}."""
        result = self.run(profile, "--out", out, *options)
        if result.returncode != 0 or result.stderr or result.stdout:
            raise ValueError(f"codegen refuses the tiny instruction set: {result.stderr}{result.stdout}")
        core = os.path.join(self.folder, out, "core")
        return {name: read(os.path.join(core, name)) for name in sorted(os.listdir(core))}


def remove_folder(path):
    shutil.rmtree(path, ignore_errors=True)


def finish(failures, done):
    """Prints the failures and ends the program."""
    for failure in failures:
        print(failure)
    print(f"{done}; {len(failures)} failures")
    sys.exit(1 if failures else 0)
