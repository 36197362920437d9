// Convolution of images of several channels, int8 with a scale for each output channel; a fully connected layer is one
// whose windows are single elements. Pure functions on arrays that are known to fit.
//
// Layouts are those of TensorFlow Lite: images [row][column][channel], filters [output channel][row][column][channel of
// the group].
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/rescale.hpp"
#include "ml/kernels/taps.hpp"

namespace mica::ml {

// Output channels that are computed together.
inline constexpr std::uint32_t channel_block = 4;

struct Conv2d {
  Axis rows, columns;
  std::uint32_t channels;         // of the input
  std::uint32_t output_channels;  // a multiple of the groups, as the channels of the input are
  std::uint32_t groups;           // an output channel sees the input channels of its group
  std::uint32_t scales;           // 1, for all channels, or as many as there are output channels
  std::int32_t zero;              // of the input
  Int8Range range;                // of the output
  Rounding rounding;
};

struct Conv2dArrays {
  const std::int8_t* input;
  const std::int8_t* filter;
  const std::byte* bias;        // int32 at any alignment
  const std::byte* multiplier;  // likewise
  const std::int8_t* shift;
  std::int8_t* output;
};

// How far a layer is: the window and the block of output channels in work, and of these products the next.
struct Conv2dPlace {
  std::uint32_t row, column, channel;      // of the output
  std::uint32_t tap_row, tap_column, tap;  // of those taps that lie inside of the input; `tap` counts elements
  std::int32_t sums[channel_block];
};

// Is it a place in the midst of the layer? All else about it can be anything.
constexpr bool is_inside(const Conv2d& layer, const Conv2dPlace& place) {
  return place.row < layer.rows.windows && place.column < layer.columns.windows &&
         place.channel < layer.output_channels;
}

// Goes on from the place for a unit of work. True: that was the last.
bool convolve(const Conv2d& layer, const Conv2dArrays& arrays, Conv2dPlace& place);

}  // namespace mica::ml
