#include "sim/simulator.hpp"

namespace mica::sim {
namespace {

void load(SimulatedNode& one) {
  for (const Source& source : one.settings.frames) {
    const CompileStatus status = one.node->load(source.text);
    if (status.error != 0) throw SourceError(one.node->diagnose(source, status));
  }
}

}  // namespace

Simulator::Simulator(const Scenario& scenario, Output output) : stop_after_us_(scenario.stop_after_us) {
  nodes_.reserve(scenario.nodes.size());  // callbacks keep references
  for (const NodeSettings& settings : scenario.nodes) {
    SimulatedNode& one = nodes_.emplace_back();
    one.settings = settings;
    one.node = std::make_unique<Node>(*settings.engine, settings.memory_bytes);
    one.node->choose_form(std::string(settings.engine->forms[settings.engine->default_form]) + "-observed");
    one.node->on_output([&one, output](std::string_view text) { output(one, text); });
    load(one);
  }
}

void Simulator::run() {
  for (;;) {
    SimulatedNode* behind = nullptr;
    for (SimulatedNode& one : nodes_)
      if (!one.idle && (behind == nullptr || one.now_us() < behind->now_us())) behind = &one;
    if (behind == nullptr || (stop_after_us_ > 0 && behind->now_us() >= stop_after_us_)) return;
    const RunReport report = behind->node->run(behind->settings.slice_ticks);
    behind->ticks += report.ticks;
    behind->idle = report.idle;
  }
}

}  // namespace mica::sim
