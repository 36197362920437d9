// Reads a token as a number.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::jit {

// Can programs write floats, and name arrays of them?
inline constexpr bool has_floats = !core::rexa16 && core::has_group("float");

// `no_floats` is a float in a profile without them.
enum class NumberKind : std::uint8_t { none, number, double_number, float_number, out_of_range, no_floats };

struct Number {
  NumberKind kind = NumberKind::none;
  std::int64_t value = 0;  // as written; in rexa16 already cut to a cell; of a double or float the bits
};

// Decimal, and in the own dialect 0x and 0b, with an optional minus in front. `out_of_range` is a number that no cell
// holds, neither signed nor unsigned; rexa16 keeps the low bits instead. The own dialect also reads floats: decimal
// with a point or an exponent; those that would become infinite are out of range.
Number read_number(std::string_view text);

// As a float, with or without point and exponent.
Number read_float_number(std::string_view text);

}  // namespace mica::inline MICA_PROFILE::jit
