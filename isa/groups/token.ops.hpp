// Snippets of the group "token"; the interface of each is its entry in token.json.
#include "core/snippet_signatures.hpp"

OP(call_token) {  // ( n_token -- )
  CALL_TOKEN(n_token);
}
