// Snippets of the group "double"; the interface of each is its entry in double.json.
#include "core/snippet_signatures.hpp"

OP(double_add) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) + unsign(d2));
}

OP(double_subtract) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) - unsign(d2));
}

OP(double_multiply) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) * unsign(d2));
}

OP(double_divide) {  // ( d1 d2 -- d3 )
  if (d2 == 0) TRAP(divide_by_zero);
  d3 = quotient(d1, d2);
}

OP(double_modulo) {  // ( d1 d2 -- d3 )
  if (d2 == 0) TRAP(divide_by_zero);
  d3 = modulo(d1, d2);
}

OP(double_minimum) {  // ( d1 d2 -- d3 )
  d3 = d1 < d2 ? d1 : d2;
}

OP(double_maximum) {  // ( d1 d2 -- d3 )
  d3 = d1 > d2 ? d1 : d2;
}

OP(double_absolute) {  // ( d1 -- d2 )
  d2 = d1 < 0 ? wrapping_double(0u - unsign(d1)) : d1;
}

OP(double_minus) {  // ( d1 -- d2 )
  d2 = wrapping_double(0u - unsign(d1));
}

OP(double_and) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) & unsign(d2));
}

OP(double_or) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) | unsign(d2));
}

OP(double_xor) {  // ( d1 d2 -- d3 )
  d3 = wrapping_double(unsign(d1) ^ unsign(d2));
}

OP(double_equal) {  // ( d1 d2 -- flag )
  flag = d1 == d2;
}

OP(double_less) {  // ( d1 d2 -- flag )
  flag = d1 < d2;
}

OP(double_greater) {  // ( d1 d2 -- flag )
  flag = d1 > d2;
}

OP(extend) {  // ( n -- d )
  d = widen(n);
}

OP(reduce) {  // ( d -- n )
  n = wrapping(unsign(d));
}

OP(double_fetch) {  // ( addr -- d )
  Cell low = 0, high = 0;
  LOAD(low, addr);
  LOAD(high, wrapping(unsign(addr) + sizeof(Cell)));
  d = join_cells(low, high);
}

OP(double_store) {  // ( d addr -- )
  // Both cells must be there before one is stored.
  [[maybe_unused]] Cell before = 0;
  LOAD(before, addr);
  LOAD(before, wrapping(unsign(addr) + sizeof(Cell)));
  STORE(addr, low_cell(d));
  STORE(wrapping(unsign(addr) + sizeof(Cell)), high_cell(d));
}

OP(print_double) {  // ( d -- )
  WRITE_DOUBLE(d);
}
