#include "jit/dictionary.hpp"

#include <cstring>
#include <new>

namespace mica::inline MICA_PROFILE::jit {
namespace {

// The name of the frame itself is none of the program.
bool is_known(const Name& name) { return name.kind < NameKind::frame_name; }

}  // namespace

void Dictionary::open(vm::Frame& frame) {
  frame_ = &frame;
  std::memset(newest_, 0, sizeof newest_);
  for (const Name* name = vm::newest_name(frame); name != nullptr; name = vm::older_name(frame, name)) {
    std::uint32_t& newest = newest_[name->hash % buckets];
    if (newest == 0) newest = static_cast<std::uint32_t>(frame.names_end - reinterpret_cast<const std::byte*>(name));
  }
}

Name* Dictionary::find(std::string_view text, std::uint32_t hash) {
  for (std::uint32_t distance = newest_[hash % buckets]; distance != 0; distance = at(distance)->next) {
    Name* const name = at(distance);
    if (name->hash == hash && name->text() == text && is_known(*name)) return name;
  }
  return nullptr;
}

Name* Dictionary::insert(std::string_view text, std::uint32_t hash, NameKind kind) {
  const std::uint32_t bytes = Name::bytes_for(text.size());
  if (frame_->names >= core::limits::names || bytes > frame_->name_room()) return nullptr;
  frame_->name_bytes += bytes;
  Name* const name = new (at(frame_->name_bytes)) Name;
  std::memcpy(name + 1, text.data(), text.size());
  name->length = static_cast<std::uint8_t>(text.size());
  name->kind = kind;
  if (is_known(*name)) ++frame_->names;
  name->hash = hash;
  std::uint32_t& newest = newest_[hash % buckets];
  name->next = newest;
  newest = frame_->name_bytes;
  return name;
}

void Dictionary::forget_back_to(std::uint32_t name_bytes) {
  while (frame_->name_bytes > name_bytes) {
    const Name* const name = at(frame_->name_bytes);
    newest_[name->hash % buckets] = name->next;
    frame_->name_bytes -= name->bytes();
    if (is_known(*name)) --frame_->names;
  }
}

}  // namespace mica::inline MICA_PROFILE::jit
