// Roots, logarithms and quotients of integers, with which statistics and spectra end. Total: nothing overflows.
#pragma once

#include <bit>
#include <cstdint>

namespace mica::ml {

// The greatest integer whose square is at most `square`.
constexpr std::uint32_t root_of(std::uint32_t square) {
  std::uint32_t root = 0;
  for (std::uint32_t bit = std::uint32_t{1} << 30; bit != 0; bit >>= 2) {
    const std::uint32_t step = root + bit;
    root >>= 1;
    if (square >= step) {
      square -= step;
      root += bit;
    }
  }
  return root;
}

// The root of a number of which this is four times, to the nearest integer, halves upward.
constexpr std::uint32_t half_root(std::uint64_t four_times) {
  constexpr std::uint64_t most = 0xffffffff;
  return (root_of(static_cast<std::uint32_t>(four_times > most ? most : four_times)) + 1) / 2;
}

// sum / count to the nearest, halves away from zero; count > 0.
constexpr std::int64_t nearest_quotient(std::int64_t sum, std::uint32_t count) {
  const std::uint64_t size = sum < 0 ? 0 - static_cast<std::uint64_t>(sum) : static_cast<std::uint64_t>(sum);
  const std::uint64_t quotient = (size + count / 2) / count;
  return static_cast<std::int64_t>(sum < 0 ? 0 - quotient : quotient);
}

constexpr std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// Logarithm to the base of two with 16 bits behind the point, not more than 2^-15 below; 0 for what is below 1.
constexpr std::int32_t binary_logarithm(std::int32_t x) {
  if (x < 1) return 0;
  const auto bits = static_cast<std::uint32_t>(x);
  const auto free = static_cast<std::uint32_t>(std::countl_zero(bits));
  std::uint32_t part = bits << free, result = 31 - free;  // x = part * 2^(result - 31), 1 <= part / 2^31 < 2
  for (int k = 0; k < 16; ++k) {
    const std::uint64_t square = std::uint64_t{part} * part;  // with 62 bits behind the point
    const auto two = static_cast<std::uint32_t>(square >> 63);
    part = static_cast<std::uint32_t>(square >> (31 + two));
    result = result * 2 + two;
  }
  return static_cast<std::int32_t>(result);
}

}  // namespace mica::ml
