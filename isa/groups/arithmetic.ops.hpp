// Snippets of the group "arithmetic"; the interface of each is its entry in arithmetic.json.
#include "core/snippet_signatures.hpp"

OP(add) {  // ( n1 n2 -- n3 )
  n3 = wrapping(unsign(n1) + unsign(n2));
}

OP(subtract) {  // ( n1 n2 -- n3 )
  n3 = wrapping(unsign(n1) - unsign(n2));
}

OP(multiply) {  // ( n1 n2 -- n3 )
  n3 = wrapping(unsign(n1) * unsign(n2));
}

OP(divide) {  // ( n1 n2 -- n3 )
  if (n2 == 0) TRAP(divide_by_zero);
  n3 = quotient(n1, n2);
}

OP(relu) {  // ( n1 -- n2 )
  n2 = n1 > 0 ? n1 : Cell{0};
}
