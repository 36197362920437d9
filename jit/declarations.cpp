// What a program declares by name: variables and constants. Arrays have a room of their own (arrays.cpp).
#include <bit>
#include <cstring>

#include "jit/compiler.hpp"
#include "jit/numbers.hpp"

namespace mica::inline MICA_PROFILE::jit {

void Compiler::define_variable() { expect_ = Expect::variable_name; }
void Compiler::define_double_variable() { expect_ = Expect::double_variable_name; }
void Compiler::define_constant() { expect_ = Expect::constant_name; }
void Compiler::define_array() { expect_ = Expect::array_name; }
void Compiler::define_table() { expect_ = Expect::table_name; }

// A new name; words of the instruction set and numbers are refused.
Name* Compiler::take_name(const Token& token, NameKind kind) {
  const core::Word& word = core::word_candidate(token.hash);
  if (word.text == token.text && !word.is_redefinable) {
    fail(CompileError::name_taken);
  } else if (read_number(token.text).kind != NumberKind::none) {
    fail(CompileError::invalid_name);
  } else if (Name* name = dictionary_.insert(token.text, token.hash, kind)) {
    if (kind != NameKind::word) name->token = static_cast<std::uint16_t>(emitter_.here());
    return name;
  } else {
    fail(CompileError::names_full);
  }
  return nullptr;
}

// Memory at the end of the data segment; it holds what was left there before.
std::byte* Compiler::reserve_data(std::uint32_t bytes) {
  if (bytes > frame_->data_room()) {
    fail(CompileError::data_full);
    return nullptr;
  }
  std::byte* at = frame_->data + frame_->data_bytes;
  frame_->data_bytes += bytes;
  return at;
}

// The address of what will be reserved next: the segment begins at the offset of a cell.
std::uint32_t Compiler::next_address() const { return frame_->data_bytes + static_cast<std::uint32_t>(sizeof(Cell)); }

void Compiler::name_variable(const Token& token) {
  const bool two = expect_ == Expect::double_variable_name;
  Name* const name = take_name(token, two ? NameKind::double_variable : NameKind::variable);
  if (name == nullptr) return;
  const std::uint32_t bytes = sizeof(Cell) * (two ? 2 : 1);
  name->value = next_address();
  if (std::byte* const cells = reserve_data(bytes)) std::memset(cells, 0, bytes);
  expect_ = Expect::word;
}

void Compiler::name_constant(const Token& token) {
  datum_ = take_name(token, NameKind::constant);
  expect_ = Expect::constant_value;
}

// `preset ADDRESS { n ... }`: what cells of the data segment hold at the start.
void Compiler::preset_data() { expect_ = Expect::preset_address; }

void Compiler::take_preset_address(const Token& token) {
  if (expect_ == Expect::preset_opening) {
    if (token.text != "{") return fail(CompileError::value_expected);
    expect_ = Expect::preset_first;
    return;
  }
  const Name* const name = dictionary_.find(token.text, token.hash);
  const Number number = read_number(token.text);
  const bool named =
      name != nullptr && (name->is_variable() || name->kind == NameKind::array || name->kind == NameKind::constant);
  if (!named && is_refused(number)) return;
  if (!named && (number.kind != NumberKind::number || number.value < 0)) return fail(CompileError::address_expected);
  preset_ = named ? name->value : static_cast<std::uint32_t>(number.value);
  expect_ = Expect::preset_opening;
}

void Compiler::preset_cell(const Token& token) {
  if (token.text == "}") {
    if (expect_ == Expect::preset_first) return fail(CompileError::empty_array);
    expect_ = Expect::word;
    return;
  }
  const Number number = value_of(token);
  if (is_refused(number)) return;
  if (number.kind != NumberKind::number) return fail(CompileError::value_expected);
  // Those of a text that this one extends stay as they are: it may be refused yet.
  const std::uint32_t before = extends() ? machine_->frames[slot_].data_bytes : 0;
  if (preset_ < before + sizeof(Cell) || preset_ > frame_->data_bytes) return fail(CompileError::address_expected);
  store_cell(frame_->data + preset_ - sizeof(Cell), static_cast<Cell>(number.value));
  preset_ += sizeof(Cell);
  expect_ = Expect::preset_next;
}

void Compiler::set_constant(const Token& token) {
  const Number number = value_of(token);
  if (is_refused(number)) return;
  if (number.kind != NumberKind::number && number.kind != NumberKind::float_number)
    return fail(CompileError::number_expected);
  datum_->value = static_cast<UCell>(number.value);
  datum_->is_float = number.kind == NumberKind::float_number;
  datum_ = nullptr;
  expect_ = Expect::word;
}

// Numbers are no names: lists of them take no longer.
Number Compiler::value_of(const Token& token, bool as_float) {
  const Number number = as_float ? read_float_number(token.text) : read_number(token.text);
  if (number.kind != NumberKind::none) return number;
  const Name* const name = dictionary_.find(token.text, token.hash);
  if (name == nullptr || name->kind != NameKind::constant || name == datum_) return number;
  if (has_floats && name->is_float) return {NumberKind::float_number, cell_of(*name)};
  if (!has_floats || !as_float) return {NumberKind::number, cell_of(*name)};
  return {NumberKind::float_number, std::bit_cast<std::int32_t>(static_cast<float>(cell_of(*name)))};
}

}  // namespace mica::inline MICA_PROFILE::jit
