#include "vm/scheduler.hpp"

#include <algorithm>

#include "vm/crossing.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr unsigned task_count = core::limits::tasks;

// The ready task after `last` in turn; task_count if none is ready.
unsigned next_ready(const Machine& machine, unsigned last) {
  for (unsigned step = 1; step <= task_count; ++step) {
    const unsigned index = (last + step) % task_count;
    if (machine.tasks[index].state == TaskState::ready) return index;
  }
  return task_count;
}

// A word that the host has started returns to the begin of the code. What it has declared shows only then.
Exit verified(Task& task, Exit exit) {
  if (exit != Exit::ended || task.pc != return_to_host || task.depth == 0) return exit;
  task.trap = core::Trap::effect_mismatch;
  return Exit::trapped;
}

void finish_task(Task& task, Exit exit) {
  if (exit == Exit::ended) {
    task.state = TaskState::ended;
    task.digest.end(task.ticks);
  } else if (exit == Exit::trapped) {
    task.state = TaskState::trapped;
    task.digest.trap(static_cast<std::uint32_t>(task.trap));
  }
}

}  // namespace

RunReport run_slice(Machine& machine, std::uint32_t budget) {
  RunReport report;
  const unsigned index = next_ready(machine, machine.last_task);
  if (index == task_count) return report;
  Task& task = machine.tasks[index];
  const std::int32_t slice = static_cast<std::int32_t>(std::clamp<std::uint32_t>(budget, 1, budget_max));
  std::int32_t left = slice;
  Exit exit = machine.execute(machine, task, left);
  while (exit == Exit::crossing) {
    cross_frames(machine, task);
    exit = left > 0 ? machine.execute(machine, task, left) : Exit::spent;
  }
  // Less than nothing when a branch has given ticks back and a trap comes before the charge that evens it out. The sum
  // is the same for all slices.
  const std::int64_t used = std::int64_t{slice} - left;
  const std::int64_t sum = static_cast<std::int64_t>(task.ticks) + used;
  task.ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(0, sum));
  report.ticks = static_cast<std::uint32_t>(std::max<std::int64_t>(0, used));
  finish_task(task, verified(task, exit));
  machine.last_task = static_cast<std::uint8_t>(index);
  machine.schedule.mix(index);
  machine.schedule.mix(report.ticks);
  report.task = static_cast<std::uint8_t>(index);
  report.idle = next_ready(machine, index) == task_count;
  return report;
}

void stop_task(Task& task) {
  if (task.state != TaskState::ready) return;
  task.trap = core::Trap::stopped;
  finish_task(task, Exit::trapped);
}

TaskReport report_task(const Machine& machine, std::uint8_t index) {
  if (index >= task_count) return {};
  const Task& task = machine.tasks[index];
  return {task.state,       static_cast<std::uint8_t>(task.trap),      task.component, task.frame, task.pc, task.ticks,
          machine.observed, machine.observed ? task.digest.value() : 0};
}

}  // namespace mica::inline MICA_PROFILE::vm
