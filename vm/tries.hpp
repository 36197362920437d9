// What a task keeps of the `try` that are open: the innermost one here, a record of each on its return stack.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/config.hpp"
#include "core/opcodes.hpp"
#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

inline constexpr bool has_exceptions = core::Op::enter_try != core::Op::absent;

template <unsigned limit>
using Small = std::conditional_t<(limit < 256), std::uint8_t, std::uint16_t>;
using StackDepth = Small<core::limits::stack_cells>;
using ReturnDepth = Small<core::limits::return_cells>;

// Lies above the return addresses of the calls around the `try`, where no instruction hands it to a program.
struct TryRecord {
  std::uint16_t handler;    // offset of what stands behind `catch`
  StackDepth depth, loops;  // of the data and the loop stack
  ReturnDepth kept;         // cells of the program on the return stack
  ReturnDepth outer;        // where the record of the `try` around it ends; 0: there is none
  std::uint8_t frame;       // whose code it is
};

// Entries of the return stack that a record takes.
inline constexpr std::uint32_t try_entries = (sizeof(TryRecord) + sizeof(UCell) - 1) / sizeof(UCell);

struct OpenTries {
  ReturnDepth top = 0;      // where the record of the innermost one ends; 0: none is open
  ReturnDepth kept = 0;     // what was there before it cannot be taken
  StackDepth depth = 0;     // likewise of the data stack
  bool ticks_lost = false;  // a trap was caught: ticks before it were not counted exactly
};
struct NoTries {
  static constexpr unsigned top = 0, kept = 0, depth = 0;
  static constexpr bool ticks_lost = false;
};
using Tries = std::conditional_t<has_exceptions, OpenTries, NoTries>;

}  // namespace mica::inline MICA_PROFILE::vm
