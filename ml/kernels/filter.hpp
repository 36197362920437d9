// Filters of first order in fixed point. A state is a number with 12 bits behind the point, a coefficient one of
// 0 .. 2^18 for 0 .. 1. Numbers have at most 33 bits, so that no product leaves 64 bits.
#pragma once

#include <cstdint>

namespace mica::ml {

inline constexpr std::int64_t filter_one = 1 << 12;
inline constexpr unsigned coefficient_bits = 18;

// Of 0 .. 1000 thousandths, to the nearest.
constexpr std::int64_t filter_coefficient(std::int32_t thousandths) {
  return ((std::int64_t{thousandths} << coefficient_bits) + 500) / 1000;
}

// The state after one more input: state + coefficient * (input - state), exponential smoothing.
constexpr std::int64_t smooth(std::int64_t state, std::int64_t input, std::int64_t coefficient) {
  const std::int64_t step = (input * filter_one - state) * coefficient;
  return state + ((step + (1 << (coefficient_bits - 1))) >> coefficient_bits);
}

// The number that a state stands for, to the nearest.
constexpr std::int64_t filtered(std::int64_t state) { return (state + filter_one / 2) >> 12; }

}  // namespace mica::ml
