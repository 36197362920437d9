// The calls of a task that are in work, from the innermost to the outermost, as they lie on its return stack.
#pragma once

#include "vm/exceptions.hpp"
#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// One call, and what it keeps on the return stack. Behind a call of a word that never returns there may be no code.
struct Activation {
  std::uint8_t frame = 0;      // whose code it runs
  std::uint32_t pc = 0;        // where it stands, or goes on when what it has called returns
  bool marked = false;         // verify_depth stands there, and takes `mark`
  std::uint32_t mark = 0;      // depth before the call
  std::uint32_t tries = 0;     // that it has opened
  std::uint32_t last_try = 0;  // where the record of the innermost of them ends on the return stack
  bool is_last = false;        // nothing lies below
  std::uint32_t level = 0;     // where its return address lies on the return stack, unless it is the last
};

// Reads no further than the return stack reaches, whatever lies there.
class CallChain {
 public:
  CallChain(const Machine&, const Task&);

  // False: the return stack is not one that calls have left.
  bool next(Activation&);

 private:
  bool is_verification() const;
  bool has_frame() const;
  bool leave_frame();
  bool take(std::uint32_t& entry);
  bool take_tries(Activation&);

  const Machine& machine_;
  const Task& task_;
  std::uint32_t position_;  // entries of the return stack that are left
  std::uint32_t innermost_try_ = 0;
  std::uint32_t frame_, pc_;
};

}  // namespace mica::inline MICA_PROFILE::vm
