#!/usr/bin/env python3
"""Holds the firmware on the emulated board to its protocol (hosts/stm32/firmware.hpp).

usage: firmware_test.py --images FOLDER

Exit status: 0 all as said, 1 a difference, 77 nothing to run it on.
"""
import argparse
import pathlib
import struct
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import board  # noqa: E402
from qemu_node import CANCEL, END_OF_TRANSMISSION, START_OF_SETTING, Node, NodeError, seal  # noqa: E402

PROGRAM = seal("1 2 + . cr\n")
IMAGES = {}


class Protocol(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = Node(IMAGES["sweep_stm32f4"], timeout=10)

    @classmethod
    def tearDownClass(cls):
        cls.node.close()

    def answers(self, data, *statuses, output=""):
        """The board answers these bytes with these status lines, the program's output before the first, and no more."""
        for status in statuses:
            seen_output, seen = self.node.exchange(data)
            self.assertEqual(seen[: len(status)], status)
            self.assertEqual(seen_output, output)
            data, output = b"", ""
        self.runs(data)

    def runs(self, before=b""):
        """The next answer, also after these bytes, is that of a program that runs."""
        output, status = self.node.exchange(before + PROGRAM)
        self.assertEqual(status.split("=")[0], "# ended ticks")
        self.assertEqual(output.rstrip(" \n"), "3")

    def test_cancel_when_idle_has_no_answer(self):
        self.runs(CANCEL * 3)
        self.answers(CANCEL + PROGRAM + CANCEL, "# ended", output="3 \n")

    def test_open_comment_can_be_cancelled(self):
        self.answers(seal("1 . ( open\n2 .\n") + CANCEL, "# error 4:1 cancelled")

    def test_cancel_in_a_text(self):
        self.answers(b"1 2 +\n  3" + CANCEL, "# error 2:4 cancelled")
        self.answers(b"( " + CANCEL, "# error 1:3 cancelled")
        self.answers(b"array a { 1 2" + CANCEL + CANCEL, "# error 1:14 cancelled")

    def test_cancel_in_the_line_of_the_trailer(self):
        for end in (b"", b" ", b" \r"):
            self.answers(PROGRAM.rstrip(b"\n") + end + CANCEL, "# error 2:")

    def test_rest_of_a_refused_text_is_ignored(self):
        refused = "# error 1:1 unknown_word"
        self.answers(seal("wrong\n.\n\r.\r\n1 2 + .\n") + PROGRAM + CANCEL, refused)
        self.answers(seal("wrong") + START_OF_SETTING + b"slice 0\n" + CANCEL, refused)
        self.answers(b"wrong " + CANCEL, refused)
        self.answers(b"wrong" + CANCEL, "# error 1:6 cancelled")  # the token had not ended

    def test_lines_of_a_single_dot_are_text(self):
        self.answers(seal("1 2 3\n.\n.\r\n\r.\n"), "# ended", output="3 2 1 \n")

    def test_error_at_the_end_of_a_text(self):
        self.answers(b"1 .\nendframe 4 00000000\n" + PROGRAM + CANCEL, "# error 2:12 wrong_checksum")
        self.answers(seal("1 if 2 drop") + PROGRAM + CANCEL, "# error 1:3 unclosed_structure")

    def in_one_go_and_byte_by_byte(self, data, status, output=""):
        self.answers(data, status, output=output)
        for k in range(len(data)):
            self.node.send(data[k: k + 1])
            time.sleep(0.002)
        self.answers(b"", status, output=output)

    def test_text_behind_the_trailer_is_refused_whenever_it_arrives(self):
        line = PROGRAM.rstrip(b"\n")
        self.in_one_go_and_byte_by_byte(line + b" 5 .\n" + CANCEL, "# error 2:22 text_after_trailer")
        self.in_one_go_and_byte_by_byte(line + b" x\n" + CANCEL, "# error 2:22 text_after_trailer")
        long = line + b" " * 200 + b"x\n" + CANCEL
        self.answers(long, "# error 2:221 text_after_trailer")

    def test_blanks_and_comments_behind_the_trailer(self):
        for rest in (b"\n", b" \t\r\n", b" ( a comment )\n", b" \\ a comment\n"):
            self.in_one_go_and_byte_by_byte(PROGRAM.rstrip(b"\n") + rest, "# ended ticks=", output="3 \n")

    def test_pieces_may_end_anywhere(self):
        """The firmware takes up to 64 bytes at a time."""
        for count in range(1, 80):
            text = seal("1 2 + . cr" + " " * count)
            self.answers(text, "# ended ticks=", output="3 \n")
            self.answers(text.rstrip(b"\n") + b" x\n" + CANCEL, "# error 2:")

    def setting(self, line, *answers):
        self.answers(START_OF_SETTING + line, *answers)

    def test_settings(self):
        for line in ("form switch-observed", "form checked", "form goto-observed", "slice 1", "slice 2147482623",
                     "slice 7", "fuse off", "fuse on"):
            self.setting(line.encode() + b"\n", f"# set {line}")
        self.setting(b"slice 1000\r\n", "# set slice 1000")

    def test_settings_are_refused_by_name(self):
        refusals = {"form goto": "no_such_form", "form": "no_such_form", "form ": "no_such_form",
                    "slice 0": "slice_out_of_range", "slice -1": "slice_out_of_range", "slice": "slice_out_of_range",
                    "slice 2147482624": "slice_out_of_range", "slice 18446744073709551617": "slice_out_of_range",
                    "slice 7 ": "slice_out_of_range", "fuse 1": "fuse_is_on_or_off", "": "unknown_setting",
                    "Slice 7": "unknown_setting", "x" * 64: "unknown_setting", "x" * 65: "setting_too_long",
                    "x" * 300: "setting_too_long"}
        for line, reason in refusals.items():
            self.setting(line.encode() + b"\n", f"# refused {reason}")
        self.setting(b"slice 7" + CANCEL, "# refused cancelled")

    def test_setting_holds_over_frames_and_errors(self):
        text = "2 8 + . cr 5 0 do i 1 + drop loop\n"  # has a sequence that is combined
        self.node.set(form="switch-observed", slice=1, fuse=False)
        first = self.node.run_frame(text)
        self.node.run_frame("wrong")
        self.assertEqual(self.node.run_frame(text), first)
        self.node.set(form="goto-observed", slice=1000, fuse=True)
        self.assertEqual(self.node.run_frame(text), first)

    def test_fuse_decides_about_combining(self):
        # The place of a trap counts instructions and their parts.
        text = "array a { 9 } var k k @ 3 + drop 1 0 / ."
        self.node.set(fuse=True)
        fused = self.node.run_frame(text)[1]
        self.node.set(fuse=False)
        apart = self.node.run_frame(text)[1]
        self.node.set(fuse=True)
        self.assertNotEqual(fused.split()[3], apart.split()[3])
        self.assertEqual(fused.split()[4], apart.split()[4])  # the digest

    def test_end_of_transmission_ends_the_emulator(self):
        with Node(IMAGES["sweep_stm32f4"], timeout=10) as node:
            node.run_frame("1 .")
        self.assertEqual(node.exit_status, 0)
        with Node(IMAGES["sweep_stm32f4"], timeout=10) as node:
            with self.assertRaisesRegex(NodeError, "exit status of QEMU: 0"):
                node.exchange(END_OF_TRANSMISSION)


class Images(unittest.TestCase):
    def test_form_without_digest_says_so(self):
        with Node(IMAGES["count_run_goto"], timeout=10) as node:
            output, status = node.run_frame("1 2 + . cr")
            self.assertEqual(output, "3 \n")
            self.assertRegex(status, r"^# ended ticks=\d+ digest=-$")
            self.assertRegex(node.run_frame("1 0 / .")[1], r"^# trap divide_by_zero at=\d+\.0 digest=-$")

    def test_starts_from_a_loader_that_leaves_its_interrupts(self):
        """As the chip's own loader does: no reset, its vectors in force, an interrupt of it enabled and pending."""
        code_at, vectors_at, flash = 0x2001F000, 0x2001E000, 0x08000000
        words = [0xE000ED08, vectors_at, 0xE000E100, 0xE000E200, flash]  # VTOR, its vectors, ISER0, ISPR0, the image

        def load(register, index):
            """ldr REGISTER, words[index]: they lie 32 bytes behind the begin, the instruction at len(code)."""
            base = (2 * len(code) + 4) & ~3
            code.append(0x4800 | register << 8 | (32 + 4 * index - base) // 4)

        code = [0xB672]                      # cpsid i
        load(0, 0)
        load(1, 1)
        code.append(0x6001)                  # str r1, [r0]
        load(0, 2)
        code += [0x2101, 0x6001]             # movs r1, #1; str r1, [r0]
        load(0, 3)
        code.append(0x6001)
        load(2, 4)
        code += [0x6813, 0xF383, 0x8808]     # ldr r3, [r2]; msr msp, r3
        code += [0x6853, 0x4718, 0xBF00]     # ldr r3, [r2 + 4]; bx r3; nop
        with tempfile.TemporaryDirectory() as folder:
            loader = pathlib.Path(folder, "loader.bin")
            loader.write_bytes(struct.pack("<16H5I", *code, *words))
            extra = ["-device", f"loader,file={loader},addr={code_at:#x},force-raw=on",
                     "-device", f"loader,addr={code_at + 1:#x},cpu-num=0"]
            with Node(IMAGES["sweep_stm32f4"], timeout=10, extra=extra) as node:
                self.assertEqual(node.run_frame("1 2 + . cr")[0], "3 \n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True)
    options, rest = parser.parse_known_args()
    names = ["sweep_stm32f4", "count_run_goto"]
    try:
        IMAGES.update(zip(names, board.find_images(options.images, names)))
    except board.Unavailable as unavailable:
        print(unavailable)
        return unavailable.status
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
