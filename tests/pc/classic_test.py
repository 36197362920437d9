#!/usr/bin/env python3
"""Trees and forests of scikit-learn, converted and run by the command: all classes are those of scikit-learn.

usage: classic_test.py --mica MICA --zoo FOLDER

Also that the text of a frame is at most 1.3 times its constants and 4 KB, that scores are those of scikit-learn, and
that frames with other types of features find the same.
"""
import argparse
import csv
import pathlib
import re
import subprocess
import sys
import tempfile

# Model, samples, types of features for which they are whole numbers, inner nodes, samples that it gets right.
MODELS = [("iris-tree", "iris-test", ["float32"], 6, 48),
          ("digits-tree", "digits-test", ["float32", "int16", "int32"], 76, 374),
          ("digits-forest", "digits-test", ["float32", "int16", "int32"], 1010, 424)]
SCORE_ERROR_MAX = 1e-6
SECONDS_MAX = 120


def call(mica, *arguments):
    return subprocess.run([mica, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)


def check_text(text, nodes):
    """The frame says how large its constants are."""
    constants = int(re.search(r"Constants (\d+) bytes", text).group(1))
    most = 1.3 * constants + 4096
    if len(text) > most:
        yield f"the text has {len(text)} bytes, at most {most:.0f} for {constants}"
    if f" {nodes} inner nodes" not in text:
        yield f"it does not say that there are {nodes} inner nodes"


def check_rows(lines, expected):
    """Each line is the class and the scores. The first of equal scores counts."""
    if len(lines) != len(expected):
        yield f"{len(lines)} lines for {len(expected)} samples"
    for number, (line, scores) in enumerate(zip(lines, expected), 1):
        found, *values = line.split()
        if int(found) != scores.index(max(scores)):
            yield f"sample {number}: class {found} for the scores {scores}"
        if max(abs(float(value) - score) for value, score in zip(values, scores)) > SCORE_ERROR_MAX:
            yield f"sample {number}: scores {values} for {scores}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--zoo", required=True, type=pathlib.Path)
    options = parser.parse_args()
    failures, frames = [], 0
    with tempfile.TemporaryDirectory() as made:
        frame = pathlib.Path(made) / "frame.mica"
        for model, samples, types, nodes, hits in MODELS:
            folder = options.zoo / model.split("-", maxsplit=1)[0]
            with open(folder / f"{model}-expected.csv", encoding="utf-8") as file:
                expected = [[float(score) for score in row] for row in csv.reader(file)]
            for features in types:
                name = f"{model}, {features}"
                converted = call(options.mica, "convert", folder / f"{model}.onnx", "-o", frame, "--features", features)
                if converted.returncode != 0:
                    failures.append(f"{name}: {converted.stderr}")
                    continue
                ran = call(options.mica, "infer", frame, "--input", folder / f"{samples}.csv", "--labels")
                found = [*check_text(frame.read_text(encoding="utf-8"), nodes),
                         *check_rows(ran.stdout.splitlines(), expected)]
                if f"({hits} of {len(expected)})" not in ran.stderr:
                    found.append(f"not {hits} of {len(expected)} are right: {ran.stderr}")
                failures += [f"{name}: {failure}" for failure in found]
                print(f"{name}: {len(expected)} samples, {len(found)} failures; {ran.stderr.splitlines()[-1]}")
                frames += 1
    for failure in failures[:20]:
        print(failure)
    print(f"{frames} frames, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
