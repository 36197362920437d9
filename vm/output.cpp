#include "vm/output.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr unsigned room = sizeof(NumberText::characters);

std::string_view from(const NumberText& text, unsigned at) { return {text.characters + at, room - at}; }

char hexadecimal(unsigned digit) { return "0123456789abcdef"[digit % 16]; }

// Digits in front of `at`, and at least so many of them.
unsigned put_decimal(std::uint32_t value, unsigned digits_least, NumberText& text, unsigned at) {
  for (const unsigned least = at - digits_least; value != 0 || at > least; value /= 10)
    text.characters[--at] = static_cast<char>('0' + value % 10);
  return at;
}

}  // namespace

std::string_view format_decimal(Double n, NumberText& text) {
  UDouble rest = n < 0 ? UDouble{0} - static_cast<UDouble>(n) : static_cast<UDouble>(n);
  unsigned at = room - 1;
  text.characters[at] = ' ';
  // Nine digits at a time: two divisions of more than 32 bits at most, which small processors do in software.
  if constexpr (sizeof(UDouble) > 4) {
    for (; rest > 0xffffffff; rest /= 1000000000)
      at = put_decimal(static_cast<std::uint32_t>(rest % 1000000000), 9, text, at);
  }
  at = put_decimal(static_cast<std::uint32_t>(rest), 1, text, at);
  if (n < 0) text.characters[--at] = '-';
  return from(text, at);
}

std::string_view format_hexadecimal(UDouble n, NumberText& text) {
  unsigned at = room - 1;
  text.characters[at] = ' ';
  do {
    text.characters[--at] = hexadecimal(static_cast<unsigned>(n & 15));
    n >>= 4;
  } while (n != 0);
  return from(text, at);
}

std::string_view format_short_digits(std::uint32_t n, NumberText& text) {
  unsigned at = room;
  do {
    text.characters[--at] = hexadecimal(n & 15);
    n >>= 4;
  } while (n != 0 || at > room - 2);
  return from(text, at);
}

std::string_view format_all_digits(UCell x, NumberText& text) {
  unsigned at = room;
  for (unsigned digits = core::cell_bits / 4; digits > 0; --digits) {
    text.characters[--at] = hexadecimal(static_cast<unsigned>(x & 15));
    x = static_cast<UCell>(x >> 4);
  }
  return from(text, at);
}

}  // namespace mica::inline MICA_PROFILE::vm
