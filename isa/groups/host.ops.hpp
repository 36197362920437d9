// Snippets of the group "host"; the interface of each is its entry in host.json.
#include "core/snippet_signatures.hpp"

OP(call_host) {  // ( -- )
  CALL_HOST(function);
}
