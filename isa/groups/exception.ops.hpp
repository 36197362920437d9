// Snippets of the group "exception"; the interface of each is its entry in exception.json.
#include "core/snippet_signatures.hpp"

OP(enter_try) {  // ( -- )
  OPEN_TRY(handler);
}

OP(leave_try) {  // ( -- )
  CLOSE_TRY();
  ADJUST(adjust);
  JUMP(target);
}

OP(throw_code) {  // ( n -- )
  if (n != 0) THROW(ticks);
}
