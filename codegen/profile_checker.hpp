#pragma once

#include "model.hpp"

namespace mica::codegen {

// What only a look across entries shows: words and names that clash, pages that overflow, sequences that cannot be
// fused, limits that do not go together. Throws Failure.
void check_profile(const Model& model);

}  // namespace mica::codegen
