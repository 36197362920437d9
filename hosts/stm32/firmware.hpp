// The program of a board: it compiles the frames that come in on the serial line as they arrive, runs them
// and answers.
//
// Protocol, as the board sees it. Every request is answered by exactly one status line, which begins with "# ".
//
// After the start comes the line `# mica PROFILE ready`. The board then waits for one of these:
//
// A frame begins with any other byte than those below and ends with the line feed of its trailer line
// (jit/LANGUAGE.md section 6). The output of the program follows as it is, then a line feed unless it ended
// with one, then one of these lines:
//
//   # ended ticks=N digest=X               it ran to its end
//   # trap NAME at=OFFSET.PART digest=X    it trapped; PART counts from 0 in a fused instruction
//   # deadlock ticks=N digest=X            it waits for ever
//
// N is decimal, X has 8 hexadecimal digits, or is `-` when the form in use makes no digests. Then all is
// forgotten and the next frame may begin.
//
// A text that is refused is answered at once with `# error LINE:COLUMN NAME`. Then everything is ignored up to
// and with the next byte CAN: the rest of a damaged text must not be taken for a frame.
//
// CAN (24, Ctrl-X) makes the board ready for the next request, whatever it was reading. No text can contain it
// (jit/LANGUAGE.md section 1). A frame that was being read is given up and answered with
// `# error LINE:COLUMN cancelled`. When nothing was being read CAN does nothing and has no answer, so a host
// that does not know what went before begins with it. While a program runs nothing is read.
//
// SOH (1, Ctrl-A) begins a setting, which ends with a line feed and holds until it is changed or the board
// starts again:
//
//   form NAME    interpreter form, one of those that the image has
//   slice N      ticks of one slice, 1 to 2147482623
//   fuse on      combine instructions (or off)
//
// The answer is `# set NAME VALUE` or, when nothing has changed, `# refused REASON`: unknown_setting,
// no_such_form, slice_out_of_range, fuse_is_on_or_off, setting_too_long, cancelled.
//
// EOT (4, Ctrl-D) ends the emulator with status 0 (with semihosting; else it is ignored).
//
// `# fault ...` can come at any time (faults.hpp); after it the board starts again.
#pragma once

namespace mica {
struct Engine;
}

namespace mica::stm32 {

// The engine of this image. Not defined by the board layer: the build names it (add_mica_firmware).
const Engine& board_engine();

// Serves frames for ever. Clocks, serial line and time must have been started.
[[noreturn]] void firmware_main();

}  // namespace mica::stm32
