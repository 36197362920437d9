// What the words of a profile do, for people: made by codegen from the same entries as the words themselves.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace mica::pc {

struct WordExample {
  std::string_view program;
  std::string_view output;
  std::string_view trap;  // empty: it ends
};

struct WordField {
  std::string_view name;
  std::string_view doc;
};

struct WordEntry {
  std::string_view word;
  std::string_view effect;  // empty: a compiling word
  std::string_view doc;
  unsigned ticks = 0;
  unsigned unit_ticks = 0;  // for each unit of work; 0: not sliced
  std::string_view unit_work = {};
  std::vector<WordField> fields = {};  // of the block behind the word
  std::vector<std::string_view> traps = {};
  std::vector<WordExample> examples = {};
};

struct WordGroup {
  std::string_view name;
  std::string_view doc;
  std::vector<WordEntry> words = {};
};

struct Reference {
  std::string_view profile;
  std::vector<WordGroup> groups = {};

  const WordGroup* group_of(std::string_view word) const;
  const WordEntry* find(std::string_view word) const;
};

// One for each profile that the command carries.
std::span<const Reference> references();

// Throws std::invalid_argument, naming those there are, when there is none of that name.
const Reference& find_reference(std::string_view profile);

}  // namespace mica::pc
