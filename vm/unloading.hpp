// Frames that go, and the holes that they leave in the pool: those above are moved down, a piece in each call.
//
// Frames lie in the order in which they were loaded, and moving them keeps it. While one is under way its tasks wait,
// and those of all frames that import from it. No text is compiled meanwhile.
#pragma once

#include <cstdint>

#include "vm/machine.hpp"
#include "vm/report.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Bytes that a call moves or clears at most beside its own work.
inline constexpr std::uint32_t piece_of_work = 1024;

// Is the frame loaded, and all of it where it belongs?
inline bool can_be_read(const Machine& machine, std::uint8_t frame) {
  return frame < core::limits::frames && machine.frames[frame].state == FrameState::loaded && machine.moving != frame;
}

// Is all of its data where they belong?
inline bool is_in_place(const Machine& machine, const Frame& frame) {
  return (frame.state == FrameState::complete || frame.state == FrameState::loaded) &&
         (machine.moving == none || &frame != machine.frames + machine.moving);
}

// Does a frame import from the one in slot `frame`?
bool is_imported(const Machine&, std::uint8_t frame);

// Takes away a complete or loaded frame with its tasks; where it lay is a hole.
void remove_frame(Machine&, Frame&);

// Moves at most `bytes`; there is more to move as long as the machine has holes.
void close_holes(Machine&, std::uint32_t bytes);

// Moves the frame that is under way to its place, if it holds what the task may have to give back.
void end_move_for(Machine&, const Task&);

Unloading unload_frame(Machine&, std::uint8_t frame);

MemoryReport report_memory(const Machine&);

}  // namespace mica::inline MICA_PROFILE::vm
