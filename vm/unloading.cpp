#include "vm/unloading.hpp"

#include <algorithm>
#include <cstring>

#include "vm/tasks.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr unsigned frame_count = core::limits::frames;

std::byte* begin_of(const Frame& frame) { return reinterpret_cast<std::byte*>(frame.code); }

std::uint32_t bytes_of(const Frame& frame) {
  return static_cast<std::uint32_t>(aligned(static_cast<std::size_t>(frame.names_end - begin_of(frame))));
}

// Does it lie where frames are moved? One in work lies above all that is used, and is moved at its end.
bool has_place(const Frame& frame) { return frame.state == FrameState::complete || frame.state == FrameState::loaded; }

// The frame that lies lowest from `from` on; null: there is none.
Frame* lowest_frame(Machine& machine, const std::byte* from) {
  Frame* lowest = nullptr;
  for (Frame& frame : machine.frames)
    if (has_place(frame) && begin_of(frame) >= from && (lowest == nullptr || frame.code < lowest->code))
      lowest = &frame;
  return lowest;
}

// The frame and those that import from it, also through others.
FrameSet users_of(const Machine& machine, unsigned slot) {
  FrameSet users = only(slot), before = 0;
  while (users != before) {
    before = users;
    for (unsigned k = 0; k < frame_count; ++k)
      if (machine.frames[k].holds & users) users = static_cast<FrameSet>(users | only(k));
  }
  return users;
}

void move_down(Frame& frame, std::uint32_t distance) {
  frame.code -= distance;
  frame.data -= distance;
  frame.regions_end = reinterpret_cast<Region*>(reinterpret_cast<std::byte*>(frame.regions_end) - distance);
  frame.tokens_end = reinterpret_cast<Token*>(reinterpret_cast<std::byte*>(frame.tokens_end) - distance);
  if (!frame.constants_at_host) frame.constants -= distance;
  frame.names_end -= distance;
}

void begin_move(Machine& machine, const Frame& frame, std::uint32_t distance) {
  machine.moving = static_cast<std::uint8_t>(&frame - machine.frames);
  machine.waiting = users_of(machine, machine.moving);
  machine.pace.note_alone(false);
  machine.moved = 0;
  machine.distance = distance;
}

void end_move(Machine& machine) {
  machine.moving = none;
  machine.waiting = 0;
}

// Moves a piece of the frame that is under way, of which `bytes` are left to move. False: there is more of it.
bool move_piece(Machine& machine, std::uint32_t& bytes) {
  Frame& frame = machine.frames[machine.moving];
  std::byte* const from = begin_of(frame) + machine.moved;
  const std::uint32_t piece = std::min(bytes, bytes_of(frame) - machine.moved);
  std::memmove(from - machine.distance, from, piece);
  bytes -= piece;
  machine.moved = machine.moved + piece;
  if (machine.moved < bytes_of(frame)) return false;
  move_down(frame, machine.distance);
  end_move(machine);
  return true;
}

}  // namespace

bool is_imported(const Machine& machine, std::uint8_t slot) {
  for (const Frame& frame : machine.frames)
    if (frame.state != FrameState::free && (frame.holds & only(slot))) return true;
  return false;
}

void remove_frame(Machine& machine, Frame& frame) {
  const std::uint8_t slot = static_cast<std::uint8_t>(&frame - machine.frames);
  if (frame.constants_at_host && machine.host.close_constants != nullptr)
    machine.host.close_constants(machine.host.context, slot, 0);
  if (machine.moving == slot) end_move(machine);
  frame.state = FrameState::free;  // nothing is given back to it
  free_tasks(machine, slot);
  frame.holds = 0;
  machine.holes = true;
}

void close_holes(Machine& machine, std::uint32_t bytes) {
  if (machine.moving != none && !move_piece(machine, bytes)) return;
  std::byte* to = machine.pool.data();
  while (Frame* const frame = lowest_frame(machine, to)) {
    if (begin_of(*frame) != to && !frame->extended) {
      begin_move(machine, *frame, static_cast<std::uint32_t>(begin_of(*frame) - to));
      if (!move_piece(machine, bytes)) return;
    }
    to = begin_of(*frame) + bytes_of(*frame);
  }
  machine.pool_used = static_cast<std::size_t>(to - machine.pool.data());
  machine.holes = false;
}

void end_move_for(Machine& machine, const Task& task) {
  while ((machine.waiting & only(task.owner)) != 0) close_holes(machine, piece_of_work);
}

Unloading unload_frame(Machine& machine, std::uint8_t slot) {
  if (slot >= frame_count) return Unloading::no_frame;
  Frame& frame = machine.frames[slot];
  if (frame.state == FrameState::loaded) {
    if (frame.extended || frame.replaced || is_imported(machine, slot)) return Unloading::in_use;
    // What its tasks have to give back may be on its way.
    const bool may_go = machine.moving == slot || (machine.waiting & only(slot)) == 0;
    if (may_go) remove_frame(machine, frame);
    machine.unloading = slot;
  }
  if (machine.unloading != slot) return Unloading::no_frame;
  close_holes(machine, piece_of_work);
  if (machine.holes || frame.state == FrameState::loaded) return Unloading::busy;
  machine.unloading = none;
  return Unloading::done;
}

MemoryReport report_memory(const Machine& machine) {
  MemoryReport report;
  report.bytes = static_cast<std::uint32_t>(machine.pool.size());
  report.frames = frame_count;
  report.tasks = core::limits::tasks;
  for (const Frame& frame : machine.frames) {
    if (has_place(frame)) report.used_bytes += bytes_of(frame);
    if (frame.state == FrameState::free) ++report.frames_free;
  }
  for (const Task& task : machine.tasks)
    if (task.state == TaskState::absent) ++report.tasks_free;
  report.free_bytes = report.bytes - report.used_bytes;
  return report;
}

}  // namespace mica::inline MICA_PROFILE::vm
