// Snippets of the group "literal"; the interface of each is its entry in literal.json.
#include "core/snippet_signatures.hpp"

OP(literal8) {  // ( -- n )
  n = value;
}

OP(literal16) {  // ( -- n )
  n = value;
}

OP(literal32) {  // ( -- n )
  n = value;
}
