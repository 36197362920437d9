// What holds for each operator of a graph, whatever file it comes from. A reader calls these for each operator, in this
// order; they throw GraphError. The arithmetic is that of TensorFlow Lite Micro, and so is what it asks of
// quantisation.
#pragma once

#include <array>

#include "ml/import/graph.hpp"

namespace mica::ml {

// One tensor by itself: shape, scales and zero points, size and numbers of a constant.
void check_tensor(const Tensor& tensor);

// The operator's inputs: how many, which are constants, of which types.
void check_inputs(const Graph& graph, const Operator& one);

// The shape of its result, from the shapes of its inputs and its attributes, which may be anything.
Shape infer_shape(const Graph& graph, const Operator& one);

// Type of its result, and the quantisation of all that it takes and gives.
void check_result(const Graph& graph, const Operator& one);

// Pads in front and behind along one axis with which there are size / stride windows, rounded up, where TensorFlow says
// SAME. All above 0.
std::array<std::int64_t, 2> same_pads(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                      std::int64_t dilation);

}  // namespace mica::ml
