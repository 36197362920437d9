// The program of a board: it compiles the frames that come in on the serial line as they arrive, runs them
// and answers.
//
// Protocol, as the board sees it:
//
// After the start comes the line `# mica PROFILE ready`.
//
// A frame begins with the first byte that arrives and ends with the line feed of its trailer line
// (jit/LANGUAGE.md section 6). The output of the program follows as it is, then a line feed unless it ended
// with one, then one of these lines:
//
//   # ended ticks=N digest=X               it ran to its end
//   # trap NAME at=OFFSET.PART digest=X    it trapped
//   # deadlock ticks=N digest=X            it waits for ever
//
// N is decimal, X has 8 hexadecimal digits. Then all is forgotten and the next frame may begin.
//
// A text that is refused is answered at once with `# error LINE:COLUMN NAME`. Then everything is ignored
// until a line has passed that consists of a single `.`, so no such line may stand in a frame: write `. `
// there.
//
// The byte 4 between frames ends the emulator with status 0 (with semihosting; else it is ignored).
// `# fault ...` can come at any time (faults.hpp); after it the board starts again.
#pragma once

#include <cstdint>

namespace mica {
struct Engine;
}

namespace mica::stm32 {

// Ticks of one slice. A program gives the same results with any number.
inline constexpr std::uint32_t slice_ticks = 1000;

// The engine of this image. Not defined by the board layer: the build names it (add_mica_firmware).
const Engine& board_engine();

// Serves frames for ever. Clocks, serial line and time must have been started.
[[noreturn]] void firmware_main();

}  // namespace mica::stm32
