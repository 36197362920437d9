// The examples of the instruction set, in each profile, in every form of the machine.
#include <doctest/doctest.h>

#include <string>

#include "jit/errors.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// tests-tiny is so small that some examples do not fit: most of these hold a number that is longer than its tokens.
// More than these, and examples test nothing there any more.
constexpr unsigned tiny_refusals_max = 10;
// A profile has about as many examples as words; less means that the list is not there.
constexpr std::size_t vectors_min = 60, vectors_min_small = 30;

// True when the example ran; false when the profile is too small for it.
bool check(const Profile& profile, const Vector& vector, std::string_view form, bool fuse, std::uint32_t budget) {
  INFO(profile.name << ' ' << form << (fuse ? " fused" : " not fused") << ", budget " << budget << ": "
                    << vector.program);
  Bench bench(profile, form);
  const CompileStatus status = bench.load(vector.program, {.fuse = fuse});
  if (status.error != 0) {
    CHECK_MESSAGE(is_limit(static_cast<CompileError>(status.error)),
                  bench.error_name(status) << " at " << status.line << ':' << status.column);
    return false;
  }
  CHECK(bench.run_to_end(budget));
  CHECK(bench.state() == (vector.trap.empty() ? "ended" : "trap " + std::string(vector.trap)));
  if (vector.trap.empty()) CHECK(bench.output == vector.output);
  return true;
}

bool check_all_ways(const Profile& profile, const Vector& vector) {
  for (const std::string_view form : profile.engine.forms)
    for (const bool fuse : {true, false})
      for (const std::uint32_t budget : {1u, unbounded})
        if (!check(profile, vector, form, fuse, budget)) return false;
  return true;
}

void check_profile(const Profile& profile, unsigned refusals_max, std::size_t least = vectors_min) {
  REQUIRE(profile.vectors.size() >= least);
  unsigned refused = 0;
  for (const Vector& vector : profile.vectors) {
    if (check_all_ways(profile, vector)) continue;
    ++refused;
    MESSAGE(profile.name << " has no room for the example of " << vector.instruction << ": " << vector.program);
  }
  CHECK(refused <= refusals_max);
}

}  // namespace

TEST_CASE("examples: node32") { check_profile(find_profile("node32"), 0); }
TEST_CASE("examples: rexa16") { check_profile(find_profile("rexa16"), 0); }
TEST_CASE("examples: own16") { check_profile(find_profile("own16"), 0); }
TEST_CASE("examples: far-code") { check_profile(find_profile("far-code"), 0); }
TEST_CASE("examples: stm32f4") { check_profile(find_profile("stm32f4"), 0); }
TEST_CASE("examples: stm32f1") { check_profile(find_profile("stm32f1"), 1); }
TEST_CASE("examples: minimal") { check_profile(find_profile("minimal"), 0, vectors_min_small); }
TEST_CASE("examples: small") { check_profile(find_profile("small"), 0, vectors_min_small); }
TEST_CASE("examples: tests-tiny") { check_profile(find_profile("tests-tiny"), tiny_refusals_max); }

TEST_CASE("there is each form of the interpreter") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "far-code") continue;  // which is for the compiler
    std::string forms;
    for (const std::string_view form : profile->engine.forms) forms += std::string(form) + " ";
    CHECK(forms == "switch goto switch-observed goto-observed checked traced ");
  }
}

// Each word of the instruction set, and each instruction that has traps, is worth an example.
TEST_CASE("examples reach every trap that a program can bring about") {
  for (const Profile* profile : profiles())
    for (const std::string_view trap :
         {"divide_by_zero", "invalid_address", "invalid_handle", "shape_mismatch", "return_stack_overflow"}) {
      if (profile->rexa && trap == "return_stack_overflow") continue;  // its example declares an effect
      bool found = false;
      for (const Vector& vector : profile->vectors) found = found || vector.trap == trap;
      CHECK_MESSAGE(found, profile->name << " has no example of " << trap);
    }
}
