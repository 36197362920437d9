#include "jit/numbers.hpp"

#include "ml/kernels/float_text.hpp"

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

// The suffix of doubles, which no base has as a digit.
bool take_suffix(std::string_view& text) {
  const bool there = !text.empty() && text.back() == 'l';
  if (there) text.remove_suffix(1);
  return there;
}

Number read_integer(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  const bool is_double = take_suffix(text);
  const unsigned bits = is_double ? 2 * core::cell_bits : core::cell_bits;
  const int base = take_base(text);
  if (text.empty()) return {};
  const std::uint64_t most = ~std::uint64_t{0} >> (64 - bits);  // of a magnitude without sign
  std::uint64_t magnitude = 0;
  bool too_large = false;
  for (const char character : text) {
    const int digit = digit_of(character);
    if (digit >= base) return {};
    // rexa16 keeps the low bits.
    too_large |= __builtin_mul_overflow(magnitude, base, &magnitude);
    too_large |= __builtin_add_overflow(magnitude, digit, &magnitude);
    too_large |= magnitude > most;
  }
  too_large = too_large || (negative && magnitude > most / 2 + 1);
  if (too_large && !core::rexa16) return {NumberKind::out_of_range, 0};
  std::int64_t value = static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
  if (is_double) return {NumberKind::double_number, value};
  if (core::rexa16) value = static_cast<Cell>(value);
  return {NumberKind::number, value};
}

}  // namespace

Number read_float_number(std::string_view text) {
  if (!ml::scan_decimal(text).valid) return {};
  std::uint32_t bits = 0;
  if (!has_floats || !ml::read_float(text, bits)) return {NumberKind::out_of_range, 0};
  return {NumberKind::float_number, static_cast<std::int32_t>(bits)};
}

Number read_number(std::string_view text) {
  Number number = read_integer(text);
  if (core::rexa16 || number.kind != NumberKind::none || !ml::scan_decimal(text).valid) return number;
  number = has_floats ? read_float_number(text) : Number{NumberKind::no_floats, 0};
  return number;
}

}  // namespace mica::inline MICA_PROFILE::jit
