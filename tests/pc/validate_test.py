#!/usr/bin/env python3
"""`mica validate` finds nothing in the frame of a model, and names the layer into which a fault was put.

usage: validate_test.py --mica MICA --flatc FLATC --schema SCHEMA

Faults are put into the text of the frame. The models are made here.

Exit status: 0 as it should be, 1 not.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from tflite_file import TfliteFile, Writer, as_float

Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
SAMPLES = 12
INPUTS, OUTPUTS = 24, 7  # of the matrix that is transposed
SECONDS_MAX = 60


def packed_bytes(text):
    """The bytes of a literal, and up to three of padding."""
    digits = [Z85.index(character) for character in text if not character.isspace()]
    groups = [digits[k:k + 5] for k in range(0, len(digits), 5)]
    return b"".join(sum(digit * 85 ** (4 - k) for k, digit in enumerate(group)).to_bytes(4, "big") for group in groups)


def packed_text(data):
    data += bytes(-len(data) % 4)
    numbers = [int.from_bytes(data[k:k + 4], "big") for k in range(0, len(data), 4)]
    text = "".join(Z85[number // 85 ** k % 85] for number in numbers for k in (4, 3, 2, 1, 0))
    return "\n".join(text[k:k + 100] for k in range(0, len(text), 100))


def transposed(rows, columns):
    """What makes a matrix of a literal one with its weights in the order of columns."""
    def change(found):
        weights = packed_bytes(found[3])[:rows * columns]
        moved = bytes(weights[k * columns + j] for j in range(columns) for k in range(rows))
        return found[1] + found[2] + packed_text(moved) + '"'
    return change


def byte_too_small(found):
    """The text of a frame, whose memory ends in the last byte of a view."""
    ends = [int(first) + int(count) for first, count in re.findall(r"view \S+ arena (\d+) (\d+)", found[0])]
    return f"{found[1]}{max(ends) - 1}{found[2]}"


class Network(TfliteFile):
    """A network of two branches: each kind of layer to which something can happen."""

    def __init__(self):
        super().__init__()
        self.random = random.Random(1)
        x = self.activation("x", [1, 6, 5, 2], 0.05, 3)
        a = self.weighted("convolved", "CONV_2D", x, [4, 3, 2, 2], 0, [1, 6, 5, 4], 0.06, -20, "Conv2DOptions",
                          stride_h=1, stride_w=1, fused="RELU6")
        b = self.weighted("deep", "DEPTHWISE_CONV_2D", a, [1, 2, 3, 4], 3, [1, 6, 5, 4], 0.03, 10,
                          "DepthwiseConv2DOptions", stride_h=1, stride_w=1, multiplier=1, fused="RELU_N1_TO_1")
        c = self.activation("again", [1, 6, 5, 4], 0.03, 30)
        self.operator("RELU", [b], c)
        d = self.activation("sum", [1, 6, 5, 4], 0.03, -105)
        self.operator("ADD", [a, b], d, "AddOptions", fused="RELU")
        e = self.activation("less", [1, 6, 5, 4], 0.03, 90)
        self.operator("SUB", [c, d], e, "SubOptions")
        f = self.activation("pooled", [1, 3, 2, 4], 0.03, 90)
        self.operator("AVERAGE_POOL_2D", [e], f, "Pool2DOptions", padding="VALID", stride_h=2, stride_w=3, filter_h=2,
                      filter_w=2, fused="RELU_N1_TO_1")
        g = self.weighted("matrix", "FULLY_CONNECTED", f, [OUTPUTS, INPUTS], 0, [1, OUTPUTS], 0.02, -30,
                          "FullyConnectedOptions", fused="RELU")
        h = self.weighted("square", "FULLY_CONNECTED", g, [OUTPUTS, OUTPUTS], 0, [1, OUTPUTS], 0.02, 0,
                          "FullyConnectedOptions", fused="NONE")
        y = self.activation("y", [1, OUTPUTS], 1 / 256, -128)
        self.operator("LOGISTIC", [h], y)
        self.inputs, self.outputs = [x], [y]

    def activation(self, name, shape, scale, zero):
        return self.tensor(name, shape, scales=[as_float(scale)], zeros=[zero])

    def weighted(self, name, code, x, shape, axis, result_shape, scale, zero, options, **fields):
        """An operator with weights and biases for each channel, and its result."""
        outputs = result_shape[-1]
        scales = [as_float(0.01 + 0.002 * k) for k in range(outputs)]
        count = 1
        for size in shape:
            count *= size
        weights = self.tensor(name + "-weights", shape, scales=scales, zeros=[0] * outputs, axis=axis,
                              numbers=[self.random.randint(-127, 127) for _ in range(count)])
        x_scale = self.tensors[x]["quantisation"]["scale"][0]
        bias = self.tensor(name + "-bias", [outputs], "INT32", [as_float(x_scale * one) for one in scales],
                           [0] * outputs, numbers=[self.random.randint(-9000, 9000) for _ in range(outputs)])
        result = self.activation(name, result_shape, scale, zero)
        self.operator(code, [x, weights, bias], result, options, **fields)
        return result


def layer(number, rest):
    """A pattern: `rest` in the block of a layer; group 1 is what stands in front of it."""
    return rf"(  \\ {number} (?:(?!\n  \\ |\n;).)*?){rest}"


CLAMP = r" clamp -?\d+ -?\d+"
WEIGHTS = r'(filter packed \d+\n")([^"]*)"'
# What is done, the pattern in the frame, what comes in its place, and what `mica validate` says of it.
FAULTS = [
    ("the ReLU6 of a convolution is dropped", layer(0, CLAMP), r"\1", "layer 0, conv2d 'convolved' is wrong"),
    ("the limits of a depthwise convolution are dropped", layer(1, CLAMP), r"\1", "layer 1, depthwise_conv2d 'deep'"),
    ("a ReLU by itself is dropped", layer(2, CLAMP), r"\1", "layer 2, relu 'again' is wrong"),
    ("the ReLU of a sum is dropped", layer(3, CLAMP), r"\1", "layer 3, add 'sum' is wrong"),
    ("the limits of a pooling are dropped", layer(5, CLAMP), r"\1", "layer 5, average_pool 'pooled' is wrong"),
    ("the ReLU of a matrix is dropped", layer(6, CLAMP), r"\1", "layer 6, fully_connected 'matrix' is wrong"),
    ("a ReLU6 has become a ReLU", layer(0, "clamp -20 80"), r"\1clamp -20 127", "layer 0, conv2d 'convolved' is wrong"),
    ("a matrix is transposed", layer(6, WEIGHTS), transposed(OUTPUTS, INPUTS),
     "layer 6, fully_connected 'matrix' is wrong"),
    ("a square matrix is transposed", layer(7, WEIGHTS), transposed(OUTPUTS, OUTPUTS),
     "layer 7, fully_connected 'square' is wrong"),
    ("the zero point of an input is wrong", layer(0, "zeros 3 -20"), r"\1zeros 4 -20", "layer 0, conv2d 'convolved'"),
    ("the zero point of a result is wrong", layer(6, "zeros 90 -30"), r"\1zeros 90 -31",
     "layer 6, fully_connected 'matrix' is wrong"),
    ("the zero point of an operand is wrong", layer(3, "zeros -20 10 -105"), r"\1zeros -20 9 -105",
     "layer 3, add 'sum' is wrong"),
    ("a difference has become a sum", layer(4, " negate b"), r"\1", "layer 4, sub 'less' is wrong"),
    ("paddings are the wrong way round", layer(0, "pads 1 0 1 1"), r"\1pads 1 1 1 0", "layer 0, conv2d 'convolved' is"),
    ("a layer is left out", layer(2, r"rescale\{[^}]*\}\n"), r"\1",
     "layer 2, relu 'again' is computed by `rescale{`, the frame has `add{` there"),
    ("a layer writes over what is still read", layer(2, r"input (\S+) output \S+"), r"\1input \2 output \2",
     "layer 3, add 'sum' is wrong"),
    ("a layer writes over what it reads", layer(1, r"input (\S+) output \S+"), r"\1input \2 output \2",
     "field_overlap"),
    ("the memory is a byte too small", r"^(.*array arena int8 )\d+(.*)$", byte_too_small, "view_outside"),
]


class Test:
    def __init__(self, options, folder):
        self.mica, self.folder = options.mica, pathlib.Path(folder)
        self.writer = Writer(options.flatc, options.schema, folder)
        self.failures = 0

    def fail(self, what, said):
        self.failures += 1
        print(f"{what}: {said}")

    def call(self, *arguments):
        return subprocess.run([self.mica, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)

    def convert(self, name, model, numbers):
        """The text of its frame; validate() is ready for it."""
        self.writer.write({name: model})
        self.model, self.frame = self.folder / f"{name}.tflite", self.folder / f"{name}.mica"
        self.inputs = self.folder / f"{name}.bin"
        self.inputs.write_bytes(bytes(number & 255 for number in numbers))
        said = self.call("convert", self.model, "-o", self.frame)
        if said.returncode != 0:
            self.fail(name, said.stderr)
            return ""
        return self.frame.read_text(encoding="utf-8")

    def validate(self):
        """What is wrong with the frame; None: nothing."""
        said = self.call("validate", self.model, self.frame, "--input", self.inputs)
        return None if said.returncode == 0 else said.stderr or f"status {said.returncode}"

    def faults(self):
        model = Network()
        text = self.convert("network", model, [model.random.randint(-128, 127) for _ in range(SAMPLES * 60)])
        found = self.validate()
        if found is not None:
            self.fail("network", found)
        for what, pattern, change, said in FAULTS:
            changed, count = re.subn(pattern, change, text, count=1, flags=re.DOTALL)
            if count == 0 or changed == text:
                self.fail(what, "there is no place for the fault")
                continue
            self.frame.write_text(changed, encoding="utf-8")
            found = self.validate()
            if found is None or said not in found:
                self.fail(what, f"`mica validate` says {found}")

    def small_steps(self):
        """A sigmoid and a tanh of numbers that are 255 steps from 0.0 and not at their ends there."""
        for zero in (-128, 127):
            for code, scale, result_zero in (("LOGISTIC", 1 / 256, -128), ("TANH", 1 / 128, 0)):
                model = TfliteFile()
                model.inputs = [model.tensor("x", [1, 256], scales=[as_float(0.01)], zeros=[zero])]
                model.outputs = [model.tensor("y", [1, 256], scales=[scale], zeros=[result_zero])]
                model.operator(code, model.inputs, model.outputs[0])
                self.convert("function", model, range(-128, 128))
                found = self.validate()
                if found is not None:
                    self.fail(f"{code} from {zero}", found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--flatc", required=True)
    parser.add_argument("--schema", required=True, help="of files of TensorFlow Lite, for flatc")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mica-validate-") as folder:
        test = Test(options, folder)
        test.faults()
        test.small_steps()
    print(f"{len(FAULTS)} faults, {test.failures} failures")
    return 1 if test.failures else 0


if __name__ == "__main__":
    sys.exit(main())
