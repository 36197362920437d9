#!/usr/bin/env python3
"""Holds hosts/stm32/run_qemu.py to what it says: statuses, messages, and what becomes of a QEMU that ends.

usage: run_qemu_test.py --images FOLDER --plugin FILE

Exit status: 0 all as said, 1 a difference, 77 nothing to run it on.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
import board  # noqa: E402
from qemu_node import Node, NodeError, NodeStartError, NodeTimeout, seal  # noqa: E402

COMMAND = [sys.executable, "-B", str(board.ROOT / "hosts" / "stm32" / "run_qemu.py")]
SETTINGS = argparse.Namespace(kernel="", counting="", plugin="")
ENDLESS = "1 . cr begin again"


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.frame = self.file("good.mica", "1 2 + . cr")

    def file(self, name, text):
        path = self.folder / name
        path.write_bytes(text.encode())
        return str(path)

    def run_command(self, *words, **options):
        options = {"stdout": subprocess.PIPE, **options}
        return subprocess.run([*COMMAND, *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                              timeout=60, **options)

    def fails(self, status, message, *words, lines=1, **options):
        """One clear line: no trace of the program's inside, no bytes as Python writes them."""
        done = self.run_command(*words, **options)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stderr, message)
        self.assertEqual(len(done.stderr.splitlines()), lines, done.stderr)
        for inside in ("Traceback", "b'", 'b"', "invalid "):
            self.assertNotIn(inside, done.stderr)
        return done

    def test_wrong_usage(self):
        kernel = ("--kernel", SETTINGS.kernel)
        wrong = [(("--board", "zz"), "no board 'zz'; there are: netduinoplus2"),
                 (("--plugin", "/no/plugin"), "no plugin"),
                 (("--timeout", "nan"), "'nan' is no number above 0"), (("--timeout", "0"), "no number above 0"),
                 (("--repeat", "-1"), "'-1' is no whole number"), (("--repeat", "x"), "'x' is no whole number"),
                 (("--slice", "0"), "no whole number"), (("--sealed",), "good.mica does not end with a trailer"),
                 (("--unknown",), "--unknown"), (("/no/frame",), "cannot read /no/frame: No such file")]
        for words, message in wrong:
            with self.subTest(words):
                self.fails(2, message, *kernel, self.frame, *words)
        self.fails(2, "give a FRAME", *kernel)
        self.fails(2, "give a FRAME", "--seal")
        self.fails(2, "standard input is closed", *kernel, "-", preexec_fn=lambda: os.close(0))
        self.fails(2, "--kernel is needed", self.frame)
        self.fails(2, "cannot read the firmware /no/kernel", "--kernel", "/no/kernel", self.frame)
        self.fails(2, "is no ELF file for Arm", "--kernel", sys.executable, self.frame)

    def test_what_does_not_start(self):
        kernel = ("--kernel", SETTINGS.kernel, self.frame)
        self.fails(1, "there is no qemu-system-arm in PATH", *kernel, env={**os.environ, "PATH": "/no/folder"})
        self.fails(1, "unsupported machine", *kernel, "--machine", "zz")
        self.fails(1, "is it made for the machine microbit", *kernel, "--machine", "microbit")
        self.fails(1, "does not take the setting 'form zz'.*no_such_form", *kernel, "--form", "zz")

    def test_standard_output_that_takes_nothing(self):
        kernel = ("--kernel", SETTINGS.kernel, self.frame)
        for words in (kernel, ("--seal", self.frame)):
            with open("/dev/full", "wb") as full:
                self.fails(1, "cannot write to the standard output: No space", *words, stdout=full)
            self.fails(1, "standard output is closed", *words, stdout=None, preexec_fn=lambda: os.close(1))
            read, write = os.pipe()
            os.close(read)
            self.fails(1, "cannot write to the standard output: Broken pipe", *words, stdout=write)
            os.close(write)

    def test_interrupt(self):
        process = subprocess.Popen([*COMMAND, "--kernel", SETTINGS.kernel, self.file("endless.mica", ENDLESS)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 130, said)
        self.assertRegex(said, r"^\S*endless.mica: interrupted\n$")

    def test_timeout_shows_the_output_and_goes_on(self):
        done = self.fails(1, "endless.mica: time is up.*\n.*good.mica: ended", "--timeout", "1", "--kernel",
                          SETTINGS.kernel, self.file("endless.mica", ENDLESS), self.frame, lines=2)
        self.assertEqual(done.stdout.split(), ["1", "3"])

    def test_refused_texts(self):
        self.fails(1, "open.mica: error 3:1 cancelled: .*comment that is open\n"
                   ".*bad.mica: error 1:1 unknown_word\n.*good.mica: ended",
                   "--kernel", SETTINGS.kernel, self.file("open.mica", "( x"), self.file("bad.mica", "wrong"),
                   self.frame, lines=3)
        self.fails(1, "can.mica: the text contains the byte 24", "--kernel", SETTINGS.kernel,
                   self.file("can.mica", "1 \x18 2"))
        two = seal("1 .").decode() + seal("2 .").decode()
        self.fails(1, "two.mica: text follows the line with the trailer", "--kernel", SETTINGS.kernel, "--sealed",
                   self.file("two.mica", two))

    def test_good_runs(self):
        plain = self.run_command("--kernel", SETTINGS.kernel, self.frame, "--repeat", "2")
        self.assertEqual((plain.returncode, plain.stdout.split()), (0, ["3", "3"]))
        other = self.run_command("--kernel", SETTINGS.kernel, self.frame, self.frame, "--form", "switch-observed",
                                 "--slice", "1", "--no-fuse")
        self.assertEqual((other.stdout, other.stderr), (plain.stdout, plain.stderr))
        sealed = self.file("sealed.mica", self.run_command("--seal", self.frame).stdout)
        self.assertEqual(self.run_command("--kernel", SETTINGS.kernel, "--sealed", sealed).returncode, 0)

    def test_counting(self):
        counts = self.run_command("--kernel", SETTINGS.counting, "--plugin", SETTINGS.plugin, self.frame)
        self.assertRegex(counts.stderr, r"good.mica: ended ticks=\d+ digest=- insns=\d+\n$")
        self.fails(1, "nothing was counted; --plugin needs an image that counts", "--kernel", SETTINGS.kernel,
                   "--plugin", SETTINGS.plugin, self.frame)


class Nodes(unittest.TestCase):
    def process_of(self, node):
        return node._process  # pylint: disable=protected-access

    def test_next_frame_starts_a_new_qemu(self):
        with Node(SETTINGS.kernel, timeout=10) as node:
            node.set(form="checked", slice=3)
            first = node.run_frame("1 2 + . cr")
            self.process_of(node).kill()
            self.process_of(node).wait()
            self.assertEqual(node.run_frame("1 2 + . cr"), first)
            threading.Timer(0.5, self.process_of(node).kill).start()
            with self.assertRaisesRegex(NodeError, "QEMU has ended; QEMU was ended by signal 9") as caught:
                node.run_frame(ENDLESS)
            self.assertEqual(caught.exception.output.split(), ["1"])
            self.assertEqual(node.run_frame("1 2 + . cr"), first)
            with self.assertRaises(NodeTimeout):
                node.run_frame(ENDLESS, timeout=0.5)
            self.assertEqual(node.run_frame("1 2 + . cr"), first)

    def test_texts_that_are_not_one_frame(self):
        with Node(SETTINGS.kernel, timeout=10) as node:
            for text in ("\x18", "\x01slice 0", "\x04"):
                with self.assertRaises(ValueError):
                    node.run_frame(text)
            with self.assertRaises(ValueError):
                node.run_frame(seal("1 .") + b"2 .\n", sealed=True)
            self.assertRegex(node.run_frame("1 \x01slice 0\n")[1], "^# error 1:3 invalid_character")
            self.assertEqual(node.run_frame("1 2 + . cr")[0], "3 \n")

    def test_large_refused_text(self):
        """Most of it is not sent any more."""
        with Node(SETTINGS.kernel, timeout=10) as node:
            self.assertEqual(node.run_frame("wrong " + "1 drop\n" * 200_000)[1], "# error 1:1 unknown_word")
            self.assertEqual(node.run_frame("1 2 + . cr")[0], "3 \n")

    def test_kernel_that_is_none(self):
        for kernel in ("/no/kernel", sys.executable):
            with self.assertRaises(NodeStartError):
                Node(kernel)


class Images(unittest.TestCase):
    def status(self, folder):
        with self.assertRaises(board.Unavailable) as caught:
            board.find_images(folder, ["firmware_netduinoplus2_stm32f4"])
        return caught.exception.status

    def test_missing_image_is_a_failure_and_missing_folder_or_qemu_a_skip(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.status(folder), board.FAILED)
            self.assertEqual(self.status(folder + "/no"), board.FAILED)
            self.assertEqual(self.status(""), board.SKIPPED)
            path = os.environ["PATH"]
            try:
                os.environ["PATH"] = folder
                self.assertEqual(self.status(folder), board.SKIPPED)
            finally:
                os.environ["PATH"] = path

    def test_deck_deals_all_combinations_alike(self):
        deck = board.Deck(1)
        dealt = [board.describe(one) for _ in range(60) for one in deck.deal(100, 1000)]
        self.assertEqual({dealt.count(board.describe(one)) for one in board.COMBINATIONS}, {20})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    parser.add_argument("--plugin", required=True)
    options, rest = parser.parse_known_args()
    try:
        kernel, counting = board.find_images(options.images, ["sweep_stm32f4", "count_run_goto"])
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    SETTINGS.kernel, SETTINGS.counting, SETTINGS.plugin = str(kernel), str(counting), options.plugin
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
