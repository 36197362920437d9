// Finds the names of the frame that is being compiled.
#pragma once

#include <cstdint>
#include <string_view>

#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::jit {

using vm::cell_of;
using vm::Name;
using vm::NameKind;
using vm::WordEffect;

class Dictionary {
 public:
  // From here on, the names of this frame, once read_names() has said that it is done. That looks at so many names in
  // a call.
  void open(vm::Frame& frame);
  bool read_names(unsigned names);

  // The newest of that name; null if the program does not have it.
  Name* find(std::string_view text, std::uint32_t hash);

  // A new name, which hides an older one. Null: there is no room.
  Name* insert(std::string_view text, std::uint32_t hash, NameKind kind);

 private:
  // As many as a full dictionary needs to keep its chains at four names.
  static constexpr std::uint32_t buckets = core::limits::names / 4 + 1;

  Name* at(std::uint32_t distance) const { return reinterpret_cast<Name*>(frame_->names_end - distance); }

  vm::Frame* frame_ = nullptr;
  const Name* unread_ = nullptr;        // the next that read_names() looks at
  std::uint32_t newest_[buckets] = {};  // distances from the end of the names; 0: none
};

}  // namespace mica::inline MICA_PROFILE::jit
