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

OP(zero_less) {  // ( n -- flag )
  flag = n < 0;
}

OP(not_equal) {  // ( n1 n2 -- flag )
  flag = n1 != n2;
}

OP(less_or_equal) {  // ( n1 n2 -- flag )
  flag = n1 <= n2;
}

OP(greater_or_equal) {  // ( n1 n2 -- flag )
  flag = n1 >= n2;
}

OP(zero_greater) {  // ( n -- flag )
  flag = n > 0;
}

OP(zero_not_equal) {  // ( n -- flag )
  flag = n != 0;
}

OP(unsigned_less) {  // ( n1 n2 -- flag )
  flag = unsign(n1) < unsign(n2);
}

OP(unsigned_greater) {  // ( n1 n2 -- flag )
  flag = unsign(n1) > unsign(n2);
}
