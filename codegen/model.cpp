#include "model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "word_hash.hpp"

namespace mica::codegen {

unsigned Instruction::operand_bytes() const {
  unsigned bytes = 0;
  for (const Operand& operand : operands) bytes += operand.info.bytes;
  return bytes;
}

std::vector<const Instruction*> Model::page(unsigned number) const {
  std::vector<const Instruction*> result;
  for (const Instruction& instruction : instructions)
    if (instruction.page == number) result.push_back(&instruction);
  return result;
}

std::vector<const Instruction*> Model::functions() const {
  std::vector<const Instruction*> result;
  for (const Instruction& instruction : instructions) {
    if (instruction.function == 0) continue;
    const std::size_t place = static_cast<std::size_t>(-1 - instruction.function);
    if (place >= result.size()) result.resize(place + 1, nullptr);
    result[place] = &instruction;
  }
  return result;
}

const Instruction* Model::find(const std::string& name) const {
  for (const Instruction& instruction : instructions)
    if (instruction.name == name) return &instruction;
  return nullptr;
}

bool Model::has_trap(const std::string& name) const {
  return std::any_of(traps.begin(), traps.end(), [&](const TrapInfo& trap) { return trap.name == name; });
}

std::uint32_t fingerprint(const Model& model) {
  std::string text = model.profile.dialect + " " + std::to_string(model.profile.cell_bits);
  for (const Instruction& instruction : model.instructions) {
    text += fmt::format("|{} {} {} {} {} {}", instruction.name, instruction.word, instruction.effect_text,
                        instruction.page, instruction.ticks, instruction.unit_ticks);
    if (instruction.function != 0) text += fmt::format(" function {}", instruction.function);
    for (const Operand& operand : instruction.operands)
      text += fmt::format(" {}:{}:{}", operand.name, operand.kind, operand.info.type);
    for (const BlockField& field : instruction.block)
      text += fmt::format(" {} {} {} {} {} {} {}", field.name, fmt::join(field.types, ","), field.written,
                          fmt::join(field.choices, ","), field.least, field.most, fmt::join(field.otherwise, ","));
    for (const StateField& field : instruction.state) text += " " + field.type + ":" + field.name;
  }
  for (const CompileWord& word : model.words)
    text += "|" + word.word + " " + word.action + " " + std::to_string(word.ticks);
  for (const Fusion& fusion : model.fusions) text += "|" + fusion.name;
  for (const TrapInfo& trap : model.traps) text += fmt::format("|{} {}", trap.number, trap.name);
  return word_hash(text);
}

}  // namespace mica::codegen
