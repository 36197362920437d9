// Snippets of the group "statistics"; the interface of each is its entry in statistics.json.
#include "core/snippet_signatures.hpp"

OP(mean) {  // ( n1 n2 -- n3 )
  n3 = wrapping(unsign((widen(n1) + widen(n2)) / 2));
}
