// Snippets of the group "import"; the interface of each is its entry in import.json.
#include "core/snippet_signatures.hpp"

OP(enter_frame) {  // ( -- )
  CROSS();
}

OP(leave_frame) {  // ( -- )
  CROSS();
}
