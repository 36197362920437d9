// What becomes of the tasks of a machine, for people.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/node.hpp"

namespace mica::pc {

class TaskLog {
 public:
  // The text of the frame in a slot.
  using SourceOf = std::function<const sim::Source&(std::uint8_t frame)>;
  // Takes a message, which ends its line.
  using Say = std::function<void(const std::string&)>;

  TaskLog(const sim::Node& node, SourceOf source_of, Say say)
      : node_(node), source_of_(std::move(source_of)), say_(std::move(say)) {}

  // Of these others tell.
  using Except = std::function<bool(const TaskReport&)>;

  // Behind each slice: tells of each trap once, and again when a task that is supervised is given up. Not of tasks of a
  // frame that tests itself.
  void note(const Except& except = {});
  // What the tasks have come to so far has been told before.
  void pass_over();
  void pass_over(const TaskReport& task) { told_[key_of(task)] = is_over(task.state); }

  // At the end: those that wait for ever, or for which the ticks did not last.
  void tell_of_waits();
  void tell_of_budget();

  // All that was told so far was none of a program's faults, or its task was started again.
  bool is_good() const { return good_; }

  // Tasks that the program of a frame has started, as they were seen last.
  std::vector<TaskReport> started_tasks(std::uint8_t frame);

 private:
  using Key = std::pair<std::uint8_t, std::uint16_t>;  // owner and id

  static Key key_of(const TaskReport& task) { return {task.owner, task.id}; }
  void see(const TaskReport& task);
  void tell_of_trap(const TaskReport& task);
  void tell_of_live(const TaskReport& task, std::string_view sentence, std::string_view name);

  const sim::Node& node_;
  const SourceOf source_of_;
  const Say say_;
  std::map<Key, bool> told_;  // of these a trap; true: that they are over
  std::map<Key, TaskReport> seen_;
  bool good_ = true;
};

// By itself or another one, as the program has it.
bool was_killed(const sim::Node& node, const TaskReport& task);

}  // namespace mica::pc
