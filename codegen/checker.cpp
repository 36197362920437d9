#include "checker.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "effect_parser.hpp"
#include "json/failure.hpp"
#include "loop_checker.hpp"
#include "profile_checker.hpp"
#include "reserved_names.hpp"
#include "snippet_tokens.hpp"

namespace mica::codegen {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool has_item(const std::vector<StackItem>& items, const std::string& name) {
  return std::any_of(items.begin(), items.end(), [&](const StackItem& item) { return item.name == name; });
}

bool all_capitals(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c); }) &&
         std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isupper(c); });
}

// An entry against its snippet.
class InstructionChecker {
 public:
  InstructionChecker(const Model& model, const Instruction& instruction) : model_(model), one_(instruction) {}

  void check() {
    check_entry();
    check_sliced();
    check_names();
    check_comment();
    if (one_.has_block()) check_body(one_.block_check, Part::check);
    check_derived();
    check_body(one_.body, Part::body);
    if (one_.sliced()) check_body(one_.unit, Part::unit);
    for (const Snippet* snippet : {&one_.block_check, &one_.body, &one_.unit}) check_loops(model_.vocabulary, *snippet);
    check_function();
    check_traps();
    check_control();
    check_outputs();
    check_tests();
  }

 private:
  enum class Part { check, body, unit };

  void check_entry() {
    if (one_.has_block() && (one_.word.empty() || one_.word.back() != '{' || one_.page != 2))
      fail(one_.where, "an instruction with a block is on page 2 and has a word that ends in {{");
    if (one_.has_block() && !one_.control.empty())
      fail(one_.where + "/control", "an instruction with a block is none of control");
    if (one_.page == 2 && !one_.goes_on()) fail(one_.where, "control instructions must be on page 1");
    // The second page cannot move the pointer of the loop stack.
    if (one_.control == "pause" && one_.page != 2) fail(one_.where, "an instruction that pauses must be on page 2");
    if (one_.page == 2 && cells(one_.loop.in) != cells(one_.loop.out))
      fail(one_.where + "/effect", "an instruction on page 2 cannot change the depth of the loop stack");
    if ((one_.control == "call") != one_.effect_of_callee)
      fail(one_.where, "control 'call' and effect_rule 'callee' belong together");
    // The compiler makes an instruction from its word alone, and takes it that the next one follows.
    if (!one_.word.empty() && !one_.operands.empty() && !one_.has_block())
      fail(one_.where + "/operands", "an instruction with a word has no operands; only the compiler can give some");
    if (!one_.word.empty() && !one_.goes_on())
      fail(one_.where + "/control", "a control instruction has no word of its own; compiling words make it");
    for (const std::string& trap : one_.traps)
      if (!model_.has_trap(trap)) fail(one_.where + "/traps", "traps.json has no trap '{}'", trap);
  }

  void check_sliced() {
    if (one_.sliced() && one_.unit_ticks == 0) fail(one_.where + "/cost", "a sliced instruction needs a cost per unit");
    if (!one_.sliced() && one_.unit_ticks != 0)
      fail(one_.where + "/cost", "only a sliced instruction has a cost per unit");
    if (!one_.sliced()) return;
    if (one_.page != 2) fail(one_.where, "a sliced instruction must be on page 2");
    if ((!one_.operands.empty() && !one_.has_block()) || !one_.loop.in.empty() || !one_.loop.out.empty())
      fail(one_.where, "a sliced instruction has no operands and leaves the loop stack alone");
  }

  // What is applied to one cell after another inside of another instruction: nothing but its result may show.
  void check_function() {
    if (one_.function == 0) return;
    const bool plain = !one_.word.empty() && one_.control.empty() && !one_.sliced() && one_.loop.in.empty();
    if (!plain || one_.data.in.size() != 1 || one_.data.out.size() != 1 || cells(one_.data.in) != 1 ||
        cells(one_.data.out) != 1)
      fail(one_.where + "/function", "a function has a word and makes one cell of one cell, and nothing else");
    if (!used_verbs_.empty() || !one_.traps.empty())
      fail(place_of(one_.body, one_.body.line), "'{}' is a function and uses {}; only its result may show", one_.name,
           one_.traps.empty() ? *used_verbs_.begin() : "the trap '" + one_.traps.front() + "'");
    for (const Instruction& other : model_.instructions)
      if (other.function == one_.function && &other != &one_)
        fail(one_.where + "/function", "'{}' has the token {}, too", other.name, one_.function);
  }

  void check_names() {
    refuse_reserved(one_.where + "/name", one_.name, {"absent"});
    std::set<std::string> names, fields, roles;
    for (const Operand& operand : one_.operands) {
      refuse_reserved(one_.where + "/operands", operand.name, interpreter_names);
      refuse_reserved(one_.where + "/operands", operand.name, runtime_namespaces);
      if (contains(model_.vocabulary.helpers, operand.name))
        fail(one_.where + "/operands", "'{}' is a helper of verbs.json; take another name", operand.name);
      const std::string& role = operand.info.role;
      if (role != "literal" && role != "count" && role != "field" && role != "array" && !roles.insert(role).second)
        fail(one_.where + "/operands", "two operands of the role '{}'; the compiler fills in one", role);
      if (!names.insert(operand.name).second) fail(one_.where + "/operands", "operand '{}' occurs twice", operand.name);
    }
    const std::set<std::string> operands = names;
    for (const auto* items : {&one_.data.in, &one_.loop.in, &one_.data.out, &one_.loop.out})
      for (const StackItem& item : *items) refuse_reserved(one_.where + "/effect", item.name, interpreter_names);
    for (const auto* items : {&one_.data.in, &one_.loop.in})
      for (const StackItem& item : *items)
        if (!names.insert(item.name).second) fail(one_.where + "/effect", "'{}' names two things", item.name);
    for (const auto* items : {&one_.data.out, &one_.loop.out})
      for (const StackItem& item : *items)
        if (operands.count(item.name)) fail(one_.where + "/effect", "'{}' names two things", item.name);
    for (const StateField& field : one_.state) {
      refuse_reserved(one_.where + "/sliced/state", field.name);
      if (!fields.insert(field.name).second) fail(one_.where + "/sliced/state", "'{}' occurs twice", field.name);
    }
  }

  bool is_derived(const std::string& name) const {
    return std::any_of(one_.block.begin(), one_.block.end(), [&](const BlockField& field) {
      return field.kind == BlockField::Kind::derived && contains(field.values, name);
    });
  }

  void check_derived() {
    for (const BlockField& field : one_.block)
      for (const std::string& value : field.values)
        if (field.kind == BlockField::Kind::derived && !assigned_.count(value))
          fail(place_of(one_.block_check, one_.block_check.line), "'{}' of '{}' is derived and never assigned", value,
               one_.name);
  }

  void check_comment() {
    const Snippet& first = one_.first_snippet();
    if (first.effect_comment != one_.effect_text)
      fail(place_of(first, first.line), "the comment '{}' behind '{}' differs from the effect '{}' of {}",
           first.effect_comment, one_.name, one_.effect_text, one_.where);
  }

  void check_body(const Snippet& snippet, Part part) {
    static const std::set<std::string> banned = {"return",  "goto",      "break",    "continue",   "case",
                                                 "default", "asm",       "static",   "new",        "delete",
                                                 "throw",   "try",       "catch",    "using",      "typedef",
                                                 "class",   "namespace", "template", "union",      "struct",
                                                 "enum",    "vm",        "jit",      "const_cast", "reinterpret_cast"};
    static const std::set<std::string> statements = {"if", "for", "while", "switch"};
    for (const Token& token : tokens_of(snippet)) {
      const std::string where = place_of(snippet, token.line);
      if (banned.count(token.text) || interpreter_names.count(token.text))
        fail(where, "'{}' may not stand in a snippet; use the verbs of verbs.json", token.text);
      if (token.declared) refuse_shadow(token.text, where);
      if (token.assigned) note_assignment(token.text, where, part);
      if (!token.called || statements.count(token.text)) continue;
      const auto verb = model_.vocabulary.verbs.find(token.text);
      if (verb != model_.vocabulary.verbs.end())
        use_verb(verb->first, verb->second, token, where, part);
      else if (all_capitals(token.text))
        fail(where, "'{}' is no verb of verbs.json", token.text);
      else if (!contains(model_.vocabulary.helpers, token.text))
        fail(where, "'{}' is no helper of verbs.json", token.text);
    }
  }

  // A local of the same name would take what is meant for the item.
  void refuse_shadow(const std::string& name, const std::string& where) {
    bool taken = std::any_of(one_.operands.begin(), one_.operands.end(),
                             [&](const Operand& operand) { return operand.name == name; });
    for (const auto* items : {&one_.data.in, &one_.loop.in, &one_.data.out, &one_.loop.out})
      taken = taken || has_item(*items, name);
    if (taken) fail(where, "'{}' is an item or operand and cannot be declared again", name);
  }

  void note_assignment(const std::string& name, const std::string& where, Part part) {
    if (has_item(one_.data.in, name) || has_item(one_.loop.in, name))
      fail(where, "input '{}' is assigned; outputs have names of their own", name);
    for (const Operand& operand : one_.operands)
      if (operand.name == name && !(part == Part::check && is_derived(name)))
        fail(where, "operand '{}' is assigned", name);
    assigned_.insert(name);
  }

  void use_verb(const std::string& name, const Verb& verb, const Token& token, const std::string& where, Part part) {
    const bool unit = part == Part::unit;
    if (verb.check && part != Part::check) fail(where, "{} may stand only in OP_CHECK", name);
    if (!verb.check && part == Part::check) fail(where, "{} may not stand in OP_CHECK", name);
    used_verbs_.insert(name);
    if (token.unconditional) sure_verbs_.insert(name);
    if (!verb.control.empty() && !contains(verb.control, one_.control))
      fail(where, "{} needs \"control\": \"{}\" in {}", name, verb.control.front(), one_.where);
    if (verb.sliced && !unit) fail(where, "{} may stand only in OP_UNIT", name);
    if (verb.begin && unit)
      fail(where, "{} may not stand in OP_UNIT: a length may have changed since; take ELEMENTS with what is needed",
           name);
    if (verb.assigns) note_assignment(token.argument, where, part);
    if (name == "TRAP") use_trap(token.argument, where);
    for (const std::string& trap : verb.traps) use_trap(trap, where);
  }

  void use_trap(const std::string& trap, const std::string& where) {
    used_traps_.insert(trap);
    if (!contains(one_.traps, trap)) fail(where, "trap '{}' is not declared in {}", trap, one_.where);
  }

  void check_traps() {
    for (const std::string& trap : one_.traps)
      if (!used_traps_.count(trap))
        fail(one_.where + "/traps", "'{}' is declared but the snippet never raises it", trap);
  }

  void check_control() {
    static const std::map<std::string, std::vector<std::string>> verbs_of = {
        {"jump", {"JUMP"}},     {"conditional_jump", {"JUMP"}}, {"call", {"CALL", "CALL_TOKEN"}},
        {"return", {"RETURN"}}, {"cross", {"CROSS"}},           {"stop", {"STOP"}}};
    const auto verbs = verbs_of.find(one_.control);
    if (verbs != verbs_of.end()) {
      const auto is_used = [&](const std::string& verb) { return used_verbs_.count(verb) != 0; };
      const auto verb = std::find_if(verbs->second.begin(), verbs->second.end(), is_used);
      if (verb == verbs->second.end())
        fail(one_.where + "/control", "control is '{}' but the snippet has no {}", one_.control, verbs->second.front());
      // The compiler takes it that nothing behind these is reached.
      if (one_.control != "conditional_jump" && !sure_verbs_.count(*verb))
        fail(place_of(one_.body, one_.body.line), "{} of '{}' must not hang on a condition; control is '{}'", *verb,
             one_.name, one_.control);
    }
    if (one_.sliced() && !used_verbs_.count("DONE") && !used_verbs_.count("COMPLETE") &&
        !used_verbs_.count("COMPLETE_BLOCKS"))
      fail(one_.where, "OP_UNIT({}) never says DONE() or COMPLETE()", one_.name);
    if (one_.places_cells() != (used_verbs_.count("PLACE_CELL") != 0))
      fail(one_.where, "PLACE_CELL and the state 'placed', how many cells there are, go together");
  }

  void check_outputs() {
    for (const auto* items : {&one_.data.out, &one_.loop.out})
      for (const StackItem& item : *items)
        if (!has_item(one_.data.in, item.name) && !has_item(one_.loop.in, item.name) && !assigned_.count(item.name))
          fail(place_of(one_.body, one_.body.line), "output '{}' of '{}' is never assigned", item.name, one_.name);
  }

  // Control instructions are tested through the words that make them.
  void check_tests() {
    if (one_.tests.empty() && one_.goes_on() && !one_.effect_of_host) fail(one_.where, "'{}' has no tests", one_.name);
    for (const Example& example : one_.tests) {
      if (example.text.empty()) {
        if (one_.word.empty()) fail(one_.where + "/tests", "an instruction without a word is tested by \"text\"");
        if (example.in.size() < cells(one_.data.in))
          fail(one_.where + "/tests", "a test gives {} cells, the effect takes {}", example.in.size(),
               cells(one_.data.in));
        const std::size_t left = example.in.size() - cells(one_.data.in) + cells(one_.data.out);
        if (example.out && example.out->size() != left)
          fail(one_.where + "/tests", "a test expects {} cells, the effect leaves {}", example.out->size(), left);
      }
      if (!example.trap.empty() && !contains(one_.traps, example.trap))
        fail(one_.where + "/tests", "the tested trap '{}' is not declared", example.trap);
    }
    if (!one_.tests.empty() || one_.goes_on())
      for (const std::string& trap : one_.traps)
        if (std::none_of(one_.tests.begin(), one_.tests.end(), [&](const Example& e) { return e.trap == trap; }) &&
            !untestable(trap))
          fail(one_.where + "/tests", "no test raises the trap '{}'", trap);
  }

  // What only a full stack shows, long before the call, and what only a host can do, also to the arrays of a block.
  bool untestable(const std::string& trap) const {
    return (one_.control == "call" && (trap == "stack_overflow" || trap == "host_error")) || one_.effect_of_host ||
           one_.has_block();
  }

  const Model& model_;
  const Instruction& one_;
  std::set<std::string> assigned_;
  std::set<std::string> used_traps_;
  std::set<std::string> used_verbs_;
  std::set<std::string> sure_verbs_;  // those outside of any condition
};

}  // namespace

void check(const Model& model) {
  for (const Instruction& instruction : model.instructions) InstructionChecker(model, instruction).check();
  check_profile(model);
}

}  // namespace mica::codegen
