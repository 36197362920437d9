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
