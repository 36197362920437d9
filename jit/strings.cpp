// Text in programs: ." prints it, s" puts it on the stack.
#include <algorithm>
#include <limits>

#include "jit/compiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

namespace {

// No more can be on the stack, and no cell counts more.
constexpr std::uint32_t pushed_max =
    std::min<std::uint32_t>(core::limits::stack_cells * cell_bytes, std::numeric_limits<Cell>::max());

}  // namespace

void Compiler::print_text() { begin_text(Expect::printed_text); }
void Compiler::push_text() { begin_text(Expect::pushed_text); }

void Compiler::begin_text(Expect what) {
  text_ = TextInWork{};
  text_.end = frame_->code_bytes + frame_->code_room();
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

// Printed text becomes code four characters at a time, as it arrives.
void Compiler::add_character(char character) {
  if (expect_ == Expect::pushed_text) return keep_character(character);
  text_.word |= std::uint32_t{static_cast<unsigned char>(character)} << (8 * (text_.length % 4));
  if (++text_.length % 4 == 0) emit_text();
}

// Pushed text becomes code from its end on. Until that has come it is kept behind the code, where it would not fit
// either if there were no room.
void Compiler::keep_character(char character) {
  if (text_.length == pushed_max) return fail(CompileError::text_too_long);
  if (flow().reachable) {
    if (text_.length == frame_->code_room()) return fail(CompileError::code_full);
    frame_->code[text_.end - 1 - text_.length] = static_cast<std::uint8_t>(character);
  }
  ++text_.length;
}

void Compiler::emit_text() {
  emitter_.emit_with(Op::print_text, static_cast<std::int32_t>(text_.word));
  text_.word = 0;
}

void Compiler::end_text() {
  if (expect_ == Expect::pushed_text) {
    text_.cells = flow().reachable ? cells_for(text_.length) : 0;
    work_left_ = WorkLeft::text;
  } else if (text_.length % 4 != 0) {
    emit_text();
  }
  expect_ = Expect::word;
}

// As many characters as fit in a cell, the first in its highest byte; the first cell lies under the length, the last
// one deepest, filled up with 0. So many cells at most; true: that was all.
bool Compiler::push_cells(unsigned cells) {
  for (; text_.cells > 0 && cells > 0; --cells) {
    const std::uint32_t before = --text_.cells * cell_bytes;  // characters that are still to be read
    UCell value = 0;
    for (std::uint32_t at = before; at < before + cell_bytes; ++at)
      value = static_cast<UCell>(value << 8 | (at < text_.length ? frame_->code[text_.end - 1 - at] : 0));
    emit_number(static_cast<Cell>(value));
    if (frame_->code_room() < before) {  // the code has grown over them
      fail(CompileError::code_full);
      return true;
    }
  }
  if (text_.cells > 0) return false;
  emit_number(static_cast<Cell>(text_.length));
  return true;
}

}  // namespace mica::inline MICA_PROFILE::jit
