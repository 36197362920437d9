// Exponential, reciprocal and what is made of them in fixed point once more, with wide numbers, divisions, and loops
// over powers of two instead of shifts, for the tests of the layers that use them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "tests/ml/layers.hpp"

namespace mica::layers {

inline std::int64_t power_of_two(int exponent) { return std::int64_t{1} << exponent; }

inline std::int64_t rounded_product(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(floor_of(static_cast<__int128>(a) * b * 2 + power_of_two(31), power_of_two(32)));
}

inline std::int64_t rounded_quotient(std::int64_t value, std::int64_t divisor) {
  const std::int64_t size = std::abs(value);
  const std::int64_t rounded = size / divisor + (2 * (size % divisor) >= divisor ? 1 : 0);
  return value < 0 ? -rounded : rounded;
}

inline std::int64_t held(std::int64_t value) {
  return std::clamp<std::int64_t>(value, -power_of_two(31), power_of_two(31) - 1);
}

// e^(x / one) * 2^31 for x <= 0, of which a `one` has 27 or 26 bits.
inline std::int64_t expected_exponential(std::int64_t x, int fraction_bits) {
  if (x == 0) return power_of_two(31) - 1;
  const std::int64_t quarter = power_of_two(fraction_bits) / 4;
  // The least multiple of a quarter that is above x, and how far below it x lies.
  const std::int64_t quarters = -static_cast<std::int64_t>(floor_of(x, quarter)) - 1;
  const std::int64_t part = x + quarters * quarter;
  const std::int64_t t = part * power_of_two(31 - fraction_bits) + power_of_two(28);
  const std::int64_t t2 = rounded_product(t, t), t3 = rounded_product(t2, t), t4 = rounded_product(t2, t2);
  const std::int64_t series = rounded_product(rounded_quotient(t4, 4) + t3, std::lround(std::exp2(31.0) / 3)) + t2;
  const std::int64_t root = 1895147668;
  std::int64_t result = root + rounded_product(root, t + rounded_quotient(series, 2));
  const std::int64_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  std::int64_t left = quarters;
  for (int k = 0; k < 33 - fraction_bits; ++k, left /= 2)
    if (left % 2 == 1) result = rounded_product(result, factors[k]);
  return result;
}

// 2 / (1 + x / 2^31) * 2^29 for x >= 0
inline std::int64_t expected_inverse(std::int64_t x) {
  const std::int64_t half = (x + power_of_two(31)) / 2;
  std::int64_t y = 1515870810 + rounded_product(half, -1010580540);
  for (int step = 0; step < 3; ++step) y += held(rounded_product(y, power_of_two(29) - rounded_product(half, y)) * 4);
  return y;
}

}  // namespace mica::layers
