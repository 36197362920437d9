#!/usr/bin/env python3
"""Runs the frames of this folder on every host and compares what they do with what they say.

A frame says in comments what must happen:

    \\ profile: NAME              the profile it is for; needed
    \\ expect: TEXT               a line of its output; blanks at the end of lines do not count
    \\ trap: NAME LINE COLUMN     the trap that ends it; without this it must end by itself

Every *.mica file of the folder that has such comments is tested. Output, digest and, unless it traps, ticks
must be the same everywhere.
"""

import argparse
import concurrent.futures
import dataclasses
import functools
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

FOLDER = pathlib.Path(__file__).resolve().parent
BOARD = "netduinoplus2"
ON_BOARD = {"node32": "stm32f4"}  # what the board has instead, with the same instructions
SLICES = (1, 2, 3, 7, 1000)
FORMS = ("switch", "goto", "switch-observed", "goto-observed", "checked", "traced")
FORMS_WITHOUT_DIGEST = ("switch", "goto")
TICKS_MAX = 10_000_000   # a frame that runs longer has lost its way
SIM_US_MAX = 2_000_000
SECONDS_MAX = 60
LEAST_ACCURACY = 0.955
BYTES_FOR_ONE_FRAME = 125_000  # to the board: all settings for small frames, some for large ones

ANNOTATION = re.compile(r"^\\ (profile|expect|trap):[ ]?(.*?)[ \r]*$", re.MULTILINE)
RUN_STATS = re.compile(r": ticks>?=(\d+) digest=([0-9a-f]{8}|-) ")
SIM_STATS = re.compile(r": (?:ended|trapped|stopped) ticks>?=(\d+) digest=([0-9a-f]{8})$", re.MULTILINE)
TRAP = re.compile(r":(\d+):(\d+): error: .* \[(\w+)\]$", re.MULTILINE)
RESTART = re.compile(r"^Task \d+ is started again\.$", re.MULTILINE)
BOARD_STATUS = re.compile(r"# (?:ended ticks=(\d+)|trap (\w+) at=\S+) digest=([0-9a-f]{8})")


@dataclasses.dataclass
class Frame:
    path: pathlib.Path
    profile: str = ""
    expected: str = ""
    trap: tuple = ()  # name, line, column


@dataclasses.dataclass
class Result:
    output: str
    trap: tuple  # name, line, column; empty: none
    ticks: int
    digest: str

    def comparable(self):
        """What must be the same on all hosts. The ticks of a frame that traps are not counted to the end."""
        return self.output, self.trap, None if self.trap else self.ticks, self.digest


class Report:
    """Collects what is wrong."""

    def __init__(self):
        self.checks = 0
        self.failures = 0
        self.lock = threading.Lock()

    def check(self, good, where, text=""):
        with self.lock:
            self.checks += 1
            if not good:
                self.failures += 1
                print(f"{where}: {text}", file=sys.stderr)

    def equal(self, where, what, is_value, should_be):
        self.check(is_value == should_be, where,
                   f"{what}\n  is        {is_value!r}\n  should be {should_be!r}")

    def exit_status(self):
        print(f"{self.checks} checks, {self.failures} failed")
        return 1 if self.failures else 0


def read_frame(path):
    """The Frame of a file; None if it has no such comments."""
    frame, lines = Frame(path), []
    annotations = ANNOTATION.findall(path.read_text(encoding="utf-8"))
    for kind, text in annotations:
        if kind == "profile":
            frame.profile = text
        elif kind == "expect":
            lines.append(text)
        else:
            name, line, column = text.split()
            frame.trap = name, int(line), int(column)
    if annotations and not frame.profile:
        raise ValueError(f"{path}: a comment '\\ profile: NAME' is needed")
    frame.expected = "\n".join(lines)
    return frame if annotations else None


def frames_of(paths):
    """The frames of these files, or of all files of the folder."""
    frames = [read_frame(path) for path in paths or sorted(FOLDER.glob("*.mica"))]
    return [frame for frame in frames if frame]


def trimmed(output):
    """The output without blanks at the end of lines, and without the line feed at its end."""
    return "\n".join(line.rstrip(" ") for line in output.removesuffix("\n").split("\n"))


def execute(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit status {done.returncode}: {done.stderr.strip()}")
    return done


def result_of(done, stats_pattern):
    stats = stats_pattern.search(done.stderr)
    if not stats:
        raise RuntimeError(done.stderr.strip() or "no ticks and digest were printed")
    trap = TRAP.search(done.stderr)
    if trap and RESTART.search(done.stderr, trap.end()):
        trap = None  # of a task that goes on
    if bool(trap) != (done.returncode == 1):
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    return Result(done.stdout, (trap[3], int(trap[1]), int(trap[2])) if trap else (),
                  int(stats[1]), stats[2])


def run_frame(mica, frame, *options):
    return result_of(execute([mica, "run", "--stats", "--ticks", str(TICKS_MAX), "--profile", frame.profile,
                              *options, frame.path]), RUN_STATS)


def simulate_frame(mica, frame, slice_ticks, folder):
    node = {"name": "node", "board": BOARD, "profile": frame.profile, "slice_ticks": slice_ticks,
            "frames": [str(frame.path.resolve())]}
    scenario = pathlib.Path(folder) / f"{frame.path.stem}-{slice_ticks}.json"
    scenario.write_text(json.dumps({"nodes": [node], "stop": {"after_us": SIM_US_MAX}}), encoding="utf-8")
    return result_of(execute([mica, "sim", scenario]), SIM_STATS)


def for_each(frames, function, report):
    """Calls function(frame) for all frames, several at a time. An error counts as a failure of the frame."""
    def call(frame):
        try:
            function(frame)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
            report.check(False, frame.path.name, str(error))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(call, frames))


# --- the parts ----------------------------------------------------------------------------------------------

def check_run(arguments, report):
    """mica run: what the comments say, and the same for all slices, forms and with or without fusing."""
    variants = []
    for slice_ticks, form, fuse in itertools.product(SLICES, ("", *FORMS), ((), ("--no-fuse",))):
        if form == "" or slice_ticks in (1, 7):
            variants.append((form, ("--slice", str(slice_ticks), *(("--form", form) if form else ()), *fuse)))

    def check_frame(frame):
        first = run_frame(arguments.mica, frame)
        report.equal(frame.path.name, "output", trimmed(first.output), frame.expected)
        report.equal(frame.path.name, "trap", first.trap, frame.trap)
        for form, options in variants:
            result = run_frame(arguments.mica, frame, *options)
            if form in FORMS_WITHOUT_DIGEST:
                result.digest = first.digest
            report.equal(f"{frame.path.name} {' '.join(options)}", "differs", result.comparable(),
                         first.comparable())

    for_each(frames_of(arguments.frames), check_frame, report)


def check_decompile(arguments, report):
    """mica decompile: its text does the same, fused or not."""
    with tempfile.TemporaryDirectory(prefix="mica-") as folder:
        def check_frame(frame):
            should_be = run_frame(arguments.mica, frame)
            for fuse in ((), ("--no-fuse",)):
                done = execute([arguments.mica, "decompile", "--profile", frame.profile, *fuse, frame.path])
                report.equal(frame.path.name, "error", done.stderr, "")
                text = pathlib.Path(folder) / f"{frame.path.stem}{''.join(fuse)}.mica"
                text.write_text(done.stdout, encoding="utf-8")
                result = run_frame(arguments.mica, Frame(text, frame.profile), *fuse)
                # The places of traps are others.
                result.trap, trap = result.trap[:1], should_be.trap[:1]
                report.equal(text.name, "differs", result.comparable(),
                             dataclasses.replace(should_be, trap=trap).comparable())

        for_each(frames_of(arguments.frames), check_frame, report)


def check_sim(arguments, report):
    """mica sim: the same as mica run for all slices; and the scenarios of this folder."""
    with tempfile.TemporaryDirectory(prefix="mica-") as folder:
        def check_frame(frame):
            should_be = run_frame(arguments.mica, frame).comparable()
            for slice_ticks in SLICES:
                result = simulate_frame(arguments.mica, frame, slice_ticks, folder)
                report.equal(f"{frame.path.name} sim slice_ticks={slice_ticks}", "differs",
                             result.comparable(), should_be)

        for_each(frames_of(arguments.frames), check_frame, report)
    if arguments.frames:
        return
    for path in sorted(FOLDER.glob("*.scenario.json")):
        scenario = json.loads(path.read_text(encoding="utf-8"))
        frame = read_frame(FOLDER / scenario["nodes"][0]["frames"][0])
        result = result_of(execute([arguments.mica, "sim", path]), SIM_STATS)
        report.equal(path.name, "differs", result.comparable(), run_frame(arguments.mica, frame).comparable())


def check_qemu(arguments, report):
    """The firmware in QEMU: the same as mica run, in all forms and slices, fused and not."""
    sys.path.append(str(FOLDER.parent / "stm32"))
    import board

    frames = sorted(frames_of(arguments.frames), key=lambda frame: frame.profile)
    groups = {profile: list(group) for profile, group in itertools.groupby(frames, key=lambda frame: frame.profile)}
    try:
        images = [board.find_images(arguments.firmware, [f"firmware_{BOARD}_{name}", f"sweep_{name}"])
                  for name in (ON_BOARD.get(profile, profile) for profile in groups)]
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(functools.partial(check_images, arguments.mica, report), images, groups.values()))
    return None


def check_images(mica, report, images, frames):
    """The frames of a profile on its firmware, and on the image with all forms under many settings."""
    import board
    import run_qemu
    deck = board.Deck(seed=1)
    for image in images:
        with run_qemu.Node(image, board=BOARD, timeout=SECONDS_MAX) as node:
            for frame in frames:
                # With the limits of the board's profile: stacks may be smaller there.
                should_be = run_frame(mica, dataclasses.replace(
                    frame, profile=ON_BOARD.get(frame.profile, frame.profile)))
                if should_be.output and not should_be.output.endswith("\n"):
                    should_be.output += "\n"  # the firmware does that
                sweeps = image.stem.startswith("sweep")
                size = frame.path.stat().st_size
                for combination in deck.deal(size, BYTES_FOR_ONE_FRAME) if sweeps else [{}]:
                    node.set(**combination)
                    check_on_board(node, image.stem, combination, frame, should_be, report)


def check_on_board(node, image, combination, frame, should_be, report):
    where = f"{frame.path.name} on {image} {combination or ''}"
    output, line = node.run_frame(frame.path.read_bytes())
    status = BOARD_STATUS.fullmatch(line)
    report.equal(where, "output", output, should_be.output)
    report.check(status, where, line)
    if status:
        report.equal(where, "trap", status[2] or "", should_be.trap[0] if should_be.trap else "")
        report.equal(where, "digest", status[3], should_be.digest)
        report.equal(where, "ticks", status[1], None if should_be.trap else str(should_be.ticks))


def check_generated(arguments, report):
    """The digits frames are what make_digits.py writes."""
    import make_digits  # beside this file
    with tempfile.TemporaryDirectory(prefix="mica-") as folder:
        make_digits.write(arguments.mica, pathlib.Path(folder))
        for form in make_digits.FORMS:
            report.check((pathlib.Path(folder) / form.file).read_bytes() == (FOLDER / form.file).read_bytes(),
                         form.file, "is not what make_digits.py writes")


def check_accuracy(arguments, report):
    """The digits frames classify the test images well."""
    import make_digits
    for form in make_digits.FORMS:
        done = execute([arguments.mica, "infer", FOLDER / form.file, "--profile", form.profile, "--labels",
                        "--input", make_digits.ZOO / "digits-test.csv"])
        accuracy = re.match(r"accuracy: ([\d.]+) \(\d+ of 450\)\n", done.stderr)
        report.check(accuracy and float(accuracy[1]) >= LEAST_ACCURACY, form.file, done.stderr)


PARTS = {"generated": check_generated, "accuracy": check_accuracy, "run": check_run,
         "decompile": check_decompile, "sim": check_sim, "qemu": check_qemu}


def main():
    parser = argparse.ArgumentParser(
        description="Runs frames on a host and compares what they do with what their comments say.",
        epilog="; ".join(f"{name}: {function.__doc__.splitlines()[0]}" for name, function in PARTS.items()))
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("frames", nargs="*", type=pathlib.Path, metavar="FRAME",
                        help="for run, decompile, sim and qemu: these files (default: all of the folder)")
    parser.add_argument("--mica", metavar="PATH", default="mica", help="the command mica (default: in PATH)")
    parser.add_argument("--firmware", default="", metavar="FOLDER",
                        help="for qemu: the folder with the images of the firmware")
    arguments = parser.parse_args()
    report = Report()
    try:
        status = PARTS[arguments.part](arguments, report)
    except Exception as error:  # a host that cannot be run is a failure too
        print(f"frames_test.py: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return status if status is not None else report.exit_status()


if __name__ == "__main__":
    sys.exit(main())
