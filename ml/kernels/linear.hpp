// Linear models: rows of weights times rows of elements, of integers in 64 bits or of floats. Pure functions on arrays
// that are known to fit.
#pragma once

#include <cstdint>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

struct Linear {
  std::uint32_t rows, inputs, outputs;
  std::uint32_t shift;  // of sums of integers to the right, 0 .. 62
};

// All of floats, or all of integers, of any types.
struct LinearArrays {
  ArrayView input, weights, bias, output;  // the output is not what is read
};

// The sum so far of the output in work: of integers 64 bits, of floats those of one.
struct LinearPlace {
  std::uint32_t row, output, index, sum_low, sum_high;
};

constexpr bool is_inside(const Linear& layer, const LinearPlace& place) {
  return place.row < layer.rows && place.output < layer.outputs && place.index < layer.inputs;
}

constexpr bool agree(const LinearArrays& arrays) {
  const bool floats = is_float(arrays.output.type);
  return is_float(arrays.input.type) == floats && is_float(arrays.weights.type) == floats &&
         is_float(arrays.bias.type) == floats;
}

// Goes on from the place for a unit of work. True: that was the last. Sums wrap; shifted they are rounded to the
// nearest, halves upward, then comes the bias, and what the type of the output cannot hold is its nearest end. Floats
// are added in their order, the bias behind them.
bool run_linear(const Linear& layer, const LinearArrays& arrays, LinearPlace& place);

}  // namespace mica::ml
