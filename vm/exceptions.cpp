#include "vm/exceptions.hpp"

#include "core/traps.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// Those that say that the program is wrong or was stopped are for who looks after it: they may come up to a block
// early.
constexpr bool is_for_supervisors(core::Trap trap) {
  switch (trap) {
    case core::Trap::stack_underflow:
    case core::Trap::stack_overflow:
    case core::Trap::loop_stack_underflow:
    case core::Trap::return_stack_overflow:
    case core::Trap::effect_mismatch:
    case core::Trap::core_fault:
    case core::Trap::stopped:
    case core::Trap::uncaught: return true;
    default: return false;
  }
}

// Bit k: trap k can be caught.
constexpr std::uint64_t catchable = [] {
  std::uint64_t bits = 0;
  for (const core::TrapText& one : core::trap_texts)
    if (!is_for_supervisors(one.trap)) bits |= std::uint64_t{1} << static_cast<unsigned>(one.trap);
  return bits;
}();

constexpr bool is_catchable(std::uint32_t trap) { return trap < 64 && (catchable >> trap & 1) != 0; }

// A code of the program stays what it is, a number below 0 stands for a trap.
void name_thrown(Task& task) {
  if (task.top > 0) return;
  const std::uint32_t trap = static_cast<UCell>(0 - static_cast<UCell>(task.top));
  task.trap = is_catchable(trap) ? static_cast<core::Trap>(trap) : core::Trap::invalid_argument;
}

}  // namespace

// The cell on top of the stack may not lie in memory yet: it does as soon as another has come on top of it.
bool catch_trap(Task& task, std::int32_t& left) {
  if (task.trap == core::Trap::uncaught) name_thrown(task);
  OpenTries& tries = open_tries(task.tries);
  const bool is_code = task.trap == core::Trap::uncaught;
  if (tries.top == 0 || !(is_code || is_catchable(static_cast<std::uint32_t>(task.trap)))) return false;
  const TryRecord record = record_below(task.returns + tries.top);
  if (task.depth == record.depth) task.stack[record.depth] = task.top;
  task.top = code_of(task);
  task.depth = static_cast<std::uint16_t>(record.depth + 1);
  task.loops = record.loops;
  task.kept = record.kept;
  task.calls = static_cast<std::uint16_t>(tries.top - try_entries);
  task.frame = record.frame;
  task.pc = record.handler;
  task.trap = core::Trap::none;
  make_innermost(task, record.outer);
  if (is_code) return true;
  tries.ticks_lost = true;
  left -= lost_ticks_max;
  return true;
}

void forget_tries(Task& task) { make_innermost(task, 0); }

}  // namespace mica::inline MICA_PROFILE::vm
