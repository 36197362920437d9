// Snippets of the group "text"; the interface of each is its entry in text.json.
#include "core/snippet_signatures.hpp"

OP(print_text) {  // ( -- )
  WRITE_TEXT(characters);
}
