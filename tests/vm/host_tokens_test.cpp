// Functions of the host by their tokens: execute and vecmap, in every form, fused or not, for slices of any length.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using tests::Bench;
using tests::Profile;

constexpr std::array<HostFunction, 7> functions{
    {{"twice", 1, 1, [](void*, std::int32_t* cells) { return (cells[0] *= 2) != 26; }},
     {"sum", 2, 1, [](void*, std::int32_t* cells) { return cells[0] += cells[1], true; }},
     {"pair", 0, 2, [](void*, std::int32_t* cells) { return cells[0] = 70000, cells[1] = -3, true; }},
     {"gone", 1, 0, [](void*, std::int32_t*) { return true; }},
     {"none", 0, 0, [](void*, std::int32_t*) { return true; }},
     {"eight", 0, 8, [](void*, std::int32_t* cells) { return std::fill_n(cells, 8, 5), true; }},
     {"turn", 8, 8, [](void*, std::int32_t* cells) { return std::reverse(cells, cells + 8), true; }}}};

struct Run {
  std::string output, state;
  std::uint64_t ticks;
  bool operator==(const Run&) const = default;
};

Run run(const Profile& profile, std::string_view form, std::string_view text, bool fuse, std::uint32_t budget) {
  Host host;
  host.functions = functions;
  Bench bench(profile, form, Bench::pool_for_one(profile), host);
  REQUIRE(tests::describe(bench.engine(), bench.load(text, {.fuse = fuse})) == "");
  REQUIRE(bench.run_to_end(budget));
  return {bench.output, bench.state(), bench.state() == "ended" ? bench.task().ticks : 0};
}

// What all ways to run it agree on.
Run run(const Profile& profile, std::string_view text) {
  const Run first = run(profile, {}, text, true, tests::unbounded);
  for (const std::string_view form : profile.engine.forms)
    for (const bool fuse : {true, false})
      for (const std::uint32_t budget : {1u, 30u, tests::unbounded}) {
        INFO(profile.name << ", " << form << (fuse ? ", fused" : ""));
        CHECK(run(profile, form, text, fuse, budget) == first);
      }
  return first;
}

bool has_host(const Profile& profile) { return profile.name != "far-code"; }

void check_output(std::string_view text, std::string_view output) {
  for (const Profile* profile : tests::profiles()) {
    if (!has_host(*profile)) continue;
    INFO(profile->name << ": " << text);
    const Run one = run(*profile, text);
    CHECK(one.output == output);
    CHECK(one.state == "ended");
  }
}

void check_trap(std::string_view text, std::string_view trap, std::string_view output = "") {
  for (const Profile* profile : tests::profiles()) {
    if (!has_host(*profile)) continue;
    INFO(profile->name << ": " << text);
    const Run one = run(*profile, text);
    CHECK(one.output == output);
    CHECK(one.state == "trap " + std::string(trap));
  }
}

std::string repeated(unsigned count, const std::string& text) {
  std::string all;
  for (unsigned k = 0; k < count; ++k) all += text;
  return all;
}

}  // namespace

TEST_CASE("execute calls a function of the host") {
  check_output("5 $ twice execute .", "10 ");
  check_output("1 3 4 $ sum execute . .", "7 1 ");
  check_output("9 1 $ gone execute .", "9 ");
  check_output("9 $ none execute .", "9 ");
  check_output("$ none execute 4 .", "4 ");
  check_output("9 $ pair execute . drop .", "-3 9 ");
  check_output("9 1 2 3 4 5 6 7 8 $ turn execute . . . . . . . . .", "1 2 3 4 5 6 7 8 9 ");
  check_output(": ap ( n n -- n2 ) execute ; 6 $ twice ap 1 $ relu ap . .", "1 12 ");
  check_output("9 $ twice dup . execute .", "-65 18 ");
  for (const char* name : {"node32", "rexa16"})
    CHECK(run(tests::find_profile(name), "$ pair execute drop .").output ==
          (std::string_view(name) == "node32" ? "70000 " : "4464 "));
  // number, token, execute, function, end
  CHECK(run(tests::find_profile("node32"), "5 $ twice execute").ticks == 1 + 1 + 2 + 8 + 1);
}

TEST_CASE("what can be wrong with it") {
  check_trap("$ twice execute", "stack_underflow");
  check_trap("3 $ sum execute", "stack_underflow");
  check_trap("1 2 3 4 5 6 7 $ turn execute", "stack_underflow");
  check_trap("7 . 13 $ twice execute 8 .", "host_error", "7 ");
  check_trap("1 2 -72 execute", "invalid_token");
  check_trap("1 2 -64 execute", "invalid_token");
}

// The loop stack lies at the other end of the same cells; the token has its cell until the function is back.
TEST_CASE("what a function leaves has room or is not called") {
  const Profile& own = tests::find_profile("own16");
  for (const unsigned more : {0u, 1u}) {
    const unsigned below = own.limits.stack_cells - 4 - 1;
    const std::string cells = repeated(below + more, "1 ");
    const Run two = run(own, "7 >f 8 >f " + cells + "$ pair execute . f> . f> .");
    CHECK(two.output == (more == 0 ? "-3 8 7 " : ""));
    CHECK(two.state == (more == 0 ? "ended" : "trap stack_overflow"));
  }
  const unsigned below = own.limits.stack_cells - 8 - 1;
  CHECK(run(own, repeated(below, "1 ") + "$ eight execute . ").state == "ended");
  CHECK(run(own, repeated(below + 1, "1 ") + "$ eight execute . ").state == "trap stack_overflow");
}

TEST_CASE("vecmap applies a function of the host") {
  check_output("array a { 1 2 -3 4 5 } a a $ twice 0 vecmap a vecprint", " 2  4  -6  8  10 ");
  check_output("array a { 1 2 3 } array b 2 9 a b $ twice -2 vecmap b vecprint .", " 1  2 9 ");
  check_trap("array a { 1 13 2 } a a $ twice 0 vecmap", "host_error");
  for (const char* name : {"sum", "pair", "gone", "none", "eight", "turn"})
    check_trap("array a { 1 2 } 1 2 3 4 5 6 7 a a $ " + std::string(name) + " 0 vecmap", "invalid_token");
  check_trap("array a { 1 2 } a a -72 0 vecmap", "invalid_token");
}

// One element is one unit of work.
TEST_CASE("vecmap is interrupted between calls of the host") {
  static int calls;
  calls = 0;
  static constexpr HostFunction counted[] = {{"count", 1, 1, [](void*, std::int32_t*) { return ++calls > 0; }}};
  Host host;
  host.functions = counted;
  const Profile& node = tests::find_profile("node32");
  Bench bench(node, {}, Bench::pool_for_one(node), host);
  REQUIRE(bench.load("array a 40 a a $ count 0 vecmap").error == 0);
  while (bench.state() == "ready") {
    const int before = calls;
    bench.run(1);
    CHECK(calls <= before + 1);
  }
  CHECK(calls == 40);
}
