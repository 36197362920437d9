#pragma once

#include "model.hpp"

namespace mica::codegen {

// Has every loop of a snippet a limit that no data can move? It counts a local from 0 up to a number, `cell_bytes`, or
// a local that smaller_of() has made of one of these. Throws Failure.
void check_loops(const Snippet& snippet);

}  // namespace mica::codegen
