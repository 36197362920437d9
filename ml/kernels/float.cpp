#include "ml/kernels/float.hpp"

#include "ml/kernels/wide_float.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t one = 0x3f800000;

// The bits behind the point of a number that is at least 1 and not all integer.
constexpr std::uint32_t fraction_bits(std::uint32_t size) { return (1u << (23 - ((size >> 23) - 127))) - 1; }

constexpr bool is_integer(std::uint32_t size) { return size >= 0x4b000000; }  // 2^23, infinity, no number

}  // namespace

std::uint32_t round_float(std::uint32_t r) {
  if (is_nan(r)) return not_a_number;
  const std::uint32_t size = r & ~sign_bit, sign = r & sign_bit;
  if (is_integer(size)) return r;
  if (size <= 0x3f000000) return sign;  // 0.5
  if (size < one) return sign | one;
  // The bit above the fraction is that of 1; below 2 it is the last one of the exponent, 127, and set as it should be.
  const std::uint32_t fraction = fraction_bits(size);
  const std::uint32_t is_odd = (size & (fraction + 1)) != 0;
  return sign | ((size + fraction / 2 + is_odd) & ~fraction);
}

std::uint32_t floor_float(std::uint32_t r) {
  if (is_nan(r)) return not_a_number;
  const std::uint32_t size = r & ~sign_bit, sign = r & sign_bit;
  if (size == 0 || is_integer(size)) return r;
  if (size < one) return sign == 0 ? 0 : sign | one;
  const std::uint32_t fraction = fraction_bits(size);
  return sign | ((sign == 0 ? size : size + fraction) & ~fraction);
}

std::uint32_t square_root(std::uint32_t r) {
  if (is_nan(r) || (r & ~sign_bit) == 0) return is_nan(r) ? not_a_number : r;
  if ((r & sign_bit) != 0) return not_a_number;
  if (r == infinity) return r;
  // The root of significand * 2^exponent with an even exponent, bit by bit from the top one.
  Wide x = wide_of(r);
  const bool odd = (x.exponent & 1) != 0;
  const std::uint64_t radicand = x.significand >> (odd ? 14 : 15);  // below 2^50: 25 bits of the root
  std::uint64_t root = 0, rest = radicand;
  for (std::uint64_t bit = std::uint64_t{1} << 48; bit != 0; bit >>= 2) {
    const std::uint64_t taken = root + bit;
    root >>= 1;
    if (rest < taken) continue;
    rest -= taken;
    root += bit;
  }
  // A rest stands for bits below those of the root, of which the last decides.
  const std::uint64_t significand = (root << 39) | (rest != 0);
  return round_wide({significand, (x.exponent - odd) / 2}, false);
}

}  // namespace mica::ml
