// Machines of different profiles in one process, with frames, constants and arrays of the host of their own: while one
// compiles or runs, not a byte of the others changes, and each comes to what it comes to alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// What the host has for one machine.
struct Store {
  explicit Store(unsigned number) {
    for (std::size_t k = 0; k < samples.size(); ++k) samples[k] = static_cast<std::int16_t>(100 * number + k);
  }

  std::vector<std::int16_t> samples = std::vector<std::int16_t>(4), counts = std::vector<std::int16_t>(4);
  std::vector<HostArray> arrays{{"samples", samples.data(), 4, ml::ElementType::int16, true},
                                {"counts", counts.data(), 4, ml::ElementType::int16, false}};
  std::map<std::uint8_t, std::vector<std::uint64_t>> constants;  // of each frame

  std::byte* begin(std::uint8_t frame) { return reinterpret_cast<std::byte*>(constants[frame].data()); }
  Host services() {
    Host host;
    host.context = this;
    host.arrays = arrays;
    host.open_constants = [](void* context, std::uint8_t frame, std::uint32_t& capacity) -> const std::byte* {
      Store& store = *static_cast<Store*>(context);
      store.constants[frame].assign(8, 0);
      capacity = 64;
      return store.begin(frame);
    };
    host.write_constants = [](void* context, std::uint8_t frame, std::uint32_t offset, const std::byte* bytes,
                              std::uint32_t size) {
      std::copy(bytes, bytes + size, static_cast<Store*>(context)->begin(frame) + offset);
      return true;
    };
    host.close_constants = [](void*, std::uint8_t, std::uint32_t) {};
    return host;
  }
};

// The text of a frame; the other dialect has no tables.
std::string text_of(const Profile& profile, unsigned number) {
  const std::string n = std::to_string(number);
  const std::string declared =
      profile.rexa ? "array w { " + n + " 2 3 } : weight cell+ @ ; : take w swap weight ;"
                   : "table w int8 { " + n + " 2 3 } table more int16 { 300 " + n + " } : take w read 1 more read + ;";
  return declared + " var x array a { 5 6 7 } : step dup counts read " + n + " + swap counts write ;" +
         " 20 0 do i 3 mod take i 4 mod samples read + x @ + x ! i 4 mod step i a i 3 mod cell+ ! loop" +
         " x @ . a 1 cell+ @ . " + (number % 3 == 0 ? "1 0 /" : "");
}

class Machine {
 public:
  Machine(const char* profile, unsigned number)
      : number_(number), store_(number), bench_(find_profile(profile), "switch-observed", 16384, store_.services()) {}

  void begin(unsigned frame) {
    rest_ = text_of(bench_.profile(), number_ + 5 * frame);
    REQUIRE(bench_.engine().begin(bench_.instance(), {}).error == 0);
  }
  // Compiles a piece of the text; false: it is there.
  bool compile() {
    if (rest_.empty()) return false;
    const std::size_t size = std::min<std::size_t>(3, rest_.size());
    REQUIRE(describe(bench_.engine(), bench_.feed(rest_.substr(0, size))) == "");
    rest_.erase(0, size);
    if (rest_.empty()) REQUIRE(finish_all(bench_.engine(), bench_.instance()).error == 0);
    return true;
  }
  // Runs a slice; false: no task is ready any more.
  bool run() { return !bench_.run(1 + number_).idle; }

  // All that it has: its memory, and what the host has for it.
  std::vector<std::uint8_t> contents() {
    std::vector<std::uint8_t> all;
    const auto add = [&](const void* from, std::size_t size) {
      const std::uint8_t* const bytes = static_cast<const std::uint8_t*>(from);
      all.insert(all.end(), bytes, bytes + size);
    };
    add(bench_.memory().data(), bench_.memory().size());
    add(store_.samples.data(), 2 * store_.samples.size());
    add(store_.counts.data(), 2 * store_.counts.size());
    for (const auto& [frame, words] : store_.constants) add(words.data(), 8 * words.size());
    add(bench_.output.data(), bench_.output.size());
    return all;
  }

  // What it has come to.
  std::string summary() const {
    std::string text = bench_.output;
    for (std::uint8_t task = 0; task < 2; ++task) {
      const TaskReport report = bench_.task(task);
      text += "| " + bench_.state(task) + ' ' + std::to_string(report.ticks) + ' ' + std::to_string(report.digest);
      for (const std::uint8_t one : bench_.data(task)) text += ' ' + std::to_string(one);
    }
    for (const std::int16_t one : store_.counts) text += " c" + std::to_string(one);
    for (const auto& [frame, words] : store_.constants)
      for (const std::uint64_t one : words) text += " k" + std::to_string(one);
    return text + " s" + std::to_string(bench_.schedule_digest());
  }

 private:
  unsigned number_;
  Store store_;
  Bench bench_;
  std::string rest_;
};

std::string alone(const char* profile, unsigned number) {
  Machine machine(profile, number);
  for (unsigned frame = 0; frame < 2; ++frame) {
    machine.begin(frame);
    while (machine.compile()) {
    }
  }
  while (machine.run()) {
  }
  return machine.summary();
}

using Machines = std::vector<std::unique_ptr<Machine>>;

// A step of each in turn until none has one left, and never anything of another changes.
template <class Step>
void in_turn(const Machines& machines, Step step) {
  for (bool busy = true; busy;) {
    busy = false;
    for (const auto& one : machines) {
      std::vector<std::vector<std::uint8_t>> before;
      for (const auto& other : machines) before.push_back(other->contents());
      busy = step(*one) || busy;
      for (std::size_t k = 0; k < machines.size(); ++k)
        if (machines[k] != one) REQUIRE(machines[k]->contents() == before[k]);
    }
  }
}

}  // namespace

TEST_CASE("machines of different profiles and frames do not touch each other") {
  const char* const names[] = {"node32", "rexa16", "own16", "node32"};
  Machines machines;
  for (const char* name : names) machines.push_back(std::make_unique<Machine>(name, machines.size() + 1));
  for (unsigned frame = 0; frame < 2; ++frame) {
    for (const auto& machine : machines) machine->begin(frame);
    in_turn(machines, [](Machine& machine) { return machine.compile(); });
  }
  in_turn(machines, [](Machine& machine) { return machine.run(); });
  std::vector<std::string> summaries;
  for (std::size_t k = 0; k < machines.size(); ++k) {
    summaries.push_back(machines[k]->summary());
    CHECK(summaries[k] == alone(names[k], static_cast<unsigned>(k) + 1));
    CHECK(summaries[k].find("ended") != std::string::npos);
  }
  // They did not all do the same.
  CHECK(std::adjacent_find(summaries.begin(), summaries.end()) == summaries.end());
  CHECK(summaries[2].find("trap divide_by_zero") != std::string::npos);
}
