#!/usr/bin/env python3
"""Random int8 models, converted and run by the command: every output byte is that of TensorFlow Lite Micro, whether it
is built to round products twice or once.

usage: random_models_test.py --mica MICA --flatc FLATC --schema SCHEMA --models FOLDER
                             [--seed FIRST] [--count N] [--keep FOLDER] [--refused-max PERCENT]

What it is compared with is the executable specification in the folder of models of others. Also that `mica validate`
finds nothing wrong, and that the text is not much longer than its constants. A model is known by its seed; those that
fail are kept, if there is a folder for them.

Exit status: 0 as it should be, 1 not, 77 there is no specification, or no numpy.
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

DEBIAN_PYTHON = "/usr/bin/python3"
try:
    import numpy  # noqa: F401  what the specification takes
except ImportError:
    # Other interpreters do not see the packages of Debian.
    if sys.executable != DEBIAN_PYTHON and pathlib.Path(DEBIAN_PYTHON).exists():
        os.execv(DEBIAN_PYTHON, [DEBIAN_PYTHON, "-B", *sys.argv])
    print("skipped: there is no numpy")
    sys.exit(77)

from int8_reference import Reference, load_specification
from random_model import RandomModel
from tflite_file import Writer

SPECIFICATION = "tflite_int8_spec.py"
# Blocks that can round their products once, and twice otherwise.
ROUNDING = re.compile(
    r"(?<=\n  )((?:conv2d|depthwise-conv2d|fully-connected|mean|rescale|leaky-relu|sigmoid|tanh|add|mul)\{)")
BATCH = 25  # models that are written together
SECONDS_MAX = 120


def call(mica, *arguments):
    return subprocess.run([mica, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)


class Test:
    """Counts what has come of the models."""

    def __init__(self, options, folder):
        self.options, self.folder = options, pathlib.Path(folder)
        self.reference = Reference(load_specification(options.models / SPECIFICATION))
        self.writer = Writer(options.flatc, options.schema, folder)
        self.compared, self.bytes, self.failures = 0, 0, 0
        self.layers, self.refusals = collections.Counter(), collections.Counter()

    def run(self, seeds):
        models = {seed: RandomModel(seed) for seed in seeds}
        self.writer.write({str(seed): model.file for seed, model in models.items()})
        for seed, model in models.items():
            path, frame = self.folder / f"{seed}.tflite", self.folder / f"{seed}.mica"
            problem = self.problem_of(model, path, frame)
            if problem is not None:
                self.failures += 1
                print(f"model {seed}, {' '.join(model.layers)}: {problem}")
                if self.options.keep is not None:
                    self.options.keep.mkdir(parents=True, exist_ok=True)
                    for file in self.folder.glob(f"{seed}.*"):
                        shutil.copy(file, self.options.keep)
            for file in self.folder.glob(f"{seed}.*"):
                file.unlink()

    def difference(self, frame, inputs, wanted):
        """How the outputs differ from what is wanted; None: they do not."""
        ran = call(self.options.mica, "infer", frame, "--input", inputs, "--raw")
        got = [[int(number) for number in line.split()] for line in ran.stdout.splitlines()]
        if ran.returncode == 0 and got == wanted:
            return None
        wrong = [(k, j) for k, line in enumerate(wanted) for j, number in enumerate(line)
                 if k >= len(got) or j >= len(got[k]) or got[k][j] != number]
        return f"{len(wrong)} outputs differ, first (sample, element) {wrong[:5]}; {ran.stderr.strip()}"

    def problem_of(self, model, path, frame):
        """What is wrong with a model; None: nothing."""
        samples = model.samples()
        wanted, rounded_once = (self.reference.run(path, samples, once) for once in (False, True))
        inputs = path.with_suffix(".bin")
        inputs.write_bytes(bytes(number & 255 for sample in samples for number in sample))
        converted = call(self.options.mica, "convert", path, "-o", frame)
        if converted.returncode == 1 and ": error: " in converted.stderr:
            reason = converted.stderr.split(": error: ")[1].strip()
            self.refusals[reason.split("[")[-1].rstrip("]")] += 1
            print(f"model {path.stem} is refused: {reason}")
            return None
        if converted.returncode != 0:
            return f"`mica convert` ends with {converted.returncode}: {converted.stderr}"
        differs = self.difference(frame, inputs, wanted)
        if differs is not None:
            return differs
        validated = call(self.options.mica, "validate", path, frame, "--input", inputs)
        if validated.returncode != 0:
            return f"`mica validate`: {validated.stderr.strip()}"
        text = frame.read_text(encoding="utf-8")
        constants = int(re.search(r"Constants (\d+) bytes", text)[1])
        if len(text) > 1.3 * constants + 4096:
            return f"the text has {len(text)} bytes for {constants} of constants"
        frame.write_text(ROUNDING.sub(r"\1 rounding once", text), encoding="utf-8")
        differs = self.difference(frame, inputs, rounded_once)
        if differs is not None:
            return f"rounded once: {differs}"
        self.compared += 1
        self.bytes += sum(map(len, wanted))
        self.layers.update(model.layers)
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--flatc", required=True)
    parser.add_argument("--schema", required=True, help="of files of TensorFlow Lite, for flatc")
    parser.add_argument("--models", required=True, type=pathlib.Path, help="where the specification is")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--refused-max", type=float, default=3)
    options = parser.parse_args()
    if not (options.models / SPECIFICATION).exists():
        print(f"skipped: there is no {SPECIFICATION} in {options.models}")
        return 77
    with tempfile.TemporaryDirectory(prefix="mica-random-models-") as folder:
        test = Test(options, folder)
        for first in range(options.seed, options.seed + options.count, BATCH):
            test.run(range(first, min(first + BATCH, options.seed + options.count)))
    print(", ".join(f"{count} {name}" for name, count in sorted(test.layers.items())))
    print(f"{test.compared} models with {sum(test.layers.values())} layers agree in {test.bytes} bytes, "
          f"{test.failures} do not, {sum(test.refusals.values())} are refused {dict(test.refusals)}")
    many = 100 * sum(test.refusals.values()) > options.refused_max * options.count
    return 1 if test.failures or many or not test.compared else 0


if __name__ == "__main__":
    sys.exit(main())
