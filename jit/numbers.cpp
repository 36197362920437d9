#include "jit/numbers.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

int digit_of(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return 99;
}

int take_base(std::string_view& text) {
  if (core::rexa16 || text.size() < 3 || text[0] != '0') return 10;
  const int base = text[1] == 'x' ? 16 : text[1] == 'b' ? 2 : 10;
  if (base != 10) text.remove_prefix(2);
  return base;
}

}  // namespace

Number read_number(std::string_view text) {
  constexpr std::int64_t unsigned_max = (std::int64_t{1} << core::cell_bits) - 1;
  constexpr std::int64_t signed_min = -(std::int64_t{1} << (core::cell_bits - 1));
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const int base = take_base(text);
  if (text.empty()) return {};
  std::int64_t magnitude = 0;
  bool too_large = false;
  for (const char character : text) {
    const int digit = digit_of(character);
    if (digit >= base) return {};
    magnitude = magnitude * base + digit;
    if (core::rexa16)
      magnitude &= unsigned_max;  // the low bits of a product depend on the low bits only
    else if (magnitude > unsigned_max) {
      too_large = true;
      magnitude = unsigned_max;
    }
  }
  std::int64_t value = negative ? -magnitude : magnitude;
  if (core::rexa16) value = static_cast<Cell>(value);
  if (too_large || value < signed_min) return {NumberKind::out_of_range, value};
  return {NumberKind::number, value};
}

}  // namespace mica::inline MICA_PROFILE::jit
