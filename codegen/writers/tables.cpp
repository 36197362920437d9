// opcodes.hpp, instruction_table.hpp, mnemonics.hpp: the instructions as the compiler, the disassembler and the
// simulator look them up.
#include <algorithm>

#include "../effect_parser.hpp"
#include "../json/failure.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

struct Row {
  std::string name;
  std::vector<const Instruction*> parts;
};

// Page one in the order of its opcodes: instructions, then fused ones.
std::vector<Row> page_one(const Model& model) {
  std::vector<Row> rows;
  for (const Instruction* one : model.page(1)) rows.push_back({one->name, {one}});
  for (const Fusion& fusion : model.fusions) rows.push_back({fusion.name, fusion.parts});
  return rows;
}

std::vector<Row> page_two(const Model& model) {
  std::vector<Row> rows;
  for (const Instruction* one : model.page(2)) rows.push_back({one->name, {one}});
  return rows;
}

std::string effect_row(const Row& row) {
  // Net effect and deepest reach of the parts in sequence.
  int depth = 0, need = 0, loop_depth = 0, loop_need = 0;
  unsigned ticks = 0;
  for (const Instruction* part : row.parts) {
    depth -= static_cast<int>(cells(part->data.in));
    loop_depth -= static_cast<int>(cells(part->loop.in));
    need = std::min(need, depth);
    loop_need = std::min(loop_need, loop_depth);
    depth += static_cast<int>(cells(part->data.out));
    loop_depth += static_cast<int>(cells(part->loop.out));
    ticks += part->ticks;
  }
  const Instruction& last = *row.parts.back();
  return fmt::format("    {{{}, {}, {}, {}, {}, {}, {}, Control::{}}},  // {}\n", -need, depth - need, -loop_need,
                     loop_depth - loop_need, ticks, last.unit_ticks, last.effect_of_data,
                     last.control.empty() ? "none" : last.control, row.name);
}

// The kinds of operands of all rows, one list behind the other; what is there already is not added again.
class OperandLists {
 public:
  std::string row(const Row& row) {
    std::vector<std::string> kinds;
    unsigned bytes = 0;
    for (const Instruction* part : row.parts)
      for (const Operand& operand : part->operands) {
        kinds.push_back(operand.kind);
        bytes += operand.info.bytes;
      }
    auto found = std::search(all_.begin(), all_.end(), kinds.begin(), kinds.end());
    if (found == all_.end()) found = all_.insert(found, kinds.begin(), kinds.end());
    return fmt::format("    {{{}, {}, {}}},  // {}\n", found - all_.begin(), kinds.size(), bytes, row.name);
  }

  std::string all() const {
    std::string text = "inline constexpr OperandKind operand_kinds[] = {";
    for (std::size_t k = 0; k < all_.size(); ++k)
      text += fmt::format("{}OperandKind::{},", k % 4 ? " " : "\n    ", all_[k]);
    return text + (all_.empty() ? "OperandKind{}" : "") + "\n};\n\n";
  }

 private:
  std::vector<std::string> all_;
};

// Blocks are written apart from all others.
unsigned operand_bytes_max(const Model& model) {
  unsigned most = 1;
  for (const Instruction& one : model.instructions)
    if (!one.has_block()) most = std::max(most, one.operand_bytes());
  return most;
}

template <class Writer>
std::string table(const Model& model, const std::string& type, const std::string& name, Writer&& row_text) {
  std::string text;
  for (const auto& [suffix, rows] : {std::pair{"one", page_one(model)}, std::pair{"two", page_two(model)}}) {
    text += fmt::format("inline constexpr {} {}_{}[] = {{\n", type, name, suffix);
    for (const Row& row : rows) text += row_text(row);
    if (suffix == std::string("two"))
      text += "    {},  // absent\n";
    else if (rows.empty())
      text += "    {},\n";
    text += "};\n";
  }
  return text + "\n";
}

}  // namespace

void write_opcodes(const Model& model, const Output& output) {
  std::string text = head(model, "Opcodes");
  text += "#include <cstdint>\n\n" + open_core(model);
  text +=
      "// The low byte is the opcode; page two lies at 0x100. Instructions that the profile lacks are `absent`, so "
      "that\n"
      "// the compiler's own code need not know which are there; the tables have an empty row for it.\n";
  text += "enum class Op : std::uint16_t {\n";
  unsigned number = 0;
  for (const Row& row : page_one(model)) text += fmt::format("  {} = {},\n", row.name, number++);
  const unsigned page_one_count = number;
  number = 0;
  for (const Row& row : page_two(model)) text += fmt::format("  {} = 0x{:x},\n", row.name, 0x100 + number++);
  text += fmt::format("  absent = 0x{:x},\n", 0x100 + number);
  for (const Instruction& one : model.absent) text += fmt::format("  {} = absent,\n", one.name);
  text += "};\n\n";
  text +=
      fmt::format("inline constexpr unsigned page_one_count = {};\ninline constexpr unsigned page_two_count = {};\n",
                  page_one_count, number);
  text += "inline constexpr bool has_page_two = page_two_count > 0;\n";
  const auto escape = std::find_if(model.instructions.begin(), model.instructions.end(),
                                   [](const Instruction& one) { return one.control == "escape"; });
  text += fmt::format("inline constexpr unsigned escape_code = {};  // opens the second page\n",
                      escape == model.instructions.end() ? "0x100" : "static_cast<unsigned>(Op::" + escape->name + ")");
  text += close_core();
  write_file(output, "opcodes.hpp", text);
}

void write_tables(const Model& model, const Output& output) {
  std::string text = head(model, "Effects, costs and operands of the instructions");
  text += "#include <cstdint>\n\n#include \"core/opcodes.hpp\"\n\n" + open_core(model);
  text +=
      "enum class Control : std::uint8_t {\n  none, jump, conditional_jump, call, return_, cross, stop, escape, pause\n"
      "};\n\n";
  text +=
      "// Cells taken from and left on the data and the loop stack; ticks of the source instruction and of a unit of\n"
      "// work; what the instruction does to the flow of control.\n";
  text +=
      "struct InstructionInfo {\n  std::uint8_t data_in, data_out, loop_in, loop_out;\n  std::uint8_t ticks, "
      "unit_ticks;\n"
      "  bool is_dynamic;  // the depth behind it is known only while running\n"
      "  Control control;\n};\n\n";
  std::string effects = table(model, "InstructionInfo", "instruction_info", effect_row);
  for (std::size_t at; (at = effects.find("Control::return}")) != std::string::npos;)
    effects.replace(at, 16, "Control::return_}");
  text += effects;

  text += "enum class OperandKind : std::uint8_t {\n";
  for (const auto& [name, kind] : model.kinds.operands) text += fmt::format("  {},  // {}\n", name, kind.doc);
  text +=
      "};\n\nenum class OperandRole : std::uint8_t { literal, branch, call, charge, adjust, count, array, field };\n\n";
  text += "struct OperandKindInfo {\n  std::uint8_t bytes;\n  bool is_signed;\n  OperandRole role;\n};\n\n";
  text += "inline constexpr OperandKindInfo operand_kind_info[] = {\n";
  for (const auto& [name, kind] : model.kinds.operands)
    text += fmt::format("    {{{}, {}, OperandRole::{}}},  // {}\n", kind.bytes,
                        kind.type.find("uint") == std::string::npos, kind.role, name);
  text += "};\n\n";
  text += "// Kinds first .. first + count - 1 of the list below.\n";
  text += "struct OperandList {\n  std::uint16_t first;\n  std::uint8_t count, bytes;\n};\n\n";
  text += fmt::format(
      "inline constexpr unsigned operand_bytes_max = {};  // of an instruction that is not fused and has no block\n\n",
      operand_bytes_max(model));
  OperandLists lists;
  const std::string operand_table =
      table(model, "OperandList", "operand_list", [&](const Row& row) { return lists.row(row); });
  text += lists.all() + operand_table;
  text +=
      "constexpr bool on_page_two(Op op) { return (static_cast<unsigned>(op) & 0x100) != 0; }\n"
      "constexpr unsigned index_in_page(Op op) { return static_cast<unsigned>(op) & 0xff; }\n"
      "constexpr const InstructionInfo& info(Op op) {\n"
      "  return on_page_two(op) ? instruction_info_two[index_in_page(op)] : "
      "instruction_info_one[index_in_page(op)];\n}\n"
      "constexpr const OperandList& operands(Op op) {\n"
      "  return on_page_two(op) ? operand_list_two[index_in_page(op)] : operand_list_one[index_in_page(op)];\n}\n\n"
      "constexpr const OperandKindInfo& operand_kind(const OperandList& list, unsigned k) {\n"
      "  return operand_kind_info[static_cast<unsigned>(operand_kinds[list.first + k])];\n}\n\n"
      "// What an operand in the code says; of a float its bits.\n"
      "constexpr std::int32_t read_operand(const std::uint8_t* at, const OperandKindInfo& kind) {\n"
      "  std::uint32_t value = 0;\n"
      "  for (unsigned k = 0; k < kind.bytes; ++k) value |= std::uint32_t{at[k]} << (8 * k);\n"
      "  const unsigned unused = 32 - 8u * kind.bytes;\n"
      "  return kind.is_signed ? static_cast<std::int32_t>(value << unused) >> unused "
      ": static_cast<std::int32_t>(value);\n}\n\n"
      "// The instruction at this place of the code, and how many bytes it takes.\n"
      "constexpr Op decode(const std::uint8_t* at) {\n"
      "  return has_page_two && *at == escape_code ? static_cast<Op>(0x100u | at[1]) : static_cast<Op>(*at);\n}\n"
      "constexpr unsigned length(Op op) { return (on_page_two(op) ? 2u : 1u) + operands(op).bytes; }\n";
  text += close_core();
  write_file(output, "instruction_table.hpp", text);
}

void write_mnemonics(const Model& model, const Output& output) {
  std::string text = head(model, "Names of the instructions, for listings");
  text += "#include <string_view>\n\n#include \"core/instruction_table.hpp\"\n\n" + open_core(model);
  text += table(model, "std::string_view", "mnemonic",
                [](const Row& row) { return fmt::format("    {},\n", quoted(row.name)); });
  text +=
      "constexpr std::string_view mnemonic(Op op) {\n"
      "  return on_page_two(op) ? mnemonic_two[index_in_page(op)] : mnemonic_one[index_in_page(op)];\n}\n";
  text += close_core();
  write_file(output, "mnemonics.hpp", text);
}

}  // namespace mica::codegen
