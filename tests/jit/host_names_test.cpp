// What names mean that the host has, too: the tokens of its functions.
#include <doctest/doctest.h>

#include <span>
#include <string>
#include <vector>

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

TEST_CASE("a host may have more functions than a byte can number") {
  static const auto seven = [](void*, std::int32_t* cells) { return cells[0] = 7, true; };
  static const auto none = [](void*, std::int32_t* cells) { return cells[0] = 0, true; };
  std::vector<std::string> names;
  for (int k = 0; k < 300; ++k) names.push_back("f" + std::to_string(k));
  std::vector<HostFunction> functions;
  for (const std::string& name : names) functions.push_back({name, 0, 1, none});
  functions.back().call = seven;
  Host host;
  host.functions = functions;
  for (const Profile* profile : tests::profiles()) {
    if (profile->name == "far-code") continue;
    INFO(profile->name);
    Bench bench(*profile, {}, Bench::pool_for_one(*profile), host);
    REQUIRE(tests::describe(bench.engine(), bench.load("f43 . f299 . $ f299 execute . $ f299 .")) == "");
    REQUIRE(bench.run_to_end(tests::unbounded));
    CHECK(bench.output == "0 7 7 -364 ");
  }
}

TEST_CASE("no machine is made for a host that it cannot call") {
  const Profile& profile = tests::find_profile("node32");
  std::vector<std::uint64_t> memory(profile.engine.bytes_min / sizeof(std::uint64_t) + 1);
  const auto is_made = [&](std::size_t count, std::uint8_t in, std::uint8_t out) {
    const std::vector<HostFunction> functions(count, HostFunction{"f", in, out, nullptr});
    Host host;
    host.functions = functions;
    return profile.engine.create(std::as_writable_bytes(std::span(memory)), host) != nullptr;
  };
  CHECK(is_made(Host::functions_max, HostFunction::cells_max, HostFunction::cells_max));
  CHECK(!is_made(Host::functions_max + 1, 0, 0));
  CHECK(!is_made(1, HostFunction::cells_max + 1, 0));
  CHECK(!is_made(1, 0, HostFunction::cells_max + 1));
}

TEST_CASE("cells of 16 bits take the low half of elements of 4 bytes") {
  std::int32_t elements[2] = {70000, -1};
  const HostArray arrays[] = {{"wide", elements, 2, ml::ElementType::int32, false}};
  Host host;
  host.arrays = arrays;
  const Profile& profile = tests::find_profile("rexa16");
  Bench bench(profile, {}, Bench::pool_for_one(profile), host);
  REQUIRE(tests::describe(bench.engine(), bench.load("0 wide read . -2 1 wide write")) == "");
  REQUIRE(bench.run_to_end(tests::unbounded));
  CHECK(bench.output == "4464 ");
  CHECK(elements[1] == -2);
}
