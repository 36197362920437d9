// Where a trap is reported: at the word that raised it, whatever it was fused with.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using tests::Bench;

struct Place {
  std::uint32_t line, column, component;
};

// Runs a text that traps with divide_by_zero; the place that the host was told for where it stands.
Place place_of_trap(std::string_view form, std::string_view text, bool fuse) {
  INFO(form << (fuse ? " fused: " : " not fused: ") << text);
  Bench bench(tests::find_profile("own16"), form);
  REQUIRE(bench.load(text, {.fuse = fuse}).error == 0);
  REQUIRE(bench.run_to_end(tests::unbounded));
  REQUIRE(bench.state() == "trap divide_by_zero");
  const TaskReport task = bench.task();
  const auto found = std::find_if(bench.places.begin(), bench.places.end(), [&](const tests::Place& one) {
    return one.offset == task.offset && one.component == task.component;
  });
  REQUIRE(found != bench.places.end());
  return {found->line, found->column, task.component};
}

FrameReport counts(std::string_view profile, std::string_view text, bool fuse = true) {
  Bench bench(tests::find_profile(profile));
  REQUIRE(bench.load(text, {.fuse = fuse}).error == 0);
  return bench.frame();
}

}  // namespace

TEST_CASE("a trap in a later part of a fused instruction") {
  struct Case {
    std::string_view text;
    std::uint32_t line, column, component;
  };
  // own16 fuses `0 /`, `dup 0 /` and `0 / dup`.
  for (const Case& one : {Case{"7 2 / .\n5\n 0\n  / .", 4, 3, 1}, Case{"5 dup\n0\n/ . .", 3, 1, 2},
                          Case{"5 7 over\n0 / dup . . . .", 2, 3, 1}})
    for (const std::string_view form : tests::find_profile("own16").engine.forms)
      for (const bool fuse : {true, false}) {
        const Place place = place_of_trap(form, one.text, fuse);
        CAPTURE(one.text);
        CHECK(place.line == one.line);
        CHECK(place.column == one.column);
        CHECK(place.component == (fuse && form != "traced" ? one.component : 0));
      }
}

// With the sequences of own16, counted by hand: the best cover, neither the first nor the last that fits.
TEST_CASE("as few instructions as possible") {
  const auto saved = [](std::string_view text) {
    const FrameReport report = counts("own16", text);
    return report.source_instructions - report.instructions;
  };
  CHECK(saved("5 6 drop drop") == 0);
  CHECK(saved("5 2 / drop") == 1);                            // literal8__divide
  CHECK(saved("5 dup 2 / drop drop") == 2);                   // dup__literal8__divide, not dup__literal8
  CHECK(saved("5 dup 2 drop drop drop") == 1);                // dup__literal8
  CHECK(saved("5 7 over 2 / dup drop drop drop drop") == 2);  // literal8__divide__dup, not over__literal8
  CHECK(counts("own16", "5 2 / drop", false).instructions == counts("own16", "5 2 / drop").source_instructions);
}

TEST_CASE("every profile for use fuses") {
  for (const std::string_view profile : {"node32", "rexa16", "tests-tiny"}) {
    CAPTURE(profile);
    const FrameReport report = counts(profile, "3 2 + .");
    CHECK(report.source_instructions - report.instructions == 1);
  }
}
