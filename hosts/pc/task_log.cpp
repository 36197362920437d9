#include "hosts/pc/task_log.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace mica::pc {
namespace {

std::vector<TaskReport> tasks_of(const sim::Node& node) {
  std::vector<TaskReport> tasks;
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index)
    if (const TaskReport task = node.task(index); task.state != TaskState::absent) tasks.push_back(task);
  return tasks;
}

}  // namespace

void TaskLog::note(const TaskReport& task) {
  if (task.state == TaskState::absent) return;
  seen_[{task.owner, task.id}] = task;
  if (task.trap != 0 && !was_killed(task)) tell_of_trap(task);
}

void TaskLog::tell_of_traps() {
  for (const TaskReport& task : tasks_of(node_))
    if (task.state == TaskState::trapped && !trapped_.contains({task.owner, task.id}) && !was_killed(task))
      tell_of_trap(task);
}

void TaskLog::tell_of_waits() {
  for (const TaskReport& task : tasks_of(node_))
    if (task.state == TaskState::waiting)
      tell_of_live(task, "this task waits for ever: no other one can do what it waits for", "deadlock");
}

void TaskLog::tell_of_budget() {
  for (const TaskReport& task : tasks_of(node_))
    if (is_live(task.state)) tell_of_live(task, "the ticks are used up; give more with --ticks", "budget");
}

std::vector<TaskReport> TaskLog::started_tasks(std::uint8_t frame) {
  for (const TaskReport& task : tasks_of(node_)) seen_[{task.owner, task.id}] = task;
  std::vector<TaskReport> started;
  for (const auto& [key, task] : seen_)
    if (key.first == frame && !task.is_main) started.push_back(task);
  return started;
}

// By itself or another one, as the program has it.
bool TaskLog::was_killed(const TaskReport& task) const {
  return is_over(task.state) && node_.engine().trap_name(task.trap) == "stopped";
}

void TaskLog::tell_of_trap(const TaskReport& task) {
  const bool over = is_over(task.state), is_new = trapped_.insert({task.owner, task.id}).second;
  if (!is_new && (!over || task.restarts == 0)) return;
  good_ = good_ && !over;
  std::fflush(stdout);
  fmt::print(stderr, "{}{}", node_.diagnose(sources_[task.frame], task), on_node());  // whose code it runs
  if (!over) fmt::print(stderr, "Task {} is started again.\n", task.id);
  if (over && task.restarts > 0) fmt::print(stderr, "Task {} is given up; restarts: {}.\n", task.id, task.restarts);
}

void TaskLog::tell_of_live(const TaskReport& task, std::string_view sentence, std::string_view name) {
  const sim::Place place = node_.place(task.frame, task.offset, 0);
  fmt::print(stderr, "{}{}", sim::diagnostic(sources_[task.frame], place, sentence, name), on_node());
  good_ = false;
}

// A line for below a message.
std::string TaskLog::on_node() const { return name_.empty() ? name_ : fmt::format("  on the node {}\n", name_); }

}  // namespace mica::pc
