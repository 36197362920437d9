#include "hosts/pc/simulate.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/task_log.hpp"
#include "sim/simulator.hpp"

namespace mica::pc {
namespace {

void report(const sim::SimulatedNode& one, std::size_t index) {
  const TaskReport task = one.node->main_task(static_cast<std::uint8_t>(index));
  const bool has_trapped = task.state == TaskState::trapped && !was_killed(*one.node, task);
  const char* state = task.state == TaskState::ended ? "ended" : has_trapped ? "trapped" : "stopped";
  fmt::print(stderr, "{}: {}: {} {}\n", one.settings.name, one.settings.frames[index].file, state,
             sim::ticks_and_digest(task));
}

// Each node with what is told of its tasks.
std::map<const sim::SimulatedNode*, TaskLog> logs_of(const sim::Simulator& simulator) {
  std::map<const sim::SimulatedNode*, TaskLog> logs;
  const bool several = simulator.nodes().size() > 1;
  for (const sim::SimulatedNode& one : simulator.nodes())
    logs.try_emplace(
        &one, *one.node,
        [&one](std::uint8_t frame) -> const sim::Source& { return one.settings.frames[frame]; },
        [&one, several](const std::string& text) {
          say_as_error(several ? fmt::format("{}  on the node {}\n", text, one.settings.name) : text);
        });
  return logs;
}

}  // namespace

int simulate(const SimulateOptions& options) {
  const sim::Scenario scenario = sim::read_scenario(options.scenario, find_engine);
  const bool several = scenario.nodes.size() > 1;
  // Lines of several nodes are told apart by the node's name in front; a piece of output may end within a line.
  const sim::SimulatedNode* last = nullptr;
  bool at_begin = true;
  sim::Simulator simulator(scenario, [&](const sim::SimulatedNode& node, std::string_view text) {
    if (several && last != &node && !at_begin) {
      std::fputc('\n', stdout);
      at_begin = true;
    }
    if (several && at_begin) fmt::print("{}> ", node.settings.name);
    std::fwrite(text.data(), 1, text.size(), stdout);
    at_begin = text.back() == '\n';
    last = &node;
  });
  auto logs = logs_of(simulator);
  simulator.run([&](const sim::SimulatedNode& node) { logs.at(&node).note(); });
  std::fflush(stdout);
  bool good = true;
  for (const sim::SimulatedNode& one : simulator.nodes()) {
    TaskLog& log = logs.at(&one);
    if (one.idle) log.tell_of_waits();
    for (std::size_t k = 0; k < one.settings.frames.size(); ++k) report(one, k);
    good = good && log.is_good();
    if (!log.is_good()) continue;  // the ticks up to a trap are not counted to the end
    const sim::Range time = one.microseconds(), instructions = one.instructions();
    fmt::print(stderr, "{}: {:.0f} to {:.0f} us on {}, in virtual time {:.0f} us ({:.0f} to {:.0f} instructions)\n",
               one.settings.name, time.least, time.most, one.settings.board.name, one.now_us(), instructions.least,
               instructions.most);
  }
  return good ? 0 : 1;
}

}  // namespace mica::pc
