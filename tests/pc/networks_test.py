#!/usr/bin/env python3
"""Networks of ONNX, quantised and run by the command.

usage: networks_test.py --mica MICA --zoo FOLDER --writer WRITE_RANDOM_ONNX [--count N]

The network of the zoo must find the digits as well as the float one does. `mica validate` must find nothing wrong in it
and in random networks, and name the layer into which a fault was put.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

LOSS_MAX = 0.005  # of the accuracy, against the float network
SCORE_ERROR_MAX = 1e-4  # of a frame of floats
SECONDS_MAX = 300
# What is changed in the frame of the digits, and what `mica validate` says of it.
FAULTS = [("a zero point of results is wrong", r"(zeros -128) -128", r"\1 -100", r"layer 0, conv2d '/0/Conv' is wrong"),
          ("weights are transposed", r"packed 640\n\"[^\"]*\"", None, r"layer 7, fully_connected '/8/Gemm' is wrong"),
          ("a zero point is wrong", r"zeros -128 (?=\d)", "zeros -127 ", r"layer 7, fully_connected .* is wrong"),
          ("the memory is a byte too small", r"arena int8 640", "arena int8 639", "view_outside"),
          ("a layer writes over what it reads", r"view buffer-2 arena \d+", "view buffer-2 arena 300",
           "field_overlap"),
          ("a channel is left out",
           r"(output buffer-\d+ size 4 4) 8 ", r"\1 7 ", "field_length")]
Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"


def unpack(text):
    data = bytearray()
    for k in range(0, len(text), 5):
        number = 0
        for letter in text[k:k + 5]:
            number = number * 85 + Z85.index(letter)
        data += number.to_bytes(4, "big")
    return bytes(data)


def pack(data):
    text = ""
    for k in range(0, len(data), 4):
        number, word = int.from_bytes(data[k:k + 4], "big"), ""
        for _ in range(5):
            number, digit = divmod(number, 85)
            word = Z85[digit] + word
        text += word
    return text


def transposed(literal):
    """A packed literal of 10 x 64 weights, as 64 x 10."""
    text = re.sub(r"\s", "", literal.group(0).split('"')[1])
    data = unpack(text)
    turned = bytes(data[row * 64 + column] for column in range(64) for row in range(10))
    return f'packed 640\n"{pack(turned)}"'


def call(program, *arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)


def check_floats(options, folder, expected, test, features):
    """The frame of floats has the scores of PyTorch."""
    model, frame = options.zoo / "digits-cnn.onnx", folder / "floats.mica"
    made = call(options.mica, "convert", model, "-o", frame, "--input-scale", "0.0625")
    said = call(options.mica, "infer", frame, "--input", test, "--labels")
    found = [[float(score) for score in line.split()[1:]] for line in said.stdout.splitlines()]
    worst = max((abs(a - b) for ours, theirs in zip(found, expected) for a, b in zip(ours, theirs)), default=1)
    print(f"floats: {len(found)} samples, the largest difference to PyTorch is {worst:.2g}")
    failures = [] if len(found) == len(expected) and worst < SCORE_ERROR_MAX else [
        f"floats: {worst} off; {made.stderr}{said.stderr}"]
    valid = call(options.mica, "validate", model, frame, "--input", features, "--input-scale", "0.0625")
    return failures + ([] if valid.returncode == 0 else [f"floats: {valid.stdout}{valid.stderr}"])


def check_digits(options, folder):
    failures = []
    model, test = options.zoo / "digits-cnn.onnx", options.zoo / "digits-test.csv"
    how = ["--calibrate", options.zoo / "digits-calibration.csv", "--labels", "--input-scale", "0.0625"]
    expected = [[float(x) for x in line.split(",")]
                for line in (options.zoo / "digits-cnn-expected.csv").read_text(encoding="utf-8").splitlines()]
    rows = [line.split(",") for line in test.read_text(encoding="utf-8").splitlines()]
    float_hits = sum(max(range(10), key=scores.__getitem__) == int(row[-1]) for scores, row in zip(expected, rows))
    features = folder / "features.csv"
    features.write_text("".join(",".join(row[:-1]) + "\n" for row in rows), encoding="utf-8")
    for percentile in ([], ["--percentile", "99.9"]):
        frame = folder / "digits.mica"
        made = call(options.mica, "convert", model, "-o", frame, *how, *percentile)
        said = call(options.mica, "infer", frame, "--input", test, "--labels")
        found = re.search(r"accuracy: \S+ \((\d+) of 450\)", said.stderr)
        if not found or int(found.group(1)) < float_hits - LOSS_MAX * len(rows):
            failures.append(f"{percentile}: {float_hits} of 450 are right, in int8: {made.stderr}{said.stderr}")
        valid = call(options.mica, "validate", model, frame, "--input", features, *how, *percentile)
        if valid.returncode != 0:
            failures.append(f"digits {percentile}: {valid.stdout}{valid.stderr}")
    failures += check_floats(options, folder, expected, test, features)
    text = (folder / "digits.mica").read_text(encoding="utf-8")
    for what, pattern, replacement, expected_message in FAULTS:
        (folder / "fault.mica").write_text(re.sub(pattern, replacement or transposed, text, count=1), encoding="utf-8")
        said = call(options.mica, "validate", model, folder / "fault.mica", "--input", features, *how,
                    "--percentile", "99.9")
        if said.returncode != 1 or not re.search(expected_message, said.stderr):
            failures.append(f"{what}: status {said.returncode}, {said.stderr}")
        else:
            print(f"{what}: {said.stderr.strip()}")
    return failures


def check_random(options, folder, seed):
    model, samples, frame = folder / "random.onnx", folder / "random.csv", folder / "random.mica"
    call(options.writer, seed, model, samples)
    made = call(options.mica, "convert", model, "-o", frame, "--quantize", "int8", "--calibrate", samples)
    if made.returncode != 0:
        return [f"random network {seed}: {made.stderr}"]
    said = call(options.mica, "validate", model, frame, "--input", samples, "--calibrate", samples)
    failures = [] if said.returncode == 0 else [f"random network {seed}: {said.stdout}{said.stderr}"]
    made = call(options.mica, "convert", model, "-o", frame)
    said = call(options.mica, "validate", model, frame, "--input", samples)
    if made.returncode != 0 or said.returncode != 0:
        failures.append(f"random network {seed} of floats: {made.stderr}{said.stdout}{said.stderr}")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--zoo", required=True, type=pathlib.Path)
    parser.add_argument("--writer", required=True)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        failures = check_digits(options, folder)
        for seed in range(1, options.count + 1):
            failures += check_random(options, folder, seed)
    print("\n".join(failures) or f"the digits and {options.count} random networks are right")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
