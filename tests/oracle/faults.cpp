// What follows a trap: a word is told, and tasks that are supervised begin anew. Section 8 of the page.
#include <algorithm>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

constexpr std::uint64_t microseconds = 1000;  // of a millisecond

}  // namespace

bool Machine::execute_supervision(Kind kind) {
  if (kind == Kind::supervise) return supervise(), true;
  if (kind == Kind::on_trap) return set_handler(), true;
  return false;
}

void Machine::supervise() {
  const std::vector<std::int64_t> cells = operands(3);
  const bool is_task = cells[0] >= 1 && cells[0] <= static_cast<std::int64_t>(tasks_.size());
  if (!is_task || cells[0] == 1 || tasks_[static_cast<std::size_t>(cells[0] - 1)].handles_traps)
    throw Trap{"invalid_argument"};
  if (cells[1] < 0 || cells[1] > 255 || cells[2] < 0 || cells[2] > 4294967) throw Trap{"invalid_argument"};
  Task& task = tasks_[static_cast<std::size_t>(cells[0] - 1)];
  task.restarts_max = cells[1];
  task.restart_delay = static_cast<std::uint64_t>(cells[2]) * microseconds;
}

void Machine::set_handler() {
  const std::int64_t token = pop();
  if (token != 0) {
    if (token < 1 || token > static_cast<std::int64_t>(program_.tokens.size())) throw Trap{"invalid_token"};
    if (!is_task_of(program_, settings_, program_.tokens[static_cast<std::size_t>(token - 1)], 2))
      throw Trap{"invalid_token"};
  } else {
    untold_.reset();
  }
  handler_ = token;
}

// The task is over, unless it begins anew.
void Machine::follow_trap(std::string_view trap, std::int64_t thrown) {
  Task& task = tasks_[current_];
  const std::int64_t number = settings_.trap_number ? settings_.trap_number(trap) : 0;
  if (handler_ != 0 && !task.handles_traps && !untold_)
    untold_ = {static_cast<std::int64_t>(current_) + 1, thrown != 0 ? thrown : -number};
  if (task.restarts >= task.restarts_max) return;
  const std::uint64_t moment = now_ + (task.restart_delay << std::min<std::int64_t>(task.restarts, 31));
  if (task.period == 0) {
    task.release = moment;
  } else {
    task.release += std::max<std::uint64_t>(1, (moment - task.release) / task.period) * task.period;
  }
  task.wake = std::max(moment, task.release);
  task.state = Task::State::sleeping;
  task.begins_anew = true;
}

void Machine::start_handler() {
  if (!untold_ || tasks_.size() >= settings_.tasks_max) return;
  Task task;
  task.definition = program_.tokens[static_cast<std::size_t>(handler_ - 1)];
  task.priority = 255;
  task.release = now_;
  task.handles_traps = true;
  task.context.stack_ = {untold_->first, untold_->second};
  task.context.frames_.push_back({&program_.definitions[task.definition], 0, 2});
  task.context.result_.ticks = 1;
  tasks_.push_back(std::move(task));
  untold_.reset();
}

// As if the task were new, but for its ticks and its digest.
void Machine::begin_anew() {
  Task& task = tasks_[current_];
  ++task.restarts;
  task.begins_anew = task.limited = task.late = task.abandoned = false;
  stack_.clear();
  loops_.clear();
  kept_.clear();
  tries_.clear();
  frames_.clear();
  frames_.push_back({&program_.definitions[task.definition], 0, 0});
  base_ = 0;
  rounding_ = saturation_ = false;
  result_.trap.clear();
  result_.ticks += uncounted + 1;
  result_.ticks_slack += uncounted;
}

}  // namespace mica::oracle
