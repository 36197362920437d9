// What happens when the processor itself finds a fault: always a mistake in the firmware or broken hardware,
// never the doing of a program.
#pragma once

#include <cstdint>

namespace mica::stm32 {

// Exit status under semihosting: this plus the exception number (3 hard fault, 4 memory, 5 bus, 6 usage).
inline constexpr std::uint32_t fault_status_base = 70;

// Exit status under semihosting when the image does not fit together (halt()).
inline constexpr std::uint32_t halt_status = 69;

// Gives memory, bus and usage faults handlers of their own; a division by 0 in machine code becomes a fault.
void faults_start();

// Vector of all faults. Prints one line
//   # fault NAME pc=X lr=X psr=X cfsr=X hfsr=X address=X ms=N
// (X: 8 hexadecimal digits; address: what was accessed, when the processor knows it) or, when the stack has
// left the RAM and nothing could be saved on it,
//   # fault stack_overflow sp=X cfsr=X hfsr=X address=X ms=N
// and ends the emulator, or restarts the chip.
void fault_entry();

// For an image that cannot work, e.g. built from parts that do not fit: the line `# fault REASON`, then the
// end of the emulator, or standstill (restarting would not help).
[[noreturn]] void halt(const char* reason);

}  // namespace mica::stm32
