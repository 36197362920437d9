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
  unread_ = vm::newest_name(frame);
  std::memset(newest_, 0, sizeof newest_);
}

bool Dictionary::read_names(unsigned names) {
  for (; unread_ != nullptr && names > 0; --names, unread_ = vm::older_name(*frame_, unread_)) {
    // A text that was refused has taken a token of it: that is gone.
    if (unread_->kind == NameKind::word && unread_->token > frame_->tokens) const_cast<Name*>(unread_)->token = 0;
    std::uint32_t& newest = newest_[unread_->hash % buckets];
    if (newest == 0)
      newest = static_cast<std::uint32_t>(frame_->names_end - reinterpret_cast<const std::byte*>(unread_));
  }
  return unread_ == nullptr;
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

}  // namespace mica::inline MICA_PROFILE::jit
