// Quantises a graph of float32 after its training.
#pragma once

#include <span>

#include "ml/import/graph.hpp"
#include "ml/import/graph_ranges.hpp"

namespace mica::ml {

// The graph with int8 for all that is computed, as TensorFlow Lite Micro computes it. `ranges`: for each tensor, as
// find_ranges has them. What the file says about how a tensor is quantised (`Graph::wanted`) decides before its range.
//
// - activations: q = x / scale + zero point with 255 scales over the range, of which 0 is always a part
// - weights: for each output channel a scale of its own, largest magnitude / 127; zero point 0
// - biases: int32 in units of both scales
// - softmax and sigmoid give 1/256 and -128, tanh 1/128 and 0
// - pooling, padding, joining and reshaping keep scale and zero point; where both are given and differ, numbers are
//   brought from one to the other in between
//
// Tensors keep their indices. GraphError with the operator's name: it cannot be quantised.
Graph quantise_graph(const Graph& graph, std::span<const Range> ranges);

}  // namespace mica::ml
