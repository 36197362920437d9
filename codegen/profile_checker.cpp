#include "profile_checker.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "json/failure.hpp"
#include "reserved_names.hpp"
#include "snippet_tokens.hpp"
#include "word_hash.hpp"

namespace mica::codegen {
namespace {

std::uint64_t limit(const Model& model, const std::string& name) {
  const auto& limits = model.profile.limits;
  return std::find_if(limits.begin(), limits.end(), [&](const auto& one) { return one.first == name; })->second;
}

void check_limits(const Model& model) {
  const Profile& profile = model.profile;
  const std::string where = profile.file + ": /limits";
  refuse_reserved(profile.file + ": /profile", profile.name_space, runtime_namespaces);
  refuse_reserved(profile.file + ": /profile", profile.name_space, other_namespaces);
  // The segment begins at the offset of one cell, so that 0 is no address, and addresses are positive cells.
  const std::uint64_t data_bytes_max = (std::uint64_t{1} << (profile.cell_bits - 1)) - 1 - profile.cell_bits / 8;
  if (limit(model, "data_bytes") > data_bytes_max)
    fail(where + "/data_bytes", "addresses are positive cells of {} bits: at most {} bytes", profile.cell_bits,
         data_bytes_max);
}

// What the compiler makes whatever a program says.
void check_required(const Model& model) {
  const Profile& profile = model.profile;
  for (const Instruction& one : model.absent) {
    const bool fits = (one.dialect.empty() || one.dialect == profile.dialect) &&
                      (one.cell_bits == 0 || one.cell_bits == profile.cell_bits);
    if (!one.required || !fits) continue;
    if (std::find(profile.groups.begin(), profile.groups.end(), one.group) == profile.groups.end())
      fail(profile.file + ": /groups", "the group '{}' is missing; the compiler makes its '{}' in any program",
           one.group, one.name);
    fail(profile.file + ": /without", "'{}' cannot be left out; the compiler makes it in any program", one.name);
  }
}

bool in_range(const std::vector<std::int64_t>& cells, unsigned bits) {
  const std::int64_t end = std::int64_t{1} << (bits - 1);
  return std::all_of(cells.begin(), cells.end(), [&](std::int64_t cell) { return cell >= -end && cell < end; });
}

bool has_token(const std::string& text, const std::string& word) {
  std::istringstream tokens(text);
  for (std::string token; tokens >> token;)
    if (token == word) return true;
  return false;
}

// That examples are examples: of the word, of this profile, with numbers that its cells can hold.
void check_examples(const Profile& profile, const std::string& where, const std::string& word,
                    const std::vector<Example>& tests) {
  bool of_this_profile = tests.empty();
  for (const Example& one : tests) {
    if (!word.empty() && !one.text.empty() && !has_token(one.text, word))
      fail(where + "/tests", "the test '{}' does not use '{}'", one.text, word);
    if ((one.cell_bits != 0 && one.cell_bits != profile.cell_bits) ||
        (!one.dialect.empty() && one.dialect != profile.dialect))
      continue;
    of_this_profile = true;
    if (!in_range(one.in, profile.cell_bits) || (one.out && !in_range(*one.out, profile.cell_bits)))
      fail(where + "/tests", "a test has a number that is no cell of {} bits; keep it to another width by cell_bits",
           profile.cell_bits);
  }
  if (!of_this_profile)
    fail(where + "/tests", "no test is for cells of {} bits in the dialect '{}'", profile.cell_bits, profile.dialect);
}

void check_all_examples(const Model& model) {
  for (const Instruction& one : model.instructions) check_examples(model.profile, one.where, one.word, one.tests);
  for (const CompileWord& one : model.words) check_examples(model.profile, one.where, one.word, one.tests);
}

// Would the compiler on the device take this for a number?
bool reads_as_number(const std::string& word) {
  static const std::regex number("-?([0-9]+|0x[0-9a-fA-F]+|0b[01]+)l?|-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  return std::regex_match(word, number);
}

class WordChecker {
 public:
  explicit WordChecker(const Model& model) : model_(model) {}

  void check() {
    for (const Instruction& one : model_.instructions)
      if (!one.word.empty()) add(one.word, one.where);
    for (const CompileWord& one : model_.words) {
      add(one.word, one.where);
      check_action(one);
      for (const std::string& need : one.needs)
        if (!model_.find(need))
          fail(one.where + "/needs", "'{}' needs the instruction '{}', which the profile lacks", one.word, need);
      for (const std::string& other : one.with)
        if (!has_word(other))
          fail(one.where + "/with", "'{}' is of no use without '{}', which the profile lacks; leave out both or none",
               one.word, other);
      for (const Example& example : one.tests)
        if (!example.trap.empty() && !model_.has_trap(example.trap))
          fail(one.where + "/tests", "traps.json has no trap '{}'", example.trap);
    }
  }

 private:
  bool has_word(const std::string& word) const {
    const auto is_it = [&](const auto& one) { return one.word == word; };
    return std::any_of(model_.words.begin(), model_.words.end(), is_it) ||
           std::any_of(model_.instructions.begin(), model_.instructions.end(), is_it);
  }

  void add(const std::string& word, const std::string& entry) {
    const std::string where = entry + "/word";
    static const std::set<std::string> brackets = {"{", "}", ")", "--"};
    if (word.front() == '(' || word.front() == '\\') fail(where, "'{}' begins a comment", word);
    if (brackets.count(word)) fail(where, "'{}' has a meaning of its own in programs", word);
    if (word.size() > limit(model_, "token_bytes"))
      fail(where, "'{}' is longer than the {} bytes of /limits/token_bytes", word, limit(model_, "token_bytes"));
    if (reads_as_number(word)) fail(where, "'{}' reads as a number", word);
    if (const auto [other, fresh] = words_.emplace(word, entry); !fresh)
      fail(where, "word '{}' exists in {}", word, other->second);
    // The device finds a word by its hash alone; see writers/words.cpp.
    if (const auto [other, fresh] = hashes_.emplace(word_hash(word), word); !fresh)
      fail(where, "the words '{}' and '{}' have the same hash; rename one", other->second, word);
  }

  // The ticks of an action are kept once.
  void check_action(const CompileWord& one) {
    refuse_reserved(one.where + "/compile", one.action, {"absent"});
    const auto [other, fresh] = actions_.emplace(one.action, &one);
    if (!fresh && other->second->ticks != one.ticks)
      fail(one.where + "/ticks", "'{}' has {} ticks, but the action '{}' has {} in {}", one.word, one.ticks, one.action,
           other->second->ticks, other->second->where);
  }

  const Model& model_;
  std::map<std::string, std::string> words_;
  std::map<std::uint32_t, std::string> hashes_;
  std::map<std::string, const CompileWord*> actions_;
};

void check_pages(const Model& model) {
  const std::string where = model.profile.file + ": /groups";
  const std::size_t first = model.page(1).size() + model.fusions.size();
  if (first > 256) fail(where, "{} instructions on page 1; an opcode is one byte: move some to page 2", first);
  const std::size_t second = model.page(2).size();
  // One place behind the last stands for what is absent, see writers/tables.cpp.
  if (second > 255) fail(where, "{} instructions on page 2; at most 255 fit", second);
  const Instruction* escape = nullptr;
  for (const Instruction& one : model.instructions) {
    if (one.control != "escape") continue;
    if (escape) fail(one.where + "/control", "'{}' is an escape already; one opens page 2", escape->name);
    if (one.length() != 1 || !one.data.in.empty() || !one.data.out.empty() || !one.loop.in.empty() ||
        !one.loop.out.empty())
      fail(one.where, "an escape is one byte and has no effect");
    escape = &one;
  }
  if (second > 0 && !escape) fail(where, "page 2 is used, but no instruction has control 'escape'");
}

// In a fused case the stack pointers stand where the first part found them until the last is done.
bool looks_at_depth(const Instruction& one) {
  static const std::set<std::string> verbs = {"REQUIRE",   "REQUIRE_LOOPS", "MARK",     "VERIFY", "PICK",
                                              "PICK_LOOP", "DROP_LOOP",     "OPEN_TRY", "THROW"};
  const std::vector<Token> tokens = tokens_of(one.body);
  return std::any_of(tokens.begin(), tokens.end(), [](const Token& token) { return verbs.count(token.text) > 0; });
}

void check_fusion_part(const std::string& where, const Instruction& part, bool last) {
  if (part.page != 1) fail(where, "'{}' is on page 2 and cannot be fused", part.name);
  if (part.control == "escape" || part.control == "call" || looks_at_depth(part))
    fail(where, "'{}' looks at the depth of the stack or opens page 2 and cannot be fused", part.name);
  if (last) return;
  if (!part.control.empty()) fail(where, "'{}' changes the flow of control and can only be the last part", part.name);
  for (const Operand& operand : part.operands)
    if (operand.info.role != "literal") fail(where, "'{}' has an operand that only the last part may have", part.name);
}

void check_fusions(const Model& model) {
  for (std::size_t k = 0; k < model.fusions.size(); ++k) {
    const Fusion& fusion = model.fusions[k];
    const std::string where = fmt::format("{}: /fused/{}", model.profile.file, k);
    for (std::size_t p = 0; p < fusion.parts.size(); ++p)
      check_fusion_part(where, *fusion.parts[p], p + 1 == fusion.parts.size());
    const auto same_name = [&](const Instruction& one) { return one.name == fusion.name; };
    if (model.find(fusion.name) || std::any_of(model.absent.begin(), model.absent.end(), same_name))
      fail(where, "an instruction has the name '{}' of the sequence", fusion.name);
    for (std::size_t other = 0; other < k; ++other)
      if (model.fusions[other].name == fusion.name) fail(where, "the sequence stands twice");
  }
}

}  // namespace

void check_profile(const Model& model) {
  check_limits(model);
  check_required(model);
  WordChecker(model).check();
  check_all_examples(model);
  check_pages(model);
  check_fusions(model);
}

}  // namespace mica::codegen
