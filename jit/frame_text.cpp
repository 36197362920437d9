// The first and the last line of a frame: the header says what it is called and needs, the trailer proves that nothing
// was lost on the way.
#include "jit/compiler.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

// A number in decimal: no cell, so that no dialect cuts it. What does not fit counts as the largest number.
bool read_count(std::string_view text, std::uint32_t& count) {
  std::uint64_t sum = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') return false;
    sum = sum * 10 + static_cast<std::uint64_t>(character - '0');
    if (sum > 0xffffffff) sum = 0xffffffff;
  }
  count = static_cast<std::uint32_t>(sum);
  return true;
}

int hex_digit(char character) {
  if (character >= '0' && character <= '9') return character - '0';
  if (character >= 'a' && character <= 'f') return character - 'a' + 10;
  if (character >= 'A' && character <= 'F') return character - 'A' + 10;
  return -1;
}

bool has_group(std::string_view group) {
  for (const std::string_view one : core::groups)
    if (one == group) return true;
  return false;
}

}  // namespace

void Compiler::frame_header() {
  if (!first_token_ || position_.line != options_.first_line) return fail(CompileError::header_not_first);
  header_line_ = position_.line;
  expect_ = Expect::frame_name;
}

void Compiler::consume_header(const Token& token) {
  if (token.position.line != header_line_) return fail(CompileError::header_syntax);
  switch (expect_) {
    case Expect::frame_name: return note_header(token, NameKind::frame_name, Expect::frame_version);
    case Expect::frame_version: return note_header(token, NameKind::frame_version, Expect::header_key);
    case Expect::header_key: return begin_header_key(token.text);
    case Expect::header_needs:
      if (!has_group(token.text)) return fail(CompileError::group_missing);
      expect_ = Expect::header_key;
      return;
    case Expect::header_imports:
      if constexpr (has_crossings) begin_import(token);
      return;
    case Expect::header_exports: return note_header(token, NameKind::wanted_export, Expect::header_key);
    case Expect::header_test: return note_header(token, NameKind::wanted_test, Expect::header_key);
    default: return set_header_size(token.text);
  }
}

// Kept among the names, where no word of the program finds it.
void Compiler::note_header(const Token& token, NameKind kind, Expect next) {
  Name* const name = dictionary_.insert(token.text, token.hash, kind);
  if (name == nullptr) return fail(CompileError::names_full);
  name->value = token.position.column;
  if (kind == NameKind::frame_name) frame_->title = frame_->name_bytes;
  expect_ = next;
}

void Compiler::begin_header_key(std::string_view key) {
  if ((!has_crossings && key == "imports") || (!vm::has_task_words && key == "priority"))
    return fail(CompileError::group_missing);
  struct Key {
    std::string_view text;
    Expect expect;
  };
  static constexpr Key keys[] = {{"code", Expect::header_code},           {"data", Expect::header_data},
                                 {"constants", Expect::header_constants}, {"stack", Expect::header_stack},
                                 {"tasks", Expect::header_tasks},         {"needs", Expect::header_needs},
                                 {"imports", Expect::header_imports},     {"exports", Expect::header_exports},
                                 {"priority", Expect::header_priority},   {"selftest", Expect::header_test}};
  for (const Key& one : keys)
    if (one.text == key) {
      expect_ = one.expect;
      return;
    }
  fail(CompileError::header_syntax);
}

void Compiler::set_header_size(std::string_view text) {
  std::uint32_t size = 0;
  if (!read_count(text, size) || (size == 0 && expect_ != Expect::header_priority))
    return fail(CompileError::header_syntax);
  bool fits = true;
  switch (expect_) {
    case Expect::header_stack: fits = size <= core::limits::stack_cells; break;
    case Expect::header_tasks:
      if (size > core::limits::tasks) return fail(CompileError::tasks_full);
      frame_->tasks = static_cast<std::uint8_t>(size);
      break;
    case Expect::header_priority:
      if (size > 255) return fail(CompileError::header_syntax);
      frame_->priority = static_cast<std::uint8_t>(size);
      break;
    case Expect::header_code: wishes_.code = size; break;
    case Expect::header_data: wishes_.data = size; break;
    default: wishes_.constants = size; break;
  }
  if (!fits || !vm::divide_frame(*frame_, wishes_)) return fail(CompileError::frame_too_large);
  expect_ = Expect::header_key;
}

// What the header said that the frame exports, or tests itself by, must be there at its end. A line of a console
// exports what has the names then, but does not test again. Looks at so many names; true: at the last.
bool Compiler::mark_exports(unsigned names) {
  for (; next_name_ != 0 && names > 0; --names) {
    const Name& wanted = vm::name_at(*frame_, next_name_);
    if (wanted.kind == NameKind::wanted_export) mark_export(dictionary_.find(wanted.text(), wanted.hash));
    if (wanted.kind == NameKind::wanted_test && !extends()) note_test(dictionary_.find(wanted.text(), wanted.hash));
    next_name_ -= wanted.bytes();
  }
  return next_name_ == 0;
}

void Compiler::mark_export(Name* name) {
  if (name == nullptr) return fail_in_header(CompileError::export_missing);
  name->exported = true;
}

void Compiler::note_test(const Name* word) {
  if (test_ != 0) return fail_in_header(CompileError::header_syntax);  // one is enough
  if (word == nullptr || word->kind != NameKind::word) return fail_in_header(CompileError::selftest_missing);
  if (!vm::leaves(*word, 1)) return fail_in_header(CompileError::selftest_effect);
  test_ = static_cast<std::uint32_t>(frame_->names_end - reinterpret_cast<const std::byte*>(word));
  test_column_ = vm::name_at(*frame_, next_name_).value;
}

void Compiler::frame_trailer() {
  bytes_before_trailer_ = lexer_.token().bytes_before;
  crc_before_trailer_ = lexer_.token().crc_before;
  expect_ = Expect::trailer_length;
}

void Compiler::consume_trailer(const Token& token) {
  if (expect_ == Expect::trailer_length) {
    std::uint32_t length = 0;
    if (!read_count(token.text, length)) return fail(CompileError::trailer_syntax);
    if (length != bytes_before_trailer_) return fail(CompileError::wrong_length);
    expect_ = Expect::trailer_crc;
    return;
  }
  std::uint32_t crc = 0;
  for (const char character : token.text) {
    if (hex_digit(character) < 0 || token.text.size() != 8) return fail(CompileError::trailer_syntax);
    crc = crc << 4 | static_cast<std::uint32_t>(hex_digit(character));
  }
  if (crc != crc_before_trailer_) return fail(CompileError::wrong_checksum);
  complete_ = true;
  expect_ = Expect::nothing;
}

}  // namespace mica::inline MICA_PROFILE::jit
