// Convolution of images of several channels, int8 with a scale for each output channel; a fully connected layer is one
// whose windows are single elements. Pure functions on arrays that are known to fit.
//
// Layouts are those of TensorFlow Lite: images [row][column][channel], filters [output channel][row][column][channel of
// the group].
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/rescale.hpp"
#include "ml/kernels/walk.hpp"

namespace mica::ml {

struct Conv2d {
  Axis rows, columns;
  std::uint32_t channels;         // of the input
  std::uint32_t output_channels;  // a multiple of the groups, as the channels of the input are
  std::uint32_t groups;           // an output channel sees the input channels of its group
  std::uint32_t scales;           // 1, for all channels, or as many as there are output channels
  std::int8_t zero;               // of the input
  Int8Range range;                // of the output
  Rounding rounding;
};

struct Conv2dArrays {
  const std::int8_t* input;
  const std::int8_t* filter;
  const std::byte* bias;        // int32 at any alignment; null: there is none
  const std::byte* multiplier;  // likewise
  const std::int8_t* shift;
  std::int8_t* output;
};

using Conv2dPlace = WindowPlace<std::int32_t>;

constexpr bool is_inside(const Conv2d& layer, const Conv2dPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.output_channels, place);
}

// Goes on from the place for a unit of work. True: that was the last.
bool convolve(const Conv2d& layer, const Conv2dArrays& arrays, Conv2dPlace& place);

}  // namespace mica::ml
