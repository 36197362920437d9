// The functions behind `float.hpp` that are no operations of the standard. Each is computed with 60 bits and rounded
// once. That no argument comes so close to the middle of two floats that this goes wrong is tested for all of them.
#include <array>
#include <bit>

#include "ml/kernels/float.hpp"
#include "ml/kernels/wide_float.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t one = 0x3f800000, half = 0x3f000000;
constexpr std::uint32_t tiny = 0x39800000;  // 2^-12: from here down x^3 is below half of the last bit of x

constexpr std::uint64_t ln2_high = 0xb17217f7d1cf79ab, ln2_low = 0xc9e3b398;  // the first 96 bits
constexpr std::uint64_t half_pi = 0xc90fdaa22168c235;                         // with 63 bits behind the point

// 64 zeros, then the bits of 2 / pi behind the point.
constexpr std::uint32_t two_by_pi[] = {0,          0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                                       0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561};

// Element n is 1 / n! with 62 bits behind the point.
constexpr auto inverse_factorials = [] {
  std::array<std::int64_t, 20> table{};
  std::int64_t factorial = 1;
  for (std::size_t n = 0; n < table.size(); ++n) {
    if (n > 1) factorial *= static_cast<std::int64_t>(n);
    table[n] = (std::int64_t{1} << 62) / factorial;
  }
  return table;
}();

// Element n is 1 / (2n + 1) with 63 bits behind the point.
constexpr auto inverse_odds = [] {
  std::array<std::uint64_t, 13> table{};
  for (std::size_t n = 0; n < table.size(); ++n) table[n] = (std::uint64_t{1} << 63) / (2 * n + 1);
  return table;
}();

// (e^x - 1) / x for |x| < 1/2, which has 64 bits behind the point; the result has 62.
std::int64_t exponential_slope(std::int64_t x) {
  std::int64_t sum = inverse_factorials[15];
  for (std::size_t n = 14; n > 0; --n) sum = inverse_factorials[n] + multiply_high(x, sum);
  return sum;
}

// A number below 128 as turns * ln 2 + rest, the rest with 64 bits behind the point.
struct Reduced {
  std::int32_t turns = 0;
  std::int64_t rest = 0;
};

Reduced reduce(const Wide& size, bool negative) {
  // With 57 bits behind the point, all of those that are there unless the number is below 2^-33.
  const std::uint64_t fixed = size.exponent < -57 ? 0 : size.significand >> (6 - size.exponent);
  constexpr std::uint64_t inverse_ln2 = 0xb8aa3b295c17f0bc;  // with 63 bits behind the point
  const std::int32_t turns =
      static_cast<std::int32_t>((multiply_high(fixed, inverse_ln2) + (std::uint64_t{1} << 55)) >> 56);
  // What is above 64 bits cancels.
  const std::uint64_t count = static_cast<std::uint64_t>(turns);
  const std::uint64_t whole = count * ln2_high + ((count * ln2_low) >> 32);
  const std::int64_t rest = static_cast<std::int64_t>((fixed << 7) - whole);
  return negative ? Reduced{-turns, -rest} : Reduced{turns, rest};
}

// e^x, given x and its slope.
Wide power_of_e(const Reduced& x, std::int64_t slope) {
  const std::int64_t mantissa = (std::int64_t{1} << 62) + multiply_high(x.rest, slope);
  return normalise(static_cast<std::uint64_t>(mantissa), x.turns + 1);
}

// e^x for |x| < 128.
Wide power_of_e(const Wide& size, bool negative) {
  const Reduced x = reduce(size, negative);
  return power_of_e(x, exponential_slope(x.rest));
}

// e^x - 1 for 2^-11 <= x < 128.
Wide power_of_e_less_one(const Wide& size) {
  const Reduced x = reduce(size, false);
  const std::int64_t slope = exponential_slope(x.rest);
  // Below ln 2 / 2 the number itself has more bits than its fixed form.
  if (x.turns == 0) return multiply(size, normalise(static_cast<std::uint64_t>(slope), 1));
  const Wide power = power_of_e(x, slope);
  return normalise(power.significand - (std::uint64_t{1} << (63 - power.exponent)), power.exponent);
}

// 1 + x for x < 2^62, and x not less than 1 or rounded down.
Wide one_more(const Wide& x) {
  const std::uint64_t top = std::uint64_t{1} << 63;
  if (x.exponent >= 0) return normalise((x.significand >> 1) + (top >> (x.exponent + 1)), x.exponent + 1);
  const std::uint64_t less = x.exponent < -62 ? 0 : x.significand >> (1 - x.exponent);
  return normalise((top >> 1) + less, 1);
}

// The angle as quarters of a turn, 0 .. 3, and what is left, at most an eighth.
struct Angle {
  unsigned quarters = 0;
  bool negative = false;
  Wide rest;
};

// For 2^-12 <= size < infinity (Payne and Hanek 1983): of 2 / pi only those bits are taken that leave, multiplied by
// the number, quarters below a turn.
Angle reduce_angle(std::uint32_t size) {
  const std::int32_t exponent = static_cast<std::int32_t>(size >> 23) - 150;
  const std::uint64_t significand = (size & 0x7fffff) | 0x800000;  // size is significand * 2^exponent
  const unsigned first = static_cast<unsigned>(exponent + 62);     // bit of the table
  const std::uint32_t* const words = two_by_pi + first / 32;
  const unsigned shift = first % 32;
  const auto word = [&](unsigned k) {
    return static_cast<std::uint32_t>((((std::uint64_t{words[k]} << 32) | words[k + 1]) << shift) >> 32);
  };
  // The low 128 bits of the product: quarters with 126 bits behind the point.
  const std::uint64_t lowest = significand * word(3);
  const std::uint64_t low = significand * word(2) + (lowest >> 32);
  const std::uint64_t high = significand * word(1) + (low >> 32);
  const std::uint64_t highest = significand * word(0) + (high >> 32);
  std::uint64_t top = (highest << 32) | (high & 0xffffffff), bottom = (low << 32) | (lowest & 0xffffffff);
  Angle angle;
  angle.quarters = static_cast<unsigned>(top >> 62);
  top = (top << 2) | (bottom >> 62);
  bottom <<= 2;
  if ((top >> 63) != 0) {
    angle.quarters = (angle.quarters + 1) & 3;
    angle.negative = true;
    top = ~top;
    bottom = ~bottom;
  }
  const int zeros = top == 0 ? 64 + std::countl_zero(bottom) : std::countl_zero(top);
  if (zeros >= 64) {
    top = bottom;
    bottom = 0;
  }
  if (zeros % 64 != 0) top = (top << (zeros % 64)) | (bottom >> (64 - zeros % 64));
  angle.rest = multiply({top, -1 - zeros}, {half_pi, 0});
  return angle;
}

// The sum of (-z)^n / (2n + odd)! with 62 bits behind the point; z < 1 has 64.
std::uint64_t wave(std::uint64_t z, std::size_t odd) {
  std::uint64_t sum = 0;
  for (std::size_t n = 20; n > 0; n -= 2)
    sum = static_cast<std::uint64_t>(inverse_factorials[n - 2 + odd]) - multiply_high(z, sum);
  return sum;
}

// The sine of an angle moved by so many quarters of a turn.
std::uint32_t sine_of(std::uint32_t r, unsigned quarters) {
  Angle angle = reduce_angle(r & ~sign_bit);
  if ((r & sign_bit) != 0) {
    angle.quarters = (4 - angle.quarters) & 3;
    angle.negative = !angle.negative;
  }
  quarters = (quarters + angle.quarters) & 3;
  const std::uint64_t square = multiply_high(angle.rest.significand, angle.rest.significand);
  const int shift = -2 * angle.rest.exponent - 2;
  const std::uint64_t z = shift < 64 ? square >> shift : 0;
  const bool is_cosine = (quarters & 1) != 0, behind = quarters >= 2;
  const Wide series = normalise(wave(z, is_cosine ? 0 : 1), 1);
  if (is_cosine) return round_wide(series, behind);
  return round_wide(multiply(angle.rest, series), behind != angle.negative);
}

// ln 2 * exponent + ln f for f from 1/sqrt 2 to sqrt 2: ln f = 2 * (s + s^3 / 3 + s^5 / 5 + ...), s = (f - 1) / (f +
// 1).
std::uint32_t logarithm_of(std::uint64_t significand, std::int32_t exponent) {
  constexpr std::uint64_t top = std::uint64_t{1} << 63, root = 0xb504f333f9de6484;
  // f with 63 bits behind the point; the low bits of the significand are 0.
  const bool halved = significand > root;
  const std::uint64_t f = halved ? significand >> 1 : significand;
  if (halved) ++exponent;
  if (f == top && exponent == 0) return 0;
  Wide sum;  // of the series
  const bool below = f < top;
  if (f != top) {
    const Wide s = divide(normalise(below ? top - f : f - top, 0), normalise((f >> 1) + (top >> 1), 1));
    const std::uint64_t square = multiply_high(s.significand, s.significand);
    const int shift = -2 * s.exponent - 2;
    const std::uint64_t z = shift < 64 ? square >> shift : 0;
    std::uint64_t slope = 0;
    for (std::size_t n = inverse_odds.size(); n > 0; --n) slope = inverse_odds[n - 1] + multiply_high(z, slope);
    sum = multiply(s, normalise(slope, 0));
    ++sum.exponent;
  }
  if (exponent == 0) return round_wide(sum, below);
  // As large as the part of ln 2, with as many bits behind the point as there is room for.
  const bool negative = exponent < 0;
  const std::uint64_t count = static_cast<std::uint64_t>(negative ? -exponent : exponent);
  const int room = static_cast<int>(std::bit_width(count)) + 1;  // bits in front of the point: the sum is below 0.35
  const std::uint64_t whole = count * (ln2_high >> room) + ((count * (ln2_high & ((1u << room) - 1))) >> room);
  const int shift = room - 1 - sum.exponent;
  const std::uint64_t part = f == top || shift > 63 ? 0 : sum.significand >> shift;
  return round_wide(normalise(negative == below ? whole + part : whole - part, room - 1), negative);
}

}  // namespace

std::uint32_t exponential(std::uint32_t r) {
  if (is_nan(r)) return not_a_number;
  const std::uint32_t size = r & ~sign_bit;
  const bool negative = (r & sign_bit) != 0;
  if (size >= 0x43000000) return negative ? 0 : infinity;  // 128
  if (size <= 0x32800000) return one;                      // 2^-26
  return round_wide(power_of_e(wide_of(size), negative), false);
}

std::uint32_t natural_logarithm(std::uint32_t r) {
  if ((r & ~sign_bit) == 0) return sign_bit | infinity;
  if (is_nan(r) || (r & sign_bit) != 0) return not_a_number;
  if (r == infinity) return r;
  const Wide x = wide_of(r);
  return logarithm_of(x.significand, x.exponent);
}

std::uint32_t float_sine(std::uint32_t r) {
  const std::uint32_t size = r & ~sign_bit;
  if (size >= infinity) return not_a_number;
  return size < tiny ? r : sine_of(r, 0);
}

std::uint32_t float_cosine(std::uint32_t r) {
  const std::uint32_t size = r & ~sign_bit;
  if (size >= infinity) return not_a_number;
  return size < tiny ? one : sine_of(size, 1);
}

std::uint32_t hyperbolic_tangent(std::uint32_t r) {
  if (is_nan(r)) return not_a_number;
  const std::uint32_t size = r & ~sign_bit, sign = r & sign_bit;
  if (size < tiny) return r;
  if (size >= 0x41200000) return sign | one;  // 10
  // (e^2x - 1) / (e^2x + 1)
  Wide x = wide_of(size);
  ++x.exponent;
  const Wide numerator = power_of_e_less_one(x);
  Wide twice = one_more({numerator.significand, numerator.exponent - 1});  // half of it and 1
  ++twice.exponent;
  return round_wide(divide(numerator, twice), sign != 0);
}

std::uint32_t logistic(std::uint32_t r) {
  if (is_nan(r)) return not_a_number;
  const std::uint32_t size = r & ~sign_bit;
  const bool negative = (r & sign_bit) != 0;
  if (size <= 0x32800000) return half;  // 2^-26
  if (size >= 0x43000000) return negative ? 0 : one;
  // e^-|x| / (1 + e^-|x|) below 0, else 1 / (1 + e^-|x|)
  const Wide power = power_of_e(wide_of(size), true);
  const Wide numerator = negative ? power : Wide{std::uint64_t{1} << 63, 0};
  return round_wide(divide(numerator, one_more(power)), false);
}

}  // namespace mica::ml
