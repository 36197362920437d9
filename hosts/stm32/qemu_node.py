"""One emulated board: firmware in QEMU, and the serial line to it. The protocol is described in firmware.hpp."""

import atexit
import ctypes
import functools
import itertools
import json
import os
import pathlib
import re
import selectors
import signal
import socket
import subprocess
import tempfile
import time
import weakref
import zlib

BOARDS = pathlib.Path(__file__).resolve().parent / "boards"
QEMU = "qemu-system-arm"
STATUS_LINE = re.compile(rb"# (?:ended|trap|deadlock|fault|error) [^\n]*\n")
SETTING_LINE = re.compile(rb"# (?:set|refused|fault) [^\n]*\n")
ANY_LINE = re.compile(rb"# (?:ended|trap|deadlock|fault|error|set|refused) [^\n]*\n")
READY_LINE = re.compile(rb"# mica (\S+) ready\n")
ROI_LINE = re.compile(rb"roi insns=(\d+)\n")
TRAILER_LINE = re.compile(rb"endframe[ \t]+(\d+)[ \t]+([0-9a-fA-F]{8})[^\n]*\n")
TOTAL_LINE = re.compile(rb"total insns=(\d+)\n")
START_OF_SETTING = b"\x01"
END_OF_TRANSMISSION = b"\x04"
CANCEL = b"\x18"
PR_SET_PDEATHSIG = 1
ELF_MACHINE_ARM = 40


class NodeError(Exception):
    """The emulated board did not behave as the protocol says. `output` is what the program had printed by then."""

    def __init__(self, message, output=""):
        super().__init__(message)
        self.output = output


class NodeTimeout(NodeError):
    """Time is up. QEMU has been killed; the next frame starts a new one."""


class NodeStartError(NodeError):
    """QEMU or the firmware in it does not start."""


def load_board(name):
    """The data of a board: a dict as in boards/NAME/board.json."""
    path = BOARDS / name / "board.json"
    if not path.is_file():
        names = ", ".join(sorted(file.parent.name for file in BOARDS.glob("*/board.json")))
        raise ValueError(f"there is no board '{name}'; there are: {names}")
    return json.loads(path.read_text(encoding="utf-8"))


def check_kernel(path):
    """Raises NodeStartError, with what to do, when the file cannot be firmware."""
    try:
        with open(path, "rb") as file:
            begin = file.read(20)
    except OSError as error:
        raise NodeStartError(f"cannot read the firmware {path}: {error.strerror}; build it as hosts/stm32/README.md "
                             "says") from None
    machine = int.from_bytes(begin[18:20], "little")
    if begin[:4] != b"\x7fELF" or machine != ELF_MACHINE_ARM:
        raise NodeStartError(f"{path} is no ELF file for Arm; give the .elf file of an image of the stm32 build")


def seal(text):
    """The frame to send for a text (str or bytes): with a line feed at its end and the trailer line."""
    body = text.encode() if isinstance(text, str) else bytes(text)
    if not body.endswith(b"\n"):
        body += b"\n"
    return body + b"endframe %d %08x\n" % (len(body), zlib.crc32(body))


def check_frame(frame):
    """Raises ValueError when the board would not take the text for one frame."""
    if CANCEL in frame:
        raise ValueError("the text contains the byte 24, which gives up a frame; take it out")
    if frame[:1] in (START_OF_SETTING, END_OF_TRANSMISSION):
        raise ValueError(f"the text begins with the control byte {frame[0]}; take it out")
    for line in TRAILER_LINE.finditer(frame):
        begin, length, checksum = line.start(), int(line[1]), int(line[2], 16)
        if line.end() != len(frame) and length == begin and checksum == zlib.crc32(frame[:begin]):
            raise ValueError("text follows the line with the trailer; send it as a frame of its own")


def shown(data):
    """The end of what was received, for a message."""
    return repr(data[-400:].decode(errors="backslashreplace"))


def _prepare_child(processor):
    """In the child: a QEMU whose starter was killed must not live on.

    Its threads hand each byte to one another, which takes half of the time when they share a processor.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.sched_setaffinity(0, {processor})


def _next_processor():
    """They are taken in turn, so that several nodes run side by side."""
    processors = sorted(os.sched_getaffinity(0))
    return processors[(os.getpid() + next(_started)) % len(processors)]


_started = itertools.count()

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

    After run_frame: `counts` are the numbers of instructions in the regions of that frame, `count` their sum, or None.
    After close: `exit_status` of QEMU and `total_count` of instructions (None without plugin).
    `profile` is what the firmware said; `log` (bytes) what QEMU wrote to its standard error.

    A fault of the processor, a timeout and any other NodeError end QEMU; the next call starts a fresh one with
    the same settings. QEMU is killed when the thread that started it ends (on Linux).
    """

    def __init__(self, kernel, board="netduinoplus2", machine=None, plugin=None, timeout=30.0, extra=()):
        self.board = load_board(board)
        self.timeout = timeout
        self.count = None
        self.counts = []
        self.total_count = None
        self.exit_status = None
        self.profile = None
        self.log = b""
        self._kernel = str(kernel)
        self._machine = machine or self.board["qemu"]["machine"]
        self._plugin = plugin
        self._extra = list(extra)
        self._settings = {}
        self._process = None
        self._line = None
        self._selector = None
        self._received = b""
        self._log_read = 0
        check_kernel(kernel)
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
        """
        frame = seal(text) if not sealed else text.encode() if isinstance(text, str) else bytes(text)
        check_frame(frame)
        self._start_if_ended()
        if self._received:
            raise self._gone(NodeError, "the board said something that it was not asked for")
        self._read_log()
        log_from = self._log_read
        # CAN before it: the firmware may still be ignoring what is left of a refused frame. CAN behind it: a text that
        # hides its own trailer, say with an open comment, is answered too. While a program runs CAN waits.
        output, status = self.exchange(CANCEL + frame + CANCEL, STATUS_LINE, timeout)
        self._read_log()
        self.counts = [int(number) for number in ROI_LINE.findall(self.log, log_from)]
        self.count = sum(self.counts) if self.counts else None
        self._log_read = len(self.log)
        return output, status

    def set(self, **settings):
        """Says how frames are run from now on: form="switch-observed", slice=7, fuse=False."""
        for name, value in settings.items():
            word = ("on" if value else "off") if isinstance(value, bool) else str(value)
            if self._settings.get(name) != word:
                self._start_if_ended()
                self._send_setting(name, word)
                self._settings[name] = word

    def exchange(self, data, pattern=ANY_LINE, timeout=None):
        """Sends bytes as they are and returns (output, status line): what comes before a line that matches, and it.

        What is left of data when the line has come is not sent. Nothing is sent if it had come before.
        """
        self._start_if_ended()
        match = self._exchange(data, pattern, time.monotonic() + (self.timeout if timeout is None else timeout))
        output, status = self._received[: match.start()], match.group()[:-1].decode(errors="backslashreplace")
        self._received = self._received[match.end():]
        if status.startswith("# fault"):
            self._wait_for_exit(0.5)
            self.kill()
        return output.decode(errors="backslashreplace"), status

    def send(self, data):
        """Sends bytes as they are and does not wait for an answer."""
        self._start_if_ended()
        self._exchange(data, None, time.monotonic() + self.timeout)

    def close(self):
        """Ends QEMU, in order when the firmware can do that, and notes exit_status and total_count."""
        if self._process is None:
            return
        try:
            self._line.send(CANCEL + END_OF_TRANSMISSION)
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
        self._received = b""

    def _start_if_ended(self):
        if self._process is not None and self._process.poll() is not None:
            self.kill()
        if self._process is None:
            self._start()

    def _start(self):
        prepare = functools.partial(_prepare_child, _next_processor()) if _prctl else None
        with tempfile.TemporaryDirectory(prefix="mica-") as folder:
            path = os.path.join(folder, "line")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen(1)
                try:
                    self._process = subprocess.Popen(
                        self._command(path), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE, preexec_fn=prepare)
                except FileNotFoundError:
                    raise NodeStartError(f"there is no {QEMU} in PATH; install QEMU for Arm") from None
                self._line = self._accept(listener)
        os.set_blocking(self._process.stderr.fileno(), False)
        self._line.setblocking(False)
        # Small: what has been sent of a text that is refused must all pass through the board before the next one.
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._line, selectors.EVENT_READ)
        self._selector.register(self._process.stderr, selectors.EVENT_READ)
        self._received = b""
        self.log = b""
        self._log_read = 0
        self.exit_status = None
        self._await_ready()
        for name, word in self._settings.items():
            self._send_setting(name, word)

    def _await_ready(self):
        """Waits for the line with which firmware begins."""
        pattern = re.compile(READY_LINE.pattern + b"|" + STATUS_LINE.pattern)
        what = f"the firmware did not start (is it made for the machine {self._machine}?)"
        try:
            match = self._exchange(b"", pattern, time.monotonic() + self.timeout)
        except NodeError as error:
            raise NodeStartError(f"{what}: {error}") from None
        if not match.group(1):
            raise self._gone(NodeStartError, what)
        self.profile = match.group(1).decode()
        self._received = self._received[match.end():]

    def _send_setting(self, name, word):
        line = START_OF_SETTING + f"{name} {word}\n".encode()
        _, answer = self.exchange(CANCEL + line, SETTING_LINE)
        if not answer.startswith("# set "):
            raise NodeError(f"the board does not take the setting '{name} {word}': {answer[2:]}")

    def _command(self, socket_path):
        command = [QEMU, "-M", self._machine, "-display", "none", "-monitor", "none"]
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
                message = self._process.communicate()[1].decode(errors="backslashreplace").strip() or "time is up"
                self._process = None
                raise NodeStartError(f"QEMU did not start: {message.splitlines()[0]}")

    def _exchange(self, data, pattern, deadline):
        """Sends data and receives until a line matches `pattern`, which it returns (None: until all is sent)."""
        data = memoryview(data)
        line_begin = 0  # of the first line of _received that has not been looked at
        while True:
            while pattern and (end := self._received.find(b"\n", line_begin)) >= 0:
                if match := pattern.fullmatch(self._received, line_begin, end + 1):
                    return match
                if READY_LINE.fullmatch(self._received, line_begin, end + 1):
                    raise self._gone(NodeError, "the firmware has started again")
                line_begin = end + 1
            if not data and not pattern:
                return None
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise self._gone(NodeTimeout, "time is up before the board has answered")
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if data else 0)
            self._selector.modify(self._line, events)
            for key, ready in self._selector.select(remaining):
                if key.fileobj is not self._line:
                    self._read_log()
                    continue
                sent = self._transfer(ready, data)
                if sent is None:
                    self._wait_for_exit(1.0)
                    raise self._gone(NodeError, "QEMU has ended")
                data = data[sent:]

    def _transfer(self, ready, data):
        """Receives and sends what is possible without waiting; the number of bytes sent, None when the line is gone."""
        try:
            if ready & selectors.EVENT_READ:
                received = self._line.recv(65536)
                if not received:
                    return None
                self._received += received
            return self._line.send(data) if ready & selectors.EVENT_WRITE else 0
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

    def _gone(self, kind, text):
        """Kills QEMU and returns the exception to raise, with all that may tell why."""
        running = self._process.poll() is None
        received = self._received
        self.kill()
        if not running:
            status = self.exit_status
            text += f"; exit status of QEMU: {status}" if status >= 0 else f"; QEMU was ended by signal {-status}"
        if received:
            text += f"; the board's last words: {shown(received)}"
        if self.log.strip():
            text += f"; QEMU said: {self.log.strip().decode(errors='backslashreplace').splitlines()[0]}"
        return kind(text, received.decode(errors="backslashreplace"))
