// Snippets of the tiny group "flow".
#include "core/snippet_signatures.hpp"

OP(end_task) {  // ( -- )
  STOP();
}

OP(branch) {  // ( -- )
  JUMP(target);
}

OP(branch_if_zero) {  // ( flag -- )
  if (flag == 0) {
    JUMP(target);
  } else {
    ADJUST(adjust);
  }
}

OP(enter_loop) {  // ( n_limit n_start -- ) ( F: -- n_limit n_start )
}

OP(next_iteration) {  // ( -- ) ( F: n_limit n_index -- n_limit n_next )
  n_next = wrapping(unsign(n_index) + 1);
  if (n_next < n_limit) JUMP(target);
}

OP(loop_index) {  // ( -- n_index ) ( F: n_index -- n_index )
}

OP(drop_loop) {  // ( -- ) ( F: n_limit n_index -- )
}

OP(call_word) {  // ( -- )
  CALL(target);
}

OP(return_word) {  // ( -- )
  RETURN();
}

OP(check_depth) {  // ( -- )
  REQUIRE(need, room);
}

OP(page_two) {  // ( -- )
}
