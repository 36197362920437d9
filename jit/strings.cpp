// Text in programs: ." prints it, s" puts it on the stack.
#include "jit/compiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

void Compiler::print_text() { begin_text(Expect::printed_text); }
void Compiler::push_text() { begin_text(Expect::pushed_text); }

void Compiler::begin_text(Expect what) {
  text_ = TextInWork{};
  lexer_.read_quoted(false);
  expect_ = what;
}

// In rexa16 the last character does not count: one is held back until the next has come.
void Compiler::add_text(std::string_view piece) {
  for (unread_ = static_cast<std::uint32_t>(piece.size()); unread_ > 0; --unread_) {
    const char character = piece[piece.size() - unread_];
    if (core::rexa16 && text_.holds) add_character(text_.held);
    if (!core::rexa16) add_character(character);
    text_.held = character;
    text_.holds = true;
    if (error_ != CompileError::none || emitter_.error() != CompileError::none) return;
  }
}

// Printed text becomes code four characters at a time, as it arrives; pushed text begins with its end and is kept.
void Compiler::add_character(char character) {
  if (expect_ == Expect::printed_text) {
    text_.word |= std::uint32_t{static_cast<unsigned char>(character)} << (8 * (text_.length % 4));
    if (++text_.length % 4 == 0) emit_text();
    return;
  }
  if (text_.length == sizeof text_.characters) return fail(CompileError::text_too_long);
  text_.characters[text_.length++] = character;
}

void Compiler::emit_text() {
  emitter_.emit_with(Op::print_text, static_cast<std::int32_t>(text_.word));
  text_.word = 0;
}

void Compiler::end_text() {
  if (expect_ == Expect::printed_text) {
    if (text_.length % 4 != 0) emit_text();
  } else {
    push_characters();
  }
  expect_ = Expect::word;
}

// As many characters as fit in a cell, the first in its highest byte; the first cell lies under the length, the last
// one deepest, filled up with 0.
void Compiler::push_characters() {
  constexpr std::uint32_t cell_bytes = sizeof(Cell);
  const std::uint32_t cells = (text_.length + cell_bytes - 1) / cell_bytes;
  for (std::uint32_t cell = cells; cell-- > 0;) {
    UCell value = 0;
    for (std::uint32_t k = 0; k < cell_bytes; ++k) {
      const std::uint32_t at = cell * cell_bytes + k;
      const unsigned char character = at < text_.length ? static_cast<unsigned char>(text_.characters[at]) : 0;
      value = static_cast<UCell>(value << 8 | character);
    }
    emit_number(static_cast<Cell>(value));
  }
  emit_number(static_cast<Cell>(text_.length));
}

}  // namespace mica::inline MICA_PROFILE::jit
