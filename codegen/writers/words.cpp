// words.hpp: perfect hash of all words; compile_actions.inc: the calls of the compiling words.
#include <algorithm>
#include <bit>
#include <numeric>

#include "../json/failure.hpp"
#include "../source_writer.hpp"
#include "../word_hash.hpp"

namespace mica::codegen {
namespace {

struct Entry {
  std::string word;
  std::string target;  // C++ expression of the entry
  std::uint32_t hash;
};

// Can a program give the words of the group another meaning?
bool is_redefinable(const Model& model, const std::string& group) {
  return model.profile.dialect == "rexa16" &&
         std::any_of(model.groups.begin(), model.groups.end(),
                     [&](const Group& g) { return g.name == group && g.redefinable; });
}

// REXA programs use what their machine does not have as names like any other.
bool is_redefinable(const Model& model, const CompileWord& word) {
  return (word.redefinable && model.profile.dialect == "rexa16") || is_redefinable(model, word.group);
}

std::vector<Entry> entries_of(const Model& model) {
  std::vector<Entry> entries;
  for (const Instruction& one : model.instructions)
    if (!one.word.empty())
      entries.push_back(
          {one.word,
           fmt::format("false, {}, static_cast<std::uint16_t>(Op::{})", is_redefinable(model, one.group), one.name),
           word_hash(one.word)});
  for (const CompileWord& one : model.words)
    entries.push_back({one.word,
                       fmt::format("true, {}, static_cast<std::uint16_t>(CompileAction::{})",
                                   is_redefinable(model, one), one.action),
                       word_hash(one.word)});
  return entries;
}

// Hash and displace: words share a bucket by the low bits of their hash; each bucket has a displacement that sends all
// its words to free slots (Belazzougui, Botelho, Dietzfelbinger 2009, in its simplest form).
struct PerfectHash {
  unsigned slots = 1, buckets = 1;
  std::vector<unsigned> displacement;
  std::vector<int> slot;  // index of the entry, -1 empty
};

unsigned slot_of(std::uint32_t hash, unsigned displacement, unsigned slots) {
  return ((hash >> 16) + displacement * ((hash >> 8) | 1)) & (slots - 1);
}

bool place(const std::vector<Entry>& entries, PerfectHash& table) {
  std::vector<std::vector<int>> members(table.buckets);
  for (std::size_t k = 0; k < entries.size(); ++k)
    members[entries[k].hash & (table.buckets - 1)].push_back(static_cast<int>(k));
  std::vector<unsigned> order(table.buckets);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](unsigned a, unsigned b) { return members[a].size() > members[b].size(); });
  table.displacement.assign(table.buckets, 0);
  table.slot.assign(table.slots, -1);
  for (const unsigned bucket : order) {
    unsigned displacement = 0;
    for (; displacement < 256; ++displacement) {
      std::vector<unsigned> taken;
      for (const int member : members[bucket]) {
        const unsigned slot = slot_of(entries[static_cast<std::size_t>(member)].hash, displacement, table.slots);
        if (table.slot[slot] != -1 || std::count(taken.begin(), taken.end(), slot)) break;
        taken.push_back(slot);
      }
      if (taken.size() != members[bucket].size()) continue;
      for (std::size_t k = 0; k < taken.size(); ++k) table.slot[taken[k]] = members[bucket][k];
      break;
    }
    if (displacement == 256) return false;
    table.displacement[bucket] = displacement;
  }
  return true;
}

PerfectHash perfect_hash(const std::vector<Entry>& entries) {
  PerfectHash table;
  table.slots = std::bit_ceil(static_cast<unsigned>(std::max<std::size_t>(entries.size(), 2)));
  for (;; table.slots *= 2)
    for (table.buckets = std::max(1u, table.slots / 4); table.buckets <= table.slots; table.buckets *= 2)
      if (place(entries, table)) return table;
}

std::vector<std::string> actions_of(const std::vector<CompileWord>& words) {
  std::vector<std::string> actions;
  for (const CompileWord& word : words)
    if (std::find(actions.begin(), actions.end(), word.action) == actions.end()) actions.push_back(word.action);
  return actions;
}

// Actions of words that the profile lacks. The compiler speaks of their ticks; no word leads to them.
std::vector<std::string> absent_actions(const Model& model) {
  const std::vector<std::string> present = actions_of(model.words);
  std::vector<std::string> absent = actions_of(model.absent_words);
  std::erase_if(absent, [&](const std::string& action) {
    return std::find(present.begin(), present.end(), action) != present.end();
  });
  return absent;
}

}  // namespace

void write_words(const Model& model, const Output& output) {
  const std::vector<Entry> entries = entries_of(model);
  const PerfectHash table = perfect_hash(entries);
  std::string text = head(model, "Words and how to find them");
  text += "#include <cstdint>\n#include <string_view>\n\n#include \"core/opcodes.hpp\"\n\n" + open_core(model);
  text += "enum class CompileAction : std::uint8_t {\n";
  for (const std::string& action : actions_of(model.words)) text += fmt::format("  {},\n", action);
  text += "  absent,\n";
  for (const std::string& action : absent_actions(model)) text += fmt::format("  {} = absent,\n", action);
  text +=
      "};\n\n// Ticks of each action when its word is executed.\ninline constexpr std::uint8_t action_ticks[] = {\n";
  for (const std::string& action : actions_of(model.words)) {
    const auto word =
        std::find_if(model.words.begin(), model.words.end(), [&](const CompileWord& w) { return w.action == action; });
    text += fmt::format("    {},  // {}\n", word->ticks, action);
  }
  text += "    0,  // absent\n";
  text +=
      "};\n\nstruct Word {\n  std::string_view text;\n  bool is_action;        // else an instruction\n"
      "  bool is_redefinable;   // by a program\n"
      "  std::uint16_t target;  // CompileAction or Op\n};\n\n";
  text += fmt::format("inline constexpr unsigned word_slots = {};\ninline constexpr unsigned word_buckets = {};\n\n",
                      table.slots, table.buckets);
  text += "inline constexpr std::uint8_t word_displacement[] = {";
  for (std::size_t k = 0; k < table.displacement.size(); ++k)
    text += fmt::format("{}{},", k % 16 ? " " : "\n    ", table.displacement[k]);
  text += "\n};\n\ninline constexpr Word words[] = {\n";
  for (const int index : table.slot) {
    if (index < 0) {
      text += "    {},\n";
      continue;
    }
    const Entry& entry = entries[static_cast<std::size_t>(index)];
    text += fmt::format("    {{{}, {}}},\n", quoted(entry.word), entry.target);
  }
  text +=
      "};\n\n// The only slot in which a word of this hash (FNV-1a) can lie.\n"
      "constexpr const Word& word_candidate(std::uint32_t hash) {\n"
      "  const std::uint32_t displacement = word_displacement[hash & (word_buckets - 1)];\n"
      "  return words[((hash >> 16) + displacement * ((hash >> 8) | 1)) & (word_slots - 1)];\n}\n";
  text += close_core();
  write_file(output, "words.hpp", text);

  std::string calls = head(model, "Calls of the compiling words", false);
  for (const std::string& action : actions_of(model.words)) calls += fmt::format("ACTION({})\n", action);
  calls += "case CompileAction::absent:\n  break;\n";
  write_file(output, "compile_actions.inc", calls);
}

void write_fusions(const Model& model, const Output& output) {
  std::string text = head(model, "Sequences that the compiler fuses");
  text += "#include <cstdint>\n\n#include \"core/opcodes.hpp\"\n\n" + open_core(model);
  std::vector<const Fusion*> sorted;
  for (const Fusion& fusion : model.fusions) sorted.push_back(&fusion);
  const std::vector<const Instruction*> page = model.page(1);
  const auto opcode = [&](const Fusion* fusion) {
    return std::find(page.begin(), page.end(), fusion->parts.front()) - page.begin();
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Fusion* a, const Fusion* b) { return opcode(a) < opcode(b); });
  std::size_t longest = 2;
  for (const Fusion* fusion : sorted) longest = std::max(longest, fusion->parts.size());
  text += fmt::format("inline constexpr unsigned fusion_length_max = {};\n\n", longest);
  text += "struct Fusion {\n  Op op;\n  std::uint8_t length;\n  Op parts[fusion_length_max];\n};\n\n";
  text += fmt::format("inline constexpr unsigned fusion_count = {};\n\n", sorted.size());
  text += "// Sorted by the first part.\ninline constexpr Fusion fusions[] = {\n";
  for (const Fusion* fusion : sorted) {
    text += fmt::format("    {{Op::{}, {}, {{", fusion->name, fusion->parts.size());
    for (std::size_t k = 0; k < fusion->parts.size(); ++k)
      text += fmt::format("{}Op::{}", k ? ", " : "", fusion->parts[k]->name);
    text += "}},\n";
  }
  if (sorted.empty()) text += "    {},\n";
  text += "};\n\n// fusions[fusion_first[op]] .. fusions[fusion_first[op + 1] - 1] begin with op of page one.\n";
  text += "inline constexpr std::uint8_t fusion_first[] = {";
  std::size_t at = 0;
  for (std::size_t op = 0; op <= page.size() + model.fusions.size(); ++op) {
    while (at < sorted.size() && opcode(sorted[at]) < static_cast<std::ptrdiff_t>(op)) ++at;
    text += fmt::format("{}{},", op % 16 ? " " : "\n    ", at);
  }
  text += "\n};\n" + close_core();
  write_file(output, "fusions.hpp", text);
}

}  // namespace mica::codegen
