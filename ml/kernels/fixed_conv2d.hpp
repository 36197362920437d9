// Convolution of images of several channels in fixed point: elements and weights are integers of any type, sums are
// doubles of 32 or 64 bits, and results are scaled as those of vector words are: by one factor, or one for each output
// channel. Layouts are those of int8. Pure functions on arrays that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/walk.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {

struct FixedConv2d {
  Axis rows, columns;
  std::uint32_t channels;         // of the input
  std::uint32_t output_channels;  // a multiple of the groups, as the channels of the input are
  std::uint32_t groups;
  std::int32_t scale;         // of all results, if there are no factors: 0 leaves them, one below 0 divides
  bool rounding, saturation;  // of results
};

struct FixedArrays {
  ArrayView input, filter;
  ArrayView bias;     // of each output channel, or empty
  ArrayView factors;  // likewise
  std::byte* output;
  ElementType output_type;
};

template <class Sum>
constexpr bool is_inside(const FixedConv2d& layer, const WindowPlace<Sum>& place) {
  return is_in_windows(layer.rows, layer.columns, layer.output_channels, place);
}

// Goes on from the place for a unit of work. True: that was the last. Sums wrap.
bool convolve(const FixedConv2d& layer, const FixedArrays& arrays, WindowPlace<std::int32_t>& place);
bool convolve(const FixedConv2d& layer, const FixedArrays& arrays, WindowPlace<std::int64_t>& place);

}  // namespace mica::ml
