// Snippets of the group "stack". Most bodies are empty: codegen moves the cells as the effects say.
#include "core/snippet_signatures.hpp"

OP(dup) {  // ( x -- x x )
}

OP(drop) {  // ( x -- )
}

OP(swap) {  // ( x1 x2 -- x2 x1 )
}

OP(over) {  // ( x1 x2 -- x1 x2 x1 )
}

OP(rot) {  // ( x1 x2 x3 -- x2 x3 x1 )
}

OP(minus_rot) {  // ( x1 x2 x3 -- x3 x1 x2 )
}

OP(nip) {  // ( x1 x2 -- x2 )
}

OP(tuck) {  // ( x1 x2 -- x2 x1 x2 )
}

OP(dup_twice) {  // ( x -- x x x )
}

OP(pick) {  // ( n -- x )
  PICK(x, n);
}

OP(two_dup) {  // ( x1 x2 -- x1 x2 x1 x2 )
}

OP(two_drop) {  // ( x1 x2 -- )
}

OP(two_swap) {  // ( x1 x2 x3 x4 -- x3 x4 x1 x2 )
}

OP(two_over) {  // ( x1 x2 x3 x4 -- x1 x2 x3 x4 x1 x2 )
}

OP(two_rot) {  // ( x1 x2 x3 x4 x5 x6 -- x3 x4 x5 x6 x1 x2 )
}

OP(to_return_stack) {  // ( x -- )
  ROOM_TO_KEEP(1);
  KEEP(x);
}

OP(from_return_stack) {  // ( -- x )
  KEPT(1);
  TAKE_BACK(x);
}

OP(return_stack_top) {  // ( -- x )
  KEPT(1);
  COPY_KEPT(x, 1);
}

OP(two_to_return_stack) {  // ( x1 x2 -- )
  ROOM_TO_KEEP(2);
  KEEP(x1);
  KEEP(x2);
}

OP(two_from_return_stack) {  // ( -- x1 x2 )
  KEPT(2);
  TAKE_BACK(x2);
  TAKE_BACK(x1);
}

OP(two_return_stack_top) {  // ( -- x1 x2 )
  KEPT(2);
  COPY_KEPT(x1, 2);
  COPY_KEPT(x2, 1);
}
