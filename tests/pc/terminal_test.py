#!/usr/bin/env python3
"""`mica repl` on a terminal: prompts, lines that go on, the stack, Ctrl-C, Ctrl-D, the history.

Exit status: 0 as expected, 1 something failed, 77 this machine has no pseudo terminals.
"""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

SKIPPED = 77
SECONDS_MAX = 30
CONTROL_C, CONTROL_D, UP = "\x03", "\x04", "\x1b[A"
PROMPT, GOES_ON = "mica> ", "  ... "
# What moves the cursor or sets its look.
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>]|\([A-Z0-9])")


class Failure(Exception):
    pass


class Terminal:
    """A session with the command on a terminal of its own."""

    def __init__(self, mica, environment):
        self.master, device = pty.openpty()
        # So wide that no line is broken.
        fcntl.ioctl(device, termios.TIOCSWINSZ, b"\x28\x00\x00\x02\x00\x00\x00\x00")
        self.process = subprocess.Popen(
            [mica, "repl"], stdin=device, stdout=device, stderr=device, start_new_session=True,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", **environment},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(device)
        self.text = ""

    def __enter__(self):
        self.expect(PROMPT)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.master)

    def read(self, seconds):
        """More of what the command has written; False at its end or when there is nothing in time."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.text += ESCAPES.sub("", data.decode("utf-8", "replace")).replace("\r", "")
        return bool(data)

    def expect(self, wanted):
        """Reads until the text `wanted` ends what has come, and returns what has come with it."""
        end = time.monotonic() + SECONDS_MAX
        while not self.text.endswith(wanted):
            if not self.read(max(0.0, end - time.monotonic())):
                raise Failure(f"not {wanted!r}, but {self.text!r}")
        text, self.text = self.text, ""
        # The prompt comes just before the terminal stops showing by itself what is typed.
        while wanted.endswith((PROMPT, GOES_ON)) and termios.tcgetattr(self.master)[3] & termios.ICANON:
            time.sleep(0.001)
        return text

    def type(self, text):
        os.write(self.master, text.encode("utf-8"))

    def line(self, text, prompt=PROMPT):
        """Types a line and returns what is shown below it, up to the next prompt."""
        self.type(text + "\r")
        shown = self.expect(prompt)
        return shown[shown.index("\n") + 1:-len(prompt)]

    def see(self, text, wanted, prompt=PROMPT):
        shown = self.line(text, prompt)
        if not re.fullmatch(wanted, shown):
            raise Failure(f"{text!r} shows {shown!r}, not {wanted!r}")

    def end(self, status):
        end = time.monotonic() + SECONDS_MAX
        while self.read(max(0.0, end - time.monotonic())):
            pass
        try:
            if self.process.wait(timeout=SECONDS_MAX) != status:
                raise Failure(f"status {self.process.returncode}, not {status}")
        except subprocess.TimeoutExpired:
            raise Failure("does not end") from None


def shows_the_stack(terminal, _):
    terminal.see("1 2 3", r"\( 1 2 3 \)\n")
    terminal.see(".", r"3 \n\( 1 2 \)\n")
    terminal.see("5 . cr", r"5 \n\( 1 2 \)\n")
    terminal.see("drop drop", "")
    terminal.see("20 0 do i loop", ".*unbalanced_loop.*\n(.*\n)*")
    terminal.see(" ".join(str(k) for k in range(20)), r"\( 4 more 4 5 .* 18 19 \)\n")


def lines_go_on(terminal, _):
    terminal.see(": sq ( n -- n2 )", "", GOES_ON)
    terminal.see("dup *", "", GOES_ON)
    terminal.see(";", "")
    terminal.see("7 sq", r"\( 49 \)\n")


def goes_on_after_mistakes(terminal, _):
    terminal.see("1 2", r"\( 1 2 \)\n")
    terminal.see("foo", r"-:2:1: error: .*\[unknown_word\]\n  foo\n  \^~~\n")
    terminal.see("3 . 0 /", r"3 \n-:3:7: error: .*\[divide_by_zero\]\n(.*\n)+  the stack is empty now\n")
    terminal.see("4 5", r"\( 4 5 \)\n")
    terminal.type(CONTROL_D)
    terminal.end(0)  # mistakes on a terminal have been seen


def interrupt_stops_a_program(terminal, _):
    terminal.see("var n", "")
    terminal.type("7 begin n @ 1 + n ! again\r")
    time.sleep(0.3)
    terminal.type(CONTROL_C)
    if not re.search(r"\[stopped\]\n(.*\n)+  the stack is empty now\nmica> $", terminal.expect(PROMPT)):
        raise Failure("Ctrl-C does not stop the program")
    terminal.see("n @ 1000 > 5", r"\( 1 5 \)\n")


def interrupt_forgets_a_line(terminal, _):
    terminal.see("1", r"\( 1 \)\n")
    terminal.type("2 3 foo")
    terminal.expect("foo")
    terminal.type(CONTROL_C)
    terminal.expect("^C\n" + PROMPT)
    terminal.see("4", r"\( 1 4 \)\n")
    terminal.see(": sq", "", GOES_ON)
    terminal.type("dup" + CONTROL_C)
    terminal.expect("^C\n" + PROMPT)
    terminal.see("5", r"\( 1 4 5 \)\n")


def lines_are_edited(terminal, _):
    terminal.see("1 23\x7f\x1b[D\x1b[D9", r"\( 19 2 \)\n")
    terminal.see('." größe"', "größe\n\\(.*\\)\n")


def lines_are_remembered(terminal, folder):
    terminal.see("11 22", r"\( 11 22 \)\n")
    terminal.see(UP, r"\( 11 22 11 22 \)\n")
    with open(os.path.join(folder, "mica_history"), encoding="utf-8") as file:
        if "22" not in file.read():
            raise Failure("the history is not kept")


def explains_words(terminal, _):
    terminal.see("? dup", r"dup \( x -- x x \)\n(.*\n)+")
    terminal.see("? dupp", r"error: .* did you mean dup\?\n")


def tasks_go_on_meanwhile(terminal, _):
    terminal.line(': w ." tick " ;')
    terminal.type("$ w 1 20 0 every drop\r")
    terminal.expect(3 * "tick ")  # without another line
    terminal.type("2 kill 5\r")
    shown = terminal.expect(PROMPT)
    while not shown.endswith("( 5 )\n" + PROMPT):
        shown += terminal.expect(PROMPT)
    terminal.see(".", "5 ?\n")
    terminal.type(": bad 1 0 / drop ; $ bad 0 start drop\r")
    terminal.expect("[divide_by_zero]\n  : bad 1 0 / drop ; $ bad 0 start drop\n            ^\n")


def interrupt_leaves_others_alone(terminal, folder):
    with open(os.path.join(folder, "device.mica"), "w", encoding="utf-8") as file:
        file.write("frame device 1\nbegin 30000 sleep again")
    with open(os.path.join(folder, "endless.mica"), "w", encoding="utf-8") as file:
        file.write("frame endless 1\nbegin 7 drop again")
    terminal.see(f":load {folder}/device.mica", "")
    terminal.see(": w 30000 sleep ; $ w 1 start", r"\( 2 \)\n")
    terminal.type("begin 7 drop again\r")
    time.sleep(0.3)
    terminal.type(CONTROL_C)
    terminal.expect("  the stack is empty now\n" + PROMPT)
    terminal.type(f":load {folder}/endless.mica\r")
    time.sleep(0.3)
    terminal.type(CONTROL_C)
    if "[stopped]" not in terminal.expect(PROMPT):
        raise Failure("Ctrl-C does not stop a file")
    terminal.see(":frames", r"device 1 .* sleeps\n\(lines\) .*\n  task 2 .* sleeps, then at 2:17\n"
                 r"endless 1 .*stopped.*\n(.*\n)+")


def interrupt_gives_up_a_wait(terminal, _):
    waits = r"the line waits for event 3 \(`:event 3` signals it; `:unload \(lines\)` gives it up\)\n"
    terminal.see("7 3 -1 event?", waits)
    terminal.see("5", r"-:2:1: error: .*\[frame_busy\]\n(.*\n){2}  " + waits)
    terminal.see(":event 3", r"\( 7 1 \)\n")
    terminal.see("3 -1 event?", waits)
    terminal.type(CONTROL_C)
    if not re.search(r"\[stopped\]\n(.*\n)+  the stack is empty now\nmica> $", terminal.expect(PROMPT)):
        raise Failure("Ctrl-C does not stop the line that waits")
    terminal.see("5", r"\( 5 \)\n")


def a_line_goes_on_behind_the_next_prompt(terminal, _):
    terminal.line("channel c 1 : q ( -- ) 1500 sleep 0 c send ; $ q 1 start drop")
    terminal.see("6 c receive 1 swap /", "the line waits for something in a channel .*\n")
    terminal.expect("  the stack is empty now\n")


def ends_within_a_definition(terminal, _):
    terminal.see(": sq", "", GOES_ON)
    terminal.type(CONTROL_D)
    terminal.end(0)


SCENES = [shows_the_stack, lines_go_on, goes_on_after_mistakes, interrupt_stops_a_program, interrupt_forgets_a_line,
          lines_are_edited, lines_are_remembered, explains_words, tasks_go_on_meanwhile,
          interrupt_leaves_others_alone, interrupt_gives_up_a_wait, a_line_goes_on_behind_the_next_prompt,
          ends_within_a_definition]


def without_a_place_for_the_history(mica):
    for environment in ({"XDG_STATE_HOME": "/dev/null/x"}, {"HOME": "/dev/null"}, {}):
        with Terminal(mica, environment) as terminal:
            terminal.see("1", r"\( 1 \)\n")


def history_at_home(mica, folder):
    with Terminal(mica, {"HOME": folder}) as terminal:
        terminal.see("123", r"\( 123 \)\n")
    with Terminal(mica, {"HOME": folder}) as terminal:
        terminal.see(UP, r"\( 123 \)\n")


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mica", required=True, help="the program")
    mica = os.path.abspath(parser.parse_args().mica)
    if not has_terminals():
        print("skipped: no pseudo terminals here (is /dev/pts mounted?)")
        return SKIPPED
    failures = 0

    def attempt(name, scene):
        nonlocal failures
        try:
            scene()
        except Failure as failure:
            failures += 1
            print(f"{name}: {failure}")

    def play(scene, folder):
        with Terminal(mica, {"XDG_STATE_HOME": folder}) as terminal:
            scene(terminal, folder)

    for scene in SCENES:
        with tempfile.TemporaryDirectory(prefix="mica-terminal-") as folder:
            attempt(scene.__name__, lambda: play(scene, folder))
    with tempfile.TemporaryDirectory(prefix="mica-terminal-") as folder:
        attempt("without_a_place_for_the_history", lambda: without_a_place_for_the_history(mica))
        attempt("history_at_home", lambda: history_at_home(mica, folder))
    print(f"{len(SCENES) + 2} scenes, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
