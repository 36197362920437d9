#include "tests/fuzz/watch.hpp"

#include <algorithm>
#include <array>

#include "tests/fuzz/promise.hpp"

namespace mica::fuzz {
namespace {

constexpr unsigned slices_without_ticks_max = 64;  // of each task
// Behind a trap a task that begins anew is charged more than it has used, and a call of its word.
constexpr std::uint64_t charged_anew = 64 + 1;

// Instructions behind which a slice may end early: the task pauses, or wakes one that is more urgent. All of them have
// two bytes.
constexpr std::array pauses{"yield",    "sleep",   "start_",  "kill_task", "send_",
                            "receive_", "acquire", "release", "await_"};
constexpr std::uint32_t pause_bytes = 2;
// Those that wait until a time, if the cell on top is not below 0.
constexpr std::array timed_waits{"send_cell_for", "receive_cell_for", "send_array", "receive_array",
                                 "acquire_for",   "await_value",      "await_event"};

template <typename List>
bool contains(const List& list, std::string_view one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

bool may_pause(std::string_view word) {
  return std::any_of(pauses.begin(), pauses.end(), [&](std::string_view one) { return word.starts_with(one); });
}

bool same_task(const TaskReport& a, const TaskReport& b) { return a.id == b.id && a.owner == b.owner; }

// Has nothing happened?
bool same(const TaskReport& a, const TaskReport& b) {
  return same_task(a, b) && a.state == b.state && a.frame == b.frame && a.offset == b.offset && a.ticks == b.ticks &&
         a.digest == b.digest && a.restarts == b.restarts;
}

}  // namespace

Watch::Watch(const Engine& engine, Instance* instance, Clock* clock)
    : engine_(engine), instance_(instance), clock_(clock) {
  check(engine.tasks <= Tasks{}.size(), "no profile has more tasks");
}

Watch::Tasks Watch::tasks() const {
  Tasks all;
  for (std::uint8_t index = 0; index < engine_.tasks; ++index) all[index] = engine_.task(instance_, index);
  return all;
}

std::string_view Watch::mnemonic(std::uint8_t frame, std::uint32_t offset, std::uint32_t& next) const {
  next = engine_.disassemble(instance_, frame, offset, std::span<char>(line_));
  const std::string_view line = line_;
  return next == 0 ? std::string_view{} : line.substr(0, line.find(' '));
}

std::string Watch::word_of(const TaskReport& task) const {
  std::uint32_t next = 0;
  return std::string(task.state == TaskState::waiting ? mnemonic(task.frame, task.offset, next) : "");
}

Watch::Pending Watch::pending(const Tasks& tasks) const {
  Pending pending;
  for (std::uint8_t index = 0; index < tasks.size(); ++index) {
    const TaskReport& task = tasks[index];
    pending.ready = pending.ready || task.state == TaskState::ready;
    pending.timed = pending.timed || task.state == TaskState::sleeping;
    if (task.state != TaskState::waiting) continue;
    std::uint32_t next = 0;
    const std::string_view word = mnemonic(task.frame, task.offset, next);
    check(word.empty() || may_pause(word), "a task that waits stands at a word that waits");
    pending.veiled = pending.veiled || word.empty();
    pending.waits = true;
    pending.timed = pending.timed || (contains(timed_waits, word) && engine_.cell(instance_, index, 0) >= 0);
    pending.polls = pending.polls || word == "await_value" || word == "await_element";
    pending.hopes = pending.hopes || word == "await_event";
  }
  return pending;
}

// The task has had a slice and is ready. Has it a reason to have left the rest?
bool Watch::has_paused(const TaskReport& task, std::uint8_t index) const {
  // It begins anew, behind a trap or with its next period.
  if (task.trap != 0 || (!task.is_main && engine_.depth(instance_, index) == 0)) return true;
  // At the word, if what it waited for has come meanwhile.
  for (const std::uint32_t back : {pause_bytes, 0u}) {
    if (back > task.offset) continue;
    std::uint32_t next = 0;
    const std::string_view word = mnemonic(task.frame, task.offset - back, next);
    if (word.empty() || (next == task.offset - back + pause_bytes && may_pause(word))) return true;
  }
  return false;
}

RunReport Watch::run(std::uint32_t budget) {
  const Tasks before = tasks();
  const bool was_ready = pending(before).ready;
  // Nothing but time goes on until the next task wakes.
  if (clock_ == nullptr && !was_ready && wake_ != never) time_ = std::max(time_, wake_);
  Time room = never;                              // ticks until a slice ends where the next task wakes
  if (clock_ == nullptr && !was_ready) room = 0;  // that one is not known
  if (clock_ == nullptr && was_ready && wake_ != never) room = wake_ - std::min(wake_, time_);
  const RunReport report = engine_.run(instance_, budget);
  const Tasks after = tasks();
  time_ += report.ticks;
  if (clock_ != nullptr) clock_->begin += report.ticks;

  // A task that sleeps where it slept before, and has been charged for nothing yet, wakes at another time.
  const bool nothing =
      report.ticks == 0 && report.wake == wake_ && std::equal(before.begin(), before.end(), after.begin(), same);
  check(!must_go_on_ || !nothing, "unless it is idle, the machine goes on");
  // What charges no ticks may still end a task.
  without_ticks_ = report.ticks == 0 && !report.idle ? without_ticks_ + 1 : 0;
  check(without_ticks_ < slices_without_ticks_max * engine_.tasks, "slices charge ticks");
  check(report.ticks <= budget + overrun_most(engine_, after[report.task]),
        "a slice ends at the first charge point after its budget");
  look_at_task(report, before, after);
  look_at_end(report, budget, room, after);
  look_at_report(report, after);
  return report;
}

void Watch::look_at_task(const RunReport& report, const Tasks& before, const Tasks& after) const {
  check(report.task < after.size(), "the task of a slice is one of the machine's");
  const TaskReport& running = after[report.task];
  for (std::size_t index = 0; index < after.size(); ++index) {
    const TaskReport &was = before[index], &is = after[index];
    check(is.trap == 0 || engine_.trap_name(is.trap) != "core_fault", "what the compiler accepts never trips a check");
    check(was.state != TaskState::ready || is.priority <= running.priority || !same_task(was, is),
          "of those that are ready the most urgent runs");
    if (!same_task(was, is) || was.state == TaskState::absent) continue;
    const bool ran = index == report.task;
    check(ran || is.ticks == was.ticks, "ticks are charged to the task that runs");
    check(is.ticks <= was.ticks + report.ticks + (is.is_main ? 0 : charged_anew), "ticks come from slices");
    check(!is_over(was.state) || is_over(is.state), "a task that is over stays so");
    check(ran || was.state != TaskState::ready || is.state == TaskState::ready || is_over(is.state),
          "a task that is ready stays so until its turn, unless it is stopped");
  }
}

void Watch::look_at_end(const RunReport& report, std::uint32_t budget, Time room, const Tasks& after) const {
  const TaskReport& task = after[report.task];
  if (report.ticks >= budget || report.ticks >= room || task.state != TaskState::ready || !knows_wake_) return;
  check(has_paused(task, report.task),
        "a slice ends at a charge point at or after its budget, or where the task pauses");
}

void Watch::look_at_report(const RunReport& report, const Tasks& after) {
  for (std::size_t index = 1; index < after.size(); ++index) alone_ = alone_ && after[index].state == TaskState::absent;
  const Pending now = pending(after);
  const bool wakes = clock_ == nullptr && now.timed;  // by itself
  check(!report.idle || (!now.ready && !wakes), "idle is told when nothing will happen");
  must_go_on_ = !report.idle && !now.ready;
  wake_ = report.wake;
  if (report.idle && clock_ != nullptr) check(report.wake > clock_->begin, "no task is late");
  if (now.veiled) return;
  const bool stuck = report.idle && now.waits && !now.timed && !now.polls && !now.hopes;
  check(report.deadlock == stuck, "a deadlock is told when all that are not over wait for each other");
  if (!now.ready) check((report.wake != never) == now.timed, "it is told when the next task wakes, if one does");
  if (report.idle) check(report.polls == now.polls, "it is told whether one waits for a variable");
}

void Watch::pass_time(const RunReport& report) {
  if (clock_ == nullptr || !report.idle || report.wake == never) return;
  clock_->begin = report.wake;
  must_go_on_ = true;
}

// Idle: does that last? A host with a clock lets time go on to when the next task wakes.
bool Watch::is_over_for_good(const RunReport& report) {
  if (clock_ != nullptr && report.wake != never) {
    clock_->begin = report.wake - 1;
    const RunReport again = run(1);
    check(again.idle && again.ticks == 0 && again.wake == report.wake, "no task wakes early");
    pass_time(again);
    return false;
  }
  const Tasks before = tasks();
  for (unsigned k = 0; k < 2; ++k) {
    const RunReport again = run(1);
    const Tasks after = tasks();
    check(again.idle && again.ticks == 0 && std::equal(before.begin(), before.end(), after.begin(), same),
          "nothing happens once the machine is idle");
  }
  return true;
}

bool Watch::run_out(std::span<const std::uint32_t> budgets, std::uint64_t ticks_max) {
  std::uint64_t ticks = 0;
  for (std::size_t slice = 0; ticks < ticks_max; ++slice) {
    const RunReport report = run(budgets[slice % budgets.size()]);
    ticks += report.ticks;
    if (report.idle && is_over_for_good(report)) return true;
  }
  return false;
}

}  // namespace mica::fuzz
