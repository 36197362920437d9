// Text in chunks of any size -> tokens. Keeps no more of the text than one token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/config.hpp"
#include "jit/crc32.hpp"
#include "jit/effect_comment.hpp"
#include "jit/errors.hpp"

namespace mica::inline MICA_PROFILE::jit {

// Lines and columns from 1; a column is a byte.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

constexpr void step_over(char character, Position& position) {
  ++position.column;
  if (character == '\n') position = {position.line + 1, 1};
}

struct Token {
  std::string_view text;   // valid until the next call of the lexer
  std::uint32_t hash = 0;  // FNV-1a
  Position position;
  std::uint32_t bytes_before = 0;  // of the text
  std::uint32_t crc_before = 0;    // CRC-32 of these bytes
};

enum class Scan : std::uint8_t { need_more, token, effect, quoted, quote_end, error };

constexpr std::uint32_t hash_start = 2166136261u;
constexpr std::uint32_t hash_step(std::uint32_t hash, char character) {
  return (hash ^ static_cast<unsigned char>(character)) * 16777619u;
}

class Lexer {
 public:
  void begin_at(std::uint32_t line) { here_ = start_ = {line, 1}; }

  // Consumes text until a token is complete, a watched effect comment has ended, or the chunk is used up; `text` is
  // left at what remains.
  Scan scan(std::string_view& text);

  // The last token, which only the end of the text ends.
  Scan finish();

  // Until the next token, a comment that declares an effect is reported.
  void watch_effect() { watching_ = true; }

  // What follows is text up to the next ", which comes in pieces (quoted) and then ends (quote_end). It begins behind
  // one blank, or, if `opened`, behind a " that blanks may precede.
  void read_quoted(bool opened) {
    state_ = opened ? State::quote_open : State::quote_gap;
    quoted_from_ = token_.position;
  }

  const Token& token() const { return token_; }
  std::string_view piece() const { return piece_; }  // of quoted text, valid until the text given to scan() ends
  Position piece_position() const { return start_; }
  const EffectComment& effect() const { return effect_; }
  CompileError error() const { return error_; }
  Position position() const { return here_; }         // of the next byte
  Position error_position() const { return start_; }  // of what is wrong
  std::uint32_t bytes() const { return bytes_; }

 private:
  enum class State : std::uint8_t { blank, token, parenthesis, line_comment, quote_gap, quote_open, quoted };

  void consume(char character);
  Scan begin_token(char character);
  Scan scan_quoted(std::string_view& text);
  Scan fail(CompileError error);

  State state_ = State::blank;
  bool watching_ = false;
  bool reading_effect_ = false;
  CompileError error_ = CompileError::none;
  Position here_;
  Position start_;
  std::uint32_t bytes_ = 0;
  Crc32 crc_;
  Token token_;
  EffectComment effect_;
  std::string_view piece_;
  Position quoted_from_;
  std::size_t length_ = 0;
  char buffer_[core::limits::token_bytes];
};

}  // namespace mica::inline MICA_PROFILE::jit
