// The frames of tests/frames, in slices of any size, alone and beside three others: their digests are always the same,
// and those of the oracle.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/node.hpp"
#include "tests/oracle/oracle.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t budgets[] = {1, 2, 3, 7, 100, unbounded};
constexpr std::uint64_t ticks_max = 2000000;

// What others do meanwhile: a layer, an endless loop, and two tasks that talk to each other for ever. In rexa16 there
// are no words to start tasks.
const char* const others_own[] = {
    "array in int8 200 array weights int8 2000 array result 10 begin in weights result 0 vecfold again", "begin again",
    "channel c 2 : w begin c receive drop again ; $ w 0 start drop begin 5 c send again"};
const char* const others_rexa[] = {
    "array in 20 array weights 200 array result 10 begin in weights result 0 vecfold again", "begin again",
    "begin 1 sleep again"};

struct Frame {
  std::string name, text, profile;
};

std::vector<Frame> frames() {
  std::vector<Frame> found;
  for (const auto& file : std::filesystem::directory_iterator(MICA_FRAMES)) {
    if (file.path().extension() != ".mica") continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const std::string key = "profile: ";
    const std::size_t at = text.find(key);
    REQUIRE_MESSAGE(at != std::string::npos, file.path().string());
    const std::size_t begin = at + key.size();
    found.push_back(
        {file.path().filename().string(), text, text.substr(begin, text.find_first_of(" \r\n", begin) - begin)});
  }
  return found;
}

// The tasks of the frame in the first slot, by their ids.
std::map<std::uint16_t, TaskReport> tasks_of_first(const sim::Node& node) {
  std::map<std::uint16_t, TaskReport> tasks;
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index)
    if (const TaskReport task = node.task(index); task.state != TaskState::absent && task.owner == 0)
      tasks[task.id] = task;
  return tasks;
}

bool are_over(const std::map<std::uint16_t, TaskReport>& tasks) {
  return std::ranges::all_of(tasks, [](const auto& one) { return is_over(one.second.state); });
}

// What its tasks come to. Those that it has started have places for as long as they are not needed for others.
std::map<std::uint16_t, TaskReport> run(const Frame& frame, std::uint32_t budget, bool beside) {
  const Engine& engine = find_profile(frame.profile).engine;
  sim::Node node(engine, engine.bytes_min + (std::size_t{1} << 21));
  node.choose_form("goto-observed");
  node.on_output([](std::string_view) {});
  REQUIRE(node.load(frame.text).error == 0);
  // Who never gives way gets slices that end, so that the others come to theirs.
  const std::uint32_t slice = beside ? std::min(budget, 1000u) : budget;
  if (beside)
    for (const char* other : frame.profile == "rexa16" ? others_rexa : others_own) REQUIRE(node.load(other).error == 0);
  std::uint64_t ticks = 0;
  while (!are_over(tasks_of_first(node)) && ticks < 10 * ticks_max) ticks += node.run(slice).ticks;
  return tasks_of_first(node);
}

void check_same(const std::map<std::uint16_t, TaskReport>& expected,
                const std::map<std::uint16_t, TaskReport>& tasks) {
  REQUIRE(tasks.size() == expected.size());
  for (const auto& entry : tasks) {
    const TaskReport& task = entry.second;
    CAPTURE(entry.first);
    const TaskReport& one = expected.at(entry.first);
    CHECK(task.state == one.state);
    CHECK(task.digest == one.digest);
    if (task.state == TaskState::ended) CHECK(task.ticks == one.ticks);
  }
}

// These may come a block early, or have limits that the oracle has not.
bool may_be_early(std::string_view trap) {
  return trap.ends_with("_overflow") || trap.ends_with("_underflow") || trap == "effect_mismatch";
}

}  // namespace

TEST_CASE("frames: the same digest in all slices, alone and beside others, as the oracle says") {
  const std::vector<Frame> all = frames();
  REQUIRE(all.size() >= 15);
  for (const Frame& frame : all) {
    CAPTURE(frame.name);
    const Engine& engine = find_profile(frame.profile).engine;
    const std::map<std::uint16_t, TaskReport> first = run(frame, unbounded, false);
    REQUIRE(are_over(first));
    for (const std::uint32_t budget : budgets)
      for (const bool beside : {false, true}) {
        CAPTURE(budget);
        CAPTURE(beside);
        check_same(first, run(frame, budget, beside));
      }
    oracle::Settings settings;
    settings.cell_bits = engine.cell_bits;
    settings.rexa = frame.profile == "rexa16";
    settings.ticks_max = ticks_max;
    settings.trap_number = [&](std::string_view name) {
      for (unsigned k = 0; k < 256; ++k)
        if (engine.trap_name(static_cast<std::uint8_t>(k)) == name) return k;
      return 0u;
    };
    const oracle::Result expected = oracle::run(frame.text, settings);
    if (may_be_early(engine.trap_name(first.at(1).trap))) continue;
    CHECK(expected.digest == first.at(1).digest);
    for (const auto& [id, task] : first)
      if (id > 1) CHECK(expected.others.at(id - 2u).digest == task.digest);
  }
}
