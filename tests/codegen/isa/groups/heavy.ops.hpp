// Snippets of the tiny group "heavy".
#include "core/snippet_signatures.hpp"
#include "ml/kernels/fold.hpp"
OP(print) {  // ( n -- )
  WRITE_NUMBER(n);
}

OP(literal16) {  // ( -- n )
  n = value;
}

OP(fetch) {  // ( addr -- x )
  LOAD(x, addr);
}

OP_BEGIN(fill) {  // ( x addr n_count -- )
  if (n_count < 1) TRAP(invalid_address);
}

OP_UNIT(fill) {
  STORE(wrapping(unsign(addr) + progress.index * sizeof(Cell)), x);
  progress.sum += x;
  progress.index += 1;
  if (progress.index == unsign(n_count)) DONE();
}

OP_BEGIN(total) {  // ( addr n_count -- n_count d_total )
  if (n_count <= 0) TRAP(invalid_address);
}

OP_UNIT(total) {
  Cell cell = 0;
  LOAD(cell, wrapping(unsign(addr) + progress.at * sizeof(Cell)));
  progress.so_far += cell;
  if (++progress.at == unsign(n_count)) {
    d_total = progress.so_far;
    DONE();
  }
}

OP_CHECK(blend) {  // ( n -- )
  elements = height * width;
  WANT(LENGTH(output) == elements, output);
}

OP_UNIT(blend) {
  TARGET(results, output, int8, elements);
  results[0] = static_cast<std::int8_t>(n + offset);
  DONE();
}
