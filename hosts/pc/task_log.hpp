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

// Behind what programs have written before.
void say_as_error(const std::string& text);

class TaskLog {
 public:
  // The text of the frame in a slot.
  using SourceOf = std::function<const sim::Source&(std::uint8_t frame)>;
  // Takes a message, which ends its line.
  using Say = std::function<void(const std::string&)>;

  TaskLog(const sim::Node& node, SourceOf source_of, Say say)
      : node_(node), source_of_(std::move(source_of)), say_(std::move(say)) {}

  // From here on those that have gone are remembered for started_tasks().
  void remember() { remembers_ = true; }

  // Of these others tell.
  using Except = std::function<bool(const TaskReport&)>;

  // Behind each slice: tells of each trap once, and again when a task that is supervised is given up. Not of tasks of a
  // frame that tests itself.
  void note(const Except& except = {});
  // False: it has been told of already. Else it counts as told now.
  bool is_news(const TaskReport& trapped);
  // What the tasks have come to so far has been told before.
  void pass_over();
  // The task, or those of a frame, begin anew or have gone.
  void forget(const TaskReport& task) { told_.erase(key_of(task)); }
  void forget(std::uint8_t frame);

  // At the end: those that wait for ever, or for which the ticks did not last.
  void tell_of_waits();
  void tell_of_budget();

  // Nothing that was told was a fault, but for traps behind which the task was started again.
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
  bool remembers_ = false;
  bool good_ = true;
};

// By itself or another one, as the program has it.
bool was_killed(const sim::Node& node, const TaskReport& task);

}  // namespace mica::pc
