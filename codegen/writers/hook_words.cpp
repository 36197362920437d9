// hook_words.hpp: what hooks of the host call the instructions, and which of their items are arrays.
#include <regex>

#include "../effect_parser.hpp"
#include "../json/failure.hpp"
#include "../snippet_reader.hpp"
#include "../source_writer.hpp"

namespace mica::codegen {
namespace {

// Of those that only the compiler makes, the heavy ones of the second page have the name of the instruction.
std::string name_of(const Instruction& one) {
  if (!one.word.empty()) return one.word;
  return one.page == 2 ? one.name : "";
}

// Bit k: cell k of those that the instruction takes, the deepest being 0, names an array for its snippet.
unsigned arrays_of(const Instruction& one) {
  const std::string body = strip_comments(one.body.body);
  unsigned bits = 0, at = 0;
  for (const StackItem& item : one.data.in) {
    const std::regex use("\\b(ARRAY|ANY_ARRAY|WRITABLE|SCALE_COUNT)\\(\\s*\\w+\\s*,\\s*" + item.name + "\\b");
    if (at < 16 && std::regex_search(body, use)) bits |= 1u << at;
    at += item.cells;
  }
  return bits;
}

std::string row(const Instruction& one) {
  return fmt::format("    {{{}, {}, {}, {}}},\n", quoted(name_of(one)), quoted(one.group), arrays_of(one),
                     one.word.empty() && !one.data.out.empty());
}

// Code that was compiled before the traced form was chosen is fused: such an instruction is called by its parts.
std::string row(const Fusion& fusion) {
  std::string words;
  for (const Instruction* part : fusion.parts) {
    const std::string word = name_of(*part).empty() ? part->name : name_of(*part);
    words += (words.empty() ? "" : " ") + word;
  }
  return fmt::format("    {{{}, \"fused\", 0, false}},\n", quoted(words));
}

}  // namespace

void write_hook_words(const Model& model, const Output& output) {
  std::string text = head(model, "What hooks call the instructions");
  text +=
      "#include <cstdint>\n#include <string_view>\n\n#include \"core/instruction_table.hpp\"\n\n" + open_core(model);
  text +=
      "struct HookWord {\n  std::string_view word;   // empty: hooks do not see it\n  std::string_view group;\n"
      "  std::uint16_t arrays;   // bit k: cell k that it takes, the deepest being 0, is looked up as an array\n"
      "  bool is_trusted;        // the compiler has placed it and relies on what it leaves\n};\n\n";
  text += "inline constexpr HookWord hook_words_one[] = {\n";
  for (const Instruction* one : model.page(1)) text += row(*one);
  for (const Fusion& fusion : model.fusions) text += row(fusion);
  text += "};\n\ninline constexpr HookWord hook_words_two[] = {\n";
  for (const Instruction* one : model.page(2)) text += row(*one);
  text +=
      "    {},  // absent\n};\n\nconstexpr const HookWord& hook_word(Op op) {\n"
      "  return on_page_two(op) ? hook_words_two[index_in_page(op)] : hook_words_one[index_in_page(op)];\n}\n";
  text += close_core();
  write_file(output, "hook_words.hpp", text);
}

}  // namespace mica::codegen
