// Scaling of results in fixed point: what vector words do between a sum and the element they store it in. Pure, for
// doubles of 32 and of 64 bits.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// value / divisor, toward zero, or to the nearest with halves away from zero; divisor > 0.
template <class Sum>
constexpr Sum divide(Sum value, Sum divisor, bool rounding) {
  Sum quotient;
  // Microcontrollers divide 32 bits in one instruction and 64 bits in a loop.
  if (value == static_cast<std::int32_t>(value) && divisor == static_cast<std::int32_t>(divisor))
    quotient = static_cast<std::int32_t>(value) / static_cast<std::int32_t>(divisor);
  else
    quotient = value / divisor;
  if (!rounding) return quotient;
  const Sum rest = value - quotient * divisor;
  if (value < 0) return -rest >= divisor + rest ? quotient - 1 : quotient;
  return rest >= divisor - rest ? quotient + 1 : quotient;
}

// Apart, so that those who do not saturate pay nothing for its many registers.
template <class Sum>
[[gnu::noinline]] constexpr Sum multiply_saturating(Sum a, Sum b) {
  using Limits = std::numeric_limits<Sum>;
  Sum product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? Limits::max() : Limits::min();
}

template <class Sum>
constexpr Sum multiply(Sum a, Sum b, bool saturation) {
  using Unsigned = std::make_unsigned_t<Sum>;
  if (saturation) return multiply_saturating(a, b);
  return static_cast<Sum>(static_cast<Unsigned>(a) * static_cast<Unsigned>(b));
}

// A negative factor divides by its absolute value, another one multiplies. The factor is a cell, so that it can be
// negated as a double.
template <class Sum>
constexpr Sum scale(Sum value, Sum factor, bool rounding, bool saturation) {
  return factor < 0 ? divide<Sum>(value, -factor, rounding) : multiply(value, factor, saturation);
}

// Result number k of a vector word, as its scale operand says: 0 leaves it, another number is the factor of all, and
// `factors` those of each if there are any.
template <class Sum>
Sum scale_result(Sum value, Sum operand, const ArrayView& factors, std::uint32_t k, bool rounding, bool saturation) {
  if (factors.count > 0) return scale(value, Sum{element(factors, k)}, rounding, saturation);
  return operand == 0 ? value : scale(value, operand, rounding, saturation);
}

// The nearest number that an element of the type can hold.
template <class Sum>
constexpr Sum fit(Sum value, ElementType type) {
  const Sum highest = static_cast<Sum>((std::uint64_t{1} << (8 * bytes_of(type) - 1)) - 1);
  return value > highest ? highest : value < -highest - 1 ? -highest - 1 : value;
}

// Both: the result as it goes into an element.
template <class Sum>
Sum element_result(Sum value, Sum operand, const ArrayView& factors, std::uint32_t k, ElementType type, bool rounding,
                   bool saturation) {
  const Sum result = scale_result(value, operand, factors, k, rounding, saturation);
  return saturation ? fit(result, type) : result;
}

}  // namespace mica::ml
