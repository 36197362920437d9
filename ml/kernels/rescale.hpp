// Sums of 32 bits as numbers of 8: multiplied by a real factor that is kept as a fraction and a power of two, and held
// within limits. The arithmetic of the int8 kernels of TensorFlow Lite Micro, bit by bit; its functions are named
// SaturatingRoundingDoublingHighMul, RoundingDivideByPOT and MultiplyByQuantizedMultiplier there.
#pragma once

#include <cstdint>
#include <limits>

namespace mica::ml {

// How often a product is rounded: to 2^-31 and again behind the shift, as TensorFlow Lite Micro and CMSIS-NN do unless
// they are built otherwise, or once.
enum class Rounding : std::uint8_t { twice, once };

// a * b / 2^31, to the nearest, halves upward; at most 2^31 - 1.
constexpr std::int32_t multiply_high(std::int32_t a, std::int32_t b) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  if (a == least && b == least) return std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>((std::int64_t{a} * b + (std::int64_t{1} << 30)) >> 31);
}

// value / 2^places, to the nearest, halves away from zero; places 0 .. 31.
constexpr std::int32_t divide_by_power(std::int32_t value, std::uint32_t places) {
  const std::uint32_t mask = (std::uint32_t{1} << places) - 1;
  const std::uint32_t rest = static_cast<std::uint32_t>(value) & mask;
  return (value >> places) + (rest > (mask >> 1) + (value < 0 ? 1u : 0u) ? 1 : 0);
}

// A real factor: factor / 2^31 * 2^shift. A shift beyond -31 .. 30 counts as the nearest of these.
struct Scale {
  std::int32_t factor = 0;
  std::int32_t shift = 0;
};

// value * scale. What does not fit into 32 bits in between wraps.
constexpr std::int32_t rescale(std::int32_t value, const Scale& scale, Rounding rounding) {
  const std::int32_t shift = scale.shift < -31 ? -31 : scale.shift > 30 ? 30 : scale.shift;
  if (rounding == Rounding::once) {
    const int places = 31 - shift;
    return static_cast<std::int32_t>((std::int64_t{value} * scale.factor + (std::int64_t{1} << (places - 1))) >>
                                     places);
  }
  const std::uint32_t left = static_cast<std::uint32_t>(shift > 0 ? shift : 0);
  const std::int32_t shifted = static_cast<std::int32_t>(static_cast<std::uint32_t>(value) << left);
  return divide_by_power(multiply_high(shifted, scale.factor), static_cast<std::uint32_t>(shift < 0 ? -shift : 0));
}

// Where results lie: `zero` stands for 0.0; low <= high.
struct Int8Range {
  std::int8_t zero = 0, low = -128, high = 127;
};

// Of numbers that are known to fit.
constexpr Int8Range int8_range(std::int32_t zero, std::int32_t low, std::int32_t high) {
  return {static_cast<std::int8_t>(zero), static_cast<std::int8_t>(low), static_cast<std::int8_t>(high)};
}

// value + zero, within the range.
constexpr std::int8_t to_int8(std::int32_t value, const Int8Range& range) {
  const std::int32_t low = range.low - range.zero, high = range.high - range.zero;
  return static_cast<std::int8_t>((value < low ? low : value > high ? high : value) + range.zero);
}

}  // namespace mica::ml
