// Takes channels out of a graph that cannot change what it computes.
#pragma once

#include <cstddef>

#include "ml/import/graph.hpp"

namespace mica::ml {

// A channel that a convolution, a depthwise or a fully connected layer computes is dead when every layer that takes it,
// be it through activations, pools, depthwise layers and reshapes of images of one cell, has only zeros for weights of
// it, or finds nothing but real zeros in it: its weights are zeros, and its bias becomes 0 by rounding or activation.
// Then filters, biases, scales and the weights behind lose it; results keep every bit, with any padding. A layer keeps
// one channel at least. Tensors keep their indices and change their shapes.
//
// Returns how many channels are gone. Channels that meet others by addition or joining stay.
std::size_t remove_dead_channels(Graph& graph);

}  // namespace mica::ml
