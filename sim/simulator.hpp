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

// What is not known exactly. Virtual time goes on with the middle.
struct Range {
  double least = 0, middle = 0, most = 0;
};

// How long a tick takes on a board. Ticks are the same everywhere; time lives only here.
struct Board {
  std::string name;
  double clock_hz = 0;
  Range instructions_per_tick;
  Range instructions_per_slice;  // beside those of its ticks
  Range cycles_per_instruction;
  std::size_t memory_bytes = 0;

  double instruction_us() const { return cycles_per_instruction.middle / clock_hz * 1e6; }
  // Microseconds of a tick.
  double tick_us() const { return instructions_per_tick.middle * instruction_us(); }
};

struct NodeSettings {
  std::string name;
  Board board;
  const Engine* engine = nullptr;
  std::size_t memory_bytes = 0;
  std::uint32_t slice_ticks = 1000;
  std::vector<Source> frames;
  Offer offer = {};
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
  std::uint64_t slices = 0;
  double slept_us = 0;  // while no task was ready
  Time wake = never;    // when the next task is ready by itself
  bool idle = false;    // for good

  double now_us() const { return instructions().middle * settings.board.instruction_us() + slept_us; }
  // What ticks and slices so far come to on the board, without the time that it slept.
  Range instructions() const;
  Range microseconds() const;
};

class Simulator {
 public:
  // Called with the output of a node.
  using Output = std::function<void(const SimulatedNode&, std::string_view)>;

  // Called behind a slice of a node.
  using Slice = std::function<void(const SimulatedNode&)>;

  // Loads all frames. Throws SourceError when one does not compile.
  Simulator(const Scenario& scenario, Output output);

  // Runs until all nodes are idle for good or the scenario's time is over; always the node that is behind runs next. A
  // node is stopped at the first charge point at or after that time, whatever its slices are. A slice ends at the first
  // charge point at or after the time at which a task wakes.
  void run(const Slice& slice = {});

  const std::vector<SimulatedNode>& nodes() const { return nodes_; }

 private:
  std::uint32_t next_slice(const SimulatedNode& one) const;
  void run_slice(SimulatedNode& one) const;

  std::vector<SimulatedNode> nodes_;
  double stop_after_us_;
};

}  // namespace mica::sim
