// Text on the serial line: numbers without printf, and the care for line beginnings that the protocol needs.
#pragma once

#include <cstdint>
#include <string_view>

namespace mica::stm32 {

void console_write(std::string_view text);

void console_decimal(std::uint64_t value);

// 8 lower-case hexadecimal digits.
void console_hex(std::uint32_t value);

// Writes a line feed unless the last byte written was one.
void console_begin_line();

}  // namespace mica::stm32
