#pragma once

#include <string>

#include "model.hpp"

namespace mica::codegen {

struct Effects {
  Effect data;
  Effect loop;
};

// Parses "( n1 n2 -- n3 ) ( F: -- n_limit )": the data stack, then optionally the loop stack. `where` names the entry
// in messages. Throws Failure.
Effects parse_effect(const std::string& text, const Kinds& kinds, const std::string& where);

// Cells an effect takes or leaves.
unsigned cells(const std::vector<StackItem>& items);

}  // namespace mica::codegen
