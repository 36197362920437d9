// Words with a block: named fields in any order, up to }. Each is looked at where it stands, all together at the end;
// then they become the operands of one instruction.
#include <algorithm>
#include <bit>
#include <limits>

#include "core/kernels.hpp"
#include "jit/compiler.hpp"
#include "jit/numbers.hpp"
#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::BlockField;
using core::FieldKind;

void Compiler::begin_block(const core::Block& one) {
  // It could not be decompiled, as nothing of it would be in the code but regions.
  if (!flow().reachable && error_ == CompileError::none) return fail(CompileError::block_unreached);
  const core::InstructionInfo& info = core::info(one.op);
  if (!enough(info.data_in, info.loop_in)) return;
  block().block = &one;
  block().opened = position_;
  block().has_type = false;
  std::fill(std::begin(block().given), std::end(block().given), 0);
  std::fill(std::begin(block().values), std::end(block().values), 0);
  expect_ = Expect::block_field;
}

void Compiler::take_block_token(const Token& token) {
  switch (expect_) {
    case Expect::block_field: return begin_field(token);
    case Expect::block_value: return take_field_value(token);
    case Expect::block_array: return take_field_array(token);
    default: return;
  }
}

void Compiler::begin_field(const Token& token) {
  if (token.text == "}") return end_block();
  unsigned value = 0;
  for (unsigned k = 0; k < block().block->fields; ++k) {
    const BlockField& field = core::field_of(*block().block, k);
    if (field.name == token.text) {
      if (block().has(k)) return fail(CompileError::field_twice);
      block().note(k);
      block().places[k] = position_;
      block().field = static_cast<std::uint8_t>(k);
      block().value = static_cast<std::uint8_t>(value);
      block().values_left = field.values;
      expect_ = field.kind == FieldKind::array ? Expect::block_array : Expect::block_value;
      return;
    }
    value += field.values;
  }
  fail(CompileError::field_expected);
}

void Compiler::set_field_value(std::int32_t value) {
  block().values[block().value++] = value;
  if (--block().values_left == 0) expect_ = Expect::block_field;
}

void Compiler::take_field_value(const Token& token) {
  const BlockField& field = block().field_in_work();
  if (field.kind == FieldKind::choice) {
    for (std::int32_t k = 0; k <= field.most; ++k)
      if (core::block_choices[field.choices + static_cast<unsigned>(k)] == token.text) return set_field_value(k);
    return fail(CompileError::choice_expected);
  }
  const bool is_real = field.kind == FieldKind::real;
  // Infinity has no other text, and is the same whatever names there are.
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (is_real && (token.text == "inf" || token.text == "-inf"))
    return set_field_value(std::bit_cast<std::int32_t>(token.text == "inf" ? infinity : -infinity));
  const Number number = value_of(token, is_real);
  if (is_refused(number)) return;
  if (number.kind != (is_real ? NumberKind::float_number : NumberKind::number))
    return fail(CompileError::field_value_expected);
  if (!is_real && (number.value < field.least || number.value > field.most))
    return fail(CompileError::field_out_of_range);
  set_field_value(static_cast<std::int32_t>(number.value));
}

// A name, or a literal: a type, unless it is the one that the field has without, and { ... } or packed.
void Compiler::take_field_array(const Token& token) {
  const BlockField& field = block().field_in_work();
  ml::ElementType type = static_cast<ml::ElementType>(field.type);
  const bool is_type = !block().has_type && read_element_type(token.text, type);
  if (!is_type && !block().has_type && token.text != "{" && token.text != "packed") return find_field_array(token);
  if (field.is_written) return fail(CompileError::array_expected);
  if (!block().has_type) {
    array_ = ArrayInWork{};
    array_.read_only = array_.typed = true;
    array_.type = type;
  }
  if (!is_type) return open_field_literal(token);
  if (!accepts(field, type)) return fail(CompileError::field_type);
  block().has_type = true;
}

void Compiler::find_field_array(const Token& token) {
  const core::Word& word = core::word_candidate(token.hash);
  if (word.text == token.text && !word.is_redefinable) return fail(CompileError::array_expected);
  const Name* name = dictionary_.find(token.text, token.hash);
  if (name == nullptr && vm::has_host_functions) name = array_of_host(token);
  if (error_ != CompileError::none) return;
  if (name == nullptr) return fail(CompileError::array_expected);
  if (name->kind == NameKind::array) return take_field_region(region_of_cells(*name));
  if (name->kind != NameKind::region && name->kind != NameKind::view && name->kind != NameKind::scalar)
    return fail(CompileError::array_expected);
  take_field_region(vm::region_index(cell_of(*name)));
}

// Fields name regions: an array of cells becomes one when the first field names it.
std::uint32_t Compiler::region_of_cells(const Name& name) {
  const std::uint32_t offset = name.value - static_cast<std::uint32_t>(sizeof(Cell));
  const std::uint32_t regions = frame_->regions;
  const std::uint32_t room = (frame_->data_bytes - offset) / static_cast<std::uint32_t>(sizeof(Cell));
  // A program that this text extends may have overwritten the length.
  const std::uint32_t count = static_cast<UCell>(load_cell(frame_->data + offset - sizeof(Cell)));
  if (count == 0 || count > room) {
    fail(CompileError::array_expected);
    return regions;
  }
  for (std::uint32_t k = 0; k < regions; ++k) {
    const vm::Region& region = frame_->region(k);
    if (region.storage == vm::Storage::data && region.frame == frame() && region.offset == offset &&
        region.count == count && region.type == vm::cell_type)
      return k;
  }
  if (!vm::add_region(*frame_, {offset, count, vm::cell_type, vm::Storage::data, false, frame()}))
    fail(CompileError::regions_full);
  return regions;
}

void Compiler::take_field_region(std::uint32_t index) {
  if (error_ != CompileError::none) return;
  const BlockField& field = block().field_in_work();
  const vm::Region& region = frame_->region(index);
  if (region.storage > vm::Storage::host) return fail(CompileError::array_expected);
  if (!accepts(field, region.type)) return fail(CompileError::field_type);
  if (field.is_written && region.read_only) return fail(CompileError::field_read_only);
  set_field_value(static_cast<std::int32_t>(index));
}

bool Compiler::accepts(const BlockField& field, ml::ElementType type) {
  return (field.types >> static_cast<unsigned>(type) & 1) != 0;
}

void Compiler::open_field_literal(const Token& token) {
  const bool listed = token.text == "{";
  if (!listed && token.text != "packed") return fail(CompileError::value_expected);
  block().has_type = false;
  if (!place_array()) return;
  expect_ = listed ? Expect::array_element : Expect::packed_size;
}

void Compiler::end_block() {
  unsigned value = 0;
  for (unsigned k = 0; k < block().block->fields; ++k) {
    const BlockField& field = core::field_of(*block().block, k);
    if (!block().has(k)) {
      number_in_error_ = k;
      if (field.is_required) return fail(CompileError::field_missing);
      if (field.kind == FieldKind::array)
        block().values[value] = static_cast<std::int32_t>(vm::no_region);
      else
        std::copy_n(core::block_defaults + field.otherwise, field.values, block().values + value);
      block().places[k] = block().opened;
    }
    value += field.values;
  }
  check_block();
  if (error_ != CompileError::none) return;
  expect_ = Expect::word;
  emitter_.set_position(block().opened);
  emitter_.emit_block(*block().block, block().values);
}

// --- what OP_CHECK says
// ---------------------------------------------------------------------------------------------

void Compiler::refuse_field(unsigned field, CompileError error, std::uint64_t number) {
  number_in_error_ = number > 0xffffffff ? 0xffffffff : static_cast<std::uint32_t>(number);
  fail_at(error, block().places[field]);
}

const vm::Region& Compiler::region_of(Cell array) const { return frame_->region(vm::region_index(array)); }

// The memory of two arrays does not overlap, or is the same.
bool Compiler::lie_apart(Cell one, Cell other, bool or_same) const {
  const vm::Region& a = region_of(one);
  const vm::Region& b = region_of(other);
  if (a.storage != b.storage) return true;
  const auto begin_of = [&](const vm::Region& region) -> std::uintptr_t {
    if (region.storage != vm::Storage::host) return region.offset;
    return reinterpret_cast<std::uintptr_t>(machine_->host.arrays[region.offset].elements);
  };
  if (a.storage != vm::Storage::host && a.frame != b.frame) return true;
  const std::uintptr_t a_begin = begin_of(a), b_begin = begin_of(b);
  if (or_same && a_begin == b_begin && a.count == b.count && a.type == b.type) return true;
  return a_begin + std::size_t{a.count} * ml::bytes_of(a.type) <= b_begin ||
         b_begin + std::size_t{b.count} * ml::bytes_of(b.type) <= a_begin;
}

#define WANT(condition, field) \
  if (!(condition)) return refuse_field(field_of_##field, CompileError::field_does_not_fit, 0)
#define LENGTH(array) region_of(array).count
#define WANT_LENGTH(array, count) \
  if (LENGTH(array) != (count)) return refuse_field(field_of_##array, CompileError::field_length, (count))
#define WANT_APART(array, other) \
  if (!lie_apart(array, other, false)) return refuse_field(field_of_##array, CompileError::field_overlap, 0)
#define WANT_APART_OR_SAME(array, other) \
  if (!lie_apart(array, other, true)) return refuse_field(field_of_##array, CompileError::field_overlap, 0)
#define WANT_SAME_TYPE(array, other) \
  if (region_of(array).type != region_of(other).type) return refuse_field(field_of_##array, CompileError::field_type, 0)
#define ELEMENT_BYTES(array) ml::bytes_of(region_of(array).type)
#define ELEMENT_TYPE(array) region_of(array).type
#define GIVEN(array) (vm::region_index(array) != vm::no_region)

void Compiler::check_block() {
  using core::Op;
  switch (block().block->op) {
#include "core/block_checks.inc"
    default: break;
  }
}

}  // namespace mica::inline MICA_PROFILE::jit
