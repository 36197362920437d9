#include "hosts/pc/tokens.hpp"

#include <utility>

namespace mica::pc {
namespace {

bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

bool is_type(std::string_view token) {
  return token == "int8" || token == "int16" || token == "int32" || token == "float32";
}

}  // namespace

std::vector<std::string> TokenScanner::feed(std::string_view piece) {
  std::vector<std::string> tokens;
  for (const char character : piece) step(character, tokens);
  return tokens;
}

void TokenScanner::step(char character, std::vector<std::string>& tokens) {
  switch (state_) {
    case State::blank:
      if (is_blank(character)) return;
      state_ = character == '(' ? State::comment : character == '\\' ? State::line_comment : State::token;
      if (state_ == State::token) token_ = character;
      return;
    case State::token:
      if (!is_blank(character)) {
        token_ += character;
        return;
      }
      tokens.push_back(token_);
      state_ = state_behind_token();
      before_ = std::move(token_);
      return;
    case State::line_comment:
      if (character == '\n') state_ = State::blank;
      return;
    case State::comment:
      if (character == ')') state_ = State::blank;
      return;
    case State::quote:
      if (!is_blank(character)) state_ = character == '"' ? State::quoted : State::blank;  // which is an error
      return;
    case State::quoted:
      if (character != '"') return;
      tokens.emplace_back("\"");
      state_ = State::blank;
  }
}

// A text that is printed or pushed begins behind the one blank that has ended the token.
TokenScanner::State TokenScanner::state_behind_token() {
  if (std::exchange(is_size_, false)) return State::quote;
  is_size_ = token_ == "packed" && is_type(before_);
  return token_ == ".\"" || token_ == "s\"" ? State::quoted : State::blank;
}

}  // namespace mica::pc
