// What the tests of layers of floats share.
#pragma once

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "ml/kernels/float.hpp"
#include "tests/ml/layers.hpp"

namespace mica::layers {

using Floats = std::vector<float>;

inline float float_from(std::uint32_t bits) {
  float number = 0;
  std::memcpy(&number, &bits, sizeof number);
  return number;
}

inline std::uint32_t bits_from(float number) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

// Mostly of sizes whose sums lose bits; now and then anything that has 32 bits.
inline Floats random_floats(Random& random, std::size_t count) {
  Floats result(count);
  const bool any = random.percent(15);
  for (float& number : result) {
    const auto part = static_cast<float>(random.between(-(1 << 23), 1 << 23)) / static_cast<float>(1 << 23);
    number = any && random.percent(2) ? float_from(static_cast<std::uint32_t>(random.next()))
                                      : std::ldexp(part, static_cast<int>(random.between(-6, 4)));
  }
  return result;
}

// Two that are no numbers are the same only if it is the one that all kernels make.
inline bool are_same(const Floats& got, const Floats& wanted) {
  if (got.size() != wanted.size()) return false;
  for (std::size_t k = 0; k < got.size(); ++k) {
    const std::uint32_t bits = std::isnan(wanted[k]) ? ml::not_a_number : bits_from(wanted[k]);
    if (bits_from(got[k]) != bits) return false;
  }
  return true;
}

// Limits of results; mostly none.
struct Limits {
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
  float held(float number) const {
    if (std::isnan(number)) return number;
    return number < low ? low : number > high ? high : number;
  }
};

inline Limits random_limits(Random& random) {
  Limits limits;
  if (random.percent(40)) limits.low = random.percent(50) ? 0.0f : -1.0f;
  if (random.percent(30)) limits.high = random.percent(50) ? 6.0f : 1.0f;
  return limits;
}

}  // namespace mica::layers
