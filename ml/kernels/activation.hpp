// Layers of int8 that make one element of one: other scales, activations. Pure functions on arrays that are known to
// fit; the output may be the input.
#pragma once

#include <cstdint>

#include "ml/kernels/elements.hpp"
#include "ml/kernels/rescale.hpp"

namespace mica::ml {

struct UnaryArrays {
  const std::int8_t* input;
  std::int8_t* output;
};

// (x - zero) * scale within the range: another scale and zero, and the activations that only cut off.
struct Rescaling {
  std::uint32_t count;
  std::int8_t zero;
  Scale scale;
  Int8Range range;
  Rounding rounding;
};

// The same with another scale for x below zero, whose results can be negated for a negative slope.
struct LeakyRelu {
  std::uint32_t count;
  std::int8_t zero;
  Scale scale, scale_below;
  bool negates_below;
  std::int8_t output_zero;
  Rounding rounding;
};

// x * min(max(x + 3, 0), 6) / 6, with factors of 16 bits: to the scale of the output, and to one of which 3.0 is 2^15.
struct HardSwish {
  std::uint32_t count;
  std::int8_t zero, output_zero;
  std::int16_t output_factor, inner_factor;
  std::int32_t output_shift, inner_shift;  // an output shift above 0 counts as 0
};

// 1 / (1 + e^-x) with the scale 1/256 and zero -128, or the hyperbolic tangent with 1/128 and 0. The scale makes
// numbers with 27 bits behind the point. From `radius` on, away from zero, results are at their ends.
struct Squashing {
  std::uint32_t count;
  std::int8_t zero;
  Scale scale;
  std::int32_t radius;
  Rounding rounding;
};

// Each goes on from the place for a unit of work. True: that was the last.
bool rescale_elements(const Rescaling& layer, const UnaryArrays& arrays, ElementPlace& place);
bool leaky_relu(const LeakyRelu& layer, const UnaryArrays& arrays, ElementPlace& place);
bool hard_swish(const HardSwish& layer, const UnaryArrays& arrays, ElementPlace& place);
bool squash_logistic(const Squashing& layer, const UnaryArrays& arrays, ElementPlace& place);
bool squash_tangent(const Squashing& layer, const UnaryArrays& arrays, ElementPlace& place);

// Any function of one element, by its results for -128 .. 127. The layers above fill such a table, if they are given
// those numbers for their input.
struct LookUp {
  std::uint32_t count;
};
bool look_up(const LookUp& layer, const std::int8_t* table, const UnaryArrays& arrays, ElementPlace& place);

}  // namespace mica::ml
