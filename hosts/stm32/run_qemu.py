#!/usr/bin/env python3
"""Runs firmware in QEMU and sends it frames over the serial line.

As a module:

    with Node("build/.../firmware_netduinoplus2.elf") as node:
        output, status = node.run_frame("1 2 + .\\n")     # ("3 \\n", "# ended ticks=12 digest=...")

One Node is one QEMU, which serves any number of frames. The protocol is described in firmware.hpp.
"""

import argparse
import atexit
import ctypes
import json
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import weakref
import zlib

BOARDS = pathlib.Path(__file__).resolve().parent / "boards"
STATUS_LINE = re.compile(rb"# (?:ended|trap|error|deadlock|fault) [^\n]*\n")
READY_LINE = re.compile(rb"# mica (\S+) ready\n")
ROI_LINE = re.compile(rb"roi insns=(\d+)\n")
TOTAL_LINE = re.compile(rb"total insns=(\d+)\n")
END_OF_TRANSMISSION = b"\x04"
PR_SET_PDEATHSIG = 1


class NodeError(Exception):
    """The emulated board did not behave as the protocol says; what came so far is in the message."""


class NodeTimeout(NodeError):
    """Time is up. QEMU has been killed; the next frame starts a new one."""


def load_board(name):
    """The data of a board: a dict as in boards/NAME/board.json."""
    with open(BOARDS / name / "board.json", encoding="utf-8") as file:
        return json.load(file)


def seal(text):
    """The frame to send for a text (str or bytes): with a line feed at its end and the trailer line.

    A line of a single '.' gets a blank behind it, because such a line means something else to the firmware.
    The program stays the same, and so do the positions in messages.
    """
    body = text.encode() if isinstance(text, str) else bytes(text)
    body = re.sub(rb"(?m)^\.(\r*)$", rb". \1", body)
    if not body.endswith(b"\n"):
        body += b"\n"
    return body + b"endframe %d %08x\n" % (len(body), zlib.crc32(body))


def _die_with_parent():
    """In the child: a QEMU whose starter was killed must not live on."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


try:
    _prctl = ctypes.CDLL(None).prctl
except (OSError, AttributeError):  # not Linux
    _prctl = None

_open_nodes = weakref.WeakSet()


@atexit.register
def _kill_all():
    for node in list(_open_nodes):
        node.kill()


class Node:
    """One emulated board.

    kernel       the ELF file
    board        folder of boards/
    machine      QEMU machine; None: the board's
    plugin       instruction counter (tests/counting/plugin), for counting builds
    timeout      seconds that starting, or one frame, may take
    extra        more arguments for QEMU

    After run_frame: `count` is the number of instructions in the regions of that frame, or None.
    After close: `exit_status` of QEMU and `total_count` of instructions (None without plugin).
    `profile` is what the firmware said; `log` (bytes) what QEMU wrote to its standard error.

    QEMU is killed when the thread that started it ends (on Linux).
    """

    def __init__(self, kernel, board="netduinoplus2", machine=None, plugin=None, timeout=30.0, extra=()):
        self.board = load_board(board)
        self.timeout = timeout
        self.count = None
        self.total_count = None
        self.exit_status = None
        self.profile = None
        self.log = b""
        self._kernel = str(kernel)
        self._machine = machine or self.board["qemu"]["machine"]
        self._plugin = plugin
        self._extra = list(extra)
        self._process = None
        self._line = None
        self._selector = None
        self._received = b""
        self._log_read = 0
        _open_nodes.add(self)
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run_frame(self, text, sealed=False, timeout=None):
        """Sends one frame and returns (output, status line without its line feed).

        text     str or bytes; sealed: with its trailer already, sent as it is
        output   str; ends with a line feed unless empty (the firmware adds one where the program did not)

        A '# fault' status and a timeout end the emulator; the next call starts a fresh one.
        """
        frame = seal(text) if not sealed else text.encode() if isinstance(text, str) else bytes(text)
        if re.search(rb"(?m)^\.\r*\n", frame):
            raise ValueError("a line of a single '.' cannot be sent")
        if self._process is None:
            self._start()
        if self._received:
            raise self._gone(NodeError, "the firmware said more than one status line")
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        self._read_log()
        log_from = self._log_read
        match = self._exchange(frame, STATUS_LINE, deadline)
        if match is None:
            raise NodeError(f"QEMU ended in the middle of a frame: {self._state()}")
        output = self._received[: match.start()]
        status = match.group()[:-1].decode()
        self._received = self._received[match.end():]
        if status.startswith("# error"):
            # The frame may have been cut in a line: a line feed first makes the '.' a line of its own.
            self._exchange(b"\n.\n", None, deadline)
        self._read_log()
        counts = [int(number) for number in ROI_LINE.findall(self.log, log_from)]
        self.count = sum(counts) if counts else None
        self._log_read = len(self.log)
        if status.startswith("# fault"):
            self._wait_for_exit(0.5)
            self.kill()
        return output.decode(errors="backslashreplace"), status

    def close(self):
        """Ends QEMU, in order when the firmware can do that, and notes exit_status and total_count."""
        if self._process is None:
            return
        try:
            self._line.send(END_OF_TRANSMISSION)
        except OSError:
            pass
        self._wait_for_exit(0.5)
        if self._process.poll() is None:
            self._process.terminate()  # the plugin still reports
            self._wait_for_exit(1.0)
        self.kill()

    def kill(self):
        """Ends QEMU at once. Does nothing when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.kill()
        self.exit_status = process.wait()
        self.log += process.stderr.read() or b""
        process.stderr.close()
        totals = TOTAL_LINE.findall(self.log)
        self.total_count = int(totals[-1]) if totals else None
        self._selector.close()
        self._line.close()

    def _start(self):
        with tempfile.TemporaryDirectory(prefix="mica-") as folder:
            path = os.path.join(folder, "line")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen(1)
                self._process = subprocess.Popen(
                    self._command(path), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, preexec_fn=_die_with_parent if _prctl else None)
                self._line = self._accept(listener)
        os.set_blocking(self._process.stderr.fileno(), False)
        self._line.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._line, selectors.EVENT_READ)
        self._selector.register(self._process.stderr, selectors.EVENT_READ)
        self._received = b""
        self.log = b""
        self._log_read = 0
        self.exit_status = None
        match = self._exchange(b"", re.compile(READY_LINE.pattern + b"|" + STATUS_LINE.pattern),
                               time.monotonic() + self.timeout)
        if match is None or not match.group(1):
            state = self._state()
            self.kill()
            raise NodeError(f"the firmware did not start: {state}")
        self.profile = match.group(1).decode()
        self._received = self._received[match.end():]

    def _command(self, socket_path):
        command = ["qemu-system-arm", "-M", self._machine, "-display", "none", "-monitor", "none"]
        command += ["-semihosting-config", "enable=on,target=native", "-no-reboot"]
        command += ["-chardev", f"socket,id=line,path={socket_path},server=off"]
        command += ["-serial", "null"] * self.board["qemu"]["serial"] + ["-serial", "chardev:line"]
        if self._plugin:
            command += ["-plugin", str(self._plugin)]
        return command + self._extra + ["-kernel", self._kernel]

    def _accept(self, listener):
        """The connection that QEMU makes; an error as soon as QEMU ends instead."""
        listener.settimeout(0.05)
        deadline = time.monotonic() + self.timeout
        while True:
            try:
                return listener.accept()[0]
            except TimeoutError:
                pass
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self._process.kill()
                message = self._process.communicate()[1].decode(errors="backslashreplace")
                self._process = None
                raise NodeError(f"QEMU did not start: {message.strip()}")

    def _exchange(self, data, pattern, deadline):
        """Sends data and receives until a line matches `pattern` (None: until all is sent).

        What is left of data after the match is not sent. Returns None when QEMU has ended.
        """
        data = memoryview(data)
        line_begin = 0  # of the first line of _received that has not been looked at
        while True:
            while pattern and (end := self._received.find(b"\n", line_begin)) >= 0:
                if match := pattern.fullmatch(self._received, line_begin, end + 1):
                    return match
                if READY_LINE.fullmatch(self._received, line_begin, end + 1):
                    raise self._gone(NodeError, "the firmware has restarted")
                line_begin = end + 1
            if not data and not pattern:
                return None
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise self._gone(NodeTimeout, "time is up")
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if data else 0)
            self._selector.modify(self._line, events)
            for key, ready in self._selector.select(remaining):
                if key.fileobj is not self._line:
                    self._read_log()
                    continue
                try:
                    if ready & selectors.EVENT_READ:
                        received = self._line.recv(65536)
                        if not received:
                            self._wait_for_exit(1.0)
                            return None
                        self._received += received
                    if ready & selectors.EVENT_WRITE:
                        data = data[self._line.send(data):]
                except (BrokenPipeError, ConnectionResetError):
                    return None

    def _read_log(self):
        """Takes what QEMU has written to its standard error without waiting."""
        while self._process is not None:
            chunk = self._process.stderr.read(65536)
            if not chunk:
                if chunk == b"" and self._process.stderr in self._selector.get_map():
                    self._selector.unregister(self._process.stderr)  # ended: do not wake up for it again
                return
            self.log += chunk

    def _wait_for_exit(self, seconds):
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def _state(self):
        self._read_log()
        status = self._process.poll()
        received, log = self._received[-400:], self.log[-400:]
        return f"exit status {status}, received {received!r}, standard error {log!r}"

    def _gone(self, kind, text):
        """Kills QEMU and returns the exception to raise."""
        state = self._state()
        self.kill()
        return kind(f"{text}: {state}")


def _main():
    parser = argparse.ArgumentParser(
        description="Sends frames to firmware in QEMU. Program output goes to stdout, statuses to stderr.",
        epilog="Exit status: 0 all frames ended, 1 an error, trap, fault or timeout, 2 wrong usage.")
    parser.add_argument("frames", nargs="*", metavar="FRAME", help="text of a program; -: standard input")
    parser.add_argument("--kernel", metavar="ELF", help="the firmware")
    parser.add_argument("--board", default="netduinoplus2", help="folder of boards/ (default: %(default)s)")
    parser.add_argument("--machine", help="QEMU machine (default: the board's)")
    parser.add_argument("--plugin", metavar="PATH", help="icount.so; with a counting build prints the counts")
    parser.add_argument("--timeout", type=float, default=30.0, metavar="S", help="per frame (%(default)s)")
    parser.add_argument("--sealed", action="store_true", help="the files have their trailers")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="send all of it N times")
    parser.add_argument("--seal", action="store_true", help="only print the frames with trailers; no QEMU")
    arguments = parser.parse_args()
    if not arguments.seal and not arguments.kernel:
        parser.error("--kernel is needed")

    try:
        texts = [(name, sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes())
                 for name in arguments.frames]
    except OSError as error:
        parser.error(str(error))
    if arguments.seal:
        for _, text in texts:
            sys.stdout.buffer.write(seal(text))
        return 0

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = False
    try:
        with Node(arguments.kernel, arguments.board, arguments.machine, arguments.plugin,
                  arguments.timeout) as node:
            for name, text in texts * arguments.repeat:
                output, status = node.run_frame(text, arguments.sealed)
                sys.stdout.write(output)
                sys.stdout.flush()
                count = f" insns={node.count}" if node.count is not None else ""
                print(f"{name}: {status[2:]}{count}", file=sys.stderr)
                failed |= not status.startswith("# ended")
    except (NodeError, ValueError) as error:
        print(f"run_qemu.py: {error}", file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_main())
