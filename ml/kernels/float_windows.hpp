// Convolution, depthwise convolution and pooling of floats (binary32), on the walk and in the layouts of those of int8.
// Each output has one sum that grows in the order of the taps, without fused operations, so that every processor comes
// to the same bits, however the layer is cut into units. Pure functions on arrays that are known to fit; floats lie at
// any alignment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/float.hpp"
#include "ml/kernels/walk.hpp"

namespace mica::ml {

// Results are held between these, bits of floats; what is no number stays so.
struct FloatRange {
  std::uint32_t low = sign_bit | infinity, high = infinity;
};

constexpr std::uint32_t hold_float(std::uint32_t r, const FloatRange& range) {
  if (is_less(r, range.low)) r = range.low;
  return float_bits(float_of(is_less(range.high, r) ? range.high : r));
}

constexpr FloatRange float_range(float low, float high) { return {float_bits(low), float_bits(high)}; }

struct FloatConv2d {
  Axis rows, columns;
  std::uint32_t channels;         // of the input
  std::uint32_t output_channels;  // a multiple of the groups, as the channels of the input are
  std::uint32_t groups;
  FloatRange range;
};

struct FloatDepthwise {
  Axis rows, columns;
  std::uint32_t channels;    // of the input
  std::uint32_t multiplier;  // output channels of each
  FloatRange range;
};

// A window without any element has the average 0 and the greatest element minus infinity.
struct FloatPool {
  Axis rows, columns;
  std::uint32_t channels;
  FloatRange range;
};

struct FloatArrays {
  const std::byte* input;
  const std::byte* filter;  // not of pooling
  const std::byte* bias;    // null: there is none; added to the sum at last
  std::byte* output;
};

// The sums are bits of floats; what is no number is the same one everywhere.
using FloatPlace = WindowPlace<std::uint32_t>;

constexpr bool is_inside(const FloatConv2d& layer, const FloatPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.output_channels, place);
}
constexpr bool is_inside(const FloatDepthwise& layer, const FloatPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.channels * layer.multiplier, place);
}
constexpr bool is_inside(const FloatPool& layer, const FloatPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.channels, place);
}

// Each goes on from the place for a unit of work. True: that was the last.
bool convolve(const FloatConv2d& layer, const FloatArrays& arrays, FloatPlace& place);
bool convolve(const FloatDepthwise& layer, const FloatArrays& arrays, FloatPlace& place);
bool pool_average(const FloatPool& layer, const FloatArrays& arrays, FloatPlace& place);
bool pool_greatest(const FloatPool& layer, const FloatArrays& arrays, FloatPlace& place);

}  // namespace mica::ml
