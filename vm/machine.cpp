#include "vm/machine.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/instruction_table.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

// What is wished, or else a quarter of what the wishes leave, up to the limit of the profile.
std::uint32_t share(std::size_t wish, std::size_t rest, std::size_t limit) {
  return static_cast<std::uint32_t>(wish ? aligned(wish) : std::min(aligned(limit), rest / 4 & ~std::size_t{7}));
}

struct Part {
  std::byte* begin;
  std::uint32_t bytes;
  std::uint32_t alignment;  // never more than where it lies now, so that parts only move down
};

// A part of the block behind the code, in the order in which they lie.
Part part_of(const Frame& frame, unsigned index) {
  constexpr std::uint32_t region = sizeof(Region), token = sizeof(Token);
  switch (index) {
    case 0:
      return {reinterpret_cast<std::byte*>(frame.regions_end - frame.regions), frame.regions * region, alignof(Region)};
    case 1: return {frame.data, frame.data_bytes, 8};
    case 2:
      return {reinterpret_cast<std::byte*>(frame.tokens_end - frame.tokens), frame.tokens * token, alignof(Token)};
    case 3: return {const_cast<std::byte*>(frame.constants), frame.constants_at_host ? 0 : frame.constant_bytes, 8};
    default: return {frame.names_end - frame.name_bytes, frame.name_bytes, 4};
  }
}

// Arrays that the header has imported go along with the end of the code. False: they do not fit behind it.
bool move_regions(Frame& frame, std::byte* end, std::uint32_t code_limit) {
  const std::size_t bytes = frame.regions * sizeof(Region);
  if (bytes > 0) {
    if (frame.code_bytes + bytes > code_limit) return false;
    std::memmove(end - bytes, frame.regions_end - frame.regions, bytes);
  }
  frame.regions_end = reinterpret_cast<Region*>(end);
  return true;
}

}  // namespace

Frame* open_frame(Machine& machine, bool keep_open) {
  for (Frame& frame : machine.frames) {
    if (frame.state != FrameState::free) continue;
    const std::uint8_t generation = static_cast<std::uint8_t>(frame.generation + 1);
    frame = Frame{};
    frame.generation = generation;
    frame.state = FrameState::compiling;
    frame.open = keep_open;
    const std::size_t free = machine.pool.size() - machine.pool_used;
    frame.names_end = machine.pool.data() + machine.pool.size() - (keep_open ? free / 2 & ~std::size_t{7} : 0);
    divide_frame(machine, frame, {});
    return &frame;
  }
  return nullptr;
}

bool divide_frame(Machine& machine, Frame& frame, const Wishes& wishes) {
  if (wishes.code > core::limits::code_bytes || wishes.data > core::limits::data_bytes) return false;
  std::byte* const begin = machine.pool.data() + machine.pool_used;
  const std::size_t free = static_cast<std::size_t>(frame.names_end - begin);
  if (wishes.constants > (frame.constants_at_host ? frame.constant_limit : free)) return false;  // no sum may wrap
  const std::size_t kept = frame.constants_at_host ? 0 : wishes.constants;
  const std::size_t wished = aligned(wishes.code) + aligned(wishes.data) + kept + frame.name_bytes;
  if (wished > free) return false;
  constexpr std::uint32_t code_most = core::limits::code_bytes, data_most = core::limits::data_bytes;
  const std::uint32_t code = share(wishes.code, free - wished, code_most);
  const std::uint32_t data = share(wishes.data, free - wished, data_most);
  const std::uint32_t code_limit = wishes.code ? wishes.code : std::min(code, code_most);
  if (!move_regions(frame, begin + code, code_limit)) return false;
  frame.code = reinterpret_cast<std::uint8_t*>(begin);
  frame.code_limit = code_limit;
  frame.data = begin + code;
  frame.data_limit = wishes.data ? wishes.data : std::min(data, data_most);
  frame.tokens_end = reinterpret_cast<Token*>(begin + code + data);
  if (!frame.constants_at_host) frame.constants = begin + code + data;
  frame.name_limit = static_cast<std::uint32_t>(frame.names_end - (begin + code + data));
  if (!frame.constants_at_host) frame.constant_limit = wishes.constants ? wishes.constants : frame.name_limit;
  return true;
}

bool close_frame(Machine& machine, Frame& frame, Closing& closing, std::uint32_t bytes) {
  std::byte* const begin = machine.pool.data() + machine.pool_used;
  if (closing.part == 0 && closing.moved == 0) closing.end = frame.code_bytes;
  for (; closing.part < part_count; ++closing.part, closing.moved = 0) {
    const Part part = part_of(frame, closing.part);
    const std::uint32_t to = (closing.end + part.alignment - 1) & ~(part.alignment - 1);
    const std::uint32_t piece = std::min(bytes, part.bytes - closing.moved);
    std::memmove(begin + to + closing.moved, part.begin + closing.moved, piece);
    bytes -= piece;
    closing.moved += piece;
    if (closing.moved < part.bytes) return false;
    closing.begins[closing.part] = to;
    closing.end = to + part.bytes;
  }
  frame.regions_end = reinterpret_cast<Region*>(begin + closing.begins[0]) + frame.regions;
  frame.data = begin + closing.begins[1];
  frame.tokens_end = reinterpret_cast<Token*>(begin + closing.begins[2]) + frame.tokens;
  if (!frame.constants_at_host) frame.constants = begin + closing.begins[3];
  frame.names_end = begin + closing.end;
  frame.code_limit = frame.code_bytes + frame.regions * static_cast<std::uint32_t>(sizeof(Region));
  frame.data_limit = frame.data_bytes + frame.tokens * static_cast<std::uint32_t>(sizeof(Token));
  frame.constant_limit = frame.constant_bytes;
  frame.name_limit = frame.name_bytes + (frame.constants_at_host ? 0 : frame.constant_bytes);
  machine.pool_used += aligned(closing.end);
  frame.state = FrameState::loaded;
  return true;
}

void keep_frame_open(Machine& machine, Frame& frame) {
  machine.pool_used = static_cast<std::size_t>(frame.names_end - machine.pool.data());
  frame.state = FrameState::loaded;
}

void abandon_frame(Machine&, Frame& frame) { frame.state = FrameState::free; }

bool add_region(Frame& frame, const Region& region) {
  if (frame.regions == core::limits::regions || frame.code_room() < sizeof region) return false;
  *(frame.regions_end - ++frame.regions) = region;
  return true;
}

bool add_token(Frame& frame, const Token& token) {
  if (frame.data_room() < sizeof token) return false;
  *(frame.tokens_end - ++frame.tokens) = token;
  return true;
}

bool has_free_task(const Machine& machine) {
  for (const Task& task : machine.tasks)
    if (task.state == TaskState::absent) return true;
  return false;
}

namespace {

// What a call would check for the word it enters.
void enter(Task& task, const Frame& frame, std::uint32_t header_offset) {
  const std::uint8_t* const header = frame.code + header_offset;
  const std::uint32_t cells = core::limits::stack_cells - task.depth - task.loops;
  const std::uint32_t returns = core::limits::return_cells - task.calls - task.kept;
  task.pc = header_offset + header_bytes;
  task.state = TaskState::ready;
  if (room_of(header) <= cells && returns_of(header) <= returns) return;
  task.state = TaskState::trapped;
  task.trap = room_of(header) <= cells ? core::Trap::return_stack_overflow : core::Trap::stack_overflow;
  task.digest.trap(static_cast<std::uint32_t>(task.trap));
}

Task* renewed(Task& task, std::uint8_t frame) {
  new (&task) Task;  // in place: a task is too large for a device's stack
  task.owner = task.frame = frame;
  return &task;
}

// The first task of a frame is the one that its loading has started: tasks are taken in order and never given back.
const Task* main_task(const Machine& machine, std::uint8_t frame) {
  for (const Task& task : machine.tasks)
    if (task.state != TaskState::absent && task.owner == frame) return &task;
  return nullptr;
}

// That of an open frame keeps its stack for the text that comes next, and the first one is spared for a frame that will
// have one in a moment.
Task* free_task(Machine& machine, std::uint8_t frame, bool may_have_ended) {
  const Task* const kept = machine.frames[frame].open ? main_task(machine, frame) : nullptr;
  bool spared = true;
  for (const Frame& one : machine.frames) spared = spared && one.state != FrameState::closing;
  for (Task& task : machine.tasks) {
    if (!spared && task.state == TaskState::absent) {
      spared = true;
      continue;
    }
    const bool ended = task.state == TaskState::ended || task.state == TaskState::trapped;
    if (task.state == TaskState::absent || (may_have_ended && ended && task.owner == frame && &task != kept))
      return renewed(task, frame);
  }
  return nullptr;
}

}  // namespace

Task* start_task(Machine& machine, std::uint8_t frame) {
  Task* const task = free_task(machine, frame, false);
  if (task != nullptr) enter(*task, machine.frames[frame], machine.frames[frame].entry);
  return task;
}

const Task* waiting_task(const Machine& machine, std::uint8_t frame) {
  const Task* const task = main_task(machine, frame);
  const bool waits = task != nullptr && (task->state == TaskState::ended || task->state == TaskState::trapped);
  return waits ? task : nullptr;
}

void continue_task(Machine& machine, std::uint8_t frame) {
  Task& task = const_cast<Task&>(*waiting_task(machine, frame));
  if (task.state == TaskState::trapped) task.depth = task.loops = task.kept = 0;
  task.calls = 0;
  task.frame = frame;
  task.in_progress = false;
  enter(task, machine.frames[frame], machine.frames[frame].entry);
}

Task* start_word(Machine& machine, std::uint8_t frame, const Name& word) {
  const WordEffect& effect = word.effect;
  const bool is_known = !effect.dynamic || effect.declared;
  if (effect.in != 0 || effect.loop_in != 0 || effect.change != 0 || !is_known) return nullptr;
  Task* const task = free_task(machine, frame, true);
  if (task == nullptr) return nullptr;
  // As if a program had called the word and ended behind it: it returns to the end at the begin of the code.
  task->returns[task->calls++] = return_to_host;
  task->ticks = core::info(core::Op::call_word).ticks + std::uint64_t{effect.exit_pending};
  enter(*task, machine.frames[frame], word.value);
  return task;
}

}  // namespace mica::inline MICA_PROFILE::vm
