// Read-only arrays on their way to where the frame keeps them: its own memory, or a place of the host such as flash.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::jit {

class Constants {
 public:
  // Asks the host for a place, if it may keep them; without one the frame keeps its constants itself.
  void open(vm::Machine& machine, vm::Frame& frame, std::uint8_t slot, bool may_lie_at_host);

  // Begins an array: its offset, a multiple of 8. False: no room, or the host failed.
  bool begin_array(std::uint32_t& offset);
  // Adds bytes to it.
  bool put(const void* bytes, std::uint32_t size);
  // The text has ended, well or not. False: the host failed to write the rest.
  bool close(bool keep);

 private:
  bool flush();

  vm::Machine* machine_ = nullptr;
  vm::Frame* frame_ = nullptr;
  std::uint8_t slot_ = 0;
  std::uint32_t waiting_ = 0;  // bytes that the host has not got yet
  alignas(8) std::byte buffer_[64];
};

}  // namespace mica::inline MICA_PROFILE::jit
