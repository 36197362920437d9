// Snippets of the group "stack". The bodies are empty: codegen moves the cells as the effects say.
#include "core/snippet_signatures.hpp"

OP(dup) {  // ( x -- x x )
}

OP(drop) {  // ( x -- )
}

OP(swap) {  // ( x1 x2 -- x2 x1 )
}

OP(over) {  // ( x1 x2 -- x1 x2 x1 )
}
