#!/usr/bin/env python3
"""A network as large as ResNet-101: it is refused with numbers, and the importer keeps within its memory.

usage: large_test.py --mica MICA --zoo FOLDER

`mica convert` may take three times the size of the file and 32 MB.
"""
import argparse
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

LAYERS = 19  # of 512 channels and 3x3, 9.4 MB each: 178 MB in all
SECONDS_MAX = 120


# --- the few parts of protobuf that a file of ONNX needs --------------------------------------------------------------

def varint(number):
    data = b""
    while number > 127:
        data += bytes([number & 127 | 128])
        number >>= 7
    return data + bytes([number])


def part(field, data):
    return varint(field << 3 | 2) + varint(len(data)) + data


def number(field, value):
    return varint(field << 3) + varint(value)


def tensor(name, sizes, data):
    return b"".join(number(1, size) for size in sizes) + number(2, 1) + part(8, name) + part(9, data)


def integers(name, values):
    return part(1, name) + b"".join(number(8, value) for value in values) + number(20, 7)


def conv(source, weights, result, attribute):
    names = part(1, source) + part(1, weights) + part(2, result) + part(3, result)
    return names + part(4, b"Conv") + part(5, attribute)


def image(name, sizes):
    shape = b"".join(part(1, number(1, size)) for size in sizes)
    return part(1, name) + part(2, part(1, number(1, 1) + part(2, shape)))


def write_model(path):
    nodes = [conv(b"x", b"w0", b"v0", integers(b"strides", [4, 4]))]
    weights = [tensor(b"w0", [512, 3, 4, 4], struct.pack("<f", 0.01) * (512 * 48))]
    for k in range(1, LAYERS + 1):
        nodes.append(conv(b"v%d" % (k - 1), b"w%d" % k, b"v%d" % k, integers(b"pads", [1, 1, 1, 1])))
        weights.append(tensor(b"w%d" % k, [512, 512, 3, 3], struct.pack("<f", 0.001 * k) * (512 * 512 * 9)))
    with open(path, "wb") as file:
        graph = [part(1, node) for node in nodes] + [part(2, b"large")] + [part(5, one) for one in weights]
        graph += [part(11, image(b"x", [1, 3, 224, 224])), part(12, image(b"v%d" % LAYERS, [1, 512, 56, 56]))]
        file.write(number(1, 8) + part(8, number(2, 13)) + varint(7 << 3 | 2) + varint(sum(map(len, graph))))
        file.writelines(graph)


def most_memory(*arguments):
    """(exit status, standard error, bytes that the command took at most)."""
    code = ("import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE); "
            "sys.stderr.buffer.write(done.stderr); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); "
            "sys.exit(done.returncode)")
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True,
                          timeout=SECONDS_MAX)
    return done.returncode, done.stderr, int(done.stdout.split()[-1]) * 1024


def check(failures, what, file, took):
    most = 3 * file.stat().st_size + (32 << 20)
    print(f"{what}: a file of {file.stat().st_size} bytes took {took} bytes, at most {most}")
    if took > most:
        failures.append(f"{what}: took {took} bytes for a file of {file.stat().st_size}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mica", required=True)
    parser.add_argument("--zoo", required=True, type=pathlib.Path)
    options = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory() as name:
        model, frame = pathlib.Path(name) / "large.onnx", pathlib.Path(name) / "frame.mica"
        write_model(model)
        status, said, took = most_memory(options.mica, "convert", model, "-o", frame)
        check(failures, "large", model, took)
        pattern = (r"does not fit: its tensors take \d{8} bytes of memory, most of it layer 1, conv2d 'v1' .*"
                   r"its constants \d{9} bytes, most of them layer 1, conv2d 'v1' with 9437184; .*\[does_not_fit\]")
        if status != 1 or not re.search(pattern, said) or frame.exists():
            failures.append(f"large: status {status}, {said}")
        for small in sorted(options.zoo.glob("*/*.onnx")):
            status, said, took = most_memory(options.mica, "convert", small, "-o", frame)
            check(failures, small.name, small, took)
            if status != 0:
                failures.append(f"{small.name}: {said}")
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
