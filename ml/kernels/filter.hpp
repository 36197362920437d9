// Filters of first order in fixed point. A state is a number with 12 bits behind the point, a coefficient one of
// 0 .. 2^18 for 0 .. 1. Inputs have at most 33 bits: then no product leaves 64 bits, and all is exact; a state that no
// filter has come to wraps.
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
  const std::uint64_t distance = static_cast<std::uint64_t>(input * filter_one) - static_cast<std::uint64_t>(state);
  const std::uint64_t step = distance * static_cast<std::uint64_t>(coefficient) + (1u << (coefficient_bits - 1));
  const std::int64_t change = static_cast<std::int64_t>(step) >> coefficient_bits;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(state) + static_cast<std::uint64_t>(change));
}

// The number that a state stands for, to the nearest.
constexpr std::int64_t filtered(std::int64_t state) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(state) + filter_one / 2) >> 12;
}

}  // namespace mica::ml
