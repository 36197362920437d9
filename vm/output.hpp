// Output of tasks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Of any number, with its sign and the blank behind it.
inline constexpr std::size_t number_length_max = 22;

// All return how many characters of `text`, of that length, were written.
std::size_t format_decimal(Double n, std::span<char> text);
std::size_t format_hexadecimal(UDouble n, unsigned at_least, std::span<char> text);  // lower case, without sign

// n in decimal or its bits in hexadecimal, and a blank.
std::size_t format_number(Double n, UDouble bits, bool hexadecimal, std::span<char> text);

}  // namespace mica::inline MICA_PROFILE::vm
