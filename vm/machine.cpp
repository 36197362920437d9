#include "vm/machine.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

// Places the code at the begin of the free part of the pool and the data behind it.
bool lay_out(Machine& machine, Frame& frame, std::size_t code, std::size_t data) {
  const std::size_t free = machine.pool.size() - machine.pool_used;
  if (aligned(code) + data > free) return false;
  frame.code = reinterpret_cast<std::uint8_t*>(machine.pool.data() + machine.pool_used);
  frame.code_limit = static_cast<std::uint32_t>(code);
  frame.data = machine.pool.data() + machine.pool_used + aligned(code);
  frame.data_limit = static_cast<std::uint32_t>(data);
  return true;
}

}  // namespace

Frame* open_frame(Machine& machine, std::uint32_t code_wanted, std::uint32_t data_wanted) {
  for (Frame& frame : machine.frames) {
    if (frame.state != FrameState::free) continue;
    const std::uint8_t generation = static_cast<std::uint8_t>(frame.generation + 1);
    frame = Frame{};
    frame.generation = generation;
    frame.first_region = machine.regions_used;
    // Without a wish code gets up to half of what is free, data the rest, both at most the profile's limit.
    const std::size_t free = (machine.pool.size() - machine.pool_used) & ~std::size_t{7};
    const std::size_t code = code_wanted ? code_wanted : std::min<std::size_t>(core::limits::code_bytes, free / 2);
    const std::size_t data =
        data_wanted ? data_wanted
                    : std::min<std::size_t>(core::limits::data_bytes, free - std::min(free, aligned(code)));
    if (!lay_out(machine, frame, code, data)) return nullptr;
    frame.state = FrameState::compiling;
    return &frame;
  }
  return nullptr;
}

bool resize_frame(Machine& machine, Frame& frame, std::uint32_t code_wanted, std::uint32_t data_wanted) {
  const std::size_t free = machine.pool.size() - machine.pool_used;
  // Code that nothing was said about yet gives way to data.
  const std::size_t code_most = (free - std::min<std::size_t>(free, data_wanted)) & ~std::size_t{7};
  const std::size_t code = code_wanted ? code_wanted : std::min<std::size_t>(frame.code_limit, code_most);
  const std::size_t rest = free - std::min(free, aligned(code));
  const std::size_t data = data_wanted ? data_wanted : std::min<std::size_t>(core::limits::data_bytes, rest);
  if (code > core::limits::code_bytes || data > core::limits::data_bytes) return false;
  return lay_out(machine, frame, code, data);
}

void close_frame(Machine& machine, Frame& frame) {
  std::byte* const end_of_code = reinterpret_cast<std::byte*>(frame.code) + aligned(frame.code_bytes);
  std::memmove(end_of_code, frame.data, frame.data_bytes);
  frame.data = end_of_code;
  frame.code_limit = frame.code_bytes;
  frame.data_limit = frame.data_bytes;
  machine.pool_used += aligned(aligned(frame.code_bytes) + frame.data_bytes);
  frame.state = FrameState::loaded;
}

void abandon_frame(Machine& machine, Frame& frame) {
  machine.regions_used = frame.first_region;
  frame.regions = 0;
  frame.state = FrameState::free;
}

bool add_region(Machine& machine, Frame& frame, const std::byte* base, std::uint32_t count, ml::ElementType type) {
  if (machine.regions_used >= core::limits::regions) return false;
  const std::uint8_t owner = static_cast<std::uint8_t>(&frame - machine.frames);
  machine.regions[machine.regions_used++] = {base, count, type, true, owner, frame.generation};
  ++frame.regions;
  return true;
}

bool has_free_task(const Machine& machine) {
  for (const Task& task : machine.tasks)
    if (task.state == TaskState::absent) return true;
  return false;
}

Task* start_task(Machine& machine, std::uint8_t frame_index) {
  const Frame& frame = machine.frames[frame_index];
  for (Task& task : machine.tasks) {
    if (task.state != TaskState::absent) continue;
    new (&task) Task;  // in place: a task is too large for a device's stack
    task.frame = frame_index;
    task.state = TaskState::ready;
    task.pc = frame.entry + header_bytes;
    // What a call would check for the word it enters.
    const std::uint8_t* header = frame.code + frame.entry;
    const bool cells_fit = room_of(header) <= core::limits::stack_cells;
    if (!cells_fit || returns_of(header) > core::limits::return_cells) {
      task.state = TaskState::trapped;
      task.trap = cells_fit ? core::Trap::return_stack_overflow : core::Trap::stack_overflow;
      task.digest.trap(static_cast<std::uint32_t>(task.trap));
    }
    return &task;
  }
  return nullptr;
}

}  // namespace mica::inline MICA_PROFILE::vm
