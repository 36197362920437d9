// Exceptions: `try` begins and ends; a trap leads to its handler.
#pragma once

#include <cstring>

#include "vm/task.hpp"

namespace mica::inline MICA_PROFILE::vm {

// A trap that is caught counts for as many ticks as can be executed and not yet charged. So a program that catches one
// trap after another uses up its slices, too.
inline constexpr int lost_ticks_max = 64;

// Of a profile with exceptions; in others nothing leads here.
inline OpenTries& open_tries(OpenTries& tries) { return tries; }
inline OpenTries& open_tries(NoTries&) { __builtin_unreachable(); }

inline TryRecord record_below(const UCell* top) {
  TryRecord record;
  std::memcpy(&record, top - try_entries, sizeof record);
  return record;
}

// Makes the one whose record ends at `top` the innermost; 0: none.
inline void make_innermost(Task& task, ReturnDepth top) {
  const TryRecord record = top == 0 ? TryRecord{} : record_below(task.returns + top);
  OpenTries& tries = open_tries(task.tries);
  tries.top = top;
  tries.kept = record.kept;
  tries.depth = record.depth;
}

// These are part of the interpreter: a function that is called would take registers from all of it.

// Notes the depths and the handler of a `try` that begins at `rsp`, where there is room; returns the new top of the
// return stack.
inline UCell* open_try(Task& task, std::uint32_t handler, std::uint32_t depth, std::uint32_t loops, UCell* rsp) {
  OpenTries& tries = open_tries(task.tries);
  const TryRecord record = {static_cast<std::uint16_t>(handler),
                            static_cast<StackDepth>(depth),
                            static_cast<StackDepth>(loops),
                            static_cast<ReturnDepth>(task.kept),
                            tries.top,
                            task.frame};
  std::memcpy(rsp, &record, sizeof record);
  rsp += try_entries;
  tries.top = static_cast<ReturnDepth>(rsp - task.returns);
  tries.kept = record.kept;
  tries.depth = record.depth;
  return rsp;
}

// Forgets the one whose record is on top.
inline UCell* close_try(Task& task, UCell* rsp) {
  make_innermost(task, record_below(rsp).outer);
  return rsp - try_entries;
}

// Puts a task that has trapped at the handler of its innermost open `try`. False: there is none, or the trap is not one
// to be caught. What `throw` has raised lies on top of the stack, and is a trap if it is below 0. `left` are the ticks
// that are left of the slice.
bool catch_trap(Task&, std::int32_t& left);

// Of the trap, or what has been thrown: the number that a handler gets.
inline Cell code_of(const Task& task) {
  return task.trap == core::Trap::uncaught ? task.top : static_cast<Cell>(-static_cast<int>(task.trap));
}

// All that are open; the calls in which they were opened are gone.
void forget_tries(Task&);

}  // namespace mica::inline MICA_PROFILE::vm
