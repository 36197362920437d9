// Instructions with a block -> its fields; parts of arrays -> views.
#include <algorithm>

#include "core/words.hpp"
#include "jit/decompiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::BlockField;
using core::FieldKind;

void Decompiler::block(const core::Block& block, const Part& part) {
  const core::OperandList& list = core::operands(block.op);
  const std::uint8_t* at = frame_.code + part.end - list.bytes;
  std::int32_t values[core::block_values_max] = {};
  for (unsigned k = 0; k < list.count; ++k) {
    values[k] = core::read_operand(at, core::operand_kind(list, k));
    at += core::operand_kind(list, k).bytes;
  }
  for (const core::Word& word : core::words)
    if (!word.is_action && word.target == static_cast<std::uint16_t>(block.op)) out_.word(word.text);
  block_arrays(block, values);
  const std::int32_t* value = values;
  for (unsigned k = 0; k < block.fields; ++k) {
    const BlockField& field = core::field_of(block, k);
    if (field.kind != FieldKind::array) block_values(field, value);
    value += field.values;
  }
  out_.word("}");
}

// Literals and arrays that no field has named before become regions in the order of the text.
void Decompiler::block_arrays(const core::Block& block, const std::int32_t* values) {
  std::int32_t printed = -1;
  for (unsigned count = 0; count < block.fields; ++count) {
    const BlockField* next = nullptr;
    std::int32_t region = 0;
    unsigned value = 0;
    for (unsigned k = 0; k < block.fields; ++k) {
      const BlockField& field = core::field_of(block, k);
      const std::int32_t candidate = values[value];
      const bool is_given = field.kind == FieldKind::array && candidate != static_cast<std::int32_t>(vm::no_region);
      if (is_given && candidate > printed && (next == nullptr || candidate < region)) {
        next = &field;
        region = candidate;
      }
      value += field.values;
    }
    if (next == nullptr) return;
    printed = region;
    value = 0;
    for (unsigned k = 0; k < block.fields; ++k) {  // one array may stand in several fields
      const BlockField& field = core::field_of(block, k);
      if (field.kind == FieldKind::array && values[value] == region) {
        out_.word(field.name);
        block_array(field, static_cast<std::uint32_t>(region));
      }
      value += field.values;
    }
  }
}

void Decompiler::block_array(const BlockField& field, std::uint32_t index) {
  if (index >= frame_.regions) return fail("array_without_region");
  const vm::Region& region = frame_.region(index);
  const Name* name = datum_behind(vm::handle_of(index), false);
  if (name == nullptr && region.storage == vm::Storage::data)
    name = datum_behind(static_cast<std::int32_t>(region.offset + cell_bytes), true);
  if (name == nullptr && region.storage == vm::Storage::host) name = host_array_named_here(index);
  if (name != nullptr) return out_.word(name->text());
  if (region.storage != vm::Storage::constants) return fail("array_without_name");
  if (region.type != static_cast<ml::ElementType>(field.type)) out_.word(name_of(region.type));
  constants(region);
}

void Decompiler::block_values(const BlockField& field, const std::int32_t* values) {
  if (!field.is_required && std::equal(values, values + field.values, core::block_defaults + field.otherwise)) return;
  out_.word(field.name);
  for (unsigned k = 0; k < field.values; ++k) {
    if (field.kind == FieldKind::choice)
      out_.word(core::block_choices[field.choices + static_cast<unsigned>(values[k])]);
    else if (field.kind == FieldKind::real)
      real(static_cast<std::uint32_t>(values[k]));
    else
      out_.number(values[k]);
  }
}

// The name of an array of the host that the instruction in work is the first to use.
const Name* Decompiler::host_array_named_here(std::uint32_t index) {
  for (const Name* one = name_; one != nullptr; one = newer(one)) {
    if (!is_of_host(*one) || vm::region_index(cell_of(*one)) != index) continue;
    last_ = one;
    name_ = newer(one);
    return one;
  }
  return nullptr;
}

// Is the instruction that comes one with a block?
bool Decompiler::block_comes() const {
  CodeReader reader(frame_, at_, limit());
  Part part;
  return has_blocks && reader.next(part) && core::on_page_two(part.op) && core::block_of(part.op) != nullptr;
}

// Of the newest array that it is a part of.
void Decompiler::view(const Name& name) {
  const std::uint32_t index = vm::region_index(cell_of(name));
  if (index >= frame_.regions) return fail("array_without_region");
  const vm::Region& region = frame_.region(index);
  const std::uint32_t size = ml::bytes_of(region.type);
  for (const Name* one = vm::older_name(frame_, &name); one != nullptr; one = vm::older_name(frame_, one)) {
    if ((one->kind != NameKind::region && one->kind != NameKind::view) || resolve(one->text()) != one) continue;
    const std::uint32_t base_index = vm::region_index(cell_of(*one));
    if (base_index >= frame_.regions) return fail("array_without_region");
    const vm::Region& base = frame_.region(base_index);
    if (base.storage != region.storage || base.type != region.type || base.frame != region.frame ||
        base.offset > region.offset || (region.offset - base.offset) / size + region.count > base.count)
      continue;
    out_.end_line();
    out_.word("view");
    out_.word(name.text());
    out_.word(one->text());
    out_.number((region.offset - base.offset) / size);
    out_.number(region.count);
    return out_.end_line();
  }
  fail("view_of_nothing");
}

}  // namespace mica::inline MICA_PROFILE::jit
