// Snippets of the group "function"; the interface of each is its entry in function.json.
#include "core/snippet_signatures.hpp"
#include "ml/kernels/functions.hpp"

OP(relu) {  // ( n1 -- n2 )
  n2 = n1 > 0 ? n1 : Cell{0};
}

OP(sin) {  // ( n1 -- n2 )
  n2 = wrapping(unsign(ml::sine(n1)));
}

OP(log) {  // ( n1 -- n2 )
  n2 = wrapping(unsign(ml::logarithm(n1)));
}

OP(sigmoid) {  // ( n1 -- n2 )
  n2 = wrapping(unsign(ml::sigmoid(n1)));
}
