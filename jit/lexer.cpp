#include "jit/lexer.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

bool is_blank(char character) {
  return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

bool is_allowed(char character) { return static_cast<unsigned char>(character) > 32 && character != 127; }

}  // namespace

void Lexer::consume(char character) {
  crc_.add(static_cast<unsigned char>(character));
  ++bytes_;
  step_over(character, here_);
}

Scan Lexer::fail(CompileError error) {
  error_ = error;
  return Scan::error;
}

// The first character of a token or comment; not yet consumed.
Scan Lexer::begin_token(char character) {
  start_ = here_;
  if (!is_allowed(character)) return fail(CompileError::invalid_character);
  if (character == '(') {
    state_ = State::parenthesis;
    reading_effect_ = watching_;
    effect_ = EffectComment{};
  } else if (character == '\\') {
    state_ = State::line_comment;
    watching_ = false;
  } else {
    state_ = State::token;
    token_ = Token{{}, hash_start, here_, bytes_, crc_.value()};
    length_ = 0;
  }
  return Scan::need_more;
}

// Blanks in front of the quotation mark, then the longest piece of the text behind it that is there.
Scan Lexer::scan_quoted(std::string_view& text) {
  while (state_ != State::quoted && !text.empty()) {
    const char character = text.front();
    start_ = here_;
    const bool opens = state_ == State::quote_gap ? is_blank(character) : character == '"';
    if (!opens && !(state_ == State::quote_open && is_blank(character))) return fail(CompileError::text_expected);
    if (state_ == State::quote_open) quoted_from_ = here_;
    if (opens) state_ = State::quoted;
    text.remove_prefix(1);
    consume(character);
  }
  start_ = here_;
  const char* const begin = text.data();
  for (; !text.empty(); text.remove_prefix(1)) {
    const char character = text.front();
    if (character == '"' || !(is_blank(character) || is_allowed(character))) break;
    consume(character);
  }
  piece_ = {begin, static_cast<std::size_t>(text.data() - begin)};
  if (!piece_.empty()) return Scan::quoted;
  if (text.empty()) return Scan::need_more;
  start_ = here_;
  if (text.front() != '"') return fail(CompileError::invalid_character);
  text.remove_prefix(1);
  consume('"');
  state_ = State::blank;
  return Scan::quote_end;
}

Scan Lexer::scan(std::string_view& text) {
  if (state_ >= State::quote_gap) return scan_quoted(text);
  while (!text.empty()) {
    const char character = text.front();
    if (state_ != State::blank && !is_blank(character) && !is_allowed(character)) {
      start_ = here_;
      return fail(CompileError::invalid_character);
    }
    if (state_ == State::blank && !is_blank(character)) {
      if (begin_token(character) == Scan::error) return Scan::error;
      if (state_ == State::token) continue;
    } else if (state_ == State::token) {
      if (is_blank(character)) return finish();  // the blank is left for the next call
      if (length_ == sizeof buffer_) return fail(CompileError::token_too_long);
      buffer_[length_++] = character;
      token_.hash = hash_step(token_.hash, character);
    } else if (state_ == State::parenthesis) {
      if (character == ')') state_ = State::blank;
      if (reading_effect_) {
        if (character != ')') {
          effect_.add(character);
        } else {
          effect_.finish();
          reading_effect_ = watching_ = false;
          text.remove_prefix(1);
          consume(character);
          if (effect_.declares()) return Scan::effect;
          continue;
        }
      }
    } else if (state_ == State::line_comment && character == '\n') {
      state_ = State::blank;
    }
    text.remove_prefix(1);
    consume(character);
  }
  return Scan::need_more;
}

Scan Lexer::finish() {
  if (state_ == State::parenthesis) return fail(CompileError::unterminated_comment);
  if (state_ >= State::quote_gap) {
    start_ = quoted_from_;
    return fail(CompileError::unterminated_text);
  }
  if (state_ != State::token) return Scan::need_more;
  state_ = State::blank;
  watching_ = false;
  token_.text = {buffer_, length_};
  return Scan::token;
}

}  // namespace mica::inline MICA_PROFILE::jit
