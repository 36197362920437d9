// What codegen knows after loading: one profile and the instructions it selects. Writers read this and nothing else.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mica::codegen {

struct ItemKind {
  unsigned cells;
  std::string type;
  std::string doc;
};

struct OperandKind {
  unsigned bytes;
  std::string type;
  std::string role;  // literal, branch, call, charge, adjust, count; of blocks: array, field
  std::string doc;
};

struct Kinds {
  std::map<std::string, ItemKind> stack_items;
  std::map<std::string, OperandKind> operands;
};

struct TrapInfo {
  unsigned number;
  std::string name;
  std::string text;
};

struct Verb {
  std::vector<std::string> control;  // instructions of these control kinds may use it; empty: all
  std::vector<std::string> traps;
  bool sliced = false;   // only in units
  bool assigns = false;  // its first argument
  bool begin = false;    // never in units
  bool check = false;    // only where a block is checked
};

struct Vocabulary {
  std::map<std::string, Verb> verbs;
  std::vector<std::string> helpers;
};

struct StackItem {
  std::string name;
  unsigned cells;
  std::string type;
};

// ( in -- out ) of one stack, deepest item first.
struct Effect {
  std::vector<StackItem> in;
  std::vector<StackItem> out;
};

struct Operand {
  std::string name;
  std::string kind;
  OperandKind info;
};

// A field of the block behind a word. Its values are operands of the instruction, one behind the other.
struct BlockField {
  enum class Kind { array, number, real, choice, derived };

  std::string name;  // empty: derived
  Kind kind = Kind::number;
  std::vector<std::string> values;  // names of the operands
  std::vector<std::string> types;   // array: that its elements may have
  bool written = false;
  bool optional = false;  // array: may be left out
  std::vector<std::string> choices;
  std::int64_t least = 0, most = 0;
  std::vector<double> otherwise;  // empty: the field must be there
  std::string doc;

  bool operator==(const BlockField&) const = default;
};

// A cut-out body: the text between the braces and where it begins.
struct Snippet {
  std::string body;
  std::string file;
  unsigned line = 0;  // of the first character of `body`
  std::string effect_comment;
};

struct StateField {
  std::string name;
  std::string type;
  std::string doc;
};

struct Example {
  std::vector<std::int64_t> in;
  std::optional<std::vector<std::int64_t>> out;
  std::string text;
  std::string output;
  std::string trap;
  unsigned cell_bits = 0;  // 0: any
  std::string dialect;     // empty: any
};

struct Instruction {
  std::string name;
  std::string word;  // empty: only the compiler makes it
  std::string group;
  std::string where;  // "isa/groups/x.json: /instructions/3", for messages
  std::string effect_text;
  Effect data;
  Effect loop;
  bool effect_of_callee = false;
  bool effect_of_host = false;
  bool effect_of_data = false;  // it takes or leaves more cells than its effect says, as its items say
  std::vector<Operand> operands;
  std::vector<BlockField> block;  // what stands behind the word, up to }
  std::vector<std::string> traps;
  std::string control;  // empty: falls through
  unsigned page = 1;
  unsigned cell_bits = 0;
  std::string dialect;
  bool required = false;  // the compiler makes it by itself, whatever a program says
  int function = 0;       // the token by which others can apply it to a cell, below 0; 0: none can
  std::string doc;
  unsigned ticks = 0;
  bool in_units = false;  // it is sliced
  unsigned unit_ticks = 0;
  std::string unit_work;
  std::vector<StateField> state;
  std::vector<Example> tests;
  Snippet body;  // of a sliced instruction: what begins it
  Snippet unit;
  Snippet block_check;  // of one with a block: what is wrong with it, when it is compiled

  bool sliced() const { return in_units; }
  bool has_block() const { return !block.empty(); }
  // Cells above the stack; a field of its state says how many.
  bool places_cells() const {
    return std::any_of(state.begin(), state.end(), [](const StateField& field) { return field.name == "placed"; });
  }
  bool goes_on() const { return control.empty() || control == "pause"; }             // with what lies behind it
  const Snippet& first_snippet() const { return has_block() ? block_check : body; }  // it shows the effect
  unsigned operand_bytes() const;
  unsigned length() const { return page + operand_bytes(); }  // page two needs the escape byte
};

struct CompileWord {
  std::string word;
  std::string action;
  std::string group;
  std::string where;
  unsigned ticks = 0;
  std::vector<std::string> needs;  // instructions that it makes
  std::vector<std::string> with;   // words without which it is of no use
  std::string dialect;
  bool redefinable = false;  // programs in the dialect rexa16 may give it another meaning
  std::string doc;
  std::vector<Example> tests;
};

struct Group {
  std::string name;
  std::string doc;
  bool redefinable = false;  // programs in the dialect rexa16 may give its words another meaning
};

struct Profile {
  std::string name;
  std::string name_space;  // the name as a C++ identifier
  std::string doc;
  std::string dialect;
  unsigned cell_bits = 0;
  std::vector<std::string> groups;
  std::vector<std::string> without;
  std::vector<std::vector<std::string>> fused;
  std::string dispatch;
  bool snapshots = false;   // can states be written out and taken up again?
  bool error_texts = true;  // does the core have the sentences of errors, or their names only?
  std::vector<std::pair<std::string, std::uint64_t>> limits;
  std::string file;
};

// A fused instruction: a sequence of instructions of page one, the last of which may be control.
struct Fusion {
  std::string name;
  std::vector<const Instruction*> parts;
};

struct Model {
  Profile profile;
  Kinds kinds;
  std::vector<TrapInfo> traps;
  Vocabulary vocabulary;
  std::vector<Group> groups;
  std::vector<Instruction> instructions;  // profile's group order, then file order
  std::vector<CompileWord> words;
  // Of all groups, but not of this profile: other group, width or dialect, or left out.
  std::vector<Instruction> absent;
  std::vector<CompileWord> absent_words;
  std::vector<Fusion> fusions;
  std::set<std::string> kernels;    // headers that snippet files include, such as "ml/kernels/fold.hpp"
  std::vector<std::string> inputs;  // files read, for the depfile

  std::vector<const Instruction*> page(unsigned number) const;
  std::vector<const Instruction*> functions() const;  // place k is for the token -1 - k; nullptr: it has none
  const Instruction* find(const std::string& name) const;
  bool has_trap(const std::string& name) const;
};

// FNV-1a over everything that decides what a program means: words, effects, operands, costs, cell width, dialect.
std::uint32_t fingerprint(const Model& model);

}  // namespace mica::codegen
