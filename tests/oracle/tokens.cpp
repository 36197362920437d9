#include "tests/oracle/tokens.hpp"

#include <algorithm>

#include "tests/oracle/floats.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

Tokens::Tokens(std::string_view text) : text_(text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 32 && !is_blank(c)) || byte == 127) throw InvalidText("invalid character");
  }
}

void Tokens::skip_blanks() {
  while (!at_end() && is_blank(text_[at_])) ++at_;
}

std::string_view Tokens::parentheses() {
  const std::size_t close = text_.find(')', at_);
  if (close == std::string_view::npos) throw InvalidText("comment without end");
  const std::string_view inside = text_.substr(at_ + 1, close - at_ - 1);
  at_ = close + 1;
  return inside;
}

std::string_view Tokens::rest_of_line() {
  const std::size_t from = at_;
  at_ = std::min(text_.find('\n', at_), text_.size());
  return text_.substr(from, at_ - from);
}

std::string_view Tokens::quoted(bool opened) {
  if (at_end() || !is_blank(text_[at_])) throw InvalidText("text in quotation marks expected");
  if (opened) skip_blanks();
  if (at_end() || (opened && text_[at_] != '"')) throw InvalidText("quotation mark expected");
  const std::size_t from = at_ + 1;
  const std::size_t to = text_.find('"', from);
  if (to == std::string_view::npos) throw InvalidText("text without end");
  at_ = to + 1;
  return text_.substr(from, to - from);
}

std::optional<std::string_view> Tokens::comment_here() {
  skip_blanks();
  if (at_end() || text_[at_] != '(') return std::nullopt;
  return parentheses();
}

std::optional<Token> Tokens::next() {
  for (;;) {
    skip_blanks();
    if (at_end()) return std::nullopt;
    if (text_[at_] == '(') {
      parentheses();
    } else if (text_[at_] == '\\') {
      rest_of_line();
    } else {
      break;
    }
  }
  const std::size_t from = at_;
  while (!at_end() && !is_blank(text_[at_])) ++at_;
  return Token{text_.substr(from, at_ - from), from};
}

namespace {

__extension__ using Wide = unsigned __int128;

// The value of a digit, or 99 for what is none in any base.
unsigned digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 99;
}

std::optional<Number> parse_integer(std::string_view token, unsigned cell_bits, bool rexa) {
  const bool negative = token.starts_with('-');
  std::string_view digits = token.substr(negative ? 1 : 0);
  const bool is_double = digits.ends_with('l');
  if (is_double) digits.remove_suffix(1);
  const unsigned bits = is_double ? 2 * cell_bits : cell_bits;
  unsigned base = 10;
  if (!rexa && digits.starts_with("0x")) base = 16;
  if (!rexa && digits.starts_with("0b")) base = 2;
  if (base != 10) digits.remove_prefix(2);
  if (digits.empty()) return std::nullopt;

  // Two readings at once: one that wraps, for rexa16, and one that stays at a value out of every range.
  constexpr Wide too_much = Wide{1} << 70;
  std::uint64_t wrapping = 0;
  Wide saturating = 0;
  for (const char c : digits) {
    const unsigned digit = digit_value(c);
    if (digit >= base) return std::nullopt;
    wrapping = wrapping * base + digit;
    saturating = std::min(saturating * base + digit, too_much);
  }
  if (negative) wrapping = 0 - wrapping;
  const Wide half = Wide{1} << (bits - 1);
  const bool in_range = negative ? saturating <= half : saturating < 2 * half;
  return Number{wrap(static_cast<std::int64_t>(wrapping), bits), in_range, is_double};
}

}  // namespace

std::optional<Number> parse_number(std::string_view token, unsigned cell_bits, bool rexa) {
  const auto integer = parse_integer(token, cell_bits, rexa);
  if (integer || rexa) return integer;
  auto number = parse_float(token);
  if (number && !has_floats(cell_bits, rexa)) number->in_range = false;
  return number;
}

std::vector<std::uint8_t> z85_bytes(std::string_view text) {
  constexpr std::string_view symbols =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::vector<std::uint8_t> bytes;
  std::uint64_t group = 0;
  unsigned count = 0;
  for (const char c : text) {
    if (is_blank(c)) continue;
    const std::size_t digit = symbols.find(c);
    if (digit == std::string_view::npos) throw InvalidText("no character of Z85");
    group = group * 85 + digit;
    if (++count % 5 != 0) continue;
    if (group > 0xFFFFFFFF) throw InvalidText("a group of Z85 that is too large");
    for (const unsigned shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(group >> shift));
    group = 0;
  }
  if (count % 5 != 0) throw InvalidText("a group of Z85 that is not complete");
  return bytes;
}

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

}  // namespace mica::oracle
