#include "hosts/pc/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/hints.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/load.hpp"

namespace mica::pc {
namespace {

constexpr std::size_t columns = 78;
// Of the list: a word, its effect, and so much of what it does.
constexpr std::size_t word_columns = 12, effect_columns = 26, doc_columns = 70;

// Up to the first full stop behind which a blank follows and that is no part of `code` or of a range, 0 .. 7.
std::string_view first_sentence(std::string_view text) {
  bool in_code = false;
  for (std::size_t k = 0; k + 1 < text.size(); ++k) {
    if (text[k] == '`') in_code = !in_code;
    if (!in_code && text[k] == '.' && text[k + 1] == ' ' && (k == 0 || text[k - 1] != '.'))
      return text.substr(0, k + 1);
  }
  return text;
}

// Whole words of a text, as many as a line of the list has room for.
std::string shortened(std::string_view text) {
  if (text.size() <= doc_columns) return std::string(text);
  return std::string(text.substr(0, text.rfind(' ', doc_columns - 4))) + " ...";
}

std::string line_of(const WordEntry& entry) {
  const std::string_view effect = entry.effect.substr(0, entry.effect.find(" ( F:"));  // of the data stack
  constexpr std::size_t head_columns = word_columns + 1 + effect_columns;
  const std::string head = fmt::format("{:<{}} {}", entry.word, word_columns, effect);
  std::string line = fmt::format("  {:<{}}", head, head_columns);
  if (head.size() > head_columns) line += fmt::format("\n{:{}}", "", 2 + head_columns);
  return line + " " + shortened(first_sentence(entry.doc)) + "\n";
}

std::string wrapped(std::string_view text) {
  std::istringstream words{std::string(text)};
  std::string result, line;
  for (std::string word; words >> word;) {
    if (!line.empty() && 2 + line.size() + 1 + word.size() > columns) {
      result += "  " + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return result + "  " + line + "\n";
}

std::string on_one_line(std::string_view text) {
  std::string result;
  for (const char character : text) result += character == '\n' ? std::string("\\n") : std::string(1, character);
  return result;
}

std::string examples_of(const WordEntry& entry) {
  std::string text;
  for (const WordExample& example : entry.examples)
    text += fmt::format("    {}\n      {}\n", on_one_line(example.program),
                        example.trap.empty() ? fmt::format("prints \"{}\"", on_one_line(example.output))
                                             : fmt::format("trap {}", example.trap));
  return text.empty() ? text : "  Examples:\n" + text;
}

// A profile without the group does not look for what the host offers.
bool finds_the_host(const Reference& reference) {
  return std::any_of(reference.groups.begin(), reference.groups.end(),
                     [](const WordGroup& group) { return group.name == "host"; });
}

}  // namespace

std::string list_of_words(const Reference& reference) {
  std::string text = fmt::format("Words of the profile {}, by groups.\n", reference.profile);
  for (const WordGroup& group : reference.groups) {
    if (group.words.empty()) continue;  // of instructions that only the compiler makes
    text += fmt::format("\n{}: {}\n", group.name, first_sentence(group.doc));
    for (const WordEntry& entry : group.words) text += line_of(entry);
  }
  if (!finds_the_host(reference)) return text;
  text += "\nhost: What this command offers to programs, which other hosts need not have.\n";
  for (const IoEntry& entry : io_entries()) text += line_of({entry.name, entry.effect, entry.doc});
  return text;
}

std::string description_of(const Reference& reference, std::string_view word) {
  const WordEntry& entry = *reference.find(word);
  std::string text = fmt::format("{} {}\n", entry.word, entry.effect.empty() ? "(compiling word)" : entry.effect);
  text += wrapped(entry.doc);
  text += fmt::format("  Group: {}, in the profile {}.\n", reference.group_of(word)->name, reference.profile);
  text += fmt::format("  Ticks: {}", entry.ticks);
  if (entry.unit_ticks != 0) text += fmt::format(", and {} for each unit ({})", entry.unit_ticks, entry.unit_work);
  text += ".\n";
  if (!entry.fields.empty()) text += "  Fields:\n";
  for (const WordField& field : entry.fields)
    text += fmt::format("    {:<{}} {}\n", field.name, word_columns, field.doc);
  for (const std::string_view trap : entry.traps)
    text += fmt::format("{}{}", trap == entry.traps.front() ? "  Traps: " : ", ", trap);
  return text + (entry.traps.empty() ? "" : ".\n") + examples_of(entry);
}

std::string description_of_offer(const sim::Offer& offer, std::string_view name) {
  std::string text;
  for (const HostFunction& one : offer.functions)
    if (one.name == name)
      text = fmt::format("{} takes {} cells and leaves {}; a function of the host\n", name, one.in, one.out);
  for (const HostArray& one : offer.arrays)
    if (one.name == name)
      text = fmt::format("{} has {} elements; a {} array of the host\n", name, one.count,
                         one.read_only ? "read-only" : "writable");
  for (const IoEntry& one : io_entries())
    if (one.name == name) text += wrapped(one.doc);
  return text;
}

std::string no_such_word(const Reference& reference, const sim::Offer& offer, std::string_view word) {
  std::vector<std::string> names;
  if (finds_the_host(reference)) names = names_of(offer);
  const std::string hint = hint_for(reference, word, names);
  return fmt::format("the profile {} has no word '{}'{}", reference.profile, word, hint.empty() ? "" : "; " + hint);
}

int words(const WordsOptions& options) {
  const Reference& reference = find_reference(options.profile);
  if (options.word.empty()) {
    fmt::print("{}", list_of_words(reference));
    return 0;
  }
  const Io io(find_engine(options.profile).cell_bits);
  std::string text;
  if (reference.find(options.word) != nullptr)
    text = description_of(reference, options.word);
  else if (finds_the_host(reference))
    text = description_of_offer(io.offer(), options.word);
  if (text.empty()) fmt::print(stderr, "mica: error: {}\n", no_such_word(reference, io.offer(), options.word));
  fmt::print("{}", text);
  return text.empty() ? 1 : 0;
}

}  // namespace mica::pc
