// From floats to int8 and back. Pure functions on arrays that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/elements.hpp"

namespace mica::ml {

struct Quantising {
  std::uint32_t count;
  std::uint32_t scale;  // bits of a float: the number that a step stands for
  std::int8_t zero;     // stands for 0.0
};

// Each goes on from the place for a unit of work. True: that was the last. Floats lie at any alignment.

// x / scale to the nearest, halves away from 0, and zero; the ends of the range beyond it, zero for what is no number.
// The output may be the input.
bool quantise(const Quantising& layer, const std::byte* input, std::int8_t* output, ElementPlace& place);

// (x - zero) * scale
bool dequantise(const Quantising& layer, const std::int8_t* input, std::byte* output, ElementPlace& place);

}  // namespace mica::ml
