#!/usr/bin/env python3
"""Networks in float32: `mica convert`, `mica infer` and `mica validate` with what PyTorch and TensorFlow Lite compute.

usage: float_test.py --mica MICA --zoo FOLDER --models FOLDER

The scores are those of the networks in the zoo; `mica validate` finds nothing wrong in their frames, and names the
layer into which a fault was put. A model of TensorFlow Lite is taken if it is there.

Exit status: 0 as it should be, 1 not.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

SECONDS_MAX = 120
DIFFERENCE_MAX = 1e-5  # of scores, of the largest
LINES = 40  # of the samples that `mica validate` takes
# The network, what is changed in its frame, and what `mica validate` says of it.
FAULTS = [("digits-mlp", "an activation has another end", r"clamp 0 inf", "clamp 0 0.5", "layer 1, fully_connected"),
          ("digits-cnn", "a pad is missing", r"pads 1 1 1 1(.*?)filter", None, "[field_length]"),
          ("digits-cnn", "an activation is left out", r"clamp 0 inf ", "", "layer 0, conv2d"),
          ("digits-cnn", "the memory is an element too small", r"arena float32 640", "arena float32 639",
           "view_outside")]


def call(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)


def fine(done):
    if done.returncode != 0:
        raise ValueError(f"'{' '.join(done.args[1:])}' ends with {done.returncode}: {done.stderr}")
    return done.stdout


def numbers_of(text):
    return [[float(number) for number in re.split(r"[ ,]", line)] for line in text.splitlines()]


def check_scores(name, found, expected):
    if len(found) != len(expected):
        return [f"{name}: {len(found)} results, not {len(expected)}"]
    for k, (scores, wanted) in enumerate(zip(found, expected)):
        allowed = DIFFERENCE_MAX * max(map(abs, wanted))
        if len(scores) != len(wanted) or any(abs(a - b) > allowed for a, b in zip(scores, wanted)):
            return [f"{name}: sample {k} has {scores}, not {wanted}"]
    return []


def check_faults(options, network, frame, samples, folder):
    failures = []
    text = frame.read_text()
    for _, fault, pattern, replacement, said in [one for one in FAULTS if one[0] == network]:
        changed = folder / "changed.mica"
        spoilt = re.sub(pattern, replacement if replacement is not None else r"pads 0 1 1 1\1filter", text, count=1,
                        flags=re.DOTALL)
        if spoilt == text:
            failures.append(f"{network}: {fault}: the text has no {pattern}")
            continue
        changed.write_text(spoilt)
        done = call(options.mica, "validate", options.zoo / f"{network}.onnx", changed, "--input", samples)
        if done.returncode != 1 or said not in done.stderr:
            failures.append(f"{network}: {fault}: should say {said}, but says {done.stderr}")
    return failures


def check_network(options, network, folder):
    model, frame = options.zoo / f"{network}.onnx", folder / f"{network}.mica"
    fine(call(options.mica, "convert", model, "--quantize", "float", "-o", frame, "--input-scale", 0.0625))
    found = fine(call(options.mica, "infer", frame, "--raw", "--labels", "--input", options.zoo / "digits-test.csv"))
    expected = (options.zoo / f"{network}-expected.csv").read_text()
    failures = check_scores(network, numbers_of(found), numbers_of(expected))
    samples = folder / "samples.csv"
    lines = (options.zoo / "digits-test.csv").read_text().splitlines()[:LINES]
    samples.write_text("".join(line.rpartition(",")[0] + "\n" for line in lines))
    said = fine(call(options.mica, "validate", model, frame, "--input-scale", 0.0625, "--input", samples))
    if "All layers are right" not in said:
        failures.append(f"{network}: {said}")
    return failures + check_faults(options, network, frame, samples, folder)


def check_sine(options, folder):
    """The sine that TensorFlow Lite Micro has for an example, in floats."""
    model, frame, samples = options.models / "tflm/hello_world_float.tflite", folder / "sine.mica", folder / "x.csv"
    if not model.exists():
        print(f"skipped: {model} is not there")
        return []
    samples.write_text("0\n0.5\n1\n1.5707964\n3\n4.7123889\n")
    fine(call(options.mica, "convert", model, "-o", frame))
    found = [scores[0] for scores in numbers_of(fine(call(options.mica, "infer", frame, "--raw", "--input", samples)))]
    expected = [0, 0.479, 0.841, 1, 0.141, -1]
    failures = [] if all(abs(a - b) < 0.08 for a, b in zip(found, expected)) else [f"sine: {found}, not {expected}"]
    if "All layers are right" not in fine(call(options.mica, "validate", model, frame, "--input", samples)):
        failures.append("sine: a layer is wrong")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--zoo", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    options = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        try:
            for network in ("digits-mlp", "digits-cnn"):
                failures += check_network(options, network, folder)
            failures += check_sine(options, folder)
        except ValueError as error:
            failures.append(str(error))
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
