// Floating point with 64 bits, in integers: what functions on floats are computed with before they are rounded once.
// The same on every processor.
#pragma once

#include <bit>
#include <cstdint>

namespace mica::ml {

// significand * 2^(exponent - 63); the highest bit of the significand is set.
struct Wide {
  std::uint64_t significand = 0;
  std::int32_t exponent = 0;
};

// The high half of the product.
constexpr std::uint64_t multiply_high(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a_high = a >> 32, a_low = a & 0xffffffff, b_high = b >> 32, b_low = b & 0xffffffff;
  const std::uint64_t middle = a_high * b_low + ((a_low * b_low) >> 32);
  const std::uint64_t other = a_low * b_high + (middle & 0xffffffff);
  return a_high * b_high + (middle >> 32) + (other >> 32);
}

constexpr std::int64_t multiply_high(std::int64_t a, std::int64_t b) {
  const std::uint64_t a_bits = static_cast<std::uint64_t>(a), b_bits = static_cast<std::uint64_t>(b);
  return static_cast<std::int64_t>(multiply_high(a_bits, b_bits) - (a < 0 ? b_bits : 0) - (b < 0 ? a_bits : 0));
}

// `value` is not 0.
constexpr Wide normalise(std::uint64_t value, std::int32_t exponent) {
  const int zeros = std::countl_zero(value);
  return {value << zeros, exponent - zeros};
}

constexpr Wide multiply(const Wide& a, const Wide& b) {
  return normalise(multiply_high(a.significand, b.significand), a.exponent + b.exponent + 1);
}

// At most 2^-61 of the quotient off.
constexpr Wide divide(const Wide& a, const Wide& b) {
  // 2^127 / b: half of the bits by a short division, the others by a step of Newton's.
  const std::uint64_t estimate = (~std::uint64_t{0} / (b.significand >> 32)) << 31;
  const std::uint64_t product = multiply_high(b.significand, estimate), one = std::uint64_t{1} << 63;
  const std::uint64_t inverse = product < one ? estimate + multiply_high(estimate, (one - product) << 1)
                                              : estimate - multiply_high(estimate, (product - one) << 1);
  return normalise(multiply_high(a.significand, inverse), a.exponent - b.exponent);
}

// The size of a float that is neither 0 nor infinite.
constexpr Wide wide_of(std::uint32_t bits) {
  const std::uint32_t fraction = bits & 0x7fffff;
  const std::int32_t exponent = static_cast<std::int32_t>(bits >> 23 & 0xff);
  if (exponent == 0) return normalise(fraction, 63 - 149);
  return {std::uint64_t{fraction | 0x800000} << 40, exponent - 127};
}

// To the nearest float, ties to even.
constexpr std::uint32_t round_wide(const Wide& x, bool negative) {
  const std::uint32_t sign = negative ? 0x80000000 : 0;
  if (x.exponent > 127) return sign | 0x7f800000;
  if (x.exponent < -150) return sign;
  // A float below 2^-126 keeps fewer bits; its exponent is 0 and so is its hidden bit.
  const std::int32_t lost = x.exponent < -126 ? -126 - x.exponent : 0;
  const int shift = 40 + lost;  // at most 64
  const std::uint64_t kept = shift < 64 ? x.significand >> shift : 0;
  const std::uint64_t rest = x.significand << (64 - shift), half = std::uint64_t{1} << 63;
  const std::uint32_t exponent = lost > 0 ? 0 : static_cast<std::uint32_t>(x.exponent + 126);
  const bool up = rest > half || (rest == half && (kept & 1) != 0);
  return (sign | (exponent << 23)) + static_cast<std::uint32_t>(kept) + (up ? 1 : 0);
}

}  // namespace mica::ml
