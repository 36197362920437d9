#include "jit/constants.hpp"

#include <cstring>

namespace mica::inline MICA_PROFILE::jit {

void Constants::open(vm::Machine& machine, vm::Frame& frame, std::uint8_t slot, bool may_lie_at_host) {
  machine_ = &machine;
  frame_ = &frame;
  slot_ = slot;
  waiting_ = 0;
  if (!may_lie_at_host || machine.host.open_constants == nullptr) return;
  std::uint32_t capacity = 0;
  const std::byte* const place = machine.host.open_constants(machine.host.context, slot_, capacity);
  if (place == nullptr) return;
  frame.constants_at_host = true;
  frame.constants = place;
  frame.constant_limit = capacity & ~std::uint32_t{7};  // written by eights
}

bool Constants::begin_array(std::uint32_t& offset) {
  static constexpr std::byte zeros[8] = {};
  if (!put(zeros, (8 - frame_->constant_bytes % 8) % 8)) return false;
  offset = frame_->constant_bytes;
  return true;
}

bool Constants::put(const void* bytes, std::uint32_t size) {
  if (size > frame_->constant_room()) return false;
  const std::byte* from = static_cast<const std::byte*>(bytes);
  if (!frame_->constants_at_host) {
    std::memcpy(const_cast<std::byte*>(frame_->constants) + frame_->constant_bytes, from, size);
    frame_->constant_bytes += size;
    return true;
  }
  for (; size > 0; --size) {
    buffer_[waiting_++] = *from++;
    ++frame_->constant_bytes;
    if (waiting_ == sizeof buffer_ && !flush()) return false;
  }
  return true;
}

bool Constants::flush() {
  const std::uint32_t offset = frame_->constant_bytes - waiting_;
  while (waiting_ % 8 != 0) buffer_[waiting_++] = std::byte{0};
  const std::uint32_t size = waiting_;
  waiting_ = 0;
  return size == 0 || machine_->host.write_constants(machine_->host.context, slot_, offset, buffer_, size);
}

bool Constants::close(bool keep) {
  if (!frame_->constants_at_host) return true;
  const bool written = keep && flush();
  if (!written) frame_->constants_at_host = false;  // it will be given up, and the host is told once
  if (machine_->host.close_constants)
    machine_->host.close_constants(machine_->host.context, slot_, written ? frame_->constant_bytes : 0);
  return written || !keep;
}

}  // namespace mica::inline MICA_PROFILE::jit
