// Programs of the REXA VM print what its reference prints.
#include <doctest/doctest.h>

#include "tests/rexa/cases.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

void check(const Program& program, std::string_view form, std::uint32_t budget) {
  INFO(program.name << ", " << form << ", slices of " << budget);
  Bench bench(find_profile("rexa16"), form);
  REQUIRE(describe(bench.engine(), bench.load(program.text)) == "");
  REQUIRE(bench.run_to_end(budget));
  CHECK(bench.state() == "ended");
  CHECK(bench.output == program.output);
}

void check_all(std::string_view file, std::size_t count) {
  const std::vector<Program> all = programs(file);
  CHECK(all.size() == count);
  for (const Program& program : all)
    for (const std::string_view form : find_profile("rexa16").engine.forms)
      for (const std::uint32_t budget : {1u, 7u, unbounded}) check(program, form, budget);
}

}  // namespace

TEST_CASE("random programs print what the reference printed") { check_all("programs.cases", 271); }

TEST_CASE("examples print what the reference printed") { check_all("examples.cases", 13); }
