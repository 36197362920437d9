#include "sim/simulator.hpp"

#include <algorithm>
#include <cmath>

namespace mica::sim {
namespace {

Range product(const Range& a, const Range& b) { return {a.least * b.least, a.middle * b.middle, a.most * b.most}; }
Range times(const Range& a, double factor) { return product(a, {factor, factor, factor}); }

void load(SimulatedNode& one) {
  for (const Source& source : one.settings.frames) {
    const CompileStatus status = one.node->load(source.text);
    if (status.error != 0) throw SourceError(one.node->diagnose(source, status));
  }
}

}  // namespace

Range SimulatedNode::instructions() const {
  return times(settings.board.instructions_per_tick, static_cast<double>(ticks));
}

Range SimulatedNode::microseconds() const {
  return times(product(instructions(), settings.board.cycles_per_instruction), 1e6 / settings.board.clock_hz);
}

Simulator::Simulator(const Scenario& scenario, Output output) : stop_after_us_(scenario.stop_after_us) {
  nodes_.reserve(scenario.nodes.size());  // callbacks keep references
  for (const NodeSettings& settings : scenario.nodes) {
    SimulatedNode& one = nodes_.emplace_back();
    one.settings = settings;
    one.node = std::make_unique<Node>(*settings.engine, settings.memory_bytes, settings.offer);
    one.node->choose_form(std::string(settings.engine->forms[settings.engine->default_form]) + "-observed");
    one.node->on_output([&one, output](std::string_view text) { output(one, text); });
    load(one);
  }
}

// The last slice gets what is left of the time.
std::uint32_t Simulator::next_slice(const SimulatedNode& one) const {
  if (stop_after_us_ <= 0) return one.settings.slice_ticks;
  const double left = std::ceil((stop_after_us_ - one.now_us()) / one.settings.board.tick_us());
  return left < one.settings.slice_ticks ? static_cast<std::uint32_t>(std::max(left, 1.0)) : one.settings.slice_ticks;
}

void Simulator::run() {
  for (;;) {
    SimulatedNode* behind = nullptr;
    for (SimulatedNode& one : nodes_)
      if (!one.idle && (behind == nullptr || one.now_us() < behind->now_us())) behind = &one;
    if (behind == nullptr || (stop_after_us_ > 0 && behind->now_us() >= stop_after_us_)) return;
    const RunReport report = behind->node->run(next_slice(*behind));
    behind->ticks += report.ticks;
    behind->idle = report.idle;
  }
}

}  // namespace mica::sim
