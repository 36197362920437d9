#!/usr/bin/env python3
"""Models of others, converted and run by the command: every output byte is that of TensorFlow Lite Micro.

usage: quantised_test.py --mica MICA --models FOLDER

Also that the text of a frame is at most 1.3 times its constants and 4 KB, and that `mica validate` finds nothing in it,
but does find the layer into which a fault was put.

Exit status: 0 as it should be, 1 not, 77 there are no models.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

# Model, inputs, expected outputs.
MODELS = [("mlperf-tiny/kws_ref_model.tflite", "mlperf-tiny/kws_150_synthetic_i8.bin",
           "mlperf-tiny/kws_150_expected.txt"),
          ("mlperf-tiny/pretrainedResnet_quant.tflite", "mlperf-tiny/ic_120_i8.bin", "mlperf-tiny/ic_120_expected.txt"),
          ("mlperf-tiny/ad01_int8.tflite", "mlperf-tiny/ad_96_i8.bin", "mlperf-tiny/ad_96_expected.txt"),
          ("tflm/hello_world_int8.tflite", "tflm/hello_world_all256_i8.bin", "tflm/hello_world_all256_expected.txt"),
          *[("tflm/micro_speech_quantized.tflite", f"tflm/micro_speech_{word}_feat_i8.bin",
             f"tflm/micro_speech_{word}_expected.txt") for word in ("yes", "no", "silence")]]
# What is changed in the frame of a model, and what `mica validate` says of it.
FAULTS = [("kws", "a zero point is wrong", r"zeros 83 ", "zeros 82 ", "layer 0, conv2d .* is wrong"),
          ("kws", "a padding lies behind", r"pads 4 1 5 1", "pads 5 1 4 1", "layer 0, conv2d .* is wrong"),
          ("kws", "results are cut off", r"(pads 1 1 1 1\s+zeros -128 -128)", r"\1 clamp -128 -60",
           "layer 1, depthwise_conv2d .* is wrong"),
          ("kws", "a layer is left out", r"  average-pool\{ [^}]*\}\n", "", "average_pool .* the frame has .* there"),
          ("kws", "the memory is a byte too small", r"arena int8 16000", "arena int8 15999", "view_outside"),
          ("kws", "it writes over what it reads", r"view buffer-1 arena \d+", "view buffer-1 arena 10",
           "field_overlap"),
          ("pretrainedResnet", "a shift is wrong", r"shifts (\S+) (\S+) (\S+)", r"shifts \1 \2 -18",
           "layer 3, add .* is wrong"),
          ("pretrainedResnet", "weights are those of another layer",
           r'(packed 2304\n"[^"]*")(.*?)(packed 2304\n"[^"]*")', r"\3\2\1",
           "layer 1, conv2d .* is wrong")]
INPUTS_VALIDATED = 3
SECONDS_MAX = 300


def call(mica, *arguments):
    return subprocess.run([mica, *map(str, arguments)], capture_output=True, text=True, timeout=SECONDS_MAX)


def lines_of(text):
    return [line.split() for line in text.splitlines() if line.strip()]


def check_size(text):
    """The frame says how large its constants are."""
    constants = int(re.search(r"Constants (\d+) bytes", text).group(1))
    most = 1.3 * constants + 4096
    return [] if len(text) <= most else [f"the text has {len(text)} bytes, at most {most:.0f} for {constants}"]


def validate(options, model, frame, inputs):
    """What `mica validate` has found; None: nothing."""
    said = call(options.mica, "validate", options.models / model, frame, "--input", inputs)
    return None if said.returncode == 0 else said.stderr or "nothing"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    options = parser.parse_args()
    if not (options.models / MODELS[0][0]).exists():
        print(f"skipped: there are no models in {options.models}")
        return 77
    failures, faults_seen = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for model, inputs, expected in MODELS:
            frame = pathlib.Path(folder) / "frame.mica"
            converted = call(options.mica, "convert", options.models / model, "-o", frame)
            if converted.returncode != 0:
                failures.append(f"{model}: {converted.stderr}")
                continue
            text = frame.read_text(encoding="utf-8")
            failures += [f"{model}: {failure}" for failure in check_size(text)]
            wanted = lines_of((options.models / expected).read_text(encoding="utf-8"))
            ran = call(options.mica, "infer", frame, "--input", options.models / inputs, "--raw")
            got = lines_of(ran.stdout)
            equal = sum(one == other for one, other in zip(got, wanted))
            print(f"{model}, {inputs}: {equal} of {len(wanted)} outputs equal")
            if ran.returncode != 0 or got != wanted:
                failures.append(f"{model}: {inputs}: outputs differ; {ran.stderr}")
            few = pathlib.Path(folder) / "few.bin"
            all_bytes = (options.models / inputs).read_bytes()
            few.write_bytes(all_bytes[:len(all_bytes) // len(wanted) * min(INPUTS_VALIDATED, len(wanted))])
            found = validate(options, model, frame, few)
            if found is not None:
                failures.append(f"{model}: {found}")
            for name, fault, pattern, change, said in FAULTS:
                if name not in model:
                    continue
                changed, count = re.subn(pattern, change, text, count=1, flags=re.DOTALL)
                frame.write_text(changed, encoding="utf-8")
                found = validate(options, model, frame, few)
                if count != 1 or found is None or not re.search(said, found):
                    failures.append(f"{model}: {fault}: `mica validate` says {found}")
                faults_seen += 1
    for failure in failures:
        print(failure)
    print(f"{len(MODELS)} inputs, {faults_seen} faults, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
