// Arithmetic on IEEE 754 binary32 numbers, given and returned as their bits. Rounds to nearest, ties to even; keeps
// subnormal numbers; whatever is no number comes out as `not_a_number`. Processors with and without a floating point
// unit give the same bits, as the standard leaves no choice in these operations.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "floats are the same everywhere only without -ffast-math and its parts"
#endif
#if defined(__FLT_EVAL_METHOD__) && __FLT_EVAL_METHOD__ != 0
#error "floats are the same everywhere only if float is computed as float: on x86 with -mfpmath=sse"
#endif

namespace mica::ml {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);

inline constexpr std::uint32_t not_a_number = 0x7fc00000, infinity = 0x7f800000, sign_bit = 0x80000000;

constexpr bool is_nan(std::uint32_t r) { return (r & ~sign_bit) > infinity; }

constexpr float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

constexpr std::uint32_t float_bits(float r) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(r);
  return is_nan(bits) ? not_a_number : bits;
}

constexpr std::uint32_t add_floats(std::uint32_t a, std::uint32_t b) { return float_bits(float_of(a) + float_of(b)); }
constexpr std::uint32_t subtract_floats(std::uint32_t a, std::uint32_t b) {
  return float_bits(float_of(a) - float_of(b));
}
constexpr std::uint32_t multiply_floats(std::uint32_t a, std::uint32_t b) {
  return float_bits(float_of(a) * float_of(b));
}
inline std::uint32_t divide_floats(std::uint32_t a, std::uint32_t b) { return float_bits(float_of(a) / float_of(b)); }

// False if one is no number; -0 and 0 are equal.
constexpr bool is_less(std::uint32_t a, std::uint32_t b) { return float_of(a) < float_of(b); }
constexpr bool is_equal(std::uint32_t a, std::uint32_t b) { return float_of(a) == float_of(b); }

// A number whose order is that of the floats, -0 below 0.
constexpr std::int32_t float_order(std::uint32_t r) {
  return static_cast<std::int32_t>((r & sign_bit) != 0 ? r ^ ~sign_bit : r);
}

// No number if one of them is none.
constexpr std::uint32_t least_float(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return not_a_number;
  return float_order(a) < float_order(b) ? a : b;
}
constexpr std::uint32_t greatest_float(std::uint32_t a, std::uint32_t b) {
  if (is_nan(a) || is_nan(b)) return not_a_number;
  return float_order(a) > float_order(b) ? a : b;
}

constexpr std::uint32_t negate_float(std::uint32_t r) { return is_nan(r) ? not_a_number : r ^ sign_bit; }
constexpr std::uint32_t absolute_float(std::uint32_t r) { return is_nan(r) ? not_a_number : r & ~sign_bit; }

constexpr std::uint32_t float_of_integer(std::int32_t n) { return float_bits(static_cast<float>(n)); }

// Truncated toward zero; the ends of the range beyond it, 0 for what is no number.
constexpr std::int32_t integer_of_float(std::uint32_t r) {
  if (is_nan(r)) return 0;
  if (float_of(r) >= 2147483648.0f) return 0x7fffffff;
  if (float_of(r) < -2147483648.0f) return -0x7fffffff - 1;
  return static_cast<std::int32_t>(float_of(r));
}

// The nearest integers; the sign of 0 is that of r.
std::uint32_t round_float(std::uint32_t r);  // ties to even
std::uint32_t floor_float(std::uint32_t r);

// Each is the exact value rounded to nearest, ties to even: 0.5 units in the last place off at most. No operation of
// the processor on floats is used.
std::uint32_t square_root(std::uint32_t r);  // no number below 0
std::uint32_t exponential(std::uint32_t r);
std::uint32_t natural_logarithm(std::uint32_t r);  // no number below 0, minus infinity for 0
std::uint32_t float_sine(std::uint32_t r);         // of radians; no number for infinity
std::uint32_t float_cosine(std::uint32_t r);
std::uint32_t hyperbolic_tangent(std::uint32_t r);
std::uint32_t logistic(std::uint32_t r);  // 1 / (1 + e^-r)

}  // namespace mica::ml
