// Pooling of images of several channels, int8. The window of a global pooling is the whole input. What lies in the
// padding is not counted; a window without any element has the sum 0 and the greatest element -128.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/rescale.hpp"
#include "ml/kernels/walk.hpp"

namespace mica::ml {

struct Pool {
  Axis rows, columns;
  std::uint32_t channels;
  Int8Range range;  // results are held between its limits; its zero is that of the input, too, and does not matter
};

// A mean of numbers whose scale and zero are others than those of the results: of a window of n elements it is
// (sum - n * zero) * scale. So the scale has the n in it.
struct MeanPool {
  Axis rows, columns;
  std::uint32_t channels;
  std::int8_t zero;  // of the input
  Scale scale;
  Int8Range range;  // of the output
  Rounding rounding;
};

struct PoolArrays {
  const std::int8_t* input;
  std::int8_t* output;
};

using PoolPlace = WindowPlace<std::int32_t>;

constexpr bool is_inside(const Pool& layer, const PoolPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.channels, place);
}
constexpr bool is_inside(const MeanPool& layer, const PoolPlace& place) {
  return is_in_windows(layer.rows, layer.columns, layer.channels, place);
}

// Each goes on from the place for a unit of work. True: that was the last. The average is that of the numbers as they
// are, to the nearest, halves away from 0.
bool pool_average(const Pool& layer, const PoolArrays& arrays, PoolPlace& place);
bool pool_greatest(const Pool& layer, const PoolArrays& arrays, PoolPlace& place);
bool pool_mean(const MeanPool& layer, const PoolArrays& arrays, PoolPlace& place);

}  // namespace mica::ml
