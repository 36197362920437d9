#include "vm/waiting.hpp"

#include <algorithm>

#include "vm/memory.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// Where a channel or semaphore lies: its frame, and the offset among the data of that.
constexpr unsigned offset_bits = 24;
static_assert(core::limits::data_bytes < 1u << offset_bits && core::limits::frames < 256);

// The cells of a channel or semaphore. A program can reach those of its own frame by their addresses: what stands there
// is looked at before it is used.
class Cells {
 public:
  Cells() = default;
  Cells(const Machine& machine, std::uint32_t place)
      : begin_(machine.frames[place >> offset_bits].data + (place & ((1u << offset_bits) - 1))) {}

  Cell get(std::uint32_t index) const { return load_cell(begin_ + index * sizeof(Cell)); }
  void set(std::uint32_t index, std::uint32_t value) const {
    store_cell(begin_ + index * sizeof(Cell), static_cast<Cell>(value));
  }

 private:
  std::byte* begin_ = nullptr;
};

std::uint32_t place_of(const Region& region) { return std::uint32_t{region.frame} << offset_bits | region.offset; }

// What a cell for the holder has of a task.
std::uint32_t number_of(const Machine& machine, const Task& task) {
  return static_cast<std::uint32_t>(&task - machine.tasks) + 1;
}

// What a handle names; null, and the task has the trap: it is none of these.
const Region* find(const Machine& machine, Task& task, Cell handle, Storage storage) {
  const Frame& frame = machine.frames[task.frame];
  if (is_region_of(frame, handle) && frame.region(region_index(handle)).storage == storage)
    return &frame.region(region_index(handle));
  task.trap = core::Trap::invalid_handle;
  return nullptr;
}

Step trapped(Task& task, core::Trap trap) {
  task.trap = trap;
  return Step::trapped;
}

Step wait(Task& task, WaitsFor what, std::uint32_t place) {
  if (task.schedule.is_late) return Step::late;
  task.state = TaskState::waiting;
  task.schedule.waits_for = what;
  task.schedule.place = place;
  return Step::waits;
}

bool waits(const Task& task, WaitsFor what, std::uint32_t place) {
  return task.state == TaskState::waiting && task.schedule.waits_for == what && task.schedule.place == place;
}

// All that wait there try again; the most urgent of them comes first.
void wake(Machine& machine, const Task& by, WaitsFor what, std::uint32_t place) {
  for (Task& task : machine.tasks) {
    if (!waits(task, what, place)) continue;
    task.state = TaskState::ready;
    machine.pace.preempt_if(task.schedule.priority > by.schedule.priority);
  }
}

// A channel as a word finds it.
struct Channel {
  Cells cells;
  std::uint32_t place = 0, capacity = 0, first = 0, count = 0;

  std::uint32_t cell(std::uint32_t index) const { return channel_head_cells + (first + index) % capacity; }
  // Somebody is in the midst of a message.
  bool is_taken(bool to_send) const { return cells.get(to_send ? channel_sender : channel_receiver) != 0; }
};

// False: the task has the trap.
bool open(const Machine& machine, Task& task, Cell handle, Channel& channel) {
  const Region* const region = find(machine, task, handle, Storage::channel);
  if (region == nullptr) return false;
  channel.place = place_of(*region);
  channel.cells = Cells(machine, channel.place);
  channel.capacity = region->count;
  channel.first = bits_of(channel.cells.get(channel_first));
  channel.count = bits_of(channel.cells.get(channel_count));
  if (channel.first < channel.capacity && channel.count <= channel.capacity) return true;
  task.trap = core::Trap::invalid_argument;
  return false;
}

void add(Machine& machine, const Task& by, const Channel& channel, std::uint32_t count) {
  channel.cells.set(channel_count, channel.count + count);
  wake(machine, by, WaitsFor::data, channel.place);
}

void take(Machine& machine, const Task& by, const Channel& channel, std::uint32_t count) {
  channel.cells.set(channel_first, (channel.first + count) % channel.capacity);
  channel.cells.set(channel_count, channel.count - count);
  wake(machine, by, WaitsFor::room, channel.place);
}

void unlock(Machine& machine, Task& task, const Cells& cells, std::uint32_t place) {
  const bool sends = task.schedule.message == Message::sending;
  cells.set(sends ? channel_sender : channel_receiver, 0);
  task.schedule.message = Message::none;
  wake(machine, task, sends ? WaitsFor::room : WaitsFor::data, place);
}

bool has_event(const Machine& machine, const Task& task, unsigned event) {
  return (machine.frames[task.frame].events >> event & 1) != 0;
}

// Operand k from the top of a word that waits.
Cell operand(const Task& task, std::uint32_t k) { return k == 0 ? task.top : task.stack[task.depth - k]; }

// The task would not go on waiting for a variable.
bool has_come(const Machine& machine, Task& task) {
  const std::uint32_t above = task.schedule.place;
  return await_value(machine, task, operand(task, above), operand(task, above + 1), operand(task, above + 2), above) !=
         Step::waits;
}

}  // namespace

void limit_wait(const Machine& machine, Task& task, std::int64_t ticks, Cell milliseconds) {
  task.schedule.is_late = false;
  task.schedule.is_abandoned = false;
  task.schedule.wake = milliseconds < 0 ? never : time_of(machine, ticks) + Time{index_of(milliseconds)} * 1000;
}

Step send_cell(Machine& machine, Task& task, Cell handle, Cell value) {
  Channel channel;
  if (!open(machine, task, handle, channel)) return Step::trapped;
  if (channel.count == channel.capacity || channel.is_taken(true)) return wait(task, WaitsFor::room, channel.place);
  channel.cells.set(channel.cell(channel.count), static_cast<UCell>(value));
  add(machine, task, channel, 1);
  return Step::done;
}

Step receive_cell(Machine& machine, Task& task, Cell handle, Cell& value) {
  Channel channel;
  if (!open(machine, task, handle, channel)) return Step::trapped;
  if (channel.count == 0 || channel.is_taken(false)) return wait(task, WaitsFor::data, channel.place);
  value = channel.cells.get(channel.cell(0));
  take(machine, task, channel, 1);
  return Step::done;
}

Step begin_message(Machine& machine, Task& task, Cell handle, std::uint32_t count, bool sends) {
  Channel channel;
  if (!open(machine, task, handle, channel)) return Step::trapped;
  if (count > channel.capacity) return trapped(task, core::Trap::shape_mismatch);
  const bool fits = sends ? count <= channel.capacity - channel.count : count <= channel.count;
  if (!fits || channel.is_taken(sends)) return wait(task, sends ? WaitsFor::room : WaitsFor::data, channel.place);
  channel.cells.set(sends ? channel_sender : channel_receiver, number_of(machine, task));
  task.schedule.message = sends ? Message::sending : Message::receiving;
  task.schedule.place = channel.place;
  return Step::done;
}

// Nothing of the channel is taken for what it was: what the program does to its cells meanwhile must stay without harm.
Step move_element(Machine& machine, Task& task, Cell handle, std::uint32_t index, bool sends, Cell& value) {
  Channel channel;
  if (!open(machine, task, handle, channel)) return Step::trapped;
  if (sends)
    channel.cells.set(channel.cell(channel.count + index), static_cast<UCell>(value));
  else
    value = channel.cells.get(channel.cell(index));
  return Step::done;
}

Step end_message(Machine& machine, Task& task, Cell handle, std::uint32_t count, bool sends) {
  Channel channel;
  if (!open(machine, task, handle, channel)) return Step::trapped;
  if (sends ? count > channel.capacity - channel.count : count > channel.count)
    return trapped(task, core::Trap::invalid_argument);
  unlock(machine, task, channel.cells, channel.place);
  if (sends)
    add(machine, task, channel, count);
  else
    take(machine, task, channel, count);
  return Step::done;
}

void drop_message(Machine& machine, Task& task) {
  if (task.schedule.message != Message::none)
    unlock(machine, task, Cells(machine, task.schedule.place), task.schedule.place);
}

Step acquire(Machine& machine, Task& task, Cell handle) {
  const Region* const region = find(machine, task, handle, Storage::semaphore);
  if (region == nullptr) return Step::trapped;
  if (task.schedule.is_abandoned) return trapped(task, core::Trap::abandoned);
  const Cells holders(machine, place_of(*region));
  for (std::uint32_t index = 0; index < region->count; ++index) {
    if (holders.get(index) != 0) continue;
    holders.set(index, number_of(machine, task));
    task.schedule.holds = true;
    return Step::done;
  }
  return wait(task, WaitsFor::semaphore, place_of(*region));
}

core::Trap release(Machine& machine, Task& task, Cell handle) {
  const Region* const region = find(machine, task, handle, Storage::semaphore);
  if (region == nullptr) return core::Trap::invalid_handle;
  const Cells holders(machine, place_of(*region));
  const Cell own = static_cast<Cell>(number_of(machine, task));
  for (std::uint32_t index = 0; index < region->count; ++index) {
    if (holders.get(index) != own) continue;
    holders.set(index, 0);
    wake(machine, task, WaitsFor::semaphore, place_of(*region));
    return core::Trap::none;
  }
  return core::Trap::not_held;
}

Step take_event(Machine& machine, Task& task, Cell event) {
  if (!has_event(machine, task, index_of(event))) return wait(task, WaitsFor::event, index_of(event));
  machine.frames[task.frame].events &= ~(1u << index_of(event));
  return Step::done;
}

Step await_value(const Machine& machine, Task& task, Cell operand, Cell index, Cell value, std::uint32_t above) {
  if (index < 0) return trapped(task, core::Trap::index_out_of_range);
  ml::ArrayView view;
  const core::Trap trap = find_elements(machine, machine.frames[task.frame], operand, index_of(index), 1, view);
  if (trap != core::Trap::none) return trapped(task, trap);
  if (static_cast<Cell>(ml::element(view, 0)) == value) return Step::done;
  return wait(task, WaitsFor::variable, above);
}

void look_at(const Machine& machine, Task& task, Time now, Pending& pending) {
  Schedule& schedule = task.schedule;
  const bool waits = task.state == TaskState::waiting;
  if (schedule.wake <= now) {
    task.state = TaskState::ready;
    schedule.is_late = waits;
  } else if (waits && schedule.waits_for == WaitsFor::variable && has_come(machine, task)) {
    task.state = TaskState::ready;
  } else {
    pending.wake = std::min(pending.wake, schedule.wake);
    if (!waits) return;
    pending.polls = pending.polls || schedule.waits_for == WaitsFor::variable;
    pending.hopes = pending.hopes || schedule.waits_for == WaitsFor::event;
    pending.others = true;
  }
}

bool is_channel(const Machine& machine, std::uint8_t frame, std::uint32_t place) {
  const Frame& one = machine.frames[frame];
  for (std::uint32_t index = 0; index < one.regions; ++index)
    if (one.region(index).storage == Storage::channel && place_of(one.region(index)) == place) return true;
  return false;
}

void signal_event(Machine& machine, unsigned event) {
  for (Frame& frame : machine.frames)
    if (frame.state == FrameState::loaded) frame.events |= 1u << event;
  for (Task& task : machine.tasks)
    if (waits(task, WaitsFor::event, event)) task.state = TaskState::ready;
}

void release_all(Machine& machine, Task& task) {
  drop_message(machine, task);
  if (!task.schedule.holds) return;
  task.schedule.holds = false;
  const Cell own = static_cast<Cell>(number_of(machine, task));
  for (const Frame& frame : machine.frames) {
    if (!is_in_place(machine, frame)) continue;  // it holds nothing that the task has
    for (std::uint32_t index = 0; index < frame.regions; ++index) {
      const Region& region = frame.region(index);
      if (region.storage != Storage::semaphore || &machine.frames[region.frame] != &frame) continue;
      const Cells holders(machine, place_of(region));
      bool held = false;
      for (std::uint32_t k = 0; k < region.count; ++k) {
        if (holders.get(k) != own) continue;
        holders.set(k, 0);
        held = true;
      }
      if (!held) continue;
      for (Task& other : machine.tasks)
        if (waits(other, WaitsFor::semaphore, place_of(region))) other.schedule.is_abandoned = true;
      wake(machine, task, WaitsFor::semaphore, place_of(region));
    }
  }
}

}  // namespace mica::inline MICA_PROFILE::vm
