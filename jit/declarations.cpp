// What a program declares: variables, arrays, tables, the header and the trailer of its frame.
#include <cstring>

#include "jit/compiler.hpp"
#include "jit/numbers.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

void store_element(std::uint8_t* at, Cell value, ml::ElementType type) { std::memcpy(at, &value, ml::bytes_of(type)); }

bool fits(Cell value, ml::ElementType type) {
  const std::int64_t limit = std::int64_t{1} << (8 * ml::bytes_of(type) - 1);
  return value >= -limit && value < limit;
}

// A number of bytes in decimal: no cell, so that no dialect cuts it. What does not fit counts as the largest number.
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

}  // namespace

void Compiler::define_variable() { expect_ = Expect::variable_name; }
void Compiler::define_double_variable() { expect_ = Expect::double_variable_name; }
void Compiler::define_constant() { expect_ = Expect::constant_name; }
void Compiler::define_array() { expect_ = Expect::array_name; }

void Compiler::define_table() { expect_ = Expect::table_name; }

Name* Compiler::take_name(const Token& token) {
  if (core::word_candidate(token.hash).text == token.text) {
    fail(CompileError::name_taken);
  } else if (read_number(token.text).kind != NumberKind::none) {
    fail(CompileError::invalid_name);
  } else if (Name* name = dictionary_.insert(token.text, token.hash)) {
    return name;
  } else {
    fail(CompileError::names_full);
  }
  return nullptr;
}

// Memory at the end of the data segment; it holds what was left there before.
std::byte* Compiler::reserve_data(std::uint32_t bytes) {
  if (bytes > frame_->data_limit - frame_->data_bytes) {
    fail(CompileError::data_full);
    return nullptr;
  }
  std::byte* at = frame_->data + frame_->data_bytes;
  frame_->data_bytes += bytes;
  return at;
}

void Compiler::name_datum(const Token& token) {
  Name* name = take_name(token);
  if (name == nullptr) return;
  name->mean(NameKind::literal, 0);
  if (expect_ == Expect::table_name || expect_ == Expect::constant_name) {
    name_in_work_ = name;
    expect_ = expect_ == Expect::table_name ? Expect::table_type : Expect::constant_value;
    return;
  }
  // The data segment begins at offset sizeof(Cell); in front of an array lies its length.
  array_at_ = frame_->data_bytes;
  const std::uint32_t bytes = sizeof(Cell) * (expect_ == Expect::double_variable_name ? 2 : 1);
  std::byte* const first = reserve_data(bytes);
  if (first == nullptr) return;
  std::memset(first, 0, bytes);
  const bool variable = expect_ != Expect::array_name;
  name->value = array_at_ + static_cast<std::uint32_t>(sizeof(Cell)) * (variable ? 1 : 2);
  elements_ = 0;
  expect_ = variable ? Expect::word : Expect::array_size;
}

void Compiler::consume_constant(const Token& token) {
  const Number number = read_number(token.text);
  if (number.kind == NumberKind::out_of_range) return fail(CompileError::number_out_of_range);
  if (number.kind != NumberKind::number) return fail(CompileError::number_expected);
  name_in_work_->value = static_cast<UCell>(number.value);
  expect_ = Expect::word;
}

void Compiler::consume_array(const Token& token) {
  const Number number = read_number(token.text);
  if (expect_ == Expect::array_size) {
    if (token.text == "{") {
      expect_ = Expect::array_element;
      return;
    }
    if (number.kind == NumberKind::out_of_range) return fail(CompileError::number_out_of_range);
    if (number.kind != NumberKind::number || number.value < 1) return fail(CompileError::size_expected);
    if (number.value > core::limits::data_bytes) return fail(CompileError::data_full);
    elements_ = static_cast<std::uint32_t>(number.value);
    const std::uint32_t bytes = elements_ * static_cast<std::uint32_t>(sizeof(Cell));
    std::byte* const at = reserve_data(bytes);
    if (at == nullptr) return;
    std::memset(at, 0, bytes);
  } else if (token.text != "}") {
    if (number.kind == NumberKind::out_of_range) return fail(CompileError::number_out_of_range);
    if (number.kind != NumberKind::number) return fail(CompileError::value_expected);
    std::byte* at = reserve_data(sizeof(Cell));
    if (at != nullptr) store_cell(at, static_cast<Cell>(number.value));
    ++elements_;
    return;
  }
  if (elements_ == 0) return fail(CompileError::empty_array);
  store_cell(frame_->data + array_at_, static_cast<Cell>(elements_));
  expect_ = Expect::word;
}

void Compiler::consume_table(const Token& token) {
  if (expect_ == Expect::table_type) {
    if (token.text == "int8") {
      table_type_ = ml::ElementType::int8;
    } else if (token.text == "int16") {
      table_type_ = ml::ElementType::int16;
    } else if (token.text == "int32" && core::cell_bits == 32) {
      table_type_ = ml::ElementType::int32;
    } else {
      return fail(CompileError::type_expected);
    }
    expect_ = Expect::table_open;
    return;
  }
  if (expect_ == Expect::table_open) {
    if (token.text != "{") return fail(CompileError::value_expected);
    open_gap();
    // Elements are aligned in the memory for the sake of kernels.
    while (reinterpret_cast<std::uintptr_t>(frame_->code + emitter_.here()) % 4 != 0)
      if (std::uint8_t* padding = emitter_.reserve(1))
        *padding = 0;
      else
        return;
    array_at_ = emitter_.here();
    elements_ = 0;
    expect_ = Expect::table_element;
    return;
  }
  if (token.text == "}") return close_table();
  const Number number = read_number(token.text);
  const bool single = number.kind == NumberKind::number || number.kind == NumberKind::out_of_range;
  if (!single) return fail(CompileError::value_expected);
  const Cell value = static_cast<Cell>(number.value);
  if (number.kind == NumberKind::out_of_range || !fits(value, table_type_))
    return fail(CompileError::number_out_of_range);
  if (std::uint8_t* at = emitter_.reserve(ml::bytes_of(table_type_))) store_element(at, value, table_type_);
  ++elements_;
}

void Compiler::close_table() {
  if (elements_ == 0) return fail(CompileError::empty_array);
  if (emitter_.error() != CompileError::none) return;
  name_in_work_->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  const std::byte* base = reinterpret_cast<const std::byte*>(frame_->code + array_at_);
  if (!vm::add_region(*machine_, *frame_, base, elements_, table_type_)) return fail(CompileError::regions_full);
  close_gap();
  expect_ = Expect::word;
}

// --- header and trailer
// -----------------------------------------------------------------------------------------------

void Compiler::frame_header() {
  if (!first_token_ || position_.line != 1) return fail(CompileError::header_not_first);
  header_line_ = position_.line;
  expect_ = Expect::frame_name;
}

void Compiler::consume_header(const Token& token) {
  if (token.position.line != header_line_) return fail(CompileError::header_syntax);
  switch (expect_) {
    case Expect::frame_name: expect_ = Expect::frame_version; return;
    case Expect::frame_version: expect_ = Expect::header_key; return;
    case Expect::header_key:
      if (token.text == "code")
        expect_ = Expect::header_code;
      else if (token.text == "data")
        expect_ = Expect::header_data;
      else
        fail(CompileError::header_syntax);
      return;
    default: break;
  }
  std::uint32_t bytes = 0;
  if (!read_count(token.text, bytes) || bytes == 0) return fail(CompileError::header_syntax);
  (expect_ == Expect::header_code ? code_wanted_ : data_wanted_) = bytes;
  if (!vm::resize_frame(*machine_, *frame_, code_wanted_, data_wanted_)) return fail(CompileError::frame_too_large);
  expect_ = Expect::header_key;
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
