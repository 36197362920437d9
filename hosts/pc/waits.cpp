#include "hosts/pc/waits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace mica::pc {
namespace {

struct Waiting {
  std::string_view instruction;
  bool has_limit;  // its top operand is a time in milliseconds, below 0 for ever
  std::string_view what;
};

constexpr std::array<Waiting, 10> waiting = {{
    {"send_cell", false, "room in a channel"},
    {"send_cell_for", true, "room in a channel"},
    {"send_array", true, "room in a channel"},
    {"receive_cell", false, "something in a channel"},
    {"receive_cell_for", true, "something in a channel"},
    {"receive_array", true, "something in a channel"},
    {"acquire", false, "a semaphore"},
    {"acquire_for", true, "a semaphore"},
    {"await_element", false, "the value of a variable"},
    {"await_value", true, "the value of a variable"},
}};

// The name of the instruction at which a task is.
std::string instruction_of(const sim::Node& node, const TaskReport& task) {
  char line[96] = "";
  node.engine().disassemble(node.instance(), task.frame, task.offset, std::span<char>(line));
  const std::string_view text(line);
  return std::string(text.substr(0, text.find(' ')));
}

}  // namespace

// The machine reports no more than where the task is; its operands are on its stack as long as it waits.
Wait wait_of(const sim::Node& node, std::uint8_t index) {
  const TaskReport task = node.task(index);
  if (task.state != TaskState::waiting) return {};
  const std::string instruction = instruction_of(node, task);
  const auto operand = [&](std::uint32_t k) { return node.engine().cell(node.instance(), index, k); };
  if (instruction == "await_event") return {operand(0) >= 0, true, operand(1), fmt::format("event {}", operand(1))};
  const auto found = std::ranges::find(waiting, std::string_view(instruction), &Waiting::instruction);
  if (found == waiting.end()) return {.what = "another task"};
  return {.is_limited = found->has_limit && operand(0) >= 0, .what = std::string(found->what)};
}

std::string held_up_by(const sim::Node& node, const TaskReport& task) {
  if (task.state == TaskState::ready)
    for (std::uint8_t index = 0; index < node.engine().tasks; ++index)
      if (const TaskReport one = node.task(index); one.state == TaskState::ready && one.priority > task.priority)
        return fmt::format("has no turn beside task {}{}, of priority {}, which does not give way", one.id,
                           one.owner == task.owner ? "" : fmt::format(" of {}", node.frame(one.owner).name),
                           one.priority);
  return "still runs";
}

}  // namespace mica::pc
