// Makes fewer operators of a graph, which compute the same: what follows a layer becomes a part of it.
#pragma once

#include "ml/import/graph.hpp"

namespace mica::ml {

// - batch normalisation, factors and summands of channels go into the weights and biases of the layer before them
// - an activation becomes that of the layer before it
// - zeros around an image become padding of the convolution behind it
// - x * clip(x / 6 + 1/2, 0, 1), as exporters write it, becomes a hard swish
// - reshapes follow no other, transpositions that move nothing are reshapes, what nobody takes is gone
// - padding of a convolution by more than its window, which no layer has, becomes a pad in front of it
// - what is left of batch normalisation becomes a depthwise convolution of 1x1
// Quantised graphs keep every bit: there, only what does not compute is changed. Tensors keep their indices; those that
// are left hold what they held. Constants are added. GraphError: weights become infinite.
void fuse(Graph& graph);

}  // namespace mica::ml
