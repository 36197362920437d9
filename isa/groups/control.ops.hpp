// Snippets of the group "control"; the interface of each is its entry in control.json. Operands of kind ticks8 are
// charged by the generated code after the body.
#include "core/snippet_signatures.hpp"

OP(end_task) {  // ( -- )
  STOP();
}

OP(charge) {  // ( -- )
}

// The way that jumps is the one that is adjusted: it leads straight to the place where it meets the other, while the
// way that falls through may still leave, return or trap.
OP(branch) {  // ( -- )
  ADJUST(adjust);
  JUMP(target);
}

OP(leave_begin) {  // ( -- )
  ADJUST(adjust);
  JUMP(target);
}

OP(branch_if_zero) {  // ( flag -- )
  if (flag == 0) {
    ADJUST(adjust);
    JUMP(target);
  }
}

OP(repeat) {  // ( -- )
  JUMP(target);
}

OP(repeat_if_zero) {  // ( flag -- )
  if (flag == 0) [[likely]]
    JUMP(target);
}

OP(enter_loop) {  // ( n_limit n_start -- ) ( F: -- n_limit n_start )
}

OP(next_iteration) {  // ( -- ) ( F: n_limit n_index -- n_limit n_next )
  n_next = wrapping(unsign(n_index) + 1);
  if (n_next < n_limit) [[likely]]
    JUMP(target);
}

OP(next_iteration_by) {  // ( n_step -- ) ( F: n_limit n_index -- n_limit n_next )
  n_next = wrapping(unsign(n_index) + unsign(n_step));
  if (n_next < n_limit) [[likely]]
    JUMP(target);
}

OP(drop_loop) {  // ( -- ) ( F: n_limit n_index -- )
}

OP(loop_index) {  // ( -- n_index ) ( F: n_index -- n_index )
}

OP(outer_index) {  // ( -- n_j ) ( F: n_outer_limit n_j n_limit n_i -- n_outer_limit n_j n_limit n_i )
}

OP(call_word) {  // ( -- )
  CALL(target);
}

OP(call_word_charged) {  // ( -- )
  CALL(target);
}

OP(return_word) {  // ( -- )
  RETURN();
}

OP(return_word_charged) {  // ( -- )
  RETURN();
}

OP(check_depth) {  // ( -- )
  REQUIRE(need, room);
  REQUIRE_LOOPS(loops);
}

OP(mark_depth) {  // ( -- )
  MARK();
}

OP(verify_depth) {  // ( -- )
  VERIFY(in, out);
}

OP(page_two) {  // ( -- )
}
