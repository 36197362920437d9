// The layout of generated text: gaps, comments, line ends and the spelling of numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/oracle/random.hpp"

namespace mica::oracle {

class Writer {
 public:
  Writer(Random& random, unsigned cell_bits, bool rexa)
      : random_(random), cell_bits_(cell_bits), rexa_(rexa) {}

  void word(std::string_view token);
  void number(std::int64_t value);  // a cell, in one of its spellings
  void double_number(std::int64_t value);
  void remark();  // a comment if one can stand here
  void effect_comment(std::string_view items);
  // The next gap holds no comment: what follows a new word's name could be read as its effect.
  void plain_gap() { plain_ = true; }
  void raw(std::string_view bytes) { text_ += bytes; }

  std::size_t words() const { return words_; }
  std::string finish();

 private:
  void gap();
  void comment();
  std::string comment_text(char forbidden);
  std::string spelling(std::int64_t value);
  std::string digits(std::uint64_t value, unsigned base);

  Random& random_;
  unsigned cell_bits_;
  bool rexa_;
  bool plain_ = false;
  bool after_comment_ = false;  // a comment in parentheses: the next token may be glued to it
  std::string text_;
  std::size_t words_ = 0;
};

}  // namespace mica::oracle
