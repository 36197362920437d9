// Snapshots that somebody has changed who knows what their fields mean, each with the program in whose midst it was
// written. Compiled with what codegen made for one profile.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/instruction_table.hpp"
#include "tests/vm/forging.hpp"
#include "tests/vm/traveller.hpp"

namespace mica::inline MICA_PROFILE::forging {

using Change = std::function<void(vm::Machine&)>;

inline constexpr int until_it_crosses = -1;  // a task runs code of another frame than its own

struct Forgery {
  std::string what;
  std::vector<std::string> texts;
  int slices;  // of a tick, or:
  Change change;
};

// Where the program has come to.
inline std::vector<std::byte> written(mica::tests::Traveller& one, const Forgery& forgery) {
  for (const std::string& text : forgery.texts) REQUIRE_MESSAGE(one.load(text), one.problem);
  const auto has_come = [&](int slice) {
    if (forgery.slices != until_it_crosses) return slice == forgery.slices;
    for (std::uint8_t task = 0; task < one.engine().tasks; ++task)
      if (const TaskReport report = one.bench().task(task); report.frame != report.owner)
        return is_live(report.state);
    return slice == 10000;
  };
  for (int slice = 0; !has_come(slice); ++slice) one.run(1);
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

inline void check_refused(const Forgery& forgery) {
  CAPTURE(forgery.what);
  mica::tests::Traveller one(mica::tests::find_profile(core::profile), "checked", std::size_t{1} << 18);
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

// Where instruction `number` of this kind begins, counted from 0.
inline std::uint16_t place_of(const vm::Frame& frame, core::Op op, unsigned number = 0) {
  for (std::uint32_t at = 0; at < frame.code_bytes;) {
    const core::Op one = core::decode(frame.code + at);
    if (one == op && number-- == 0) return static_cast<std::uint16_t>(at);
    // Between the code lie the headers of words: the first one behind it that reads as an instruction is taken.
    at += one == core::Op::absent ? 1 : core::length(one);
  }
  FAIL("there is no such instruction");
  return 0;
}

}  // namespace mica::inline MICA_PROFILE::forging
