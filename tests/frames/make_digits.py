#!/usr/bin/env python3
"""Makes the digits frames: digits.mica (node32) and digits-rexa.mica (rexa16).

Each is the frame that `mica convert` writes of the network in ml/zoo/digits, and behind it ten images of the test set
with a program that reads them. The bytes are the same every time.
"""

import argparse
import dataclasses
import math
import pathlib
import string
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
ZOO = FOLDER.parents[1] / "ml" / "zoo" / "digits"
CONVERT = ["convert", ZOO / "digits-mlp.onnx", "--calibrate", ZOO / "digits-calibration.csv", "--labels",
           "--input-scale", "0.0625"]
PIXELS, CLASSES = 64, 10


@dataclasses.dataclass
class Form:
    """How a frame is written for one profile."""
    file: str
    name: str
    profile: str
    declare: str      # of a list of constants NAME
    element: str      # of the list NAME; takes the index from the stack


FORMS = [
    Form("digits.mica", "digits", "node32", "table NAME int8", "NAME read"),
    Form("digits-rexa.mica", "digits_rexa", "rexa16", "array NAME", "NAME swap cell+ @"),
]

PROGRAM = string.Template(r"""\ --- the program ---
\ Prints the true digit and the class found for the first image of each class in ml/zoo/digits/digits-test.csv:
\ Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, licence CC-BY-4.0.
\ Written by tests/frames/make_digits.py: change that, not this.
\
\ profile: $profile
$expected

$images

: load-image ( number -- )
  $pixels *  ( index of its first pixel )
  $pixels 0 do
    dup i + $image_element  input-scale *  input i cell+ !
  loop
  drop
;

: score ( class -- score )  output swap cell+ @ ;

: best-class ( -- class )
  0  ( the best so far )
  $classes 1 do
    i score  over score  > if drop i endif
  loop
;

$classes 0 do
  i .  i load-image predict best-class .  cr
loop
""")


def read_examples(path):
    """(pixels, label) of the first image of each class, in the order of the classes from 0 on."""
    examples = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        *pixels, label = map(int, line.split(","))
        examples.setdefault(label, pixels)
    return [(pixels, label) for label, pixels in sorted(examples.items())]


def convert(mica, profile):
    """The text of the network's frame."""
    with tempfile.TemporaryDirectory(prefix="mica-") as folder:
        path = pathlib.Path(folder) / "digits.mica"
        done = subprocess.run([mica, *CONVERT, "--profile", profile, "-o", path], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"mica convert failed: {done.stderr.strip()}")
        return path.read_text(encoding="utf-8")


def draw(pixels, label):
    side = math.isqrt(PIXELS)
    return [f"  \\ {label}"] + ["  " + " ".join(f"{pixel:2}" for pixel in pixels[at:at + side])
                                 for at in range(0, PIXELS, side)]


def declare(form, name, lines):
    return "\n".join([form.declare.replace("NAME", name) + " {", *lines, "}"])


def frame(mica, form, examples):
    program = PROGRAM.substitute(
        profile=form.profile, pixels=PIXELS, classes=CLASSES,
        expected="\n".join(f"\\ expect: {label} {label}" for _, label in examples),
        images=declare(form, "images", [line for pixels, label in examples for line in draw(pixels, label)]),
        image_element=form.element.replace("NAME", "images"))
    return convert(mica, form.profile).replace("frame digits-mlp ", f"frame {form.name} ", 1) + "\n" + program


def write(mica, folder):
    examples = read_examples(ZOO / "digits-test.csv")
    for form in FORMS:
        (folder / form.file).write_bytes(frame(mica, form, examples).encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=pathlib.Path, default=FOLDER, metavar="FOLDER",
                        help="where to write the frames (default: the folder of this file)")
    parser.add_argument("--mica", metavar="PATH", default="mica", help="the command mica (default: in PATH)")
    arguments = parser.parse_args()
    try:
        write(arguments.mica, arguments.output)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"make_digits.py: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
