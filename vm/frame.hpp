// A loaded program: its code, its data segment, its regions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

enum class FrameState : std::uint8_t { free, compiling, loaded };

// Code and data lie in the machine's pool, one behind the other. Everything inside is relative to the frame, so that
// it can be moved as a whole.
struct Frame {
  std::uint8_t* code = nullptr;
  std::byte* data = nullptr;     // the byte at offset sizeof(Cell)
  std::uint32_t code_bytes = 0;  // in use
  std::uint32_t code_limit = 0;  // while compiling
  std::uint32_t data_bytes = 0;
  std::uint32_t data_limit = 0;
  std::uint32_t entry = 0;  // header of the code that a task starts with
  std::uint16_t first_region = 0;
  std::uint16_t regions = 0;
  std::uint16_t names = 0;  // that the text defined
  std::uint32_t source_instructions = 0;
  std::uint32_t instructions = 0;
  std::uint8_t generation = 0;  // grows with each frame in this slot
  FrameState state = FrameState::free;
};

// A word begins with a header: the cells of room it needs on the data and loop stack together (two bytes, the low one
// first), and the entries it needs on the return stack beside the return address. Calls check both, so that nothing
// inside has to.
inline constexpr std::uint32_t header_bytes = 3;

inline std::uint32_t room_of(const std::uint8_t* header) { return header[0] | std::uint32_t{header[1]} << 8; }
inline std::uint32_t returns_of(const std::uint8_t* header) { return header[2]; }

}  // namespace mica::inline MICA_PROFILE::vm
