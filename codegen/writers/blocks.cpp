// blocks.hpp: the fields of the instructions that have a block, for the compiler, and for what writes blocks.
// block_checks.inc: what is wrong with a block, out of the snippets OP_CHECK.
#include <algorithm>
#include <bit>

#include "../json/failure.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

using Kind = BlockField::Kind;

// Values of ml::ElementType.
unsigned type_number(const std::string& type) {
  return type == "int8" ? 0 : type == "int16" ? 1 : type == "int32" ? 2 : 6;
}

// All fields of all blocks; those that are alike once.
class Tables {
 public:
  void add(const Instruction& one) {
    std::size_t values = 0;
    unsigned count = 0;
    const std::size_t first = layout_.size();
    for (const BlockField& field : one.block) {
      values += field.values.size();
      if (field.kind == Kind::derived) continue;
      layout_.push_back(number_of(field));
      ++count;
    }
    blocks_ += fmt::format("    {{Op::{}, {}, {}, {}}},\n", one.name, first, count, values);
    fields_max_ = std::max(fields_max_, count);
    values_max_ = std::max(values_max_, values);
    ++count_;
  }

  std::string text() const {
    std::string text;
    text += list("BlockField", "block_fields", fields_) + list("std::string_view", "block_choices", choices_);
    text += "// Of floats their bits.\n" + list("std::int32_t", "block_defaults", defaults_);
    std::vector<std::string> layout;
    for (const std::size_t number : layout_) layout.push_back(std::to_string(number));
    text += list("std::uint16_t", "block_layout", layout);
    text += fmt::format("inline constexpr unsigned block_count = {}, block_fields_max = {}, block_values_max = {};\n\n",
                        count_, std::max(fields_max_, 1u), std::max(values_max_, std::size_t{1}));
    return text + "inline constexpr Block blocks[] = {\n" + (count_ ? blocks_ : "    {},\n") + "};\n";
  }

 private:
  static std::string list(const std::string& type, const std::string& name, const std::vector<std::string>& rows) {
    std::string text = fmt::format("inline constexpr {} {}[] = {{\n", type, name);
    for (const std::string& row : rows) text += fmt::format("    {},\n", row);
    return text + (rows.empty() ? "    {},\n" : "") + "};\n\n";
  }

  std::size_t number_of(const BlockField& field) {
    const std::string row = row_of(field);
    const auto found = std::find(fields_.begin(), fields_.end(), row);
    const std::size_t number = static_cast<std::size_t>(found - fields_.begin());
    if (found == fields_.end()) fields_.push_back(row);
    return number;
  }

  std::string row_of(const BlockField& field) {
    static const char* const kinds[] = {"array", "number", "real", "choice"};
    unsigned types = 0;
    for (const std::string& type : field.types) types |= 1u << type_number(type);
    std::vector<std::string> defaults;
    for (const double value : field.otherwise)
      defaults.push_back(std::to_string(field.kind == Kind::real
                                            ? std::bit_cast<std::int32_t>(static_cast<float>(value))
                                            : static_cast<std::int64_t>(value)));
    std::vector<std::string> choices;
    for (const std::string& choice : field.choices) choices.push_back(quoted(choice));
    return fmt::format("{{{}, FieldKind::{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}}", quoted(field.name),
                       kinds[static_cast<unsigned>(field.kind)], field.otherwise.empty() && !field.optional,
                       field.values.size(), types,
                       field.types.empty() ? 0 : type_number(field.types.front()), field.written,
                       place_in(choices_, choices), place_in(defaults_, defaults), number(field.least), field.most);
  }

  static std::string number(std::int64_t value) {
    return value == -0x80000000LL ? "-0x7fffffff - 1" : std::to_string(value);
  }

  static std::size_t place_in(std::vector<std::string>& all, const std::vector<std::string>& some) {
    auto found = std::search(all.begin(), all.end(), some.begin(), some.end());
    if (found == all.end()) found = all.insert(found, some.begin(), some.end());
    return static_cast<std::size_t>(found - all.begin());
  }

  std::vector<std::string> fields_, choices_, defaults_;
  std::vector<std::size_t> layout_;
  std::string blocks_;
  unsigned count_ = 0, fields_max_ = 0;
  std::size_t values_max_ = 0;
};

std::string check_of(const Instruction& one, const Output& output) {
  std::string text = fmt::format("case Op::{}: {{\n", one.name), results;
  std::size_t field_number = 0, at = 0;
  for (const BlockField& field : one.block) {
    for (const std::string& value : field.values) {
      const std::string type = local_type(one.operands[at]);
      if (field.kind != Kind::derived)
        text += fmt::format("  [[maybe_unused]] constexpr std::uint8_t field_of_{} = {};\n", value, field_number);
      if (field.kind == Kind::derived) {
        text += fmt::format("  {} {} = 0;\n", type, value);
        results += fmt::format("  block().values[{}] = static_cast<std::int32_t>({});\n", at, value);
      } else if (field.kind == Kind::array) {
        text += fmt::format("  [[maybe_unused]] const Cell {} = block().array({});\n", value, at);
      } else if (field.kind == Kind::real) {
        text += fmt::format("  [[maybe_unused]] const float {} = block().real({});\n", value, at);
      } else {
        text += fmt::format("  [[maybe_unused]] const {} {} = static_cast<{}>(block().values[{}]);\n", type, value,
                            type, at);
      }
      ++at;
    }
    ++field_number;
  }
  return text + paste(output, one.block_check, "  ") + results + "  break;\n}\n\n";
}

}  // namespace

void write_blocks(const Model& model, const Output& output) {
  Tables tables;
  std::string checks = head(model, "What is wrong with blocks", false);
  for (const Instruction& one : model.instructions) {
    if (!one.has_block()) continue;
    tables.add(one);
    append_pasted(output, "core/block_checks.inc", check_of(one, output), checks);
  }
  std::string text = head(model, "Fields of the instructions that have a block");
  text += "#include <cstdint>\n#include <string_view>\n\n#include \"core/opcodes.hpp\"\n\n" + open_core(model);
  text +=
      "enum class FieldKind : std::uint8_t { array, number, real, choice };\n\n"
      "struct BlockField {\n"
      "  std::string_view name;\n"
      "  FieldKind kind;\n"
      "  bool is_required;\n"
      "  std::uint8_t values;      // that follow its name\n"
      "  std::uint8_t types;       // of the elements of an array: a bit for each, 1 << type\n"
      "  std::uint8_t type;        // of a literal that does not say one\n"
      "  bool is_written;\n"
      "  std::uint16_t choices;    // where they begin, and the values when the field is left out\n"
      "  std::uint16_t otherwise;\n"
      "  std::int32_t least, most;\n"
      "};\n\n"
      "// Its fields are named by block_layout[first] and what follows; behind their values there are derived ones.\n"
      "struct Block {\n"
      "  Op op;\n"
      "  std::uint16_t first;\n"
      "  std::uint8_t fields;\n"
      "  std::uint8_t values;\n"
      "};\n\n";
  text += tables.text();
  text +=
      "\n// That of an instruction; null: it has none.\n"
      "constexpr const Block* block_of(Op op) {\n"
      "  for (unsigned k = 0; k < block_count; ++k)\n"
      "    if (blocks[k].op == op) return &blocks[k];\n"
      "  return nullptr;\n}\n\n"
      "constexpr const BlockField& field_of(const Block& block, unsigned k) {\n"
      "  return block_fields[block_layout[block.first + k]];\n}\n";
  text += close_core();
  write_file(output, "blocks.hpp", text);
  write_file(output, "block_checks.inc", checks);
}

}  // namespace mica::codegen
