// A thread of control: its stacks and where it stands.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/progress.hpp"
#include "core/traps.hpp"
#include "vm/cell.hpp"
#include "vm/digest.hpp"
#include "vm/report.hpp"
#include "vm/settings.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Data stack and loop stack share one block: the data stack grows up from its begin, the loop stack down from its end.
// The top cell of the data stack is kept in `top`; memory cell 0 takes what `top` holds while the stack is empty, so
// that the cells in use never exceed the block. Return addresses lie apart; no instruction hands them to a program.
// What a program puts on its return stack lies at the other end of their block. Of both blocks nothing is ever read
// that was not written before: a new task need not clear them.
struct Task {
  TaskState state = TaskState::absent;
  core::Trap trap = core::Trap::none;
  std::uint8_t component = 0;
  std::uint8_t owner = 0;    // frame whose task it is
  std::uint8_t frame = 0;    // whose code it runs: the owner's, or that of one from which the owner imports words
  bool in_progress = false;  // a sliced instruction has begun and goes on in the next slice
  Cell top = 0;
  std::uint32_t pc = 0;     // offset in the frame's code
  std::uint32_t depth = 0;  // of the data stack
  std::uint32_t loops = 0;  // of the loop stack
  std::uint32_t calls = 0;  // return addresses, from the begin of `returns` on
  std::uint32_t kept = 0;   // cells of the program, from its end down
  std::uint64_t ticks = 0;
  Settings settings;
  Digest digest;
  alignas(8) std::byte progress[core::progress_bytes > 0 ? core::progress_bytes : 1] = {};
  Cell stack[core::limits::stack_cells];
  UCell returns[core::limits::return_cells];
};

}  // namespace mica::inline MICA_PROFILE::vm
