// Layers of int8 that make one element of two: sums, differences and products. The second operand begins anew when it
// ends, so that it can be one number, one for each channel, or as long as the first. Pure functions on arrays that are
// known to fit; the output may be an operand of its length.
#pragma once

#include <cstdint>

#include "ml/kernels/elements.hpp"
#include "ml/kernels/rescale.hpp"

namespace mica::ml {

struct BinaryArrays {
  const std::int8_t *first, *second;
  std::int8_t* output;
};

// Both operands are brought to one scale, with 20 bits more, and their sum to that of the output. What is negated there
// makes a difference.
struct Addition {
  std::uint32_t count, second_count;  // the second divides the first
  std::int8_t first_zero, second_zero;
  bool negates_first, negates_second;
  Scale first, second, sum;
  Int8Range range;
  Rounding rounding;
};

struct Multiplication {
  std::uint32_t count, second_count;  // the second divides the first
  std::int8_t first_zero, second_zero;
  Scale scale;
  Int8Range range;
  Rounding rounding;
};

// Each goes on from the place for a unit of work. True: that was the last.
bool add_pairs(const Addition& layer, const BinaryArrays& arrays, ElementPlace& place);
bool multiply_pairs(const Multiplication& layer, const BinaryArrays& arrays, ElementPlace& place);

}  // namespace mica::ml
