// Finds the names of the frame that is being compiled.
#pragma once

#include <cstdint>
#include <string_view>

#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::jit {

using vm::Name;
using vm::NameKind;
using vm::WordEffect;

class Dictionary {
 public:
  // From here on, the names of this frame.
  void open(vm::Frame& frame);

  // The newest of that name; null if the program does not have it.
  Name* find(std::string_view text, std::uint32_t hash);

  // A new name, which hides an older one. Null: there is no room.
  Name* insert(std::string_view text, std::uint32_t hash, NameKind kind);

  // Forgets the names that were made since the frame had so many bytes of them.
  void forget_back_to(std::uint32_t name_bytes);

 private:
  // As many as a full dictionary needs to keep its chains at four names.
  static constexpr std::uint32_t buckets = core::limits::names / 4 + 1;

  Name* at(std::uint32_t distance) const { return reinterpret_cast<Name*>(frame_->names_end - distance); }

  vm::Frame* frame_ = nullptr;
  std::uint32_t newest_[buckets] = {};  // distances from the end of the names; 0: none
};

}  // namespace mica::inline MICA_PROFILE::jit
