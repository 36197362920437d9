#include "checker.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "effect_parser.hpp"
#include "json/failure.hpp"
#include "snippet_reader.hpp"

namespace mica::codegen {
namespace {

// An identifier of a snippet and how it is used.
struct Token {
  std::string text;
  unsigned line;
  bool called;    // followed by (
  bool assigned;  // followed by = and not ==, or by op=
  std::string argument;  // first identifier behind the (, for TRAP
};

std::string place(const Snippet& snippet, unsigned line) { return fmt::format("{}:{}", snippet.file, line); }

bool is_identifier(char character) { return std::isalnum(static_cast<unsigned char>(character)) || character == '_'; }

std::vector<Token> tokens_of(const Snippet& snippet) {
  const std::string code = strip_comments(snippet.body);
  std::vector<Token> tokens;
  unsigned line = snippet.line;
  for (std::size_t at = 0; at < code.size();) {
    line += code[at] == '\n';
    if (code[at] == '#') fail(place(snippet, line), "preprocessor lines may not stand in a snippet");
    if (!is_identifier(code[at]) || std::isdigit(static_cast<unsigned char>(code[at]))) {
      while (at < code.size() && std::isdigit(static_cast<unsigned char>(code[at])) && is_identifier(code[at + 1])) ++at;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && is_identifier(code[end])) ++end;
    const bool member = at > 0 && (code[at - 1] == '.' || (code[at - 1] == ':' && at > 1 && code[at - 2] == ':'));
    std::size_t next = end;
    while (next < code.size() && code[next] == ' ') ++next;
    Token token{code.substr(at, end - at), line, code[next] == '(', false, ""};
    const std::string follow = code.substr(next, 3);
    token.assigned = (follow[0] == '=' && follow[1] != '=') ||
                     (follow.size() > 1 && follow[1] == '=' && std::string("+-*/%&|^").find(follow[0]) != std::string::npos);
    if (token.called) {
      std::size_t from = next + 1;
      while (from < code.size() && is_identifier(code[from])) token.argument += code[from++];
    }
    if (!member) tokens.push_back(std::move(token));
    at = end;
  }
  return tokens;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool all_capitals(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) || std::isdigit(c); }) &&
         std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isupper(c); });
}

class InstructionChecker {
 public:
  InstructionChecker(const Model& model, const Instruction& instruction) : model_(model), one_(instruction) {}

  void check() {
    check_entry();
    check_comment();
    check_body(one_.body, false);
    if (one_.sliced()) check_body(one_.unit, true);
    check_traps();
    check_outputs();
    check_tests();
  }

 private:
  void check_entry() {
    if (one_.sliced() && one_.unit_ticks == 0)
      fail(one_.where + "/cost", "a sliced instruction needs a cost per unit");
    if (!one_.sliced() && one_.unit_ticks != 0)
      fail(one_.where + "/cost", "only a sliced instruction has a cost per unit");
    if (one_.sliced() && (one_.page != 2 || !one_.control.empty()))
      fail(one_.where, "a sliced instruction must be on page 2 and fall through");
    if (one_.page == 2 && !one_.control.empty()) fail(one_.where, "control instructions must be on page 1");
    std::set<std::string> names;
    for (const Operand& operand : one_.operands)
      if (!names.insert(operand.name).second) fail(one_.where + "/operands", "operand '{}' occurs twice", operand.name);
    for (const auto* items : {&one_.data.in, &one_.loop.in})
      for (const StackItem& item : *items)
        if (!names.insert(item.name).second) fail(one_.where + "/effect", "'{}' names two things", item.name);
    for (const std::string& trap : one_.traps)
      if (std::none_of(model_.traps.begin(), model_.traps.end(), [&](const TrapInfo& t) { return t.name == trap; }))
        fail(one_.where + "/traps", "traps.json has no trap '{}'", trap);
  }

  void check_comment() {
    if (one_.body.effect_comment != one_.effect_text)
      fail(place(one_.body, one_.body.line), "the comment '{}' behind '{}' differs from the effect '{}' of {}",
           one_.body.effect_comment, one_.name, one_.effect_text, one_.where);
  }

  void check_body(const Snippet& snippet, bool unit) {
    static const std::set<std::string> banned = {"return", "goto", "break", "continue", "asm", "static", "top", "pc", "dsp",
                                                 "fsp", "rsp", "next", "left", "component", "task", "frame", "machine"};
    for (const Token& token : tokens_of(snippet)) {
      const std::string where = place(snippet, token.line);
      if (banned.count(token.text))
        fail(where, "'{}' may not stand in a snippet; use the verbs of verbs.json", token.text);
      if (token.assigned) note_assignment(token, where);
      if (!token.called) continue;
      const auto verb = model_.vocabulary.verbs.find(token.text);
      if (verb == model_.vocabulary.verbs.end()) {
        if (all_capitals(token.text)) fail(where, "'{}' is no verb of verbs.json", token.text);
        continue;
      }
      use_verb(verb->first, verb->second, token, where, unit);
    }
  }

  void note_assignment(const Token& token, const std::string& where) {
    for (const auto* items : {&one_.data.in, &one_.loop.in})
      for (const StackItem& item : *items)
        if (item.name == token.text) fail(where, "input '{}' is assigned; outputs have names of their own", token.text);
    for (const Operand& operand : one_.operands)
      if (operand.name == token.text) fail(where, "operand '{}' is assigned", token.text);
    assigned_.insert(token.text);
  }

  void use_verb(const std::string& name, const Verb& verb, const Token& token, const std::string& where, bool unit) {
    used_verbs_.insert(name);
    if (!verb.control.empty() && !contains(verb.control, one_.control))
      fail(where, "{} needs \"control\": \"{}\" in {}", name, verb.control.front(), one_.where);
    if (verb.sliced && !unit) fail(where, "{} may stand only in OP_UNIT", name);
    if (name == "LOAD") assigned_.insert(token.argument);
    if (name == "TRAP") use_trap(token.argument, where);
    for (const std::string& trap : verb.traps) use_trap(trap, where);
  }

  void use_trap(const std::string& trap, const std::string& where) {
    used_traps_.insert(trap);
    if (!contains(one_.traps, trap)) fail(where, "trap '{}' is not declared in {}", trap, one_.where);
  }

  void check_traps() {
    for (const std::string& trap : one_.traps)
      if (!used_traps_.count(trap)) fail(one_.where + "/traps", "'{}' is declared but the snippet never raises it", trap);
    static const std::map<std::string, std::string> verb_of = {
        {"jump", "JUMP"}, {"conditional_jump", "JUMP"}, {"call", "CALL"}, {"return", "RETURN"}, {"stop", "STOP"}};
    if (const auto verb = verb_of.find(one_.control); verb != verb_of.end() && !used_verbs_.count(verb->second))
      fail(one_.where + "/control", "control is '{}' but the snippet has no {}", one_.control, verb->second);
    if (one_.sliced() && !used_verbs_.count("DONE")) fail(one_.where, "OP_UNIT({}) never says DONE()", one_.name);
  }

  void check_outputs() {
    for (const auto& [in, out] : {std::pair{&one_.data.in, &one_.data.out}, std::pair{&one_.loop.in, &one_.loop.out}})
      for (const StackItem& item : *out) {
        const bool kept = std::any_of(in->begin(), in->end(), [&](const StackItem& i) { return i.name == item.name; }) ||
                          std::any_of(one_.loop.in.begin(), one_.loop.in.end(), [&](const StackItem& i) { return i.name == item.name; }) ||
                          std::any_of(one_.data.in.begin(), one_.data.in.end(), [&](const StackItem& i) { return i.name == item.name; });
        if (!kept && !assigned_.count(item.name))
          fail(place(one_.body, one_.body.line), "output '{}' of '{}' is never assigned", item.name, one_.name);
      }
  }

  // Control instructions are tested through the words that make them.
  void check_tests() {
    if (one_.tests.empty() && one_.control.empty()) fail(one_.where, "'{}' has no tests", one_.name);
    for (const Example& example : one_.tests) {
      if (!example.in.empty() || example.out) {
        if (one_.word.empty()) fail(one_.where + "/tests", "an instruction without a word is tested by \"text\"");
        if (example.in.size() < cells(one_.data.in))
          fail(one_.where + "/tests", "a test gives {} cells, the effect takes {}", example.in.size(), cells(one_.data.in));
      }
      if (!example.trap.empty() && !contains(one_.traps, example.trap))
        fail(one_.where + "/tests", "the tested trap '{}' is not declared", example.trap);
    }
    if (!one_.tests.empty() || one_.control.empty())
      for (const std::string& trap : one_.traps)
        if (std::none_of(one_.tests.begin(), one_.tests.end(), [&](const Example& e) { return e.trap == trap; }) &&
            !untestable(trap))
          fail(one_.where + "/tests", "no test raises the trap '{}'", trap);
  }

  // STORE_ELEMENT and CALL raise what their instruction has excluded before, or what only a full stack shows.
  bool untestable(const std::string& trap) const { return one_.control == "call" && trap == "stack_overflow"; }

  const Model& model_;
  const Instruction& one_;
  std::set<std::string> assigned_;
  std::set<std::string> used_traps_;
  std::set<std::string> used_verbs_;
};

void check_names(const Model& model) {
  std::map<std::string, std::string> names, words, actions;
  for (const Instruction& one : model.instructions) {
    if (const auto [other, fresh] = names.emplace(one.name, one.where); !fresh)
      fail(one.where + "/name", "instruction '{}' exists in {}", one.name, other->second);
    if (one.word.empty()) continue;
    if (const auto [other, fresh] = words.emplace(one.word, one.where); !fresh)
      fail(one.where + "/word", "word '{}' exists in {}", one.word, other->second);
  }
  for (const CompileWord& one : model.words) {
    if (const auto [other, fresh] = words.emplace(one.word, one.where); !fresh)
      fail(one.where + "/word", "word '{}' exists in {}", one.word, other->second);
    for (const std::string& need : one.needs)
      if (!model.find(need)) fail(one.where + "/needs", "'{}' needs the instruction '{}', which the profile lacks", one.word, need);
  }
}

void check_pages(const Model& model) {
  const std::size_t first = model.page(1).size() + model.fusions.size();
  if (first > 256) fail(model.profile.file, "{} instructions on page 1; an opcode is one byte: move some to page 2", first);
  const std::size_t second = model.page(2).size();
  if (second > 256) fail(model.profile.file, "{} instructions on page 2; at most 256 fit", second);
  const auto escape = std::find_if(model.instructions.begin(), model.instructions.end(),
                                   [](const Instruction& one) { return one.control == "escape"; });
  if (second > 0 && escape == model.instructions.end())
    fail(model.profile.file, "page 2 is used, but no instruction has control 'escape'");
}

void check_fusions(const Model& model) {
  for (std::size_t k = 0; k < model.fusions.size(); ++k) {
    const Fusion& fusion = model.fusions[k];
    const std::string where = fmt::format("{}: /fused/{}", model.profile.file, k);
    for (std::size_t p = 0; p < fusion.parts.size(); ++p) {
      const Instruction& part = *fusion.parts[p];
      if (part.page != 1) fail(where, "'{}' is on page 2 and cannot be fused", part.name);
      const bool last = p + 1 == fusion.parts.size();
      if (!part.control.empty() && (!last || part.control == "escape" || part.effect_of_callee))
        fail(where, "'{}' changes the flow of control and can only be the last part", part.name);
      if (part.operand_bytes() > 0 && !last)
        for (const Operand& operand : part.operands)
          if (operand.info.role != "literal") fail(where, "'{}' has an operand that only the last part may have", part.name);
    }
    for (std::size_t other = 0; other < k; ++other)
      if (model.fusions[other].name == fusion.name) fail(where, "the sequence stands twice");
  }
}

}  // namespace

void check(const Model& model) {
  check_names(model);
  for (const Instruction& instruction : model.instructions) InstructionChecker(model, instruction).check();
  check_pages(model);
  check_fusions(model);
}

}  // namespace mica::codegen
