// Snippets of the group "output"; the interface of each is its entry in output.json.
#include "core/snippet_signatures.hpp"

OP(print) {  // ( n -- )
  WRITE_NUMBER(n);
}

OP(set_base) {  // ( n -- )
  SET(base, n);
}

OP(out) {  // ( x -- )
  WRITE_CHARACTER('$');
  WRITE_HEXADECIMAL(x);
}

OP(new_line) {  // ( -- )
  WRITE_CHARACTER('\n');
}

OP(send_out) {  // ( x n_to -- )
  WRITE_CHARACTER('$');
  WRITE_SHORT_HEXADECIMAL(n_to);
  WRITE_CHARACTER(':');
  WRITE_HEXADECIMAL(x);
}

OP_BEGIN(send_cells_out) {  // ( addr n_count n_to -- )
  if (n_count < 0) TRAP(invalid_argument);
  CELLS_AT(addr, index_of(n_count));
  WRITE_CHARACTER('$');
  WRITE_SHORT_HEXADECIMAL(n_to);
  WRITE_CHARACTER(':');
  WRITE_SHORT_HEXADECIMAL(n_count);
  WRITE_CHARACTER(':');
}

OP_UNIT(send_cells_out) {
  const std::uint32_t run = smaller_of(4, rest_of(index_of(n_count), progress.index));
  for (std::uint32_t k = 0; k < run; ++k) {
    Cell cell = 0;
    LOAD(cell, wrapping(unsign(addr) + (progress.index + k) * sizeof(Cell)));
    WRITE_HEXADECIMAL(cell);
  }
  progress.index += run;
  if (progress.index == index_of(n_count)) DONE();
}

OP(receive_in) {  // ( -- )
  TRAP(host_error);
}

OP(input) {  // ( -- )
}
