// The oracle: a slow interpreter of source words, made from jit/LANGUAGE.md and from nothing else. Every form
// of the virtual machine is judged by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mica::oracle {

// What the host offers by name.
struct HostFunction {
  std::string name;
  std::size_t takes = 0, leaves = 0;
  // From the cells that it takes, the deepest first, those that it leaves; false: it fails. It may change `arrays`.
  std::function<bool(std::vector<std::int64_t>& cells, std::vector<struct HostArray>& arrays)> call;
};

struct HostArray {
  std::string name;
  unsigned bits = 16;
  bool read_only = true;
  std::vector<std::int64_t> elements;
};

struct Host {
  std::vector<HostFunction> functions;
  std::vector<HostArray> arrays;
};

struct Settings {
  unsigned cell_bits = 16;            // 16 or 32
  bool rexa = false;                  // the dialect rexa16 instead of the own one
  std::uint64_t ticks_max = 1000000;  // a run stops before the first word that it reaches with so many ticks
  // The number of a trap in the digest. Without it every trap counts as number 0.
  std::function<std::uint32_t(std::string_view name)> trap_number = {};
  Host host = {};
  std::size_t tasks_max = 8;  // that a program has at most
};

enum class Outcome {
  ended,
  trapped,
  out_of_ticks,  // also: more than a million cells or calls
  waiting,       // for what never comes
  invalid        // the text is not a program the oracle accepts
};

// What a task lets the world see, in the order in which it happens.
struct Event {
  enum Kind { store, store_outside, send, output } kind;
  // Byte offset of a store, number in the handle of one outside of the data segment or of a channel, 0 for output.
  std::uint32_t where;
  std::int64_t value;   // the cell that is stored, or the byte that is written
};

struct Result {
  Outcome outcome = Outcome::invalid;
  std::string trap;          // name of the trap when outcome is trapped
  std::string invalid_why;   // reason when outcome is invalid
  std::uint64_t ticks = 0;   // of the words that were completed; a word that traps is not counted
  // A machine may have counted so many less; not 0 when a trap was caught.
  std::uint64_t ticks_slack = 0;
  bool allows_ticks(std::uint64_t counted) const { return counted <= ticks && counted + ticks_slack >= ticks; }
  std::size_t caught = 0;    // codes and traps
  std::uint32_t digest = 0;  // of what has happened so far when outcome is out_of_ticks
  std::string output;
  std::vector<Event> events;
  std::vector<std::uint8_t> data;  // the data segment from offset b on, at the end
  std::vector<HostArray> arrays;   // of the host, at the end
  // What only the machine knows: the bytes of `data` from `first` on that are those of channels and semaphores.
  struct Hidden {
    std::size_t first, bytes;
    std::uint32_t number;  // in its handle
  };
  std::vector<Hidden> hidden;
  bool saw_hidden = false;         // the program has read or written there by an address: what that does is not known
  std::vector<Result> others;      // of the tasks that the program has started, in the order of their ids from 2 on
  std::size_t stack_peak = 0;      // cells of the data and loop stacks together
  std::size_t call_peak = 0;       // open calls, cells of the program on the return stack and what tries take there
};

Result run(std::string_view text, const Settings& settings);

}  // namespace mica::oracle
