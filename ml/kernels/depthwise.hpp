// Depthwise convolution of images, int8 with a scale for each output channel: every output channel sees one input
// channel, `multiplier` of them the same. Filters are [row][column][output channel], as TensorFlow Lite has them.
#pragma once

#include "ml/kernels/conv2d.hpp"

namespace mica::ml {

struct Depthwise {
  Axis rows, columns;
  std::uint32_t channels;    // of the input
  std::uint32_t multiplier;  // output channels of each
  std::uint32_t scales;      // 1, for all channels, or as many as there are output channels
  std::int8_t zero;          // of the input
  Int8Range range;           // of the output
  Rounding rounding;
};

using DepthwisePlace = Conv2dPlace;

constexpr bool is_inside(const Depthwise& layer, const DepthwisePlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.channels * layer.multiplier, place);
}

// Goes on from the place for a unit of work. True: that was the last.
bool convolve(const Depthwise& layer, const Conv2dArrays& arrays, DepthwisePlace& place);

}  // namespace mica::ml
