// The lowest layer of reading: tokens, comments and numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mica::oracle {

struct Token {
  std::string_view text;
  std::size_t at = 0;  // byte offset in the whole text
};

class Tokens {
 public:
  explicit Tokens(std::string_view text);

  // The next token that is no comment, none at the end of the text.
  std::optional<Token> next();
  // The inner text of a comment in parentheses if that is what comes next; it is consumed.
  std::optional<std::string_view> comment_here();
  // The text up to the next ", which is consumed. It begins behind one blank, or, if `opened`, behind a " that blanks
  // may precede.
  std::string_view quoted(bool opened);
  // The rest of the line that is being read, which is consumed.
  std::string_view rest_of_line();

 private:
  void skip_blanks();
  bool at_end() const { return at_ >= text_.size(); }
  std::string_view parentheses();

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Number {
  std::int64_t value = 0;  // already wrapped to a cell or a double
  bool in_range = true;    // whether the own dialect accepts it
  bool is_double = false;
  bool is_float = false;
};

// No value when the token does not read as a number.
std::optional<Number> parse_number(std::string_view token, unsigned cell_bits, bool rexa);

// The bytes of a Z85 text, in which blanks may stand anywhere.
std::vector<std::uint8_t> z85_bytes(std::string_view text);

bool is_blank(char c);
std::uint32_t crc32(std::string_view bytes);

}  // namespace mica::oracle
