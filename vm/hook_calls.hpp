// What hooks are told of a word, and what becomes of what they say.
#pragma once

#include "core/instruction_table.hpp"
#include "vm/machine.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::vm {

// An open word as hooks see it.
class HookCall {
 public:
  HookCall(Machine&, const Task&, const OpenWord&);

  // Are there hooks for it at all?
  bool is_seen() const { return call_.word.size() != 0; }

  // Tells the hooks `before` and asks those around it. The words' operands lie on the stack.
  Verdict begin();
  // Puts what the hooks have left in place of what the word takes. False: it cannot be known what that does.
  bool replace(Task&) const;

  // Tells that the word is in work.
  void find() { tell(Phase::found); }

  void end(bool skipped);
  void leave(std::uint8_t trap);

 private:
  void describe_instruction(const Frame&, core::Op);
  void describe_word();
  void read_cells(unsigned count);
  void find_arrays(const Frame&, unsigned bits);
  bool find_fields(const Frame&, core::Op);
  void tell(Phase);
  Verdict ask();

  Machine& machine_;
  const Task& task_;
  const OpenWord& open_;
  Call call_;
  unsigned in_ = 0;
  bool is_replaceable_ = false;
  std::int32_t cells_[Call::cells_max] = {};
  OperandArray arrays_[Call::cells_max];
};

// Is the instruction a word for hooks?
bool is_hooked(core::Op);

// The newest name of the word whose header lies there; null: the names cannot be read, or it has none.
const Name* word_at(const Machine&, std::uint8_t frame, std::uint32_t header);

// The last word that begins before the place; null: none does.
const Name* word_around(const Frame&, std::uint32_t offset);

// Tells the hooks that the task is over.
void tell_over(Machine&, const Task&);

}  // namespace mica::inline MICA_PROFILE::vm
