#!/usr/bin/env python3
"""Makes frames of the digits network: digits.mica (node32) and digits-rexa.mica (rexa16).

Reads the trained network (ONNX) and the test images (CSV) of ml/zoo/digits and writes both frames, the same
bytes every time. With --check-accuracy it classifies all test images on the real virtual machine instead.
"""

import argparse
import dataclasses
import math
import pathlib
import re
import string
import struct
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
ZOO = FOLDER.parents[1] / "ml" / "zoo" / "digits"
PIXELS, HIDDEN, CLASSES = 64, 32, 10
WHITE_TO_BLACK = 16       # a black pixel, 1.0 for the trained network
WEIGHT_MAX = 127          # int8
HIDDEN_DIVISOR = 16       # of the sums, so that all results fit in 16 bits
SCORE_DIVISOR = 64
BATCH = 150               # images in one frame when accuracy is checked
LINE_LENGTH = 100


# --- the trained network ------------------------------------------------------------------------------------

def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_message(data):
    """The fields of a protobuf message: a dict from field number to the list of its values."""
    fields = {}
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, wire_type = key >> 3, key & 7
        if wire_type == 0:
            value, at = read_varint(data, at)
        else:
            if wire_type == 2:
                size, at = read_varint(data, at)
            elif wire_type in (1, 5):
                size = 8 if wire_type == 1 else 4
            else:
                raise ValueError(f"protobuf wire type {wire_type} is not known")
            value, at = data[at:at + size], at + size
        fields.setdefault(number, []).append(value)
    return fields


@dataclasses.dataclass
class Layer:
    weights: list  # a list for each output
    bias: list


def read_layers(path):
    """The layers of the network in an ONNX file."""
    try:
        layers = read_gemm_layers(path.read_bytes())
    except (KeyError, IndexError, struct.error) as error:
        raise ValueError(f"{path}: not an ONNX file with float32 layers ({error!r})") from error
    shapes = [(len(layer.weights[0]), len(layer.weights)) for layer in layers]
    if shapes != [(PIXELS, HIDDEN), (HIDDEN, CLASSES)]:
        raise ValueError(f"{path}: layers {shapes} instead of 64-32-10")
    return layers


def read_gemm_layers(data):
    """The Gemm layers in order. Field numbers are those of onnx.proto."""
    graph = read_message(read_message(data)[7][0])
    tensors = {}
    for tensor in map(read_message, graph[5]):
        if tensor[2] == [1]:  # float32
            raw = tensor[9][0]
            tensors[tensor[8][0]] = tensor[1], struct.unpack(f"<{len(raw) // 4}f", raw)
    layers = []
    for node in map(read_message, graph[1]):
        if node[4] != [b"Gemm"]:
            continue
        (outputs, inputs), weights = tensors[node[1][1]]
        _, bias = tensors[node[1][2]]
        layers.append(Layer([weights[o * inputs:(o + 1) * inputs] for o in range(outputs)], list(bias)))
    return layers


def read_images(path):
    """Rows of 64 pixels and a label: a list of (pixels, label)."""
    rows = [[int(field) for field in line.split(",")] for line in path.read_text().splitlines()]
    if any(len(row) != PIXELS + 1 or not 0 <= min(row) <= max(row) <= WHITE_TO_BLACK for row in rows):
        raise ValueError(f"{path}: a row is 64 pixels from 0 to 16 and a label")
    return [(row[:PIXELS], row[PIXELS]) for row in rows]


def dot(left, right):
    return sum(a * b for a, b in zip(left, right))


def position_of_highest(scores):
    return scores.index(max(scores))


def classify_float(layers, pixels):
    values = [pixel / WHITE_TO_BLACK for pixel in pixels]
    hidden = [max(0.0, dot(row, values) + bias) for row, bias in zip(layers[0].weights, layers[0].bias)]
    return position_of_highest([dot(row, hidden) + bias
                                for row, bias in zip(layers[1].weights, layers[1].bias)])


# --- the integer network ------------------------------------------------------------------------------------

def divide(dividend, divisor):
    """Truncates toward zero, as the virtual machine does."""
    return dividend // divisor if dividend >= 0 else -(-dividend // divisor)


def quantise(layer, input_unit, divisor):
    """Returns the integer layer, and what stands for 1.0 in its weights and in its outputs."""
    weight_unit = WEIGHT_MAX / max(abs(weight) for row in layer.weights for weight in row)
    output_unit = weight_unit * input_unit / divisor
    weights = [[round(weight * weight_unit) for weight in row] for row in layer.weights]
    return Layer(weights, [round(bias * output_unit) for bias in layer.bias]), weight_unit, output_unit


class IntegerNetwork:
    """Computes exactly what the frames compute."""

    def __init__(self, layers):
        self.hidden, self.hidden_weight_unit, self.hidden_unit = quantise(
            layers[0], WHITE_TO_BLACK, HIDDEN_DIVISOR)
        self.output, self.output_weight_unit, self.score_unit = quantise(
            layers[1], self.hidden_unit, SCORE_DIVISOR)
        self.hidden_bound = self._bound(self.hidden, [WHITE_TO_BLACK] * PIXELS, HIDDEN_DIVISOR)
        self.score_bound = self._bound(self.output, [self.hidden_bound] * HIDDEN, SCORE_DIVISOR)
        if max(self.hidden_bound, self.score_bound) > 0x7FFF:
            raise ValueError("results may wrap in 16 bits: choose larger divisors")

    @staticmethod
    def _bound(layer, inputs_max, divisor):
        """No output can be larger than this, nor smaller than the same with a minus, whatever the image."""
        bound = 0
        for row, bias in zip(layer.weights, layer.bias):
            for sign in (1, -1):
                sum_max = sum(max(0, sign * weight) * most for weight, most in zip(row, inputs_max))
                if sum_max > 0x7FFFFFFF:
                    raise ValueError("a sum may wrap in 32 bits")
                bound = max(bound, sum_max // divisor + abs(bias))
        return bound

    def classify(self, pixels):
        hidden = [max(0, divide(dot(row, pixels), HIDDEN_DIVISOR) + bias)
                  for row, bias in zip(self.hidden.weights, self.hidden.bias)]
        return position_of_highest([divide(dot(row, hidden), SCORE_DIVISOR) + bias
                                    for row, bias in zip(self.output.weights, self.output.bias)])


# --- the frames ---------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Form:
    """How a frame is written for one profile."""
    file: str
    frame: str
    profile: str
    memory: str       # what the header asks for
    introduction: str
    declare: str      # of a list of constants NAME
    element: str      # element INDEX of the list NAME
    image_pixel: str  # takes the index from the stack


FORMS = [
    Form("digits.mica", "digits", "node32", "code 4096 data 448",
         "The constants are tables of int8: a byte each, beside the code, read by `read`.",
         "table NAME int8", "INDEX NAME read", "images read"),
    Form("digits-rexa.mica", "digits_rexa", "rexa16", "code 512 data 6400",
         "The constants are arrays of 16-bit cells in the data segment, because there is no `table`.",
         "array NAME", "NAME INDEX cell+ @", "images swap cell+ @"),
]

FRAME = string.Template(r"""frame $frame 1$memory
\ Reads handwritten digits. In: 8 x 8 pixels from 0 (white) to 16 (black). Out: a class from 0 to 9.
\ Written by tests/frames/make_digits.py from the files in ml/zoo/digits: change those, not this.
\
\ The network: digits-mlp.onnx, 64 - 32 - 10, trained for this project. The images: Optical
\ Recognition of Handwritten Digits, UCI Machine Learning Repository, licence CC-BY-4.0.
\
\   hidden = relu( hidden_weights * pixels / $hidden_divisor + hidden_bias )
\   scores = output_weights * hidden / $score_divisor + output_bias
\   class  = index of the highest score
\
\ $introduction
\ What was 1.0 in the trained network is here
\   $pixel_unit in pixels, $hidden_weight_unit in hidden_weights, $hidden_unit in hidden and hidden_bias,
\   $output_weight_unit in output_weights, $score_unit in scores and output_bias.
\ Whatever the image, hidden stays within 0 .. $hidden_bound and scores within -$score_bound .. $score_bound,
\ so that nothing wraps in 16 bits. Of the $rows test images the trained network gets $float_hits right
\ ($float_accuracy %), this one $hits ($accuracy %); they find the same class for $agreements.
\
\ Prints for each image its label and the class that was found.
\
\ profile: $profile
$expected
$hidden_weights
$hidden_bias
$output_weights
$output_bias
$images
$labels
array pixels $pixel_count
array hidden $hidden_count
array scores $class_count

: load_image ( number -- )
  $pixel_count *  ( index of its first pixel )
  $pixel_count 0 do
    dup i + $image_pixel  pixels i cell+ !
  loop
  drop
;

: compute_hidden ( -- )
  pixels hidden_weights hidden -$hidden_divisor vecfold
  $hidden_count 0 do
    hidden i cell+  dup @  $hidden_bias_element +  relu  swap !
  loop
;

: compute_scores ( -- )
  hidden output_weights scores -$score_divisor vecfold
  $class_count 0 do
    scores i cell+  dup @  $output_bias_element +  swap !
  loop
;

: score ( class -- score )  scores swap cell+ @ ;

: best_class ( -- class )
  0  ( the best so far )
  $class_count 1 do
    i score  over score  > if drop i endif
  loop
;

: classify ( number -- class )
  load_image compute_hidden compute_scores best_class
;

$image_count 0 do
  $label_element .  i classify .  cr
loop
""")


def wrap(numbers):
    """The numbers in lines that are not too long."""
    lines = [""]
    for number in map(str, numbers):
        if len(lines[-1]) + 1 + len(number) > LINE_LENGTH:
            lines.append("")
        lines[-1] += ("  " if not lines[-1] else " ") + number
    return lines


def declare(form, name, comment, lines):
    head = f"{form.declare.replace('NAME', name)} {{"
    return "\n".join([f"{head}  \\ {comment}" if comment else head] + lines + ["}", ""])


def draw(image):
    pixels, label = image
    side = math.isqrt(PIXELS)
    return [f"  \\ {label}"] + ["  " + " ".join(f"{pixel:2}" for pixel in pixels[at:at + side])
                                 for at in range(0, PIXELS, side)]


def element(form, name, index):
    return form.element.replace("NAME", name).replace("INDEX", index)


def join(parts):
    return [line for part in parts for line in part]


def percent(part, whole):
    return f"{100 * part / whole:.1f}"


class FrameWriter:
    def __init__(self, layers, images):
        self.images = images
        self.network = IntegerNetwork(layers)
        self.found = [self.network.classify(pixels) for pixels, _ in images]
        self.hits = sum(found == label for found, (_, label) in zip(self.found, images))
        float_found = [classify_float(layers, pixels) for pixels, _ in images]
        self.agreements = sum(one == other for one, other in zip(self.found, float_found))
        self.float_right = [found == label for found, (_, label) in zip(float_found, images)]
        self.float_hits = sum(self.float_right)

    def examples(self):
        """Of each digit the number of the first image that the trained network gets right."""
        first = {}
        for number, (_, label) in enumerate(self.images):
            if self.float_right[number]:
                first.setdefault(label, number)
        return sorted(first.values())

    def frame(self, form, numbers, memory=""):
        network = self.network
        chosen = [self.images[number] for number in numbers]
        return FRAME.substitute(
            frame=form.frame, memory=memory and " " + memory, introduction=form.introduction,
            profile=form.profile, hidden_divisor=HIDDEN_DIVISOR, score_divisor=SCORE_DIVISOR,
            pixel_unit=WHITE_TO_BLACK, hidden_weight_unit=f"{network.hidden_weight_unit:.2f}",
            hidden_unit=f"{network.hidden_unit:.2f}", output_weight_unit=f"{network.output_weight_unit:.2f}",
            score_unit=f"{network.score_unit:.2f}", hidden_bound=network.hidden_bound,
            score_bound=network.score_bound, rows=len(self.images), float_hits=self.float_hits,
            float_accuracy=percent(self.float_hits, len(self.images)), hits=self.hits,
            accuracy=percent(self.hits, len(self.images)), agreements=self.agreements,
            expected="".join(f"\\ expect: {self.images[number][1]} {self.found[number]}\n"
                             for number in numbers),
            hidden_weights=declare(form, "hidden_weights", f"{HIDDEN} rows of {PIXELS}",
                                   join(wrap(row) for row in network.hidden.weights)),
            hidden_bias=declare(form, "hidden_bias", "", wrap(network.hidden.bias)),
            output_weights=declare(form, "output_weights", f"{CLASSES} rows of {HIDDEN}",
                                   join(wrap(row) for row in network.output.weights)),
            output_bias=declare(form, "output_bias", "", wrap(network.output.bias)),
            images=declare(form, "images", f"{len(chosen)} of {PIXELS}", join(map(draw, chosen))),
            labels=declare(form, "labels", "", wrap(label for _, label in chosen)),
            pixel_count=PIXELS, hidden_count=HIDDEN, class_count=CLASSES, image_count=len(chosen),
            image_pixel=form.image_pixel, hidden_bias_element=element(form, "hidden_bias", "i"),
            output_bias_element=element(form, "output_bias", "i"), label_element=element(form, "labels", "i"))

    def write(self, folder):
        for form in FORMS:
            text = self.frame(form, self.examples(), form.memory)
            (folder / form.file).write_bytes(text.encode())


# --- accuracy -----------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Accuracy:
    profile: str
    hits: int
    rows: int
    as_computed: bool  # each class is the one that IntegerNetwork finds
    ticks: int

    def __str__(self):
        agreement = "as computed" if self.as_computed else "NOT AS COMPUTED"
        return (f"{self.profile}: {self.hits} of {self.rows} right ({percent(self.hits, self.rows)} %), "
                f"{agreement}, {self.ticks / self.rows:.0f} ticks for each image")


def measure_accuracy(writer, mica):
    """Classifies all images with the command mica: an Accuracy for each profile."""
    results = []
    with tempfile.TemporaryDirectory(prefix="mica-") as folder:
        for form in FORMS:
            lines, ticks = [], 0
            for first in range(0, len(writer.images), BATCH):
                numbers = range(first, min(first + BATCH, len(writer.images)))
                path = pathlib.Path(folder) / form.file
                path.write_bytes(writer.frame(form, numbers).encode())
                done = subprocess.run([mica, "run", "--stats", "--profile", form.profile, path],
                                      capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    raise RuntimeError(f"{form.file}: mica failed: {done.stderr.strip()}")
                lines += done.stdout.splitlines()
                ticks += int(re.search(r"ticks=(\d+)", done.stderr).group(1))
            pairs = [tuple(map(int, line.split())) for line in lines]
            expected = [(label, found) for (_, label), found in zip(writer.images, writer.found)]
            results.append(Accuracy(form.profile, sum(label == found for label, found in pairs),
                                    len(writer.images), pairs == expected, ticks))
    return results


def read_writer(model=ZOO / "digits-mlp.onnx", images=ZOO / "digits-test.csv"):
    return FrameWriter(read_layers(model), read_images(images))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="With --check-accuracy nothing is written.")
    parser.add_argument("--model", type=pathlib.Path, default=ZOO / "digits-mlp.onnx", metavar="ONNX",
                        help="the trained network (default: ml/zoo/digits/digits-mlp.onnx)")
    parser.add_argument("--images", type=pathlib.Path, default=ZOO / "digits-test.csv", metavar="CSV",
                        help="the test images (default: ml/zoo/digits/digits-test.csv)")
    parser.add_argument("--output", type=pathlib.Path, default=FOLDER, metavar="FOLDER",
                        help="where to write the frames (default: the folder of this file)")
    parser.add_argument("--check-accuracy", action="store_true", help="classify all test images with mica")
    parser.add_argument("--mica", metavar="PATH", default="mica", help="the command mica (default: in PATH)")
    arguments = parser.parse_args()
    try:
        writer = read_writer(arguments.model, arguments.images)
        if not arguments.check_accuracy:
            writer.write(arguments.output)
            return 0
        print(f"float: {writer.float_hits} of {len(writer.images)} right "
              f"({percent(writer.float_hits, len(writer.images))} %)")
        results = measure_accuracy(writer, arguments.mica)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"make_digits.py: error: {error}", file=sys.stderr)
        return 1
    for result in results:
        print(result)
    return 0 if all(result.as_computed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
