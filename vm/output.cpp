#include "vm/output.hpp"

namespace mica::inline MICA_PROFILE::vm {

std::size_t format_number(Cell n, std::span<char> text) {
  char digits[12];
  std::size_t count = 0;
  std::uint32_t rest = n < 0 ? 0u - static_cast<std::uint32_t>(n) : static_cast<std::uint32_t>(n);
  do {
    digits[count++] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  std::size_t at = 0;
  if (n < 0) text[at++] = '-';
  while (count > 0) text[at++] = digits[--count];
  text[at++] = ' ';
  return at;
}

}  // namespace mica::inline MICA_PROFILE::vm
