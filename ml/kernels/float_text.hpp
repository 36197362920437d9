// Floats as decimal text, both ways exact: what is read is the float nearest to the number, ties to even, and what is
// written is the shortest decimal that reads back the same, of several that nearest to the float.
#pragma once

#include <cstdint>
#include <string_view>

namespace mica::ml {

// A number in decimal, as -2e-3 or 1.5: `-`? digits, then `.` and digits, then `e` or `E`, a sign or none, and digits.
// Point and exponent may be left out.
struct DecimalText {
  bool valid = false;     // it reads as one
  bool is_float = false;  // it has a point or an exponent
};
DecimalText scan_decimal(std::string_view text);

// The bits of the float nearest to a valid number; false if it is too large: half of the last bit of the greatest
// float, or more, beyond that.
bool read_float(std::string_view text, std::uint32_t& bits);

struct FloatText {
  char characters[16];  // `size` of them
  std::uint8_t size = 0;
};

// 1.5, 100.0, 1e-7, -inf, nan: with a point from 0.0001 on and below 1e9, with an exponent otherwise.
FloatText write_float(std::uint32_t r);

}  // namespace mica::ml
