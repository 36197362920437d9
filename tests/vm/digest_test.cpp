// The digest of jit/LANGUAGE.md section 4. All numbers here were worked out from its formula by another program.
#include "vm/digest.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

template <class Step>
std::uint32_t after(Step step) {
  Digest digest;
  step(digest);
  return digest.value();
}

// Ticks and digest of a whole program, in every form that makes digests.
void check(const Profile& profile, const std::string& text, std::uint32_t digest) {
  for (const std::string_view form : profile.engine.forms) {
    if (form == "switch" || form == "goto") continue;
    for (const std::uint32_t budget : {1u, unbounded}) {
      INFO(profile.name << ' ' << form << " budget " << budget << ": " << text);
      Bench bench(profile, form);
      REQUIRE(bench.load(text).error == 0);
      REQUIRE(bench.run_to_end(budget));
      CHECK(bench.task().digest == digest);
    }
  }
}

}  // namespace

TEST_CASE("numbers are mixed in") {
  CHECK(Digest().value() == 0x811C9DC5);
  CHECK(after([](Digest& d) { d.mix(0); }) == 0x191AA357);
  CHECK(after([](Digest& d) { d.mix(1); }) == 0x5C42543B);
  CHECK(after([](Digest& d) { d.mix(0xffffffff); }) == 0x2A0D0D8D);
  CHECK(after([](Digest& d) { d.mix(1), d.mix(2), d.mix(3); }) == 0xB20B7C69);
}

TEST_CASE("stores") {
  CHECK(after([](Digest& d) { d.store(2, 5); }) == 0xAE4DA3FA);
  CHECK(after([](Digest& d) { d.store(4, -2); }) == 0x72DB3100);
  CHECK(after([](Digest& d) { d.store(0xfffffe, 0x7fffffff); }) == 0x5213AA5B);
  CHECK(after([](Digest& d) { d.store(0x1000004, -2147483647 - 1); }) == 0xABB42924);
}

TEST_CASE("output is bytes, also above 127") {
  CHECK(after([](Digest& d) { d.output('A'); }) == 0x26222BCC);
  CHECK(after([](Digest& d) { d.output('\xe9'); }) == 0x3BB67A43);
  CHECK(after([](Digest& d) { d.output('\n'); }) == 0x798FD8EC);
}

TEST_CASE("the end with its ticks, traps with their number") {
  CHECK(after([](Digest& d) { d.end(0); }) == 0xD90D5AF4);
  CHECK(after([](Digest& d) { d.end(1); }) == 0x903B445C);
  CHECK(after([](Digest& d) { d.end((std::uint64_t{1} << 32) + 7); }) == 0x1EB79F15);
  CHECK(after([](Digest& d) { d.end(0xffffffffffffffff); }) == 0x503B65F0);
  CHECK(after([](Digest& d) { d.trap(1); }) == 0x6F527168);
  CHECK(after([](Digest& d) { d.trap(10); }) == 0x8C9FD799);
}

TEST_CASE("whole programs") {
  for (const Profile* profile : profiles()) {
    const bool small = profile->cell_bits == 16;
    check(*profile, "", 0x903B445C);
    check(*profile, "7 .", 0x8B0AA068);
    check(*profile, "var x -2 x ! cr", small ? 0x7C8F4A81 : 0x024A8CB3);
    check(*profile, "5 . 1 0 /", 0x0D510F2C);
    check(*profile, "array x { 3 -4 } array w { 5 6 7 8 } array y 2 x w y 0 vecfold", small ? 0xD93E34A9 : 0x89FFDBAE);
  }
}

TEST_CASE("the schedule digest tells tasks and ticks of the slices") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, "switch-observed");
  CHECK(bench.schedule_digest() == 0x811C9DC5);
  for (int k = 0; k < 3; ++k) REQUIRE(bench.load("5 0 do loop " + std::to_string(k) + " .").error == 0);
  Digest expected;
  for (bool idle = false; !idle;) {
    const RunReport report = bench.run(7);
    expected.mix(report.task);
    expected.mix(report.ticks);
    idle = report.idle;
    CHECK(bench.schedule_digest() == expected.value());
  }
  CHECK(bench.run(7).ticks == 0);  // no slice, nothing to tell
  CHECK(bench.schedule_digest() == expected.value());

  Bench other(profile, "switch");  // makes none
  REQUIRE(other.load("5 0 do loop 7 .").error == 0);
  CHECK(other.run_to_end(7));
  CHECK(other.schedule_digest() == 0);
}
