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
  bool has_right_frames(const vm::Task&) const;
  bool begins_rightly(const vm::Task&) const;
  bool has_right_calls(const vm::Task&);
  bool goes_on_rightly(const vm::Task&, const vm::Activation&);
  bool has_right_tries(const vm::Task&, const vm::Activation&);
  bool return_to_caller(const vm::Activation&);
  bool note_begin(const StackMap&, int depth, int loops);
  bool fits(const StackMap&, int depth, int loops) const;
  const StackMap* find(std::uint8_t frame, std::uint32_t offset) const;

  // The stacks at some moment of a call, as far as they are known.
  struct Stacks {
    int depth = 0, loops = 0;
    bool depth_known = false, loops_known = false;
  };

  const vm::Machine& machine_;
  std::span<const StackMap> maps_;
  // Of the call that is looked at:
  bool goes_on_ = false;   // what it has called may return
  bool is_alive_ = false;  // it goes on, or one of its handlers may
  Stacks now_;             // where it goes on
  Stacks begin_;           // where its word began
  int header_ = -1;        // of its word; below 0: not known
};

}  // namespace mica::inline MICA_PROFILE::jit
