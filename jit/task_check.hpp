// Does a task stand where a program of these frames can come to, as far as it matters to what the interpreter takes for
// granted? Asked of tasks that were read from a snapshot.
#pragma once

#include <span>

#include "jit/stack_map.hpp"
#include "vm/call_chain.hpp"
#include "vm/machine.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::jit {

// Adds the places of the task's code at which something must be known: where its calls go on, and its handlers. False:
// its return stack is not one that calls have left, or there are more places than `maps` has room for.
bool add_places(const vm::Machine&, const vm::Task&, std::span<StackMap> maps, std::size_t& count);

class TaskCheck {
 public:
  TaskCheck(const vm::Machine& machine, std::span<const StackMap> maps) : machine_(machine), maps_(maps) {}

  bool is_right(const vm::Task&);
  // Can the word be told of traps to which the frame has come?
  bool has_right_handler(const vm::Frame&) const;

 private:
  bool has_right_place(const vm::Task&) const;
  bool waits_rightly(const vm::Task&) const;
  bool has_right_calls(const vm::Task&);
  bool fits(const StackMap&, int depth, int loops) const;
  bool has_right_tries(const vm::Task&, const vm::Activation&, const StackMap&) const;
  bool return_to_caller(const vm::Activation&, const StackMap&);
  const StackMap* find(std::uint8_t frame, std::uint32_t offset) const;
  const vm::Name* word_at(std::uint8_t frame, std::uint32_t header) const;

  const vm::Machine& machine_;
  std::span<const StackMap> maps_;
  // Of the call that is looked at:
  int depth_ = 0, loops_ = 0;
  bool depth_known_ = false, loops_known_ = false;
};

}  // namespace mica::inline MICA_PROFILE::jit
