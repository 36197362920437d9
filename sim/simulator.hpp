// Runs the nodes of a scenario in virtual time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/node.hpp"

namespace mica::sim {

// How long a tick takes on a board. Ticks are the same everywhere; time lives only here.
struct Board {
  std::string name;
  double clock_hz = 0;
  double instructions_per_tick = 0;
  double cycles_least = 0, cycles_most = 0;  // per instruction
  std::size_t memory_bytes = 0;

  double instructions(std::uint64_t ticks) const { return static_cast<double>(ticks) * instructions_per_tick; }
  // Microseconds, with the middle of the range of cycles.
  double microseconds(std::uint64_t ticks) const {
    return instructions(ticks) * (cycles_least + cycles_most) / 2 / clock_hz * 1e6;
  }
};

struct NodeSettings {
  std::string name;
  Board board;
  const Engine* engine = nullptr;
  std::size_t memory_bytes = 0;
  std::uint32_t slice_ticks = 1000;
  std::vector<Source> frames;
};

struct Scenario {
  std::vector<NodeSettings> nodes;
  double stop_after_us = 0;  // 0: when all nodes are idle
};

// Finds an engine by the name of its profile; throws when there is none.
using FindEngine = std::function<const Engine&(std::string_view)>;

// Reads a scenario and the boards it names. Throws SourceError with the place of what is wrong.
Scenario read_scenario(const std::string& file, const FindEngine& find_engine);

// A node in work.
struct SimulatedNode {
  NodeSettings settings;
  std::unique_ptr<Node> node;
  std::uint64_t ticks = 0;
  bool idle = false;

  double now_us() const { return settings.board.microseconds(ticks); }
};

class Simulator {
 public:
  // Called with the output of a node.
  using Output = std::function<void(const SimulatedNode&, std::string_view)>;

  // Loads all frames. Throws SourceError when one does not compile.
  Simulator(const Scenario& scenario, Output output);

  // Runs until all nodes are idle or the scenario's time is over; always the node that is behind runs next.
  void run();

  const std::vector<SimulatedNode>& nodes() const { return nodes_; }

 private:
  std::vector<SimulatedNode> nodes_;
  double stop_after_us_;
};

}  // namespace mica::sim
