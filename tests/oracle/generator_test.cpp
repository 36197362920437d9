#include "tests/oracle/generator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/blocks.hpp"
#include "tests/oracle/host.hpp"
#include "tests/oracle/oracle.hpp"
#include "tests/oracle/reader.hpp"
#include "tests/oracle/tokens.hpp"

namespace {

using namespace mica::oracle;

constexpr std::uint64_t seeds = 2000;

// The kinds of programs that a seed is used for in turn.
GeneratorSettings settings_of(std::uint64_t seed) {
  GeneratorSettings settings;
  settings.cell_bits = seed % 2 == 0 ? 16 : 32;
  settings.rexa = seed % 4 >= 2;
  settings.allow_unbalanced = seed % 8 >= 6;
  settings.host = seed % 3 != 0;
  settings.size = seed % 5 == 0 ? Size::medium : Size::small;
  settings.tasks = seed % 3 == 2 ? 0 : 4;
  return settings;
}

Settings oracle_settings(const GeneratorSettings& settings) {
  return {settings.cell_bits, settings.rexa, 100000, [](std::string_view) { return 1U; }, example_host()};
}

struct Census {
  std::map<std::string, unsigned> outcomes;
  std::map<std::string, unsigned> traps;
  std::set<std::string, std::less<>> tokens;
  std::uint64_t ticks = 0;
  std::size_t stack_peak = 0;
  std::size_t call_peak = 0;
  unsigned imbalanced = 0;
  unsigned catching = 0;        // programs that catch something
  unsigned catching_traps = 0;  // traps

  void take(std::uint64_t seed, const GeneratorSettings& settings);
};

void Census::take(std::uint64_t seed, const GeneratorSettings& settings) {
  static const std::map<Outcome, std::string> names{{Outcome::ended, "ended"},
                                                    {Outcome::trapped, "trapped"},
                                                    {Outcome::out_of_ticks, "out_of_ticks"},
                                                    {Outcome::waiting, "waiting"},
                                                    {Outcome::invalid, "invalid"}};
  const std::string text = generate(seed, settings);
  const Result result = run(text, oracle_settings(settings));
  ++outcomes[names.at(result.outcome)];
  if (result.outcome == Outcome::invalid) return;
  if (result.outcome == Outcome::trapped) ++traps[result.trap];
  ticks += result.ticks;
  stack_peak = std::max(stack_peak, result.stack_peak);
  call_peak = std::max(call_peak, result.call_peak);
  catching += result.caught > 0 ? 1 : 0;
  catching_traps += result.ticks_slack > 0 ? 1 : 0;
  // A text that is said to be longer than all that lies there is a planned trap.
  const bool planned = result.trap == "stack_underflow";
  if (!settings.rexa && !planned && !find_imbalance(text, oracle_settings(settings)).empty()) ++imbalanced;
  Tokens all(text);
  while (const auto token = all.next()) {
    tokens.emplace(token->text);
    if (token->text == ".\"" || token->text == "s\"") all.quoted(false);
    if (token->text == "packed" && all.next()) all.quoted(true);
  }
}

}  // namespace

TEST_CASE("the text depends on the arguments alone") {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    CHECK(generate(seed, settings_of(seed)) == generate(seed, settings_of(seed)));
  CHECK(generate(1, {}) != generate(2, {}));
}

// A change of the generator changes this number; a change of the compiler must not.
TEST_CASE("the text is the same with every compiler") {
  std::uint32_t crc = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    GeneratorSettings settings = settings_of(seed);
    settings.near_limits = seed % 7 == 0;
    crc = crc * 31 + crc32(generate(seed, settings));
  }
  CHECK(crc == 1179119697U);
}

TEST_CASE("programs are valid and nearly all of them end") {
  Census census;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) census.take(seed, settings_of(seed));
  CHECK(census.outcomes["invalid"] == 0);
  CHECK(census.imbalanced == 0);
  CHECK(census.outcomes["out_of_ticks"] <= seeds / 200);
  CHECK(census.outcomes["ended"] >= seeds * 80 / 100);
  CHECK(census.outcomes["trapped"] >= seeds * 3 / 100);
  CHECK(census.ticks / seeds < 20000);
  CHECK(census.call_peak <= 22);  // calls and what lies on the return stack
  CHECK(census.catching >= seeds / 5);
  CHECK(census.catching_traps >= seeds / 10);
  CHECK(census.stack_peak <= 64);
  for (const char* trap :
       {"divide_by_zero", "invalid_address", "invalid_handle", "index_out_of_range", "read_only", "shape_mismatch",
        "stack_underflow", "effect_mismatch", "invalid_argument", "invalid_token", "host_error"})
    CHECK_MESSAGE(census.traps[trap] > 0, trap);
}

TEST_CASE("every word of the page occurs") {
  Census census;
  for (std::uint64_t seed = 0; seed < seeds; seed += 2) census.take(seed, settings_of(seed / 2));
  for (std::size_t kind = 0; kind < static_cast<std::size_t>(Kind::number); ++kind) {
    const std::string_view name = kind_name(static_cast<Kind>(kind));
    CHECK_MESSAGE(census.tokens.contains(name), name);
  }
  for (const std::string_view name : block_words()) CHECK_MESSAGE(census.tokens.contains(name), name);
  for (const char* name : {"view",  ":",     "begin", "endif", "endtry", "var",   "array",  "table", "{", "}", "int8",
                           "int16", "int32", "frame", "-32768", "32767", "-128", "127", "-129", "128", "0x7FFF",
                           "0b1"})
    CHECK_MESSAGE(census.tokens.contains(std::string_view(name)), name);
}

TEST_CASE("planned traps are mostly reached") {
  std::map<Outcome, unsigned> outcomes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    GeneratorSettings settings = settings_of(seed);
    settings.trap_percent = 100;
    ++outcomes[run(generate(seed, settings), oracle_settings(settings)).outcome];
  }
  CHECK(outcomes[Outcome::trapped] >= 50);
}

TEST_CASE("programs near the limits go beyond them, and stay below them") {
  unsigned cells_beyond = 0;
  unsigned calls_beyond = 0;
  unsigned inside = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    GeneratorSettings settings = settings_of(seed);
    settings.near_limits = true;
    const Result result = run(generate(seed, settings), oracle_settings(settings));
    CHECK(result.outcome != Outcome::invalid);
    cells_beyond += result.stack_peak > settings.stack_cells ? 1 : 0;
    calls_beyond += result.call_peak > settings.call_levels ? 1 : 0;
    inside += result.stack_peak <= settings.stack_cells && result.call_peak <= settings.call_levels ? 1 : 0;
  }
  CHECK(cells_beyond > 30);
  CHECK(calls_beyond > 30);
  CHECK(inside > 30);
}

TEST_CASE("settings bound what a program asks for") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    GeneratorSettings settings = settings_of(seed);
    settings.data_bytes = 512;
    settings.stack_cells = 40;
    settings.trap_percent = 0;
    settings.header = false;
    const std::string text = generate(seed, settings);
    const Result result = run(text, oracle_settings(settings));
    CHECK(result.data.size() <= 512 + 64);
    CHECK_FALSE(text.starts_with("frame "));
  }
}
