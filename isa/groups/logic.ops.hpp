// Snippets of the group "logic"; the interface of each is its entry in logic.json.
#include "core/snippet_signatures.hpp"

OP(bit_and) {  // ( x1 x2 -- x3 )
  x3 = wrapping(unsign(x1) & unsign(x2));
}

OP(bit_or) {  // ( x1 x2 -- x3 )
  x3 = wrapping(unsign(x1) | unsign(x2));
}

OP(bit_xor) {  // ( x1 x2 -- x3 )
  x3 = wrapping(unsign(x1) ^ unsign(x2));
}

OP(invert) {  // ( x1 -- x2 )
  x2 = wrapping(~unsign(x1));
}

OP(logical_not) {  // ( flag1 -- flag2 )
  flag2 = flag1 == 0;
}

OP(shift_left) {  // ( x1 n -- x2 )
  x2 = n < 0 || index_of(n) >= 8 * sizeof(Cell) ? Cell{0} : wrapping(unsign(x1) << index_of(n));
}

OP(shift_right) {  // ( x1 n -- x2 )
  x2 = n < 0 || index_of(n) >= 8 * sizeof(Cell) ? Cell{0} : wrapping(bits_of(x1) >> index_of(n));
}
