#!/usr/bin/env python3
"""Models of others, converted and run by the command: every output byte is that of TensorFlow Lite Micro.

usage: quantised_test.py --mica MICA --models FOLDER

Also that the text of a frame is at most 1.3 times its constants and 4 KB, and that faults put into it show.

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
# What is changed in the frame of a model, each of which must show in its outputs.
FAULTS = [("kws", "a zero point is wrong", r"zeros 83 ", "zeros 82 ", 1),
          ("kws", "products are rounded once", r"stride 2 2", "stride 2 2 rounding once", 1),
          ("kws", "a padding lies behind", r"pads 4 1 5 1", "pads 5 1 4 1", 1),
          ("pretrainedResnet", "a shift is wrong", r"shifts (\S+) (\S+) (\S+)", r"shifts \1 \2 -18", 1)]
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
            for name, fault, pattern, change, count in FAULTS:
                if name not in model:
                    continue
                changed, found = re.subn(pattern, change, text, count=count)
                frame.write_text(changed, encoding="utf-8")
                ran = call(options.mica, "infer", frame, "--input", options.models / inputs, "--raw")
                if not found or (ran.returncode == 0 and lines_of(ran.stdout) == wanted):
                    failures.append(f"{model}: {fault}, and nothing shows it")
                faults_seen += 1
    for failure in failures:
        print(failure)
    print(f"{len(MODELS)} inputs, {faults_seen} faults, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
