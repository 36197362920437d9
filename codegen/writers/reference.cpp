// The reference of the words: instructions.md for people, word_reference.inc for programs that show it.
#include <fmt/ranges.h>

#include <algorithm>

#include "../json/failure.hpp"
#include "../source_writer.hpp"
#include "examples.hpp"

namespace mica::codegen {
namespace {

std::string in_code(const std::string& text) {
  std::string result;
  for (const char character : text) result += character == '\n' ? std::string("⏎") : std::string(1, character);
  return "`" + result + "`";
}

std::string examples_of(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::string text;
  for (const Sample& sample : explaining_samples(word, tests, model))
    text += fmt::format("{}{} → {}", text.empty() ? "" : "; ", in_code(sample.program),
                        sample.trap.empty() ? in_code(sample.output) : "trap `" + sample.trap + "`");
  return text.empty() ? "" : "\n  Examples: " + text + "\n";
}

std::string joined(const std::vector<double>& numbers) { return fmt::format("{}", fmt::join(numbers, " ")); }

std::string values_of(const BlockField& field) {
  if (field.kind == BlockField::Kind::array)
    return fmt::format("an array of {}{}", fmt::join(field.types, ", "), field.written ? ", written" : "");
  if (field.kind == BlockField::Kind::choice) return fmt::format("{}", fmt::join(field.choices, " or "));
  const std::string names = fmt::format("{}", fmt::join(field.values, " "));
  if (field.kind == BlockField::Kind::real) return names + ", floats";
  return fmt::format("{}, {} .. {}", names, field.least, field.most);
}

// What the field takes, and what it is if it is left out.
std::string description_of(const BlockField& field) {
  std::string otherwise;
  if (!field.otherwise.empty() && field.kind == BlockField::Kind::choice)
    otherwise = "; otherwise " + field.choices[static_cast<std::size_t>(field.otherwise.front())];
  else if (!field.otherwise.empty())
    otherwise = "; otherwise " + joined(field.otherwise);
  if (field.optional) otherwise = "; may be left out";
  return fmt::format("{} ({}{})", field.doc, values_of(field), otherwise);
}

std::string entry_of(const Instruction& one, const Model& model) {
  std::string text = fmt::format("- **`{}`** {}{} {}", one.word.empty() ? one.name : one.word, one.effect_text,
                                 one.word.empty() ? " (made by the compiler)" : "", one.doc);
  text += fmt::format(" Ticks: {}", one.ticks);
  if (one.sliced()) text += fmt::format(", and {} for each unit ({})", one.unit_ticks, one.unit_work);
  text += ".";
  for (std::size_t k = 0; k < one.traps.size(); ++k) text += (k ? ", `" : " Traps: `") + one.traps[k] + "`";
  text += one.traps.empty() ? "\n" : ".\n";
  for (const BlockField& field : one.block)
    if (!field.name.empty()) text += fmt::format("  - `{}`: {}\n", field.name, description_of(field));
  return text + examples_of(one.word, one.tests, model);
}

// A word and what belongs to it, in the order in which a reader takes it apart.
std::string row_of(const std::string& word, const std::string& effect, const std::string& doc, unsigned ticks) {
  return fmt::format("WORD({}, {}, {}, {})\n", quoted(word), quoted(effect), quoted(doc), ticks);
}

std::string rows_of(const std::string& word, const std::vector<Example>& tests, const Model& model) {
  std::string text;
  for (const Sample& sample : explaining_samples(word, tests, model))
    text += fmt::format("EXAMPLE({}, {}, {})\n", quoted(sample.program), quoted(sample.output), quoted(sample.trap));
  return text;
}

std::string rows_of(const Instruction& one, const Model& model) {
  std::string text = row_of(one.word, one.effect_text, one.doc, one.ticks);
  if (one.sliced()) text += fmt::format("UNIT({}, {})\n", one.unit_ticks, quoted(one.unit_work));
  for (const BlockField& field : one.block)
    if (!field.name.empty()) text += fmt::format("FIELD({}, {})\n", quoted(field.name), quoted(description_of(field)));
  for (const std::string& trap : one.traps) text += fmt::format("TRAP({})\n", quoted(trap));
  return text + rows_of(one.word, one.tests, model);
}

}  // namespace

// What a compiling word costs beside its own ticks: those of the instructions that it always makes.
std::string doc_of(const CompileWord& word, const Model& model) {
  if (word.action == "begin_definition") return word.doc;  // what it needs is made where the new word is called
  std::string text;
  for (const Instruction& one : model.instructions) {
    if (std::find(word.needs.begin(), word.needs.end(), one.name) == word.needs.end()) continue;
    if (one.ticks == 0 && !one.sliced()) continue;
    text += fmt::format("{} {} ticks of `{}`", text.empty() ? " It takes the" : " and the", one.ticks, one.name);
    if (one.sliced()) text += fmt::format(", with {} for each unit ({}),", one.unit_ticks, one.unit_work);
  }
  return text.empty() ? word.doc : word.doc + text + " besides.";
}

void write_reference(const Model& model, const Output& output) {
  std::string text =
      fmt::format("<!-- Generated by codegen from isa/. Do not edit. -->\n# Instructions of the profile `{}`\n\n{}\n",
                  model.profile.name, model.profile.doc);
  for (const Group& group : model.groups) {
    text += fmt::format("\n## {}\n\n{}\n\n", group.name, group.doc);
    for (const Instruction& one : model.instructions)
      if (one.group == group.name) text += entry_of(one, model);
    for (const CompileWord& one : model.words)
      if (one.group == group.name)
        text += fmt::format("- **`{}`** {} Ticks: {}.\n{}", one.word, doc_of(one, model), one.ticks,
                            examples_of(one.word, one.tests, model));
  }
  write_file(output, "instructions.md", text);
}

// Calls of macros, one behind the other: GROUP(name, doc), in it WORD(word, effect, doc, ticks), and for that word
// UNIT(ticks, work) when it is sliced, FIELD(name, doc) for those of its block, TRAP(name) and EXAMPLE(program, output,
// trap). Compiling words have no effect.
void write_word_reference(const Model& model, const Output& output) {
  std::string text = head(model, "GROUP, WORD, UNIT, FIELD, TRAP, EXAMPLE: the reference of the words", false);
  for (const Group& group : model.groups) {
    text += fmt::format("GROUP({}, {})\n", quoted(group.name), quoted(group.doc));
    for (const Instruction& one : model.instructions)
      if (one.group == group.name && !one.word.empty()) text += rows_of(one, model);
    for (const CompileWord& one : model.words)
      if (one.group == group.name)
        text += row_of(one.word, "", doc_of(one, model), one.ticks) + rows_of(one.word, one.tests, model);
  }
  write_file(output, "word_reference.inc", text);
}

}  // namespace mica::codegen
