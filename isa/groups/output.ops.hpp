// Snippets of the group "output"; the interface of each is its entry in output.json.
#include "core/snippet_signatures.hpp"

OP(print) {  // ( n -- )
  WRITE_NUMBER(n);
}

OP(new_line) {  // ( -- )
  WRITE_CHARACTER('\n');
}
