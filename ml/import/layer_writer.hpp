// The operators of a quantised graph as blocks of a frame, bit-exact with TensorFlow Lite Micro.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

struct LayerText {
  std::string text;                // one or more blocks, or nothing where memory is shared
  std::size_t constant_bytes = 0;  // that they hold
  std::vector<std::string> words;  // that begin the blocks
};

// The name of the array that a tensor is in.
using TensorNames = std::function<std::string(int tensor)>;

// What the operator computes. GraphError: the words of layers cannot do it.
LayerText write_layer(const Graph& graph, const Operator& one, const TensorNames& names);

}  // namespace mica::ml
