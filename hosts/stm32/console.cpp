#include "hosts/stm32/console.hpp"

#include "hosts/stm32/usart.hpp"

namespace mica::stm32 {

namespace {

constinit bool at_line_begin = true;

void put(char character) {
  usart_send(static_cast<std::uint8_t>(character));
  at_line_begin = character == '\n';
}

}  // namespace

void console_write(std::string_view text) {
  for (const char character : text) put(character);
}

void console_decimal(std::uint64_t value) {
  char digits[20];  // of 2^64 - 1
  unsigned count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  while (count != 0) put(digits[--count]);
}

void console_hex(std::uint32_t value) {
  for (unsigned shift = 32; shift != 0;) {
    shift -= 4;
    put("0123456789abcdef"[(value >> shift) & 0xF]);
  }
}

void console_begin_line() {
  if (!at_line_begin) put('\n');
}

}  // namespace mica::stm32
