// Snippets of the group "loop_stack"; the interface of each is its entry in loop_stack.json.
#include "core/snippet_signatures.hpp"

OP(to_loop_stack) {  // ( x -- ) ( F: -- x )
}

OP(from_loop_stack) {  // ( -- x ) ( F: x -- )
}

OP(loop_stack_top) {  // ( -- x ) ( F: x -- x )
}

OP(pick_loop_cell) {  // ( n -- x )
  PICK_LOOP(x, n);
}

OP(drop_cells) {  // ( n -- )
  DROP_LOOP(n);
}
