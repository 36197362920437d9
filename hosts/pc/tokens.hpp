// The tokens of a text that comes in pieces, without its comments and quoted texts (section 1 of the language). It
// looks at the text alone and knows no program: good for guesses, and for when to ask the compiler.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mica::pc {

class TokenScanner {
 public:
  // The tokens that end in this piece. A quoted text is one that is a quotation mark.
  std::vector<std::string> feed(std::string_view piece);

  // Is the end of what has come inside of a comment in parentheses or of a quoted text?
  bool is_inside() const { return state_ == State::comment || state_ == State::quoted; }

 private:
  // quote: in front of the quotation mark of a packed text.
  enum class State { blank, token, line_comment, comment, quote, quoted };

  void step(char character, std::vector<std::string>& tokens);
  State state_behind_token();

  State state_ = State::blank;
  std::string token_;
  std::string before_;    // the token before it
  bool is_size_ = false;  // is it the size of a packed text?
};

}  // namespace mica::pc
