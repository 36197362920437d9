// One instruction of a frame's code as text.
#pragma once

#include <cstdint>
#include <span>

#include "vm/frame.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Writes "MNEMONIC OPERAND ..." and a terminating 0 to `line` (cut if it does not fit); displacements are shown as
// offsets of their targets. Returns the offset of the next instruction; 0 when `offset` is behind the code. Bytes that
// are constants are shown as the instructions that they would be.
std::uint32_t disassemble(const Frame& frame, std::uint32_t offset, std::span<char> line);

}  // namespace mica::inline MICA_PROFILE::vm
