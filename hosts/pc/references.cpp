#include "hosts/pc/references.hpp"

#include <stdexcept>
#include <string>

#include "hosts/pc/engines.hpp"

namespace mica::pc {

const WordGroup* Reference::group_of(std::string_view word) const {
  for (const WordGroup& group : groups)
    for (const WordEntry& entry : group.words)
      if (entry.word == word) return &group;
  return nullptr;
}

const WordEntry* Reference::find(std::string_view word) const {
  for (const WordGroup& group : groups)
    for (const WordEntry& entry : group.words)
      if (entry.word == word) return &entry;
  return nullptr;
}

const Reference& find_reference(std::string_view profile) {
  const Engine& engine = find_engine(profile);  // says which there are
  for (const Reference& reference : references())
    if (reference.profile == engine.profile) return reference;
  throw std::invalid_argument("there is no reference of the profile '" + std::string(profile) + "'");
}

}  // namespace mica::pc
