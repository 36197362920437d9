// The operators of a graph of floats as blocks of a frame, and what leads from floats to int8 and back.
#pragma once

#include "ml/import/graph.hpp"
#include "ml/import/layer_writer.hpp"

namespace mica::ml {

// Of an operator that takes or gives float32, but for those that only move numbers. GraphError: the words of layers
// cannot do it.
LayerText write_float_layer(const Graph& graph, const Operator& one, const TensorNames& names);

}  // namespace mica::ml
