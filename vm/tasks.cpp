#include "vm/tasks.hpp"

#include <algorithm>
#include <new>

#include "core/instruction_table.hpp"
#include "vm/exceptions.hpp"
#include "vm/faults.hpp"
#include "vm/traced.hpp"
#include "vm/unloading.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// May another task have its place? What has come of a task that is over is kept as long as there are others.
bool is_spare(const Task& task) { return task.state == TaskState::absent || (is_over(task.state) && !task.is_main); }

// With those of the frame in slot `going`, which will be gone.
unsigned spare_tasks(const Machine& machine, std::uint8_t going = none) {
  unsigned count = 0;
  for (const Task& task : machine.tasks) count += is_spare(task) || task.owner == going;
  return count;
}

// Places that a frame could still ask for. Never more than are spare, taken over all frames.
unsigned owed_tasks(const Machine& machine, std::uint8_t index) {
  const Frame& frame = machine.frames[index];
  if (frame.state == FrameState::free || frame.state == FrameState::compiling) return 0;
  unsigned count = 0;
  for (const Task& task : machine.tasks) count += !is_spare(task) && task.owner == index;
  return count < frame.tasks ? frame.tasks - count : 0;
}

unsigned owed_tasks_but(const Machine& machine, std::uint8_t going) {
  unsigned count = 0;
  for (std::uint8_t index = 0; index < core::limits::frames; ++index)
    if (index != going) count += owed_tasks(machine, index);
  return count;
}

// What a call would check for the word it enters.
void enter(Machine& machine, Task& task, std::uint32_t header_offset) {
  const std::uint8_t* const header = machine.frames[task.owner].code + header_offset;
  const std::uint32_t cells = core::limits::stack_cells - task.depth - task.loops;
  const std::uint32_t returns = core::limits::return_cells - task.calls - task.kept;
  task.pc = static_cast<std::uint16_t>(header_offset + header_bytes);
  task.state = TaskState::ready;
  machine.pace.note_alone(false);
  if (has_exceptions) forget_tries(task);
  if (room_of(header) <= cells && returns_of(header) <= returns) return;
  task.state = TaskState::trapped;
  task.trap = room_of(header) <= cells ? core::Trap::return_stack_overflow : core::Trap::stack_overflow;
  task.digest.trap(static_cast<std::uint32_t>(task.trap));
  if constexpr (has_task_words) tell_handler(machine, task);
}

Task* renewed(Machine& machine, Task& task, std::uint8_t frame) {
  machine.tasks_used = std::max(machine.tasks_used, static_cast<std::uint8_t>(&task - machine.tasks + 1));
  new (&task) Task;  // in place: a task is too large for a device's stack
  task.owner = task.frame = frame;
  return &task;
}

Task* find_task(Machine& machine, std::uint8_t owner, std::uint16_t id) {
  for (Task& task : machine.tasks)
    if (task.state != TaskState::absent && task.owner == owner && task.schedule.id == id) return &task;
  return nullptr;
}

// Ids are positive cells and come again when all have been used, but for those of tasks that are still there.
std::uint16_t next_id(Machine& machine, std::uint8_t index) {
  if (!has_task_words) return 0;
  Frame& frame = machine.frames[index];
  do frame.last_id = frame.last_id == 0x7fff ? std::uint16_t{1} : static_cast<std::uint16_t>(frame.last_id + 1);
  while (find_task(machine, index, frame.last_id) != nullptr);
  return frame.last_id;
}

// Milliseconds of a program in microseconds; false: too many.
bool to_microseconds(Cell milliseconds, std::uint32_t& microseconds) {
  microseconds = static_cast<std::uint32_t>(milliseconds) * 1000u;
  return milliseconds >= 0 && index_of(milliseconds) <= milliseconds_max;
}

}  // namespace

bool has_task(const Machine& machine, std::uint8_t frame) {
  return owed_tasks(machine, frame) != 0 || spare_tasks(machine) > owed_tasks_but(machine, none);
}

Task* take_task(Machine& machine, std::uint8_t frame) {
  if (!has_task(machine, frame)) return nullptr;
  Task* found = nullptr;
  for (Task& task : machine.tasks) {
    if (!is_spare(task)) continue;
    if (task.state == TaskState::absent) return renewed(machine, task, frame);
    if (found == nullptr || (found->owner != frame && task.owner == frame)) found = &task;
  }
  return found == nullptr ? nullptr : renewed(machine, *found, frame);
}

void begin_at(Machine& machine, Task& task, std::uint32_t header, std::uint8_t exit_pending, const TaskOptions& options,
              Time now) {
  task.schedule.begin(next_id(machine, task.owner), options, now);
  task.schedule.take_turn(machine.pace.turn);
  task.schedule.start_at(static_cast<std::uint16_t>(header), exit_pending);
  task.returns[task.calls++] = return_to_host;
  task.ticks = core::info(core::Op::call_word).ticks;
  enter(machine, task, header);
}

Time time_of(const Machine& machine, std::int64_t ticks) {
  const std::uint32_t used = static_cast<std::uint32_t>(std::max<std::int64_t>(0, ticks));
  return machine.host.now == nullptr ? machine.pace.time + used : machine.host.now(machine.host.context, used);
}

bool has_tasks_for(const Machine& machine, const Frame& frame, std::uint8_t going) {
  return spare_tasks(machine, going) >= owed_tasks_but(machine, going) + frame.tasks;
}

const Task* main_task(const Machine& machine, std::uint8_t frame) {
  for (const Task& task : machine.tasks)
    if (task.is_main && task.owner == frame && task.state != TaskState::absent) return &task;
  return nullptr;
}

Task* start_task(Machine& machine, std::uint8_t frame) {
  Task* const task = take_task(machine, frame);
  if (task == nullptr) return nullptr;
  TaskOptions options;
  options.priority = machine.frames[frame].priority;
  task->is_main = true;
  task->schedule.begin(next_id(machine, frame), options, time_of(machine, 0));
  task->schedule.take_turn(machine.pace.turn);
  enter(machine, *task, machine.frames[frame].entry);
  return task;
}

const Task* waiting_task(const Machine& machine, std::uint8_t frame) {
  const Task* const task = main_task(machine, frame);
  return task != nullptr && is_over(task->state) ? task : nullptr;
}

void continue_task(Machine& machine, std::uint8_t frame) {
  Task& task = const_cast<Task&>(*waiting_task(machine, frame));
  if (task.state == TaskState::trapped) task.depth = task.loops = task.kept = 0;
  task.calls = 0;
  task.frame = frame;
  task.in_progress = false;
  enter(machine, task, machine.frames[frame].entry);
}

Task* start_word(Machine& machine, std::uint8_t frame, const Name& word, const TaskOptions& options) {
  if (!leaves(word, 0)) return nullptr;
  Task* task = take_task(machine, frame);
  if (task == nullptr && !machine.frames[frame].open) {
    const Task* const main = main_task(machine, frame);
    if (main != nullptr && is_over(main->state)) task = renewed(machine, const_cast<Task&>(*main), frame);
  }
  if (task != nullptr) begin_at(machine, *task, word.value, word.effect.exit_pending, options, time_of(machine, 0));
  return task;
}

void start_test(Machine& machine, std::uint8_t frame, const Name& word) {
  Task* const task = take_task(machine, frame);
  TaskOptions options;
  options.priority = machine.frames[frame].priority;
  task->is_main = true;
  begin_at(machine, *task, word.value, word.effect.exit_pending, options, time_of(machine, 0));
}

bool has_passed(const Task& task) {
  return task.state == TaskState::ended && task.pc == return_to_host && task.depth == 1 && task.top != 0;
}

void free_tasks(Machine& machine, std::uint8_t frame) {
  for (Task& task : machine.tasks) {
    if (task.state == TaskState::absent || task.owner != frame) continue;
    stop_task(machine, task);
    task.state = TaskState::absent;
  }
  machine.frames[frame].last_id = 0;
  machine.frames[frame].handler = {};
}

core::Trap start_token(Machine& machine, const Task& starter, std::int64_t ticks, Cell number, Cell priority,
                       Cell period, Cell deadline, Cell& id) {
  const Frame& frame = machine.frames[starter.frame];
  const std::uint32_t index = static_cast<UCell>(static_cast<UCell>(number) - 1);
  if (index >= frame.tokens) return core::Trap::invalid_token;
  const Token& token = frame.token(index);
  if (token.in != 0 || token.loop_in != 0 || token.change != 0) return core::Trap::invalid_token;
  TaskOptions options;
  if (priority < 0 || priority > 255 || !to_microseconds(period, options.period_us) ||
      !to_microseconds(deadline, options.deadline_us))
    return core::Trap::invalid_argument;
  options.priority = static_cast<std::uint8_t>(priority);
  Task* const task = take_task(machine, starter.frame);
  if (task == nullptr) return core::Trap::tasks_full;
  begin_at(machine, *task, token.header, token.exit_pending, options, time_of(machine, ticks));
  machine.pace.preempt_if(options.priority > starter.schedule.priority);
  id = static_cast<Cell>(task->schedule.id);
  return core::Trap::none;
}

void enter_word(Machine& machine, Task& task) {
  task.depth = task.loops = task.kept = task.calls = 0;
  task.frame = task.owner;
  task.returns[task.calls++] = return_to_host;
  task.ticks += core::info(core::Op::call_word).ticks;
  enter(machine, task, task.schedule.word);
}

void sleep_for(const Machine& machine, Task& task, std::int64_t ticks, Cell milliseconds) {
  task.state = TaskState::sleeping;
  task.schedule.sleep_until(time_of(machine, ticks) + Time{index_of(milliseconds)} * 1000);
}

Cell id_of(const Task& task) { return task.frame == task.owner ? static_cast<Cell>(task.schedule.id) : Cell{0}; }

void stop_task(Machine& machine, Task& task) {
  if (task.state == TaskState::absent || is_over(task.state)) return;
  end_move_for(machine, task);
  task.state = TaskState::trapped;
  task.trap = core::Trap::stopped;
  task.in_progress = false;
  task.digest.trap(static_cast<std::uint32_t>(task.trap));
  if constexpr (has_task_words) release_all(machine, task);
  if constexpr (has_tracing) end_trace(machine, task);
}

core::Trap find_named(Machine& machine, const Task& by, Cell id, Task*& task) {
  if (id < 1 || id > machine.frames[by.frame].last_id) return core::Trap::invalid_argument;
  task = find_task(machine, by.frame, static_cast<std::uint16_t>(id));
  return core::Trap::none;
}

core::Trap kill_task(Machine& machine, const Task& by, Cell id) {
  Task* task = nullptr;
  const core::Trap trap = find_named(machine, by, id, task);
  if (task != nullptr) stop_task(machine, *task);
  return trap;
}

}  // namespace mica::inline MICA_PROFILE::vm
