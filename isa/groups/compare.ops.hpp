// Snippets of the group "compare"; the interface of each is its entry in compare.json.
#include "core/snippet_signatures.hpp"

OP(equal) {  // ( n1 n2 -- flag )
  flag = n1 == n2;
}

OP(less) {  // ( n1 n2 -- flag )
  flag = n1 < n2;
}

OP(greater) {  // ( n1 n2 -- flag )
  flag = n1 > n2;
}

OP(zero_equal) {  // ( n -- flag )
  flag = n == 0;
}
