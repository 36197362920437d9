#!/usr/bin/env python3
"""Runs firmware in QEMU and sends it frames over the serial line.

As a module:

    with Node("build/stm32-netduinoplus2/hosts/stm32/images/firmware_netduinoplus2_stm32f4.elf") as node:
        output, status = node.run_frame("1 2 + .\\n")     # ("3 \\n", "# ended ticks=12 digest=...")

One Node is one QEMU, which serves any number of frames (qemu_node.py).
"""

import argparse
import math
import os
import pathlib
import re
import signal
import sys

from qemu_node import Node, NodeError, NodeStartError, NodeTimeout, check_kernel, load_board, seal

__all__ = ["Node", "NodeError", "NodeStartError", "NodeTimeout", "load_board", "seal"]

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
TRAILER_AT_END = re.compile(rb"(?:^|[ \t\r\n])endframe\s+\d+\s+[0-9a-fA-F]{8}[ \t\r]*\n\Z")


class OutputError(Exception):
    """The standard output does not take what is written to it."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        say(f"run_qemu.py: {message} (--help shows the options)")
        sys.exit(WRONG_USAGE)


def say(line):
    if sys.stderr:
        print(line, file=sys.stderr, flush=True)


def write_output(data):
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python would try again at its end
        raise OutputError(f"cannot write to the standard output: {error.strerror}") from None


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return value


def times(text):
    if not re.fullmatch(r"[0-9]+", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1")
    return int(text)


def make_parser():
    parser = Parser(
        description="Sends frames to firmware in QEMU. Program output goes to stdout, statuses to stderr.",
        epilog="Exit status: 0 all frames ended, 1 an error, trap, fault or timeout, 2 wrong usage, 130 interrupted.")
    parser.add_argument("frames", nargs="*", metavar="FRAME", help="text of a program; -: standard input")
    parser.add_argument("--kernel", metavar="ELF", help="the firmware")
    parser.add_argument("--board", default="netduinoplus2", help="folder of boards/ (default: %(default)s)")
    parser.add_argument("--machine", help="QEMU machine (default: the board's)")
    parser.add_argument("--plugin", metavar="PATH", help="icount.so; with a counting build prints the counts")
    parser.add_argument("--timeout", type=seconds, default=30.0, metavar="SECONDS", help="per frame (%(default)s)")
    parser.add_argument("--sealed", action="store_true", help="the files have their trailers")
    parser.add_argument("--repeat", type=times, default=1, metavar="TIMES", help="send all of it so often")
    parser.add_argument("--seal", action="store_true", help="only print the frames with trailers; no QEMU")
    parser.add_argument("--form", help="interpreter form, of those that the image has")
    parser.add_argument("--slice", type=times, metavar="TICKS", help="ticks of one slice (the firmware's: 1000)")
    parser.add_argument("--no-fuse", action="store_true", help="do not combine instructions")
    return parser


def read_frames(parser, arguments):
    """[(name, text)] of the files."""
    if not arguments.frames:
        parser.error("give a FRAME, the file with the text of a program, or - for standard input")
    frames = []
    for name in arguments.frames:
        if name == "-" and sys.stdin is None:
            parser.error("the standard input is closed")
        try:
            frames.append((name, sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()))
        except OSError as error:
            parser.error(f"cannot read {name}: {error.strerror}")
        if arguments.sealed and not TRAILER_AT_END.search(frames[-1][1]):
            parser.error(f"{name} does not end with a trailer line; leave out --sealed")
    return frames


def check_arguments(parser, arguments):
    if not arguments.kernel:
        parser.error("--kernel is needed: the ELF file of the firmware")
    try:
        load_board(arguments.board)
        check_kernel(arguments.kernel)
    except (ValueError, NodeStartError) as error:
        parser.error(str(error))
    if arguments.plugin and not os.path.isfile(arguments.plugin):
        parser.error(f"there is no plugin {arguments.plugin}; build it with the target mica_icount")


def run_frames(arguments, frames):
    """Sends them one after another, whatever becomes of each. Returns the exit status."""
    settings = {"form": arguments.form, "slice": arguments.slice, "fuse": False if arguments.no_fuse else None}
    failed, name = False, arguments.kernel
    try:
        with Node(arguments.kernel, arguments.board, arguments.machine, arguments.plugin, arguments.timeout) as node:
            node.set(**{key: value for key, value in settings.items() if value is not None})
            for name, text in frames * arguments.repeat:
                failed |= not run_one(node, name, text, arguments)
    except (NodeError, OutputError) as error:
        say(f"{name}: {error}")
        return FAILED
    except KeyboardInterrupt:
        say(f"{name}: interrupted")
        return INTERRUPTED
    return FAILED if failed else 0


def run_one(node, name, text, arguments):
    """Sends one frame and shows its output and status. Has it ended by itself?"""
    try:
        output, status = node.run_frame(text, arguments.sealed)
    except NodeStartError:
        raise
    except (NodeError, ValueError) as error:
        write_output(getattr(error, "output", "").encode())
        say(f"{name}: {error}")
        return False
    write_output(output.encode())
    if status.endswith(" cancelled"):
        status += ": the board did not see the end of the text; close the comment that is open"
    if not arguments.plugin:
        say(f"{name}: {status[2:]}")
    elif node.count is not None or status.startswith("# error"):
        say(f"{name}: {status[2:]}" + (f" insns={node.count}" if node.count is not None else ""))
    else:
        raise NodeError("nothing was counted; --plugin needs an image that counts, for example count_run_goto.elf")
    return status.startswith("# ended")


def main():
    parser = make_parser()
    arguments = parser.parse_args()
    if sys.stdout is None:
        say("run_qemu.py: the standard output is closed")
        return FAILED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        if not arguments.seal:
            check_arguments(parser, arguments)
        frames = read_frames(parser, arguments)
        if not arguments.seal:
            return run_frames(arguments, frames)
        for _, text in frames:
            write_output(seal(text))
        return 0
    except OutputError as error:
        say(f"run_qemu.py: {error}")
        return FAILED
    except KeyboardInterrupt:
        say("run_qemu.py: interrupted")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
