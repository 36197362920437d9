// The names of a frame, in full length, and what they stand for. They stay with the frame, so that hosts find what it
// exports, later text can use them, and code can be turned back into text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vm/frame.hpp"

namespace mica::inline MICA_PROFILE::vm {

enum class NameKind : std::uint8_t {
  word,
  variable,  // the value is an address
  double_variable,
  array,   // of cells; the value is an address
  region,  // the value is a handle
  view,    // likewise, of a part of another array
  scalar,  // likewise; in rexa16 it comes with the index 0, as its array of one element is read and written
  constant,
  frame_name,  // of the header; no names of the program
  frame_version,
  wanted_export,
  wanted_test,   // the word by which the frame tests itself
  wanted_import  // as the header has it: frame and name
};

// What a word does to the stacks and to the count of ticks, as far as a caller must know.
struct WordEffect {
  std::int16_t change = 0;            // of the depth; unknown if dynamic and not declared
  std::int16_t loop_change = 0;       // of the loop stack, likewise; 0 in the own dialect
  std::uint16_t in = 0;               // cells of the data stack that it is sure to need; the rest it checks itself
  std::uint16_t loop_in = 0;          // cells of its caller's loop stack that it looks at
  std::uint8_t more = 0;              // cells beyond `in` that it may take on some way; more_max: any number
  std::uint8_t exit_pending : 7 = 0;  // ticks it leaves to its caller to charge
  bool dynamic : 1 = false;           // depth known only while running
  std::uint8_t exit_unchecked : 7 = 0;
  bool declared : 1 = false;
  std::uint8_t loop_more : 5 = 0;  // of the loop stack beyond `loop_in`, as `more`
  bool plain : 1 = false;          // it has no charge point
  bool may_end : 1 = false;        // the task, on some way
  bool returns : 1 = true;         // else every way ends the program or goes on for ever

  static constexpr int more_max = 255, loop_more_max = 31;
};

// A record; its text lies behind it.
struct Name {
  std::uint32_t hash = 0;
  std::uint32_t value = 0;  // the literal's bits, or the offset of the word's header
  std::uint32_t next = 0;   // older name of the same bucket, as a distance from the end of the names; 0: none
  std::uint16_t token = 0;  // of a word, once it is used; 0: none. Of others: where in the code they were declared
  std::uint8_t length = 0;
  NameKind kind : 5 = NameKind::constant;
  bool is_float : 1 = false;  // a constant that was given as one
  bool exported : 1 = false;
  bool unreached : 1 = false;  // a host's array that is named first where no code runs
  WordEffect effect;

  bool is_variable() const { return kind == NameKind::variable || kind == NameKind::double_variable; }
  std::string_view text() const { return {reinterpret_cast<const char*>(this + 1), length}; }
  // Where in the code it was declared; of a word its header.
  std::uint32_t place() const { return kind == NameKind::word ? value : token; }
  std::uint32_t bytes() const { return bytes_for(length); }
  static constexpr std::uint32_t bytes_for(std::size_t length) {
    return static_cast<std::uint32_t>((sizeof(Name) + length + 3) & ~std::size_t{3});
  }
};

// Is it sure that the word takes nothing and leaves so many cells, or has it declared that, which is then verified?
inline bool leaves(const Name& word, int cells) {
  const WordEffect& effect = word.effect;
  const bool is_known = !effect.dynamic || effect.declared;
  return effect.in == 0 && effect.loop_in == 0 && effect.change == cells && is_known;
}

// What the name of anything but a word stands for.
constexpr Cell cell_of(const Name& name) { return static_cast<Cell>(static_cast<UCell>(name.value)); }

// The name that lies so far from the end of the names: where that is does not matter then.
inline const Name& name_at(const Frame& frame, std::uint32_t distance) {
  return *reinterpret_cast<const Name*>(frame.names_end - distance);
}

// The newest name of a frame, and the one before a name; null: there is none.
inline const Name* newest_name(const Frame& frame) {
  return frame.name_bytes == 0 ? nullptr : reinterpret_cast<const Name*>(frame.names_end - frame.name_bytes);
}
inline const Name* older_name(const Frame& frame, const Name* name) {
  const std::byte* const next = reinterpret_cast<const std::byte*>(name) + name->bytes();
  return next == frame.names_end ? nullptr : reinterpret_cast<const Name*>(next);
}

// The word whose header lies there; null: none.
inline const Name* word_at(const Frame& frame, std::uint32_t header) {
  for (const Name* name = newest_name(frame); name != nullptr; name = older_name(frame, name))
    if (name->kind == NameKind::word && name->value == header) return name;
  return nullptr;
}

// What the header calls the frame, and its version; empty without one.
inline std::string_view title_of(const Frame& frame) {
  return frame.title == 0 ? std::string_view{} : reinterpret_cast<const Name*>(frame.names_end - frame.title)->text();
}
inline std::string_view version_of(const Frame& frame) {
  for (const Name* name = newest_name(frame); name != nullptr; name = older_name(frame, name))
    if (name->kind == NameKind::frame_version) return name->text();
  return {};
}

}  // namespace mica::inline MICA_PROFILE::vm
