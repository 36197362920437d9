// Arrays while they are declared: of cells or of smaller elements, writable or read-only, from numbers or packed.
#include <cstring>

#include "jit/compiler.hpp"
#include "jit/numbers.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

bool fits(std::int64_t value, ml::ElementType type) {
  const std::int64_t limit = std::int64_t{1} << (8 * ml::bytes_of(type) - 1);
  return value >= -limit && value < limit;
}

}  // namespace

bool read_element_type(std::string_view text, ml::ElementType& type) {
  if (text == "int8")
    type = ml::ElementType::int8;
  else if (text == "int16")
    type = ml::ElementType::int16;
  else if (text == "int32" && core::cell_bits == 32)
    type = ml::ElementType::int32;
  else if (text == "float32" && has_floats)
    type = ml::ElementType::float32;
  else
    return false;
  return !core::rexa16;
}

void Compiler::name_array(const Token& token) {
  array_ = ArrayInWork{};
  array_.read_only = expect_ == Expect::table_name;
  array_.name = take_name(token, array_.read_only ? NameKind::region : NameKind::array);
  expect_ = array_.read_only ? Expect::table_type : Expect::array_size;
}

// Behind the name: the type, then how the elements are given.
void Compiler::begin_array(const Token& token) {
  if (expect_ != Expect::table_content && !array_.typed && read_element_type(token.text, array_.type)) {
    array_.typed = true;
    array_.name->kind = NameKind::region;
    expect_ = array_.read_only ? Expect::table_content : Expect::array_size;
    return;
  }
  if (!has_floats && !core::rexa16 && expect_ != Expect::table_content && token.text == "float32")
    return fail(CompileError::floats_missing);
  if (expect_ == Expect::table_type) return fail(CompileError::type_expected);
  const bool listed = token.text == "{";
  const bool packed = array_.typed && token.text == "packed";
  if (!listed && !packed && array_.read_only) return fail(CompileError::value_expected);
  if (!place_array()) return;
  if (listed) {
    expect_ = Expect::array_element;
  } else if (packed) {
    expect_ = Expect::packed_size;
  } else {
    zero_array(token);
  }
}

// Where the first element goes.
bool Compiler::place_array() {
  if (array_.read_only) {
    if (constants_.begin_array(array_.offset)) return true;
    fail(CompileError::constants_full);
    return false;
  }
  // In front of an array of cells lies its length; elements of a type are aligned to their size.
  const std::uint32_t size = ml::bytes_of(array_.type);
  const std::uint32_t before = array_.typed ? (size - frame_->data_bytes % size) % size : sizeof(Cell);
  std::byte* const at = reserve_data(before);
  if (at == nullptr) return false;
  std::memset(at, 0, before);
  array_.offset = frame_->data_bytes;
  return true;
}

void Compiler::zero_array(const Token& token) {
  const Number number = value_of(token);
  if (is_refused(number)) return;
  if (number.kind != NumberKind::number || number.value < 1) return fail(CompileError::size_expected);
  if (number.value > core::limits::data_bytes) return fail(CompileError::data_full);
  array_.count = static_cast<std::uint32_t>(number.value);
  const std::uint32_t bytes = array_.count * ml::bytes_of(array_.type);
  zeros_ = reserve_data(bytes);
  if (zeros_ == nullptr) return;
  zeros_left_ = bytes;
  work_left_ = WorkLeft::zeros;
  close_array();
}

void Compiler::add_element(const Token& token) {
  if (token.text == "}") return close_array();
  const bool is_float = has_floats && array_.type == ml::ElementType::float32;
  const Number number = value_of(token, is_float);
  if (is_refused(number)) return;
  // In an array of cells a float is a cell like others.
  const bool is_element =
      number.kind == NumberKind::number || (number.kind == NumberKind::float_number && (is_float || !array_.typed));
  if (!is_element) return fail(CompileError::value_expected);
  // A pattern of the upper half stands for a negative cell.
  const Cell value = static_cast<Cell>(number.value);
  if (!fits(value, array_.type)) return fail(CompileError::number_out_of_range);
  if (put_bytes(&value, ml::bytes_of(array_.type))) ++array_.count;
}

bool Compiler::put_bytes(const void* bytes, std::uint32_t size) {
  if (array_.read_only) {
    if (constants_.put(bytes, size)) return true;
    fail(CompileError::constants_full);
    return false;
  }
  std::byte* const at = reserve_data(size);
  if (at != nullptr) std::memcpy(at, bytes, size);
  return at != nullptr;
}

void Compiler::close_array() {
  if (array_.count == 0) return fail(CompileError::empty_array);
  expect_ = Expect::word;
  if (array_.name == nullptr) return end_field_literal();
  if (!array_.typed) {
    array_.name->value = array_.offset + static_cast<std::uint32_t>(sizeof(Cell));
    store_cell(frame_->data + array_.offset - sizeof(Cell), static_cast<Cell>(array_.count));
    return;
  }
  array_.name->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  const vm::Storage storage = array_.read_only ? vm::Storage::constants : vm::Storage::data;
  if (!vm::add_region(*frame_, {array_.offset, array_.count, array_.type, storage, array_.read_only, frame()}))
    fail(CompileError::regions_full);
}

// The literal of a field: a region without a name.
void Compiler::end_field_literal() {
  const std::uint32_t index = frame_->regions;
  expect_ = Expect::block_field;
  if (!vm::add_region(*frame_, {array_.offset, array_.count, array_.type, vm::Storage::constants, true, frame()}))
    return fail(CompileError::regions_full);
  set_field_value(static_cast<std::int32_t>(index));
}

// --- views
// ------------------------------------------------------------------------------------------------------------

// `view NAME ARRAY FIRST COUNT`: elements of a typed array or table of the program as an array of their own.
void Compiler::define_view() { expect_ = Expect::view_name; }

void Compiler::take_view_token(const Token& token) {
  if (expect_ == Expect::view_name) {
    array_ = ArrayInWork{};
    array_.name = take_name(token, NameKind::view);
    expect_ = Expect::view_array;
  } else if (expect_ == Expect::view_array) {
    begin_view(dictionary_.find(token.text, token.hash));
    expect_ = Expect::view_first;
  } else {
    const Number number = value_of(token);
    if (is_refused(number)) return;
    const bool is_first = expect_ == Expect::view_first;
    if (number.kind != NumberKind::number || number.value < (is_first ? 0 : 1))
      return fail(CompileError::size_expected);
    if (number.value > array_.count) return fail(CompileError::view_outside);
    if (!is_first) return end_view(static_cast<std::uint32_t>(number.value));
    array_.offset += static_cast<std::uint32_t>(number.value) * ml::bytes_of(array_.type);
    array_.count -= static_cast<std::uint32_t>(number.value);
    expect_ = Expect::view_count;
  }
}

void Compiler::begin_view(const Name* base) {
  if (base == nullptr || base == array_.name || (base->kind != NameKind::region && base->kind != NameKind::view))
    return fail(CompileError::array_expected);
  const vm::Region& region = frame_->region(vm::region_index(cell_of(*base)));
  if (region.storage > vm::Storage::data || region.frame != frame()) return fail(CompileError::array_expected);
  array_.offset = region.offset;
  array_.count = region.count;
  array_.type = region.type;
  array_.read_only = region.read_only;
  array_.is_constant = region.storage == vm::Storage::constants;
}

void Compiler::end_view(std::uint32_t count) {
  expect_ = Expect::word;
  array_.name->value = static_cast<UCell>(vm::handle_of(frame_->regions));
  const vm::Storage storage = array_.is_constant ? vm::Storage::constants : vm::Storage::data;
  if (!vm::add_region(*frame_, {array_.offset, count, array_.type, storage, array_.read_only, frame()}))
    fail(CompileError::regions_full);
}

// --- packed
// -----------------------------------------------------------------------------------------------------------

void Compiler::begin_packed(const Token& token) {
  const Number number = value_of(token);
  if (is_refused(number)) return;
  if (number.kind != NumberKind::number || number.value < 1 || number.value % ml::bytes_of(array_.type) != 0)
    return fail(CompileError::packed_size_expected);
  array_.packed_left = static_cast<std::uint32_t>(number.value);
  array_.count = array_.packed_left / ml::bytes_of(array_.type);
  lexer_.read_quoted(true);
  expect_ = Expect::packed_text;
}

// A piece of the text; blanks may stand anywhere, so that lines can be short.
void Compiler::add_packed(std::string_view piece) {
  position_ = lexer_.piece_position();
  for (unread_ = static_cast<std::uint32_t>(piece.size()); unread_ > 0; --unread_) {
    const char character = piece[piece.size() - unread_];
    const bool blank = character == ' ' || character == '\n' || character == '\r' || character == '\t';
    if (!blank && array_.packed_left == 0) return fail(CompileError::packed_too_long);
    if (!blank && !array_.packed.add(character)) return fail(CompileError::packed_syntax);
    if (array_.packed.complete() && !put_packed()) return;
    step_over(character, position_);
  }
}

bool Compiler::put_packed() {
  const std::array<std::uint8_t, 4> bytes = array_.packed.take();
  const std::uint32_t size = array_.packed_left < 4 ? array_.packed_left : 4;
  array_.packed_left -= size;
  return put_bytes(bytes.data(), size);
}

void Compiler::end_packed() {
  position_ = lexer_.piece_position();
  if (array_.packed_left != 0 || array_.packed.begun()) return fail(CompileError::packed_too_short);
  close_array();
}

}  // namespace mica::inline MICA_PROFILE::jit
