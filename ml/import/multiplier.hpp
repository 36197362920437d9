// Real factors as layers of int8 take them: a fraction of 2^31 and a power of two.
#pragma once

#include <cstdint>

#include "ml/import/graph.hpp"

namespace mica::ml {

struct Multiplier {
  std::int32_t factor = 0;  // 2^30 .. 2^31 - 1, with the sign of the real one; 0 for 0 and for what is too small
  std::int32_t shift = 0;   // real = factor / 2^31 * 2^shift
};

// `real` is finite. As QuantizeMultiplier of TensorFlow Lite.
Multiplier multiplier_of(double real);

// What a real number is in the scale of a quantised tensor with one scale, before it is held within its range; as
// TensorFlow Lite does it for activations: divided in floats, rounded half away from 0.
std::int64_t quantised(float real, const Tensor& tensor);

struct Int8Limits {
  std::int32_t low = -128, high = 127;
};

// Where an activation cuts off the results in `tensor`.
Int8Limits limits_of(Activation activation, const Tensor& tensor);

}  // namespace mica::ml
