#include "vm/scheduler.hpp"

#include <algorithm>

#include "vm/crossing.hpp"
#include "vm/exceptions.hpp"
#include "vm/faults.hpp"
#include "vm/traced.hpp"
#include "vm/unloading.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr unsigned task_count = core::limits::tasks;

// Which task is next, and what becomes of the others.
struct Choice : Pending {
  Task* task = nullptr;         // none is ready
  const Task* other = nullptr;  // that is ready, too
  bool held = false;            // some need a frame that is being moved, or begin with the next call
};

// Slices since its last one.
std::uint16_t slices_waited(const Machine& machine, const Task& task) {
  return static_cast<std::uint16_t>(machine.pace.turn - task.schedule.turn);
}

unsigned priority_of(const Task& task) { return task.schedule.priority; }

bool is_more_urgent(const Machine& machine, const Task& one, const Task& other) {
  if (priority_of(one) != priority_of(other)) return priority_of(one) > priority_of(other);
  if (one.schedule.deadline != 0 || other.schedule.deadline != 0)  // else both are due at the same time: never
    if (one.schedule.due() != other.schedule.due()) return one.schedule.due() < other.schedule.due();
  return slices_waited(machine, one) > slices_waited(machine, other);
}

// Wakes those whose time has come; the choice is empty before. Of those that are ready the greatest priority counts,
// then the next deadline, then who has waited longest for a turn, whatever others with more urgent work have had
// meanwhile, then who comes next.
void choose(Machine& machine, Time now, Choice& choice) {
  if constexpr (has_task_words) choice.held = machine.pace.untold && is_handler_due(machine);
  if (machine.tasks_used == 0) return;
  Task* const last = machine.tasks + std::min<unsigned>(machine.last_task, machine.tasks_used - 1u);
  Task* task = last;
  do {
    task = task + 1 == machine.tasks + machine.tasks_used ? machine.tasks : task + 1;
    if (!is_live(task->state)) continue;
    if (machine.waiting != 0 && (machine.waiting & only(task->owner)) != 0) {
      choice.held = true;
      continue;
    }
    if (task->state == TaskState::sleeping && task->schedule.wake > now) {
      choice.wake = std::min(choice.wake, task->schedule.wake);
      continue;
    }
    if constexpr (has_task_words)
      if (task->state != TaskState::ready) look_at(machine, *task, now, choice);
    if (task->state != TaskState::ready) continue;
    if (choice.task == nullptr || is_more_urgent(machine, *task, *choice.task)) {
      choice.other = choice.task;
      choice.task = task;
    } else {
      choice.other = task;
    }
  } while (task != last);
}

// Where the host has no clock time goes on by itself.
bool keeps_time(const Machine& machine) { return has_task_words && machine.host.now == nullptr; }

void choose_next(Machine& machine, Choice& choice) {
  if constexpr (has_task_words)
    if (machine.pace.untold) start_handlers(machine);
  choose(machine, time_of(machine, 0), choice);
  if (choice.task != nullptr || choice.held || choice.wake == never || !keeps_time(machine)) return;
  const Time wake = choice.wake;
  machine.pace.go_to(wake);
  choice = {};
  choose(machine, wake, choice);
}

// A word that the host or a program has started returns to the begin of the code. What it has declared shows only then.
// The one by which a frame tests itself leaves a flag.
Exit verified(const Machine& machine, Task& task, Exit exit) {
  if (exit != Exit::ended || task.pc != return_to_host) return exit;
  const bool tests = task.is_main && machine.frames[task.owner].state == FrameState::complete;
  if (task.depth == (tests ? 1 : 0)) return exit;
  task.trap = core::Trap::effect_mismatch;
  return Exit::trapped;
}

// Runs the task until it is spent, wherever it goes; `left` returns what is left of its ticks.
Exit execute(Machine& machine, Task& task, std::int32_t& left) {
  machine.pace.begin_slice(left);
  machine.tracing.begin_slice(left);
  task.schedule.take_turn(machine.pace.turn);
  Exit exit = machine.execute(machine, task, left);
  if (exit == Exit::spent) [[likely]]
    return exit;
  while (exit == Exit::crossing || (has_exceptions && exit == Exit::trapped && catch_trap(task, left))) {
    if (exit == Exit::crossing) cross_frames(machine, task);
    exit = left > 0 ? machine.execute(machine, task, left) : Exit::spent;
  }
  if constexpr (has_tracing)
    if (exit == Exit::spent) end_slice(machine, task, left);
  return verified(machine, task, exit);
}

// Behind a trap it is not known how many ticks before it were not counted.
bool has_exact_ticks(const Task& task) { return !task.tries.ticks_lost && task.schedule.restarts == 0; }

// The task has done the work that it was released for.
void end_work(Machine& machine, Task& task, std::int32_t used) {
  const bool returned = task.pc == return_to_host;
  if (task.schedule.go_on(time_of(machine, used)) && returned) {
    enter_word(machine, task);
    if (task.state == TaskState::ready) task.state = TaskState::sleeping;
    return;
  }
  task.state = TaskState::ended;
  task.digest.end(has_exact_ticks(task) ? static_cast<std::uint64_t>(task.ticks) : 0);
}

void finish_task(Machine& machine, Task& task, Exit exit, std::int32_t used) {
  if (exit == Exit::ended) {
    end_work(machine, task, used);
  } else if (exit == Exit::trapped) {
    task.state = TaskState::trapped;
    task.digest.trap(static_cast<std::uint32_t>(task.trap));
  }
  if constexpr (has_task_words) {
    if (is_over(task.state)) release_all(machine, task);
    if (exit == Exit::trapped) follow_trap(machine, task, time_of(machine, used));
  }
  if constexpr (has_tracing)
    if (exit == Exit::trapped || (exit == Exit::ended && is_over(task.state))) end_trace(machine, task);
}

void report_pending(const Machine& machine, const Choice& choice, RunReport& report) {
  report.wake = choice.wake;
  report.polls = choice.polls;
  report.idle = choice.task == nullptr && !choice.held && (choice.wake == never || !keeps_time(machine));
  report.deadlock = report.idle && choice.wake == never && choice.others && !choice.polls && !choice.hopes;
}

// The task has had its slice: what is to be said of all of them now. As long as another is ready, only this one can
// have come to something else by itself; one that is over may have stopped or woken others before.
void look_again(Machine& machine, Task& task, Time now, Choice& choice) {
  if (is_over(task.state) || choice.other == nullptr || choice.other->state != TaskState::ready) {
    choice = {};
    return choose(machine, now, choice);
  }
  if constexpr (has_task_words)
    if (is_live(task.state)) look_at(machine, task, now, choice);
}

// The one that ran last is still the only one: there is no choice.
bool goes_on_alone(const Machine& machine) {
  return machine.pace.alone && machine.tasks[machine.last_task].state == TaskState::ready;
}

// No other can become ready by itself, or by what the host or the one that was chosen does.
bool is_alone(const Machine& machine, const Choice& choice) {
  return choice.other == nullptr && choice.wake == never && !choice.others && !choice.held && !machine.pace.untold;
}

// A slice ends where the next task wakes, if that is known in ticks.
std::int32_t slice_until(const Machine& machine, std::int32_t slice, Time wake) {
  if (!keeps_time(machine) || wake == never) return slice;
  return static_cast<std::int32_t>(std::min<Time>(static_cast<Time>(slice), wake - machine.pace.time));
}

// One slice of a task. Returns its ticks; less than nothing, too, for the same reason as those of the task.
inline std::int32_t run_task(Machine& machine, Task& task, std::int32_t slice, RunReport& report) {
  std::int32_t left = slice;
  const Exit exit = execute(machine, task, left);
  std::int32_t used = slice - left;
  if (exit == Exit::ended && task.pc == return_to_host) used += task.schedule.word_ticks;
  task.ticks += used;
  if (exit != Exit::spent || task.state != TaskState::ready) finish_task(machine, task, exit, used);
  report.ticks = static_cast<std::uint32_t>(std::max<std::int32_t>(0, used));
  report.task = machine.last_task;
  if (machine.observed) {
    machine.schedule.mix(report.task);
    machine.schedule.mix(report.ticks);
  }
  return used;
}

// Chooses a task and gives it a slice.
[[gnu::noinline]] RunReport run_chosen(Machine& machine, std::int32_t slice) {
  RunReport report;
  Choice choice;
  choose_next(machine, choice);
  if (choice.task == nullptr) {
    report_pending(machine, choice, report);
    if (choice.held) close_holes(machine, piece_of_work);
    return report;
  }
  Task& task = *choice.task;
  machine.pace.note_alone(is_alone(machine, choice));
  if constexpr (has_task_words)
    if (task.schedule.begins_anew) start_again(machine, task);
  machine.last_task = static_cast<std::uint8_t>(&task - machine.tasks);
  const std::int32_t used = run_task(machine, task, slice_until(machine, slice, choice.wake), report);
  if (task.state != TaskState::ready) look_again(machine, task, time_of(machine, used), choice);
  machine.pace.go_to(machine.pace.time + report.ticks);
  report_pending(machine, choice, report);
  return report;
}

// Gives the task of the last slice another one.
RunReport run_last(Machine& machine, std::int32_t slice) {
  RunReport report;
  report.idle = false;
  Task& task = machine.tasks[machine.last_task];
  const std::int32_t used = run_task(machine, task, slice, report);
  if (task.state != TaskState::ready) {
    Choice choice;
    look_again(machine, task, time_of(machine, used), choice);
    report_pending(machine, choice, report);
  }
  machine.pace.go_to(machine.pace.time + report.ticks);
  return report;
}

}  // namespace

RunReport run_slice(Machine& machine, std::uint32_t budget) {
  const std::int32_t slice = static_cast<std::int32_t>(std::clamp<std::uint32_t>(budget, 1, budget_max));
  return goes_on_alone(machine) ? run_last(machine, slice) : run_chosen(machine, slice);
}

TaskReport report_task(const Machine& machine, std::uint8_t index) {
  if (index >= task_count || machine.tasks[index].state == TaskState::absent) return {};
  const Task& task = machine.tasks[index];
  TaskReport report;
  report.state = task.state;
  if (task.state == TaskState::trapped || task.schedule.begins_anew) report.trap = static_cast<std::uint8_t>(task.trap);
  report.component = task.component;
  report.frame = task.frame;
  report.owner = task.owner;
  report.id = task.schedule.id;
  report.is_main = task.is_main;
  report.priority = task.schedule.priority;
  report.missed = task.schedule.missed;
  report.restarts = task.schedule.restarts;
  report.offset = task.pc;
  report.ticks = static_cast<std::uint64_t>(std::max<std::int64_t>(0, task.ticks));
  report.observed = machine.observed;
  report.digest = machine.observed ? task.digest.value() : 0;
  if (report.trap == static_cast<std::uint8_t>(core::Trap::uncaught)) report.code = task.top;
  report.ticks_exact = has_exact_ticks(task);
  return report;
}

}  // namespace mica::inline MICA_PROFILE::vm
