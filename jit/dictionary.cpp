#include "jit/dictionary.hpp"

#include <cstring>

namespace mica::inline MICA_PROFILE::jit {

bool Dictionary::matches(const Name& name, std::string_view text, std::uint32_t hash) const {
  return name.hash == hash && name.length == text.size() &&
         std::memcmp(texts_ + name.text, text.data(), text.size()) == 0;
}

void Dictionary::clear() {
  count_ = 0;
  text_bytes_ = 0;
  if (++age_ != 0) return;
  for (Name& name : names_) name.age = 0;
  age_ = 1;
}

Name* Dictionary::find(std::string_view text, std::uint32_t hash) {
  for (std::uint32_t slot = hash % slots; !is_free(names_[slot]); slot = slot + 1 == slots ? 0 : slot + 1)
    if (matches(names_[slot], text, hash)) return &names_[slot];
  return nullptr;
}

Name* Dictionary::insert(std::string_view text, std::uint32_t hash) {
  if (Name* known = find(text, hash)) return known;
  if (count_ == core::limits::names || text.size() > core::limits::name_bytes - text_bytes_) return nullptr;
  std::uint32_t slot = hash % slots;
  while (!is_free(names_[slot])) slot = slot + 1 == slots ? 0 : slot + 1;
  Name& name = names_[slot];
  name.hash = hash;
  name.age = age_;
  name.text = static_cast<std::uint16_t>(text_bytes_);
  name.length = static_cast<std::uint8_t>(text.size());
  std::memcpy(texts_ + text_bytes_, text.data(), text.size());
  text_bytes_ += static_cast<std::uint32_t>(text.size());
  ++count_;
  return &name;
}

}  // namespace mica::inline MICA_PROFILE::jit
