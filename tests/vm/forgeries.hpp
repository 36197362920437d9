// Snapshots that somebody has changed who knows what their fields mean, each with the program in whose midst it was
// written. Compiled with what codegen made for one profile.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

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

// Unchanged it is taken, changed it is refused.
inline void check_refused(const Forgery& forgery) {
  CAPTURE(forgery.what);
  mica::tests::Traveller one(mica::tests::find_profile(core::profile), "checked", std::size_t{1} << 18);
  const std::vector<std::byte> snapshot = written(one, forgery);
  OpenSnapshot open(snapshot);
  REQUIRE(open.good);
  const std::vector<std::byte> same = open.close();
  CHECK(same == snapshot);
  CHECK(one.restore(*one.make(), same) == "");
  forgery.change(open.machine);
  const std::string problem = one.restore(*one.make(), open.close());
  CHECK_MESSAGE((problem == "task_differs" || problem == "damaged"), problem);
}

}  // namespace mica::inline MICA_PROFILE::forging
