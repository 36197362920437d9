// What the layers of a graph cost, whatever computes them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/import/graph.hpp"

namespace mica::ml {

struct LayerCost {
  std::uint64_t products = 0;      // multiplications that are summed up; padding counts as if it were there
  std::size_t constant_bytes = 0;  // weights, biases and other operands, as they are in the file
};

LayerCost cost_of(const Graph& graph, const Operator& one);

// Of all layers; a constant that several take counts each time.
LayerCost cost_of(const Graph& graph);

}  // namespace mica::ml
