// Exponential and what is made of it on numbers with 31 bits behind the point, as the int8 kernels of TensorFlow Lite
// Micro compute them (by the fixed-point library gemmlowp), bit by bit. Total: nothing overflows, whatever is given.
#pragma once

#include <cstdint>

#include "ml/kernels/rescale.hpp"

namespace mica::ml {

// 1.0, or as near as 31 bits behind the point come.
inline constexpr std::int32_t fixed_one = 0x7fffffff;

constexpr std::int32_t add_wrapping(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

// value * 2^places, held within 32 bits; places 0 .. 31.
constexpr std::int32_t shift_held(std::int32_t value, unsigned places) {
  const std::int64_t wide = static_cast<std::int64_t>(static_cast<std::uint64_t>(std::int64_t{value}) << places);
  return wide > fixed_one                      ? fixed_one
         : wide < -std::int64_t{fixed_one} - 1 ? -fixed_one - 1
                                               : static_cast<std::int32_t>(wide);
}

// e^x for x <= 0 with so many bits before the point, 4 or 5. What is above 0 counts as 0.
template <unsigned integer_bits>
constexpr std::int32_t exponential_below_zero(std::int32_t x) {
  static_assert(integer_bits == 4 || integer_bits == 5);
  if (x >= 0) return fixed_one;
  // x = t - k / 4 with t in [-1/4, 0). The series for e^t goes from -1/8.
  constexpr std::int32_t quarter = 1 << (31 - integer_bits - 2);
  const std::int32_t part = (x & (quarter - 1)) - quarter;
  const std::int32_t t = part * (1 << integer_bits) + (1 << 28);
  const std::int32_t t2 = multiply_high(t, t), t3 = multiply_high(t2, t), t4 = multiply_high(t2, t2);
  constexpr std::int32_t third = 715827883, root = 1895147668;  // 1/3 and e^(-1/8)
  const std::int32_t series = multiply_high(divide_by_power(t4, 2) + t3, third) + t2;
  std::int32_t result = root + multiply_high(root, t + divide_by_power(series, 1));
  // e^(-1/4), e^(-1/2), e^(-1) ... for the bits of k.
  constexpr std::int32_t powers[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const std::uint32_t quarters = static_cast<std::uint32_t>(part - x) >> (31 - integer_bits - 2);
  for (unsigned bit = 0; bit < integer_bits + 2; ++bit)
    if ((quarters >> bit & 1) != 0) result = multiply_high(result, powers[bit]);
  return result;
}

// 2 / (1 + x) for x in 0 .. 1, with 2 bits before the point: three steps of Newton's method from a straight line.
constexpr std::int32_t inverse_of_half_sum(std::int32_t x) {
  const auto half_sum = static_cast<std::int32_t>((std::int64_t{x} + fixed_one + 1) >> 1);
  std::int32_t y = add_wrapping(1515870810, multiply_high(half_sum, -1010580540));  // 48/17 - 32/17 * half_sum
  for (int step = 0; step < 3; ++step) {
    const std::int32_t rest = add_wrapping(1 << 29, -multiply_high(half_sum, y));
    y = add_wrapping(y, shift_held(multiply_high(y, rest), 2));
  }
  return y;
}

// 1 / (1 + x) for x in 0 .. 1.
constexpr std::int32_t inverse_of_sum(std::int32_t x) { return shift_held(inverse_of_half_sum(x), 1); }

// 1 / (1 + e^-x) for x with 4 bits before the point.
constexpr std::int32_t fixed_logistic(std::int32_t x) {
  if (x == 0) return 1 << 30;
  const std::int32_t below = x > 0 ? -x : x;
  const std::int32_t upper = inverse_of_sum(exponential_below_zero<4>(below));
  return x > 0 ? upper : fixed_one - upper;
}

// The hyperbolic tangent of x with 4 bits before the point. e^(2x) is that of the same bits with 5 before the point.
constexpr std::int32_t fixed_tangent(std::int32_t x) {
  if (x == 0) return 0;
  const std::int32_t below = x > 0 ? -x : x;
  const std::int32_t size =
      shift_held(add_wrapping(inverse_of_half_sum(exponential_below_zero<5>(below)), -(1 << 29)), 2);
  return x > 0 ? size : -size;
}

}  // namespace mica::ml
