// The names of a program, in full length, and what they stand for.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::jit {

enum class NameKind : std::uint8_t { literal, word };

// What a word does to the stacks and to the count of ticks, as far as a caller must know.
struct WordEffect {
  std::int16_t change = 0;        // of the depth; unknown if dynamic and not declared
  std::int16_t loop_change = 0;   // of the loop stack, likewise; 0 in the own dialect
  std::uint8_t in = 0;            // cells of the data stack that it is sure to need; the rest it checks itself
  std::uint8_t loop_in = 0;       // cells of its caller's loop stack that it looks at
  std::uint8_t exit_pending = 0;  // ticks it leaves to its caller to charge
  std::uint8_t exit_unchecked = 0;
  bool dynamic = false;  // depth known only while running
  bool declared = false;
  bool returns = true;  // else every way ends the program or goes on for ever
};

struct Name {
  std::uint32_t hash = 0;
  std::uint32_t value = 0;  // the literal's bits, or the offset of the word's header
  std::uint16_t text = 0;   // where its characters begin
  WordEffect effect;
  std::uint8_t length = 0;
  NameKind kind = NameKind::literal;
  std::uint8_t age = 0;  // of the dictionary when the name was made; of another: the slot is free

  // What it stands for from here on.
  void mean(NameKind new_kind, std::uint32_t new_value) {
    kind = new_kind;
    value = new_value;
    effect = {};
  }
};

class Dictionary {
 public:
  // Forgets all names, without touching them.
  void clear();

  // Null if the program does not have the name.
  Name* find(std::string_view text, std::uint32_t hash);

  // Makes or replaces a name. Null: there is no room.
  Name* insert(std::string_view text, std::uint32_t hash);

  std::uint16_t count() const { return count_; }

 private:
  // Slots are open addressed with linear probing; an eighth more than names keeps the runs short.
  static constexpr std::uint32_t slots = core::limits::names + core::limits::names / 8 + 1;

  bool is_free(const Name& name) const { return name.age != age_; }
  bool matches(const Name& name, std::string_view text, std::uint32_t hash) const;

  Name names_[slots] = {};
  char texts_[core::limits::name_bytes] = {};
  std::uint8_t age_ = 1;
  std::uint16_t count_ = 0;
  std::uint32_t text_bytes_ = 0;
};

}  // namespace mica::inline MICA_PROFILE::jit
