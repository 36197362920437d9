// The way out of an emulated machine. Compiled only with the CMake option MICA_SEMIHOSTING: without a
// debugger the request is a fault on the chip.
#pragma once

#include <cstdint>

namespace mica::stm32 {

inline constexpr bool semihosting_enabled = MICA_SEMIHOSTING != 0;

// Ends the emulator with `status` as its exit status. Returns at once when semihosting is not compiled in.
inline void semihosting_exit(std::uint32_t status) {
  if constexpr (semihosting_enabled) {
    constexpr std::uint32_t exit_extended = 0x20;
    constexpr std::uint32_t application_exit = 0x20026;
    const std::uint32_t block[2] = {application_exit, status};
    register std::uint32_t operation asm("r0") = exit_extended;
    register const std::uint32_t* argument asm("r1") = block;
    asm volatile("bkpt 0xAB" : "+r"(operation) : "r"(argument) : "memory");
  } else {
    static_cast<void>(status);
  }
}

}  // namespace mica::stm32
