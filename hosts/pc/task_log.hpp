// What becomes of the tasks of a machine, told on standard error.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/node.hpp"

namespace mica::pc {

class TaskLog {
 public:
  // `sources`: of the frames, by their slots. `name`: of the node, where there are several.
  TaskLog(const sim::Node& node, const std::vector<sim::Source>& sources, std::string name = {})
      : node_(node), sources_(sources), name_(std::move(name)) {}

  // Behind each slice, with the task that has had it: tells of its trap, once, and again when a task that is supervised
  // is given up.
  void note(const TaskReport& task);

  // At the end: traps of tasks that have never had a slice, and those that wait for ever, or for which the ticks did
  // not last.
  void tell_of_traps();
  void tell_of_waits();
  void tell_of_budget();

  // All that was told so far was none of a program's faults, or it was started again behind it.
  bool is_good() const { return good_; }

  // Tasks that the program of a frame has started, as they were seen last.
  std::vector<TaskReport> started_tasks(std::uint8_t frame);

 private:
  bool was_killed(const TaskReport& task) const;
  void tell_of_trap(const TaskReport& task);
  void tell_of_live(const TaskReport& task, std::string_view sentence, std::string_view name);
  std::string on_node() const;

  using Key = std::pair<std::uint8_t, std::uint16_t>;  // owner and id

  const sim::Node& node_;
  const std::vector<sim::Source>& sources_;
  const std::string name_;
  std::set<Key> trapped_;
  std::map<Key, TaskReport> seen_;
  bool good_ = true;
};

}  // namespace mica::pc
