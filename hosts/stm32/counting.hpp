// Marks regions of code for the instruction counter of the emulator (tests/counting/plugin).
//
// A mark is an instruction that does nothing (a move of a register to itself, which no compiler emits).
// Counting builds put the marks around one activity; in all other builds these functions are empty.
//
// Counts are the same in every run because a region holds only what the text decides: interrupts are disabled
// in it, so neither the timer nor the arrival of bytes adds instructions, and input is handed on in pieces
// whose boundaries do not depend on when bytes arrive (deterministic_input). Waiting for input and printing
// lie outside, between pause and resume. On the chip a counting build would lose bytes; it is for the
// emulator.
#pragma once

#include "hosts/stm32/registers.hpp"

namespace mica::stm32 {

// The values of the compile definition MICA_COUNT.
enum class Count { none = 0, run = 1, compile = 2, slice = 3 };

inline constexpr Count counted = static_cast<Count>(MICA_COUNT);

inline constexpr bool deterministic_input = counted != Count::none;

// A region of `activity`. Per frame: open, any number of pause and resume in turns, close (paused or not).
template <Count activity>
struct Region {
  [[gnu::always_inline]] static void open() {
    if constexpr (counted == activity) {
      disable_interrupts();
      asm volatile("mov r9, r9" ::: "memory");
    }
  }
  [[gnu::always_inline]] static void close() {
    if constexpr (counted == activity) {
      asm volatile("mov r10, r10" ::: "memory");
      enable_interrupts();
    }
  }
  [[gnu::always_inline]] static void pause() {
    if constexpr (counted == activity) {
      asm volatile("mov r11, r11" ::: "memory");
      enable_interrupts();
    }
  }
  [[gnu::always_inline]] static void resume() {
    if constexpr (counted == activity) {
      disable_interrupts();
      asm volatile("mov r12, r12" ::: "memory");
    }
  }
};

}  // namespace mica::stm32
