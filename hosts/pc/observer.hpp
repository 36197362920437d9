// What mica run tells of the words of programs: a trace, a flame graph, a table.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "hosts/pc/tick_tree.hpp"
#include "hosts/pc/trace_file.hpp"
#include "sim/node.hpp"
#include "vm/hooks.hpp"

namespace mica::pc {

struct ObserverOptions {
  std::string trace;        // file; empty: none
  bool every_word = false;  // in the trace
  std::string flame;        // file; empty: none
  bool hot = false;         // the table

  bool are_any() const { return !trace.empty() || !flame.empty() || hot; }
};

// Looks on at all words of a node, in the form `traced`, which it chooses.
class Observer {
 public:
  // Throws std::invalid_argument when the profile has no such form.
  Observer(sim::Node& node, const ObserverOptions& options);
  ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  void slice(const RunReport&);
  // Writes what was asked for; throws std::runtime_error where that fails.
  void finish();

 private:
  // A task, by its owner and id, and the word in which it is.
  struct Seen {
    TickNode* at = nullptr;
    std::uint64_t time = 0;
  };
  using Key = std::pair<std::uint8_t, std::uint16_t>;

  void see(const Call&);
  Seen& task_of(std::uint8_t owner, std::uint16_t id);
  void close_tasks();

  sim::Node& node_;
  const ObserverOptions& options_;
  std::unique_ptr<TraceFile> trace_;
  TickTree tree_;
  std::map<Key, Seen> tasks_;
  Hook hook_;
};

}  // namespace mica::pc
