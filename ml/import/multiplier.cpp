#include "ml/import/multiplier.hpp"

#include <algorithm>
#include <cmath>

namespace mica::ml {

Multiplier multiplier_of(double real) {
  constexpr int smallest = -31;
  if (real == 0) return {};
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  auto factor = static_cast<std::int64_t>(std::round(fraction * static_cast<double>(std::int64_t{1} << 31)));
  if (factor == std::int64_t{1} << 31) {
    factor /= 2;
    ++shift;
  }
  if (shift < smallest) return {};
  return {static_cast<std::int32_t>(factor), shift};
}

std::int64_t quantised(float real, const Tensor& tensor) {
  const float steps = std::round(real / tensor.quantisation.scales[0]);
  // Far outside of every range it does not matter how far.
  const float held = std::clamp(steps, -1e6f, 1e6f);
  return static_cast<std::int64_t>(held) + tensor.quantisation.zero_points[0];
}

Int8Limits limits_of(Activation activation, const Tensor& tensor) {
  const auto at = [&](float real) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(quantised(real, tensor), -128, 127));
  };
  switch (activation) {
    case Activation::none: break;
    case Activation::relu: return {at(0), 127};
    case Activation::relu6: return {at(0), at(6)};
    case Activation::relu_n1_to_1: return {at(-1), at(1)};
  }
  return {};
}

}  // namespace mica::ml
