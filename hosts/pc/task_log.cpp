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

bool was_killed(const sim::Node& node, const TaskReport& task) {
  return is_over(task.state) && node.engine().trap_name(task.trap) == "stopped";
}

void say_as_error(const std::string& text) {
  std::fflush(stdout);
  fmt::print(stderr, "{}", text);
}

// All of them: one whose stacks are too small never has a slice.
void TaskLog::note(const Except& except) {
  for (std::uint8_t index = 0; index < node_.engine().tasks; ++index) {
    const TaskReport task = node_.task(index);
    if (task.state != TaskState::absent && task.owner != node_.tested_frame() && !(except && except(task))) see(task);
  }
}

// An id can come again, and means a new task then.
void TaskLog::see(const TaskReport& task) {
  if (remembers_) seen_[key_of(task)] = task;
  if (task.trap != 0 && !was_killed(node_, task))
    tell_of_trap(task);
  else if (!told_.empty() && is_live(task.state) && task.restarts == 0)
    forget(task);
}

bool TaskLog::is_news(const TaskReport& trapped) {
  const bool over = is_over(trapped.state);
  const auto [told, is_new] = told_.try_emplace(key_of(trapped), over);
  return is_new || std::exchange(told->second, over) != over;
}

void TaskLog::pass_over() {
  for (const TaskReport& task : tasks_of(node_))
    if (task.trap != 0) is_news(task);
}

void TaskLog::forget(std::uint8_t frame) {
  std::erase_if(told_, [frame](const auto& one) { return one.first.first == frame; });
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

// Who was seen at work and is there no more has gone meanwhile.
std::vector<TaskReport> TaskLog::started_tasks(std::uint8_t frame) {
  for (auto& [key, task] : seen_)
    if (is_live(task.state)) task.state = TaskState::absent;
  for (const TaskReport& task : tasks_of(node_)) seen_[key_of(task)] = task;
  std::vector<TaskReport> started;
  for (const auto& [key, task] : seen_)
    if (key.first == frame && !task.is_main) started.push_back(task);
  return started;
}

void TaskLog::tell_of_trap(const TaskReport& task) {
  if (!is_news(task)) return;
  const bool over = is_over(task.state);
  good_ = good_ && !over;
  std::string text = node_.diagnose(source_of_(task.frame), task);  // whose code it runs
  if (!over) text += fmt::format("Task {} is started again.\n", task.id);
  if (over && task.restarts > 0) text += fmt::format("Task {} is given up; restarts: {}.\n", task.id, task.restarts);
  say_(text);
}

void TaskLog::tell_of_live(const TaskReport& task, std::string_view sentence, std::string_view name) {
  const sim::Place place = node_.place(task.frame, task.offset, 0);
  say_(sim::diagnostic(source_of_(task.frame), place, sentence, name));
  good_ = false;
}

}  // namespace mica::pc
