// Snapshots that somebody has changed who knows what their fields mean, each with the program in whose midst it was
// written. Compiled with what codegen made for one profile.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "core/instruction_table.hpp"
#include "tests/vm/forging.hpp"
#include "tests/vm/traveller.hpp"

namespace mica::inline MICA_PROFILE::forging {

using Change = std::function<void(vm::Machine&)>;

// In place of slices: until a task
inline constexpr int until_it_crosses = -1;   // runs code of another frame than its own,
inline constexpr int until_it_sends = -2;     // is in the midst of a message,
inline constexpr int until_verified = -3;     // is in a call behind which the depth is verified,
inline constexpr int until_in_progress = -4;  // is in the midst of a sliced instruction.

struct Forgery {
  std::string what;
  std::vector<std::string> texts;
  int slices;  // of a tick, or one of these
  Change change;
};

// Words that take cells, and more of them than there can be.
inline const char* const takes =
    ": t ( a b -- ) drop drop ; : w 100 0 do i drop loop ; $ t drop $ w 0 start drop 400 0 do i drop loop";
inline const std::string takes_room = [] {
  std::string large = ": t ";
  for (std::uint32_t k = 0; k <= core::limits::stack_cells; ++k) large += "7 ";
  for (std::uint32_t k = 0; k <= core::limits::stack_cells; ++k) large += "drop ";
  return large + "; : w 100 0 do i drop loop ; $ w 0 start drop 400 0 do i drop loop";
}();

inline bool sends(const vm::Schedule& schedule) { return schedule.message != vm::Message::none; }
inline bool sends(const vm::NoSchedule&) { return false; }

inline bool is_as_wanted(const vm::Machine& machine, int wanted) {
  for (const vm::Task& task : machine.tasks) {
    if (!is_live(task.state)) continue;
    if (wanted == until_it_crosses && task.frame != task.owner) return true;
    if (wanted == until_it_sends && sends(task.schedule)) return true;
    if (wanted == until_in_progress && task.in_progress) return true;
    if (wanted == until_verified && task.calls >= 2 && task.depth > 0) return true;
  }
  return false;
}

// Where the program has come to.
inline std::vector<std::byte> written(mica::tests::Traveller& one, const Forgery& forgery) {
  for (const std::string& text : forgery.texts) REQUIRE_MESSAGE(one.load(text), one.problem);
  for (int slice = 0; forgery.slices < 0 ? slice < 10000 : slice < forgery.slices; ++slice) {
    one.run(1);
    if (forgery.slices < 0 && is_as_wanted(OpenSnapshot(one.save(false)).machine, forgery.slices)) break;
  }
  std::vector<std::byte> snapshot = one.save(false);
  REQUIRE(one.problem == "");
  return snapshot;
}

// The snapshot changed; unchanged it is taken.
inline std::vector<std::byte> forged(mica::tests::Traveller& one, const Forgery& forgery) {
  const std::vector<std::byte> snapshot = written(one, forgery);
  OpenSnapshot open(snapshot);
  REQUIRE(open.good);
  const std::vector<std::byte> same = open.close();
  CHECK(same == snapshot);
  CHECK(one.restore(*one.make(), same) == "");
  for (std::uint8_t frame = 0; frame < core::limits::frames; ++frame) {
    const std::span<const std::uint8_t> code = one.engine().code(one.bench().instance(), frame);
    open.machine.frames[frame].code = const_cast<std::uint8_t*>(code.data());  // to look at
    open.machine.frames[frame].code_bytes = static_cast<std::uint32_t>(code.size());
  }
  forgery.change(open.machine);
  return open.close();
}

// What is not in the snapshot is 0, which is what most checks let pass.
inline void check_refused(const Forgery& forgery) {
  CAPTURE(forgery.what);
  mica::tests::Traveller one(mica::tests::find_profile(core::profile), "checked", std::size_t{1} << 18, {}, 0);
  const std::string problem = one.restore(*one.make(), forged(one, forgery));
  CHECK_MESSAGE((problem == "task_differs" || problem == "damaged"), problem);
}

// It is taken, and does no more than a program could: its main task comes to this end.
inline void check_harmless(const Forgery& forgery, const std::string& end) {
  CAPTURE(forgery.what);
  mica::tests::Traveller one(mica::tests::find_profile(core::profile), "checked", std::size_t{1} << 18);
  const std::unique_ptr<mica::tests::Bench> bench = one.make();
  REQUIRE(one.restore(*bench, forged(one, forgery)) == "");
  for (int slice = 0; slice < 5000; ++slice)
    if (bench->run(3).idle) break;
  CHECK(bench->state(0) == end);
}

// Where this sequence of instructions without operands, the last one apart, lies in the code for the first time.
inline std::uint16_t place_of(const vm::Frame& frame, std::initializer_list<core::Op> sequence) {
  std::vector<std::uint8_t> bytes;
  for (const core::Op op : sequence) {
    if (core::on_page_two(op)) bytes.push_back(static_cast<std::uint8_t>(core::escape_code));
    bytes.push_back(static_cast<std::uint8_t>(core::index_in_page(op)));
  }
  const std::uint8_t *const begin = frame.code, *const end = begin + frame.code_bytes;
  const std::uint8_t* const found = std::search(begin, end, bytes.begin(), bytes.end());
  REQUIRE(found != end);
  return static_cast<std::uint16_t>(found - begin);
}

}  // namespace mica::inline MICA_PROFILE::forging
