#include "vm/faults.hpp"

#include <algorithm>

#include "vm/exceptions.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr std::uint8_t handler_priority = 255;

// Doubled more often a time would not fit.
constexpr unsigned doublings_max = 31;

// From now on, or as late as there is a time.
Time restart_of(const Schedule& schedule, Time now) {
  const Time delay = Time{schedule.restart_delay} * 1000 << std::min<unsigned>(schedule.restarts, doublings_max);
  return now + std::min(delay, never - 1 - now);
}

bool is_under_way(const Machine& machine, std::uint8_t frame) { return (machine.waiting & only(frame)) != 0; }

void start_handler(Machine& machine, std::uint8_t index) {
  Frame& frame = machine.frames[index];
  TrapHandler& handler = frame.handler;
  Task* const task = take_task(machine, index);
  if (task == nullptr) return;  // a snapshot has more tasks than its frames may have
  task->schedule.handles_traps = true;
  task->stack[1] = static_cast<Cell>(handler.task);
  task->top = handler.code;
  task->depth = handler_cells;
  handler.task = 0;
  const Token& token = frame.token(handler.token - 1u);
  TaskOptions options;
  options.priority = handler_priority;
  begin_at(machine, *task, token.header, token.exit_pending, options, time_of(machine, 0));
}

}  // namespace

bool supervise(Task& task, const Supervision& options) {
  Schedule& schedule = task.schedule;
  if (task.state == TaskState::absent || is_over(task.state) || !can_begin_anew(task)) return false;
  schedule.restarts_max = options.restarts_max;
  schedule.restart_delay = std::min(options.delay_ms, milliseconds_max);
  return true;
}

core::Trap supervise_task(Machine& machine, const Task& by, Cell id, Cell restarts, Cell milliseconds) {
  Supervision options;
  Task* task = nullptr;
  const core::Trap trap = find_named(machine, by, id, task);
  if (trap != core::Trap::none) return trap;
  if (restarts < 0 || restarts > 255 || milliseconds < 0 || index_of(milliseconds) > milliseconds_max)
    return core::Trap::invalid_argument;
  options.restarts_max = static_cast<std::uint8_t>(restarts);
  options.delay_ms = index_of(milliseconds);
  if (task == nullptr) return core::Trap::none;
  if (!can_begin_anew(*task)) return core::Trap::invalid_argument;
  supervise(*task, options);
  return core::Trap::none;
}

core::Trap handle_traps(Machine& machine, const Task& by, Cell number) {
  Frame& frame = machine.frames[by.frame];
  const std::uint32_t index = static_cast<UCell>(static_cast<UCell>(number) - 1);
  if (number == 0) {
    frame.handler.token = frame.handler.task = 0;
    return core::Trap::none;
  }
  if (index >= frame.tokens) return core::Trap::invalid_token;
  if (!can_handle_traps(frame.token(index))) return core::Trap::invalid_token;
  frame.handler.token = static_cast<std::uint16_t>(number);
  return core::Trap::none;
}

void tell_handler(Machine& machine, const Task& task) {
  TrapHandler& handler = machine.frames[task.owner].handler;
  if (handler.token == 0 || task.schedule.handles_traps) return;
  if (handler.task != 0) {
    handler.lost = static_cast<std::uint16_t>(std::min(handler.lost + 1, 0xffff));
    return;
  }
  handler.task = task.schedule.id;
  handler.code = code_of(task);
  machine.pace.tell_handlers();
}

void follow_trap(Machine& machine, Task& task, Time now) {
  tell_handler(machine, task);
  Schedule& schedule = task.schedule;
  if (schedule.restarts >= schedule.restarts_max) return;
  schedule.begin_anew(restart_of(schedule, now));
  schedule.begins_anew = true;
  task.state = TaskState::sleeping;
  machine.pace.note_alone(false);
}

void start_again(Machine& machine, Task& task) {
  ++task.schedule.restarts;
  task.schedule.begins_anew = false;
  task.settings = {};
  task.ticks += lost_ticks_max;
  enter_word(machine, task);
}

bool is_handler_due(const Machine& machine) {
  for (std::uint8_t index = 0; index < core::limits::frames; ++index)
    if (machine.frames[index].handler.task != 0 && (is_under_way(machine, index) || has_task(machine, index)))
      return true;
  return false;
}

void start_handlers(Machine& machine) {
  machine.pace.untold = false;
  for (std::uint8_t index = 0; index < core::limits::frames; ++index) {
    if (machine.frames[index].handler.task == 0) continue;
    if (!is_under_way(machine, index) && has_task(machine, index))
      start_handler(machine, index);
    else
      machine.pace.tell_handlers();
  }
}

}  // namespace mica::inline MICA_PROFILE::vm
