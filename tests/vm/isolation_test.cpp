// Tasks and machines side by side do what each does alone. The bench sees to the bytes around the memory of a machine.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tests/vm/bench.hpp"
#include "tests/vm/programs.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint64_t ticks_max = 20000;
constexpr std::string_view form = "switch-observed";

// What a task lets the world see.
struct Life {
  std::string state, output;
  std::uint64_t ticks = 0;
  std::uint32_t digest = 0;
  std::vector<std::uint8_t> data;
  bool operator==(const Life&) const = default;
};

std::size_t pool_for(const Profile& profile, std::size_t frames) { return frames * Bench::pool_for_one(profile); }

Life life_of(const Bench& bench, std::uint8_t task, const std::string& output) {
  const TaskReport report = bench.task(task);
  return {bench.state(task), output, report.ticks, report.digest, bench.data(report.frame)};
}

Life alone(const Profile& profile, const std::string& text, std::uint32_t budget) {
  Bench bench(profile, form);
  REQUIRE(bench.load(text).error == 0);
  bench.run_to_end(budget, ticks_max);
  return life_of(bench, 0, bench.output);
}

void check_same(const Life& expected, const Life& seen, const std::string& text) {
  CAPTURE(text);
  CHECK(seen.state == expected.state);
  CHECK(seen.output == expected.output);
  CHECK(seen.ticks == expected.ticks);
  CHECK(seen.digest == expected.digest);
  CHECK(seen.data == expected.data);
}

// All of them in one machine, in slices; output goes to the task that the slice reports.
std::vector<Life> together(const Profile& profile, const std::vector<std::string>& texts, std::uint32_t budget) {
  Bench bench(profile, form, pool_for(profile, texts.size()));
  for (const std::string& text : texts) REQUIRE(bench.load(text).error == 0);
  std::map<std::uint8_t, std::string> outputs;
  for (bool idle = false; !idle;) {
    bench.output.clear();
    const RunReport report = bench.run(budget);
    outputs[report.task] += bench.output;
    idle = report.idle;
  }
  std::vector<Life> lives;
  for (std::uint8_t task = 0; task < texts.size(); ++task) lives.push_back(life_of(bench, task, outputs[task]));
  return lives;
}

// Random programs that come to an end, trapped or not.
std::vector<std::string> ending_programs(const Profile& profile, std::uint64_t seed, std::size_t count) {
  std::vector<std::string> texts;
  for (; texts.size() < count; ++seed) {
    const std::string text = generated_program(profile, seed);
    Bench bench(profile, form);
    if (bench.load(text).error == 0 && bench.run_to_end(1000, ticks_max)) texts.push_back(text);
  }
  return texts;
}

}  // namespace

TEST_CASE("tasks of one machine, in slices of any size") {
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    CAPTURE(name);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const std::vector<std::string> texts =
          ending_programs(profile, 100 * seed, std::min(profile.limits.tasks, profile.limits.frames));
      const std::uint32_t budget = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 7 : 50;
      const std::vector<Life> lives = together(profile, texts, budget);
      for (std::size_t k = 0; k < texts.size(); ++k) check_same(alone(profile, texts[k], budget), lives[k], texts[k]);
    }
  }
}

TEST_CASE("a trap of one task does not touch the others") {
  const std::string good = "var x array a { 1 2 3 } 200 0 do i x ! a 1 cell+ @ drop loop x @ . a 2 cell+ @ .";
  const char* const bad[] = {"5 . 1 0 /", "var y 7 y ! 9 0 !", "array b { 4 5 } b -1000 cell+ @",
                             "0 -1 read", ": q 1 drop q ; q",  "begin 1 0 until",
                             "drop"};
  for (const char* name : {"node32", "rexa16", "tests-tiny", "own16"}) {
    const Profile& profile = find_profile(name);
    const Life expected = alone(profile, good, 1);
    REQUIRE(expected.state == "ended");
    for (const std::string text : bad)
      for (const bool first : {true, false}) {
        CAPTURE(name);
        CAPTURE(text);
        Bench bench(profile, form, pool_for(profile, 2));
        const std::uint8_t task = first ? 1 : 0;  // of the good one
        if (first && bench.load(text).error != 0) continue;
        REQUIRE(bench.load(good).error == 0);
        if (!first && bench.load(text).error != 0) continue;
        std::string output;
        for (bool idle = false; !idle;) {
          bench.output.clear();
          const RunReport report = bench.run(1);
          if (report.task == task) output += bench.output;
          idle = report.idle;
        }
        CHECK(bench.state(first ? 0 : 1).starts_with("trap "));
        check_same(expected, life_of(bench, task, output), good);
      }
  }
}

TEST_CASE("tasks take turns, and the host gets their bytes in that order") {
  for (const char* name : {"node32", "rexa16", "tests-tiny", "own16"}) {
    const Profile& profile = find_profile(name);
    CAPTURE(name);
    Bench bench(profile, form, pool_for(profile, 2));
    REQUIRE(bench.load("3 0 do 1 . loop").error == 0);
    REQUIRE(bench.load("3 0 do 2 . loop").error == 0);
    std::string expected, seen;
    std::uint8_t task = 1;
    for (bool idle = false; !idle;) {
      bench.output.clear();
      const RunReport report = bench.run(1);
      task = task == 0 ? 1 : 0;  // task 0 begins
      CHECK(report.task == task);
      CHECK(bench.output.find(task == 0 ? '2' : '1') == std::string::npos);
      seen += bench.output;
      idle = report.idle;
    }
    CHECK(seen == "1 2 1 2 1 2 ");
  }
}

TEST_CASE("a frame that is being compiled leaves the running tasks alone") {
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    CAPTURE(name);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const std::vector<std::string> texts = ending_programs(profile, 5000 + 100 * seed, 2);
      Bench bench(profile, form, pool_for(profile, 2));
      REQUIRE(bench.load(texts[0]).error == 0);
      // A slice of the first after each chunk of the second.
      REQUIRE(profile.engine.begin(bench.instance(), {}).error == 0);
      for (std::size_t at = 0; at < texts[1].size(); at += 5) {
        REQUIRE(feed_all(profile.engine, bench.instance(), std::string_view(texts[1]).substr(at, 5)).error == 0);
        bench.run(3);
      }
      REQUIRE(finish_all(profile.engine, bench.instance()).error == 0);
      std::string outputs[2] = {bench.output, ""};
      for (bool idle = false; !idle;) {
        bench.output.clear();
        const RunReport report = bench.run(3);
        outputs[report.task] += bench.output;
        idle = report.idle;
      }
      for (std::uint8_t task = 0; task < 2; ++task)
        check_same(alone(profile, texts[task], 3), life_of(bench, task, outputs[task]), texts[task]);
    }
  }
}

TEST_CASE("machines of different profiles in one process") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    std::vector<std::string> texts;
    std::vector<std::unique_ptr<Bench>> benches;
    for (const char* name : {"node32", "rexa16", "own16", "node32"}) {
      const Profile& profile = find_profile(name);
      texts.push_back(ending_programs(profile, 9000 + 100 * seed + benches.size(), 1)[0]);
      benches.push_back(std::make_unique<Bench>(profile, form));
    }
    // They are compiled a few bytes at a time in turn, and run a slice at a time in turn.
    for (const auto& bench : benches) REQUIRE(bench->engine().begin(bench->instance(), {}).error == 0);
    std::size_t longest = 0;
    for (const std::string& text : texts) longest = std::max(longest, text.size());
    for (std::size_t at = 0; at < longest; at += 3)
      for (std::size_t k = 0; k < texts.size(); ++k)
        if (at < texts[k].size()) REQUIRE(benches[k]->feed(std::string_view(texts[k]).substr(at, 3)).error == 0);
    for (const auto& bench : benches) REQUIRE(finish_all(bench->engine(), bench->instance()).error == 0);
    for (bool busy = true; busy;) {
      busy = false;
      for (const auto& bench : benches) busy = !bench->run(5).idle || busy;
    }
    for (std::size_t k = 0; k < texts.size(); ++k)
      check_same(alone(benches[k]->profile(), texts[k], 5), life_of(*benches[k], 0, benches[k]->output), texts[k]);
  }
}

TEST_CASE("a task can go on in another form after any slice") {
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    CAPTURE(name);
    std::vector<std::size_t> forms;  // that make digests
    for (std::size_t k = 0; k < profile.engine.forms.size(); ++k)
      if (profile.engine.forms[k] != "switch" && profile.engine.forms[k] != "goto") forms.push_back(k);
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      const std::string text = ending_programs(profile, 20000 + 100 * seed, 1)[0];
      Bench bench(profile);
      REQUIRE(bench.load(text).error == 0);
      std::size_t turn = 0;
      do REQUIRE(profile.engine.choose_form(bench.instance(), forms[turn++ % forms.size()]));
      while (!bench.run(1 + turn % 5).idle);
      check_same(alone(profile, text, 1), life_of(bench, 0, bench.output), text);
    }
  }
}

TEST_CASE("create: memory that is too small or misaligned is refused") {
  for (const Profile* profile : profiles()) {
    const Engine& engine = profile->engine;
    std::vector<std::uint64_t> memory(engine.bytes_min / 8 + 16);
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(memory));
    CHECK(engine.create({}, {}) == nullptr);
    CHECK(engine.create(bytes.first(engine.bytes_min - 1), {}) == nullptr);
    CHECK(engine.create(bytes.first(0), {}) == nullptr);
    for (std::size_t shift = 1; shift < 8; ++shift)
      CHECK(engine.create(bytes.subspan(shift, engine.bytes_min), {}) == nullptr);
    CHECK(engine.create(bytes.first(engine.bytes_min), {}) != nullptr);
    CHECK(engine.create(bytes.subspan(8, engine.bytes_min), {}) != nullptr);
  }
}

// The bench sees what is written behind the memory.
TEST_CASE("create: memory of any size, filled to its last byte") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    const std::uint32_t cell = profile->cell_bytes();
    for (std::size_t pool = 160; pool < 200; ++pool) {
      CAPTURE(pool);
      Bench bench(*profile, form, pool);
      // Code of 16 bytes, names, and an array that takes all else or a little more.
      const std::uint32_t cells = static_cast<std::uint32_t>(pool - 16 - 3 * 32) / cell;
      for (std::uint32_t more = 0; more < 40 / cell; ++more) {
        const std::string size = std::to_string(cells + more);
        const CompileStatus status =
            bench.load("frame a 1 code 11 data " + std::to_string((cells + more + 1) * cell) + "\narray a " + size);
        if (status.error == 0) break;
        const std::string error = bench.error_name(status);
        CHECK((error == "frame_too_large" || error == "names_full"));
      }
      for (int k = 0; k < 3; ++k)
        bench.load("1 2 3 4 5 6 7 8 9 + + + + + + + + drop var x array y { 1 2 3 4 5 6 7 8 }");
      CHECK(bench.surroundings_are_whole());
    }
  }
}

TEST_CASE("create: the order of wishes for code and data does not matter") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    const std::uint32_t data = profile->limits.data_bytes & ~7u;
    for (const std::string& header :
         {"code 24 data " + std::to_string(data), "data " + std::to_string(data) + " code 24"}) {
      // Two names, of the frame and its version, of 32 bytes each.
      Bench bench(*profile, form, 24 + data + 64);
      CHECK(describe(profile->engine, bench.load("frame a 1 " + header + "\n1 drop")) == "");
      Bench less(*profile, form, 24 + data + 64 - 8);
      CHECK(less.error_name(less.load("frame a 1 " + header + "\n1 drop")) == "frame_too_large");
    }
  }
}

TEST_CASE("create: with little memory frames are refused by name, and small ones fit") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    unsigned loaded = 0;
    for (std::size_t pool = 0; pool < 400; ++pool) {
      CAPTURE(pool);
      Bench bench(*profile, form, pool);
      const CompileStatus status = bench.load("var x array a { 1 2 } 6 x ! x @ . a 1 cell+ @ .");
      if (status.error == 0) {
        ++loaded;
        CHECK(bench.run_to_end(1));
        CHECK(bench.output == "6 2 ");
      } else {
        const std::string error = bench.error_name(status);
        CHECK((error == "code_full" || error == "data_full" || error == "names_full"));
        CHECK(bench.error_name(bench.load("frame a 1 code 8 data 8")) != "frames_full");
      }
      if (pool == 0) CHECK(status.error != 0);
    }
    CHECK(loaded > 10);
  }
}

TEST_CASE("an empty program needs hardly any memory, and none at all is too little") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench none(*profile, form, 0);
    CHECK(none.error_name(none.load("")) == "code_full");
    CHECK(none.error_name(none.load("1 .")) == "code_full");
    CHECK(none.error_name(none.load("frame a 1 code 8\n1 .")) == "code_full");
    CHECK(none.run(1).idle);
    Bench some(*profile, form, 32);  // of which code gets a quarter
    CHECK(describe(profile->engine, some.load("")) == "");
    CHECK(some.run_to_end(1));
    CHECK(some.state() == "ended");
  }
}

TEST_CASE("a host without services: output is discarded, results are the same") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    const Engine& engine = profile->engine;
    const std::string text = "7 . 3 0 do i . loop";
    std::vector<std::uint64_t> memory((engine.bytes_min + 1000) / 8);
    Instance* instance = engine.create(std::as_writable_bytes(std::span(memory)), {});
    REQUIRE(instance != nullptr);
    CHECK_FALSE(engine.choose_form(instance, engine.forms.size()));
    for (std::size_t k = 0; k < engine.forms.size(); ++k)
      if (engine.forms[k] == form) CHECK(engine.choose_form(instance, k));
    REQUIRE(engine.begin(instance, {}).error == 0);
    REQUIRE(feed_all(engine, instance, text).error == 0);
    REQUIRE(finish_all(engine, instance).error == 0);
    while (!engine.run(instance, 1).idle) {
    }
    const Life expected = alone(*profile, text, 1);
    CHECK(engine.task(instance, 0).digest == expected.digest);
    CHECK(engine.task(instance, 0).ticks == expected.ticks);
    // What is not there is reported as such.
    CHECK(engine.task(instance, 255).state == TaskState::absent);
    CHECK(engine.code(instance, 255).empty());
    CHECK(engine.data(instance, 255).empty());
    CHECK(engine.frame(instance, 255).code_bytes == 0);
    CHECK(engine.trap_name(0).empty());
    CHECK(engine.error_name(0).empty());
  }
}
