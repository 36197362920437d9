// What names mean that the host has, too: the tokens of its functions.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using tests::Bench;
using tests::Profile;

// The output of a program, or its error or trap.
std::string run(const Profile& profile, std::string_view text, std::size_t chunk = 0) {
  static const auto add_one = [](void*, std::int32_t* cells) { return cells[0] += 1, true; };
  static std::int16_t element[2];
  static const HostFunction functions[] = {{"first", 1, 1, add_one},
                                           {"relu", 1, 1, add_one},
                                           {"dup", 1, 1, add_one},
                                           {"both", 1, 1, add_one},
                                           {"last", 1, 1, add_one}};
  static const HostArray arrays[] = {{"both", element, 2, ml::ElementType::int16, false}};
  Host host;
  host.functions = functions;
  host.arrays = arrays;
  Bench bench(profile, {}, Bench::pool_for_one(profile), host);
  const CompileStatus status = bench.load(text, {}, chunk);
  if (status.error != 0) return tests::describe(bench.engine(), status);
  REQUIRE(bench.run_to_end(tests::unbounded));
  return bench.state() == "ended" ? bench.output : bench.state();
}

}  // namespace

TEST_CASE("tokens of the host's functions are counted from -65 down") {
  for (const Profile* profile : tests::profiles()) {
    if (profile->name == "far-code") continue;  // which has no host
    INFO(profile->name);
    for (const std::size_t chunk : {0u, 1u}) {
      CHECK(run(*profile, "$ first . $ last . $ first .", chunk) == "-65 -69 -65 ");
      CHECK(run(*profile, "5 $ last execute .", chunk) == "6 ");
    }
  }
  CHECK(run(tests::find_profile("far-code"), "$ first .") == "word_expected 1:3");
}

TEST_CASE("the names of a program and the words of the instruction set go before the host") {
  for (const char* name : {"node32", "rexa16"}) {
    const Profile& profile = tests::find_profile(name);
    INFO(name);
    CHECK(run(profile, "$ relu . -7 $ relu execute .") == "-1 0 ");
    CHECK(run(profile, ": first ( n -- n ) 1 - ; $ first . 5 $ first execute .") == "1 4 ");
    CHECK(run(profile, "$ first . : first ; $ first .") == "-65 1 ");
    CHECK(run(profile, "var first $ first .") == "word_expected 1:13");
    CHECK(run(profile, "$ dup .") == "word_expected 1:3");
    CHECK(run(profile, "$ vecmap .") == "word_expected 1:3");
    CHECK(run(profile, "$ both .") == "word_expected 1:3");
    CHECK(run(profile, "0 both read . $ both .") == "word_expected 1:17");
    CHECK(run(profile, "$ nothing .") == "word_expected 1:3");
  }
}
