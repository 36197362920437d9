// Snippets of the group "memory"; the interface of each is its entry in memory.json.
#include "core/snippet_signatures.hpp"

OP(fetch) {  // ( addr -- x )
  LOAD(x, addr);
}

OP(store) {  // ( x addr -- )
  STORE(addr, x);
}

OP(cell_plus) {  // ( addr1 n -- addr2 )
  addr2 = wrapping(unsign(addr1) + unsign(n) * sizeof(Cell));
}

OP(read_element) {  // ( n addr -- x )
  ANY_ARRAY(array, addr);
  if (n < 0 || index_of(n) >= array.count) TRAP(index_out_of_range);
  x = wrapping(unsign(ml::element(array, index_of(n))));
}

OP(write_element) {  // ( x n addr -- )
  ANY_ARRAY(array, addr);
  if (n < 0 || index_of(n) >= array.count) TRAP(index_out_of_range);
  STORE_ELEMENT(addr, index_of(n), x);
}
