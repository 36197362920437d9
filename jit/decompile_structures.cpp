// Branches of the code -> structures of the text.
#include "jit/decompiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

void Decompiler::push(Kind kind, std::uint32_t target) {
  if (depth_ == core::limits::control_depth) return fail("structures_too_deep");
  open_[depth_++] = {kind, false, target};
}

void Decompiler::pop() { --depth_; }

Decompiler::Open* Decompiler::innermost_counted_loop() {
  for (std::uint32_t k = depth_; k-- > 0;)
    if (open_[k].kind == Kind::counted_loop) return &open_[k];
  return nullptr;
}

// False: the part is none of a structure.
bool Decompiler::structure(const Part& part, CodeReader& reader) {
  const Op op = part.op;
  if (op == Op::absent) return false;
  if (op == Op::branch) {
    branch(part);
  } else if (op == Op::leave_begin) {
    out_.word("leave");
    dead_ = true;
  } else if (op == Op::branch_if_zero) {
    branch_if_zero(part, reader);
  } else if (op == Op::repeat || op == Op::repeat_if_zero) {
    end_loop(part);
  } else if (op == Op::enter_loop) {
    out_.word("do");
    push(Kind::counted_loop, 0);
  } else if (op == Op::next_iteration || op == Op::next_iteration_by) {
    next_iteration(part, reader);
  } else if (op == Op::drop_loop) {
    drop_loop();
  } else if (op == Op::enter_try) {
    out_.word("try");
    push(Kind::try_part, part.target);
  } else if (op == Op::leave_try) {
    leave_try(part);
  } else {
    return false;
  }
  return true;
}

// --- if
// ---------------------------------------------------------------------------------------------------------------

// All that leave a counted loop meet where its parameters are dropped, and nobody else goes there.
bool Decompiler::leads_out_of_loop(std::uint32_t target) const {
  CodeReader reader(frame_, target, frame_.code_bytes);
  Part part;
  return reader.next_visible(part) && part.op != Op::absent && part.op == Op::drop_loop;
}

void Decompiler::branch(const Part& part) {
  Open* const one = top();
  if (leads_out_of_loop(part.target)) {
    Open* const loop = innermost_counted_loop();
    if (loop == nullptr) return fail("leave_without_loop");
    loop->target = part.target;
    dead_ = true;
    return out_.word("leave");
  }
  if (one == nullptr || one->kind != Kind::if_part || one->target != part.end || part.target < part.end)
    return fail("branch_without_structure");
  *one = {Kind::else_part, false, part.target};
  out_.word("else");
}

void Decompiler::branch_if_zero(const Part& part, CodeReader& reader) {
  std::uint32_t end = 0, head = 0;
  if (is_until(part, reader, end, head)) {
    if (depth_ == 0 || top()->kind != Kind::loop || top()->target != head) return fail("until_without_loop");
    pop();
    at_ = end;
    return out_.word("until");
  }
  if (part.target < part.end) return fail("branch_without_structure");
  if (is_while(part, reader)) {
    push(Kind::while_part, part.target);
    return out_.word("while");
  }
  push(Kind::if_part, part.target);
  out_.word("if");
}

// A loop that changes the depth ends with a branch around what checks it before it is repeated.
bool Decompiler::is_until(const Part& part, CodeReader reader, std::uint32_t& end, std::uint32_t& head) const {
  Part over, back;
  if (!reader.next(over) || over.op != Op::branch || over.index != 0 || part.target != over.end) return false;
  if (leads_out_of_loop(over.target)) return false;
  if (!reader.next_visible(back) || back.op != Op::repeat || back.target > part.end) return false;
  end = back.end;
  head = back.target;
  return over.target == end;
}

// Its way out leads right behind the jump back to the head of the loop.
bool Decompiler::is_while(const Part& part, CodeReader reader) const {
  if (depth_ == 0 || open_[depth_ - 1].kind != Kind::loop) return false;
  Part last;
  while (reader.at() < part.target)
    if (!reader.next(last)) return false;
  return reader.at() == part.target && last.op == Op::repeat && last.target == open_[depth_ - 1].target;
}

// What ends here, with the counted loops inside whose end nothing reaches: the code shows nothing of it.
void Decompiler::close_branches() {
  for (;;) {
    std::uint32_t dead = 0;
    while (dead < depth_ && open_[depth_ - 1 - dead].kind == Kind::counted_loop) ++dead;
    if (dead == depth_) return;
    const Open& one = open_[depth_ - 1 - dead];
    const bool is_if = one.kind == Kind::if_part || one.kind == Kind::else_part;
    const bool is_try = one.kind == Kind::try_part || one.kind == Kind::catch_part;
    if ((!is_if && !is_try) || one.target != at_) return;
    close_loops_without_end();
    if (top() != &one) return fail("loops_overlap");
    // Nothing comes to the end of the part before the handler: the code does not show how far that goes.
    if (one.kind == Kind::try_part) out_.word("catch");
    pop();
    out_.word(is_if ? "endif" : "endtry");
    dead_ = false;
  }
}

// The handler follows.
void Decompiler::leave_try(const Part& part) {
  close_loops_without_end();
  Open* const one = top();
  if (one == nullptr || one->kind != Kind::try_part || one->target != part.end || part.target < part.end)
    return fail("catch_without_try");
  *one = {Kind::catch_part, false, part.target};
  out_.word("catch");
}

// --- loops
// ------------------------------------------------------------------------------------------------------------

// Counted loops whose end nothing reaches.
void Decompiler::close_loops_without_end() {
  while (depth_ > 0 && top()->kind == Kind::counted_loop && top()->target == 0 && !top()->ended) {
    out_.word("loop");
    pop();
  }
}

void Decompiler::close_dead_loops() {
  close_loops_without_end();
  if (depth_ > 0) fail("structure_without_end");
}

void Decompiler::begin_loops() {
  for (unsigned left = loops_that_begin_here(); left > 0; --left) {
    out_.word("begin");
    push(Kind::loop, at_);
  }
}

// The jumps back to this place. As the code behind is looked through, the next such place is remembered.
unsigned Decompiler::loops_that_begin_here() {
  if (at_ < next_head_ && limit() == heads_known_to_) return 0;
  unsigned count = 0;
  heads_known_to_ = next_head_ = limit();
  CodeReader reader(frame_, at_, limit());
  Part part;
  bool of_other = false;  // the next jump back belongs to a counted loop or to vecmap
  while (reader.next(part)) {
    if (part.op == Op::absent) break;
    const bool step = part.op == Op::next_iteration || part.op == Op::next_iteration_by;
    if ((step && part.target >= part.end) || part.op == Op::vecmap) of_other = true;
    if (part.op != Op::repeat && part.op != Op::repeat_if_zero) continue;
    if (!of_other && part.target == at_) ++count;
    if (!of_other && part.target > at_ && part.target < next_head_) next_head_ = part.target;
    of_other = false;
  }
  return count;
}

// `until`, `again` or `repeat`.
void Decompiler::end_loop(const Part& part) {
  const bool until = part.op == Op::repeat_if_zero;
  close_loops_without_end();
  const bool leaves = !until && depth_ > 0 && top()->kind == Kind::while_part && top()->target == part.end;
  if (leaves) pop();
  if (depth_ == 0 || top()->kind != Kind::loop || top()->target != part.target) return fail("jump_back_without_loop");
  pop();
  dead_ = !until && !leaves;
  out_.word(until ? "until" : leaves ? "repeat" : "again");
}

void Decompiler::next_iteration(const Part& part, CodeReader& reader) {
  Open* const loop = top();
  if (loop == nullptr || loop->kind != Kind::counted_loop || loop->ended) return fail("iteration_without_loop");
  loop->ended = true;
  out_.word(part.op == Op::next_iteration ? "loop" : "+loop");
  if (part.target < part.end) return;
  // The body changes the depth: behind lies what checks it.
  Part over, back;
  if (!reader.next(over) || over.op != Op::branch || !reader.next_visible(back) || back.op != Op::repeat)
    return fail("iteration_without_loop");
  at_ = back.end;
}

void Decompiler::drop_loop() {
  close_loops_without_end();
  if (depth_ == 0 || top()->kind != Kind::counted_loop) return fail("end_without_loop");
  if (!top()->ended) out_.word("loop");
  pop();
}

// Behind vecmap lies a loop over the elements that words of the program are for.
void Decompiler::map_array(CodeReader& reader) {
  out_.word("vecmap");
  Part part;
  do {
    if (!reader.next(part)) return fail("vecmap_without_loop");
  } while (part.op != Op::repeat);
  at_ = part.end;
  for (unsigned operand = 0; operand < 5; ++operand) {
    do {
      if (!reader.next(part)) return fail("vecmap_without_loop");
    } while (is_bookkeeping(part.op));
    if (part.op != Op::drop) return fail("vecmap_without_loop");
  }
  at_ = part.end;
  while (part.index + 1 < part.count && error_.empty()) {  // the last drop may be fused with what follows
    if (!reader.next(part)) return fail("unknown_instruction");
    if (!structure(part, reader)) plain(part, reader);
  }
}

}  // namespace mica::inline MICA_PROFILE::jit
