#include "sim/simulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mica::sim {
namespace {

Range product(const Range& a, const Range& b) { return {a.least * b.least, a.middle * b.middle, a.most * b.most}; }
Range times(const Range& a, double factor) { return product(a, {factor, factor, factor}); }
Range sum(const Range& a, const Range& b) { return {a.least + b.least, a.middle + b.middle, a.most + b.most}; }

void load(SimulatedNode& one) {
  for (const Source& source : one.settings.frames) {
    const CompileStatus status = one.node->load(source.text);
    if (status.error != 0) throw SourceError(one.node->diagnose(source, status));
  }
}

}  // namespace

Range SimulatedNode::instructions() const {
  return sum(times(settings.board.instructions_per_tick, static_cast<double>(ticks)),
             times(settings.board.instructions_per_slice, static_cast<double>(slices)));
}

Range SimulatedNode::microseconds() const {
  return times(product(instructions(), settings.board.cycles_per_instruction), 1e6 / settings.board.clock_hz);
}

Simulator::Simulator(const Scenario& scenario, Output output) : stop_after_us_(scenario.stop_after_us) {
  nodes_.reserve(scenario.nodes.size());  // callbacks keep references
  for (const NodeSettings& settings : scenario.nodes) {
    SimulatedNode& one = nodes_.emplace_back();
    one.settings = settings;
    const Clock clock = [&one](std::uint32_t ticks) {
      return static_cast<Time>(one.now_us() + ticks * one.settings.board.tick_us());
    };
    one.node = std::make_unique<Node>(*settings.engine, settings.memory_bytes, settings.offer, clock);
    one.node->choose_form(std::string(settings.engine->forms[settings.engine->default_form]) + "-observed");
    one.node->on_output([&one, output](std::string_view text) { output(one, text); });
    load(one);
  }
}

// No slice goes on behind the end of the scenario, or behind the time at which a task wakes.
std::uint32_t Simulator::next_slice(const SimulatedNode& one) const {
  double until = stop_after_us_ > 0 ? stop_after_us_ : std::numeric_limits<double>::infinity();
  if (one.wake != never) until = std::min(until, static_cast<double>(one.wake));
  const double left = std::ceil((until - one.now_us()) / one.settings.board.tick_us());
  return left < one.settings.slice_ticks ? static_cast<std::uint32_t>(std::max(left, 1.0)) : one.settings.slice_ticks;
}

void Simulator::run_slice(SimulatedNode& one) const {
  const RunReport report = one.node->run(next_slice(one));
  one.ticks += report.ticks;
  ++one.slices;
  one.wake = report.wake;
  one.idle = report.idle && report.wake == never;
  if (!report.idle || one.idle) return;
  double until = static_cast<double>(report.wake);
  if (stop_after_us_ > 0) until = std::min(until, stop_after_us_);
  one.slept_us += std::max(0.0, until - one.now_us());
}

void Simulator::run(const Slice& slice) {
  for (;;) {
    SimulatedNode* behind = nullptr;
    for (SimulatedNode& one : nodes_)
      if (!one.idle && (behind == nullptr || one.now_us() < behind->now_us())) behind = &one;
    if (behind == nullptr || (stop_after_us_ > 0 && behind->now_us() >= stop_after_us_)) return;
    run_slice(*behind);
    if (slice) slice(*behind);
  }
}

}  // namespace mica::sim
