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

OP(modulo) {  // ( n1 n2 -- n3 )
  if (n2 == 0) TRAP(divide_by_zero);
  n3 = modulo(n1, n2);
}

OP(minimum) {  // ( n1 n2 -- n3 )
  n3 = n1 < n2 ? n1 : n2;
}

OP(maximum) {  // ( n1 n2 -- n3 )
  n3 = n1 > n2 ? n1 : n2;
}

OP(absolute) {  // ( n1 -- n2 )
  n2 = n1 < 0 ? wrapping(0u - unsign(n1)) : n1;
}

OP(minus) {  // ( n1 -- n2 )
  n2 = wrapping(0u - unsign(n1));
}

OP(negate) {  // ( n1 -- n2 )
  n2 = wrapping(0u - unsign(n1));
}

OP(one) {  // ( -- n )
  n = 1;
}
