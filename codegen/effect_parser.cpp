#include "effect_parser.hpp"

#include <cctype>
#include <sstream>

#include "json/failure.hpp"

namespace mica::codegen {
namespace {

// The kind of an item is its name up to the first digit or underscore.
StackItem parse_item(const std::string& name, const Kinds& kinds, const std::string& where) {
  std::size_t end = 0;
  while (end < name.size() && std::isalpha(static_cast<unsigned char>(name[end]))) ++end;
  const auto kind = kinds.stack_items.find(name.substr(0, end));
  if (kind == kinds.stack_items.end())
    fail(where, "stack item '{}' is of no kind that kinds.json knows; name it KIND, KIND1 or KIND_name", name);
  for (const char character : name)
    if (!std::isalnum(static_cast<unsigned char>(character)) && character != '_')
      fail(where, "stack item '{}' is not a C++ name", name);
  return {name, kind->second.cells, kind->second.type};
}

Effect parse_one(std::istringstream& words, const Kinds& kinds, const std::string& where) {
  Effect effect;
  bool after = false;
  for (std::string word; words >> word;) {
    if (word == ")") {
      if (!after) fail(where, "the effect has no '--'");
      return effect;
    }
    if (word == "--") {
      if (after) fail(where, "the effect has two '--'");
      after = true;
    } else {
      (after ? effect.out : effect.in).push_back(parse_item(word, kinds, where));
    }
  }
  fail(where, "the effect does not end with ' )'");
}

void refuse_duplicates(const Effect& effect, const std::string& where) {
  for (std::size_t a = 0; a < effect.in.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (effect.in[a].name == effect.in[b].name)
        fail(where, "input '{}' occurs twice; number the items", effect.in[a].name);
}

}  // namespace

Effects parse_effect(const std::string& text, const Kinds& kinds, const std::string& where) {
  std::istringstream words(text);
  Effects effects;
  std::string word;
  if (!(words >> word) || word != "(") fail(where, "the effect must begin with '( '");
  effects.data = parse_one(words, kinds, where);
  if (words >> word) {
    std::string stack;
    if (word != "(" || !(words >> stack) || stack != "F:")
      fail(where, "after the data stack only '( F: ... )', the loop stack, may follow");
    effects.loop = parse_one(words, kinds, where);
    if (words >> word) fail(where, "'{}' after the effect", word);
  }
  refuse_duplicates(effects.data, where);
  refuse_duplicates(effects.loop, where);
  return effects;
}

unsigned cells(const std::vector<StackItem>& items) {
  unsigned sum = 0;
  for (const StackItem& item : items) sum += item.cells;
  return sum;
}

}  // namespace mica::codegen
