#pragma once

#include "model.hpp"

namespace mica::codegen {

// Refuses every mismatch between an entry and its snippet, between entries, and between a profile and what its words
// need. Throws Failure with the place of the entry or the line of the snippet. `isa/README.md` lists the rules.
void check(const Model& model);

}  // namespace mica::codegen
