#include "tests/oracle/writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/reader.hpp"
#include "tests/oracle/tokens.hpp"

namespace mica::oracle {

void Writer::word(std::string_view token) {
  gap();
  text_ += token;
  after_comment_ = false;
  ++words_;
}

void Writer::number(std::int64_t value) { word(spelling(value)); }

void Writer::double_number(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  const unsigned width = 2 * cell_bits_;
  const std::uint64_t pattern = width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
  if (random_.percent(10)) return word(digits(pattern, 10) + "l");
  if (!rexa_ && random_.percent(15)) return word("0x" + digits(pattern, 16) + "l");
  word(std::string(value < 0 ? "-" : "") + digits(value < 0 ? 0 - bits : bits, 10) + "l");
}

void Writer::gap() {
  static constexpr std::array<std::string_view, 8> blanks{"\n", "\n",   "\n  ", "  ",
                                                          "\t", "\r\n", "\n\n", " \t "};
  const bool plain = std::exchange(plain_, false);
  if (!plain && random_.percent(3)) comment();
  if (text_.empty() || (after_comment_ && random_.percent(50))) return;
  if (is_blank(text_.back()) && random_.percent(90)) return;
  text_ += random_.percent(85) ? " " : random_.pick(blanks);
}

std::string Writer::comment_text(char forbidden) {
  static constexpr std::array<std::string_view, 16> pieces{"a",  "drop", " ( ",      ":",     ";", "end",
                                                           "\\", "--",   "\xC3\xA4", "\"",    "{", "n2",
                                                           "if", "0x",   "12",       "return"};
  std::string text;
  for (unsigned left = random_.below(6); left > 0; --left) {
    text += random_.pick(pieces);
    if (random_.percent(60)) text += ' ';
    if (random_.percent(4)) text += forbidden == ')' ? '\n' : ')';
  }
  return text;
}

void Writer::remark() {
  if (!plain_) comment();
}

void Writer::comment() {
  if (!text_.empty() && !is_blank(text_.back()) && !after_comment_) text_ += ' ';
  after_comment_ = random_.percent(60);
  if (after_comment_) {
    text_.append("(").append(comment_text(')')).append(")");
  } else {
    text_.append("\\").append(comment_text('\n')).append("\n");
  }
}

void Writer::effect_comment(std::string_view items) {
  text_ += random_.percent(80) ? " (" : "\n(";
  if (random_.percent(80)) text_ += ' ';
  text_ += items;
  if (random_.percent(80)) text_ += ' ';
  text_ += ')';
  after_comment_ = true;
}

std::string Writer::digits(std::uint64_t value, unsigned base) {
  const std::string_view symbols = random_.percent(50) ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string text;
  do {
    text += symbols[value % base];
    value /= base;
  } while (value != 0);
  if (random_.percent(4)) text.append(random_.count(1, 3), '0');
  std::reverse(text.begin(), text.end());
  return text;
}

std::string Writer::spelling(std::int64_t value) {
  const std::uint64_t pattern = static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << cell_bits_) - 1);
  const std::string sign = value < 0 ? "-" : "";
  const auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
  const unsigned style = random_.below(20);
  if (style < 13) return sign + digits(magnitude, 10);
  if (style == 13) return digits(pattern, 10);
  if (rexa_) {
    // rexa16 keeps the low bits of whatever is written.
    const std::int64_t turns = style < 17 ? 0 : random_.between(-3, 3) * (style == 19 ? 1000003 : 1);
    const std::int64_t other = value + turns * (std::int64_t{1} << cell_bits_);
    return std::string(other < 0 ? "-" : "") +
           digits(static_cast<std::uint64_t>(other < 0 ? -other : other), 10);
  }
  const unsigned base = style < 18 ? 16 : 2;
  const std::string prefix = base == 16 ? "0x" : "0b";
  if (random_.percent(30)) return sign + prefix + digits(magnitude, base);
  return prefix + digits(pattern, base);
}

std::string Writer::finish() {
  if (random_.percent(10)) comment();
  if (random_.percent(85)) text_ += '\n';
  return std::move(text_);
}

}  // namespace mica::oracle
