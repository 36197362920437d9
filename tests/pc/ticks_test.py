#!/usr/bin/env python3
"""What a prediction costs, as `mica run`, `mica infer` and `mica convert` tell it: all mean the same."""
import argparse
import os
import re
import struct
import subprocess
import sys
import tempfile

SECONDS_MAX = 60
CALL_AND_END = 2  # ticks: of the call of `predict` in a program, of the end of a task that only predicts
STRAIGHT = """frame m 1 exports input exports output exports input-scale exports output-scale exports predict
array input 2
array output 1
const input-scale 10
const output-scale 100
: predict  input @ input 1 cell+ @ + 3 * 7 -  output ! ;
"""
SAMPLES = [(1, 2), (-2, 0.5), (0, 0), (-1, -2), (2, -2), (0.25, 1)]


class Failure(Exception):
    pass


def field(number, content):
    """A field of a protocol buffer: an integer, or bytes with their length."""
    if isinstance(content, int):
        return bytes([number << 3, content])
    content = content.encode() if isinstance(content, str) else content
    assert len(content) < 1 << 14
    return bytes([number << 3 | 2, len(content) & 127 | 128, len(content) >> 7]) + content


def sigmoid_model():
    """An ONNX file: MatMul, Sigmoid, MatMul of two features."""
    def value(name, sizes):
        shape = b"".join(field(1, field(1, size)) for size in sizes)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

    def matrix(name, rows, columns, numbers):
        return (field(1, rows) + field(1, columns) + field(2, 1) + field(8, name)
                + field(9, struct.pack(f"<{len(numbers)}f", *numbers)))

    def node(operation, inputs, output):
        return b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output) + field(4, operation)

    graph = (field(1, node("MatMul", ["x", "w"], "h")) + field(1, node("Sigmoid", ["h"], "s"))
             + field(1, node("MatMul", ["s", "v"], "y")) + field(2, "g")
             + field(5, matrix("w", 2, 3, [1, -2, 0.5, 3, 1, -1])) + field(5, matrix("v", 3, 1, [1, -1, 2]))
             + field(11, value("x", [1, 2])) + field(12, value("y", [1, 1])))
    return field(1, 8) + field(8, field(2, 13)) + field(7, graph)


def call(folder, mica, *arguments, text=""):
    """What a call says on standard error."""
    done = subprocess.run([mica, *arguments], input=text, capture_output=True, text=True, cwd=folder,
                          timeout=SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise Failure(f"{' '.join(arguments)}: status {done.returncode}: {done.stderr}")
    return done.stderr


def number_in(pattern, text):
    found = re.search(pattern, text)
    if not found:
        raise Failure(f"there is no {pattern!r} in {text!r}")
    return [int(one) for one in found.groups()]


def csv(samples):
    return "".join(",".join(map(str, sample)) + "\n" for sample in samples)


def inferred(folder, mica, frame, samples):
    said = call(folder, mica, "infer", frame, "--input", "-", text=csv(samples))
    return number_in(r"and (\d+) ticks per inference\n", said)[0]


def run_agrees_with_infer(folder, mica):
    with open(os.path.join(folder, "straight.mica"), "w", encoding="utf-8") as file:
        file.write(STRAIGHT)
    without, = number_in(r" ticks=(\d+) ", call(folder, mica, "run", "--stats", "-", text=STRAIGHT))
    whole, = number_in(r" ticks=(\d+) ", call(folder, mica, "run", "--stats", "-", text=STRAIGHT + "predict\n"))
    ticks = inferred(folder, mica, "straight.mica", SAMPLES)
    if not 0 < whole - without or abs(ticks - (whole - without)) > CALL_AND_END:
        raise Failure(f"mica run takes {whole} - {without} ticks for a prediction, mica infer says {ticks}")


def convert_agrees_with_infer(folder, mica):
    with open(os.path.join(folder, "sigmoid.onnx"), "wb") as file:
        file.write(sigmoid_model())
    with open(os.path.join(folder, "samples.csv"), "w", encoding="utf-8") as file:
        file.write(csv(SAMPLES))
    said = call(folder, mica, "convert", "sigmoid.onnx", "-o", "sigmoid.mica", "--calibrate", "samples.csv")
    mean, most = number_in(r"\nwork: \d+ products, (\d+) ticks for each of these samples, at most (\d+)\n", said)
    if mean >= most:
        raise Failure(f"samples take {mean} ticks and at most {most}: the model does not tell them apart")
    if mean != inferred(folder, mica, "sigmoid.mica", SAMPLES):
        raise Failure(f"mica convert says {mean} ticks, mica infer {inferred(folder, mica, 'sigmoid.mica', SAMPLES)}")
    each = [inferred(folder, mica, "sigmoid.mica", [sample]) for sample in SAMPLES]
    if most != max(each):
        raise Failure(f"mica convert says at most {most} ticks, mica infer {each}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True, help="the program")
    mica = os.path.abspath(parser.parse_args().mica)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="mica-ticks-") as folder:
        for check in (run_agrees_with_infer, convert_agrees_with_infer):
            try:
                check(folder, mica)
            except Failure as failure:
                failures += 1
                print(f"{check.__name__}: {failure}")
    print(f"2 comparisons, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
