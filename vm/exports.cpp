#include "vm/exports.hpp"

#include "vm/memory.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

std::uint16_t cells(int count) { return static_cast<std::uint16_t>(count); }

}  // namespace

ml::ArrayView array_of(const Machine& machine, const Frame& frame, const Name& name) {
  const Cell operand = static_cast<Cell>(static_cast<UCell>(name.value));
  ml::ArrayView view;
  if (name.kind == NameKind::array || name.kind == NameKind::region || name.kind == NameKind::view)
    find_array(machine, frame, operand, view);
  else
    find_elements(machine, frame, operand, 0, name.kind == NameKind::double_variable ? 2 : 1, view);
  return view;
}

const Name* find_export(const Machine& machine, std::uint8_t index, std::string_view text) {
  if (index >= core::limits::frames || !can_be_read(machine, index)) return nullptr;
  const Frame& frame = machine.frames[index];
  for (const Name* name = newest_name(frame); name != nullptr; name = older_name(frame, name))
    if (name->exported && name->text() == text) return name;
  return nullptr;
}

ExportReport report_export(const Machine& machine, std::uint8_t index, std::string_view text) {
  ExportReport report;
  const Name* const name = find_export(machine, index, text);
  if (name == nullptr) return report;
  if (name->kind == NameKind::word) {
    report.kind = ExportReport::Kind::word;
    report.in = name->effect.in;
    report.out = cells(name->effect.in + name->effect.change);
  } else if (name->kind == NameKind::constant) {
    report.kind = ExportReport::Kind::constant;
    report.value = static_cast<Cell>(static_cast<UCell>(name->value));
    report.is_float = name->is_float;
  } else {
    report.kind = ExportReport::Kind::array;
    report.array = array_of(machine, machine.frames[index], *name);
  }
  return report;
}

}  // namespace mica::inline MICA_PROFILE::vm
