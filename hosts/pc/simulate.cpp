#include "hosts/pc/simulate.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "hosts/pc/engines.hpp"
#include "sim/simulator.hpp"

namespace mica::pc {
namespace {

bool report(const sim::SimulatedNode& one, std::size_t index) {
  const TaskReport task = one.node->main_task(static_cast<std::uint8_t>(index));
  const bool was_killed = task.state == TaskState::trapped && one.node->engine().trap_name(task.trap) == "stopped";
  const bool has_trapped = task.state == TaskState::trapped && !was_killed;
  const char* state = task.state == TaskState::ended ? "ended" : has_trapped ? "trapped" : "stopped";
  fmt::print(stderr, "{}: {}: {} {}\n", one.settings.name, one.settings.frames[index].file, state,
             sim::ticks_and_digest(task));
  if (!has_trapped) return true;
  // In the text whose code it was in: a word may have been imported.
  fmt::print(stderr, "{}", one.node->diagnose(one.settings.frames[task.frame], task));
  return false;
}

// Tasks that programs have started; true when none of them has trapped. Those that were killed have not.
bool report_others(const sim::SimulatedNode& one) {
  const Engine& engine = one.node->engine();
  bool good = true;
  for (std::uint8_t index = 0; index < engine.tasks; ++index) {
    const TaskReport task = one.node->task(index);
    if (task.is_main || task.state != TaskState::trapped || engine.trap_name(task.trap) == "stopped") continue;
    fmt::print(stderr, "{}", one.node->diagnose(one.settings.frames[task.frame], task));
    good = false;
  }
  return good;
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
  simulator.run();
  std::fflush(stdout);
  bool good = true;
  for (const sim::SimulatedNode& one : simulator.nodes()) {
    bool ended = true;
    for (std::size_t k = 0; k < one.settings.frames.size(); ++k) ended = report(one, k) && ended;
    ended = report_others(one) && ended;
    good = good && ended;
    if (!ended) continue;  // the ticks up to a trap are not counted to the end
    const sim::Range time = one.microseconds(), instructions = one.instructions();
    fmt::print(stderr, "{}: {:.0f} to {:.0f} us on {}, in virtual time {:.0f} us ({:.0f} to {:.0f} instructions)\n",
               one.settings.name, time.least, time.most, one.settings.board.name, one.now_us(), instructions.least,
               instructions.most);
  }
  return good ? 0 : 1;
}

}  // namespace mica::pc
