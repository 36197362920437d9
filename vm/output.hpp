// Output of tasks.
#pragma once

#include <cstddef>
#include <string_view>

#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Room for the digits of any number, its sign and a blank.
struct NumberText {
  char characters[22];
};

// Each writes to the end of `text` and returns what it wrote.
std::string_view format_decimal(Double n, NumberText& text);       // with a blank behind it
std::string_view format_hexadecimal(UDouble n, NumberText& text);  // likewise; lower case, without sign
std::string_view format_all_digits(UCell x, NumberText& text);     // hexadecimal, without a blank
std::string_view format_short_digits(std::uint32_t n,
                                     NumberText& text);  // the same of a number, as few as can be, but two

}  // namespace mica::inline MICA_PROFILE::vm
