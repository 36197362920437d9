// Snippets of the tiny group "plain".
#include "core/snippet_signatures.hpp"

OP(literal8) {  // ( -- n )
  n = value;
}

OP(literal32) {  // ( -- n )
  n = value;
}

OP(negate) {  // ( n1 -- n2 )
  n2 = wrapping(0 - unsign(n1));
}

OP(subtract) {  // ( n1 n2 -- n3 )
  n3 = wrapping(unsign(n1) - unsign(n2));
}

OP(lesser) {  // ( n1 n2 -- n3 )
  if (n1 < n2) {
    n3 = n1;
  } else {
    n3 = n2;
  }
}

OP(divide) {  // ( n1 n2 -- n3 )
  if (n2 == 0) TRAP(divide_by_zero);
  n3 = wrapping(unsign(widen(n1) / widen(n2)));
}

OP(swap) {  // ( x1 x2 -- x2 x1 )
}

OP(dup) {  // ( x -- x x )
}

OP(over_add) {  // ( n1 n2 -- n1 n3 )
  n3 = wrapping(unsign(n1) + unsign(n2));
}

OP(extend) {  // ( n -- d )
  d = widen(n);
}

OP(double_add) { d3 = static_cast<Double>(unsign(d1) + unsign(d2)); }  // ( d1 d2 -- d3 )

OP(double_swap) {  // ( d1 d2 -- d2 d1 )
}
