#pragma once

#include "model.hpp"

namespace mica::codegen {

// Has every loop of a snippet a limit that no data can move? It counts a local from 0, by one and nowhere but in its
// head, up to a small number, `cell_bytes`, or a constant local that smaller_of() has made of one of these; loops in
// loops have few turns in all. Whatever looks like a way around that is refused. Throws Failure.
void check_loops(const Vocabulary& vocabulary, const Snippet& snippet);

}  // namespace mica::codegen
