// Reads a token as a number.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::jit {

enum class NumberKind : std::uint8_t { none, number, double_number, out_of_range };

struct Number {
  NumberKind kind = NumberKind::none;
  std::int64_t value = 0;  // as written; in rexa16 already cut to a cell; of a double the bits
};

// Decimal, and in the own dialect 0x and 0b, with an optional minus in front. `out_of_range` is a number that no cell
// holds, neither signed nor unsigned; rexa16 keeps the low bits instead.
Number read_number(std::string_view text);

}  // namespace mica::inline MICA_PROFILE::jit
