// Texts that take the place of a loaded frame, and frames that test themselves before they count as loaded.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/oracle/oracle.hpp"
#include "tests/vm/bench.hpp"
#include "tests/vm/frames.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// The output while a text takes the place of a frame in small chunks, with a slice before each call.
std::string replace(Bench& bench, std::uint8_t old, const std::string& text, CompileStatus& status, int& calls) {
  bench.output.clear();
  status = bench.engine().begin(bench.instance(), {.replaces = old});
  std::string_view left = text;
  for (calls = 0; status.error == 0 && (status.busy || !left.empty()); ++calls) {
    bench.run(4);
    std::string_view piece = left.substr(0, 7);
    const std::size_t size = piece.size();
    status = bench.engine().feed(bench.instance(), piece);
    left.remove_prefix(size - piece.size());
  }
  while (status.error == 0) {
    bench.run(4);
    ++calls;
    status = bench.engine().finish(bench.instance());
    if (!status.busy) break;
  }
  return bench.output;
}

}  // namespace

TEST_CASE("a frame is replaced in one step, and the old one goes on until then") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 3 * Bench::pool_for_one(profile));
    std::uint8_t old = load(bench, "frame a 1\n" + large(profile, 2000) + "begin 1 . again");
    const MemoryReport before = memory(bench);
    CompileStatus status;
    int calls = 0;
    for (int version = 2; version < 6; ++version) {
      const std::string number = std::to_string(version);
      const std::string text = "frame a " + number + "\n" + large(profile, 2000) + "begin " + number + " . again";
      const std::string output = replace(bench, old, text, status, calls);
      REQUIRE(describe(bench.engine(), status) == "");
      // At least a turn of the old one before each call, and none of the new one.
      const std::string last = std::to_string(version - 1) + " ";
      CHECK(output.size() >= static_cast<std::size_t>(calls));
      std::string expected;
      while (expected.size() < output.size()) expected += last;
      CHECK(output == expected);
      CHECK(status.frame != old);
      CHECK(bench.code(old).empty());
      old = status.frame;
      CHECK(bench.frame(old).version == number);
      bench.output.clear();
      for (int k = 0; k < 9; ++k) bench.run(4);
      CHECK(bench.output.find(last) == std::string::npos);
      CHECK(bench.output.find(number + " ") == 0);
      CHECK(memory(bench).free_bytes == before.free_bytes);
      CHECK(memory(bench).tasks_free == before.tasks_free);
      CHECK(memory(bench).frames_free == before.frames_free);
    }
  });
}

TEST_CASE("a text that is wrong leaves the frame that it would have replaced as it was") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 3 * Bench::pool_for_one(profile));
    const std::string good = "frame a 1 exports n\nvar n begin n @ 1 + n ! again";
    const std::uint8_t old = load(bench, good);
    const std::vector<std::uint8_t> code = bench.code(old);
    const MemoryReport before = memory(bench);
    for (const char* wrong : {"nonsense", "frame a 2 exports none\n1 .", ": w", "frame a 2 imports a.n\n", "array b {",
                              "frame a 2 selftest no\n: no 0 ; 7 .", "frame a 2 selftest no\n: no 1 0 / ;"}) {
      CAPTURE(wrong);
      CHECK(bench.load(wrong, {.replaces = old}).error != 0);
      CHECK(bench.code(old) == code);
      CHECK(memory(bench).free_bytes == before.free_bytes);
      CHECK(memory(bench).tasks_free == before.tasks_free);
      const std::vector<std::uint8_t> data = bench.data(old);
      for (int k = 0; k < 9; ++k) bench.run(7);
      CHECK(bench.data(old) != data);
    }
    // Given up in the midst of it.
    REQUIRE(bench.engine().begin(bench.instance(), {.replaces = old}).error == 0);
    REQUIRE(bench.feed("1 . ").error == 0);
    CHECK(bench.engine().unload(bench.instance(), old) == Unloading::in_use);
    REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
    CHECK(unload_all(bench.engine(), bench.instance(), old) == Unloading::done);
  });
}

TEST_CASE("what cannot be replaced is said at once") {
  each_profile(3, [](const Profile& profile) {
    Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
    const auto begin = [&](std::uint8_t old) {
      return bench.error_name(bench.engine().begin(bench.instance(), {.replaces = old}));
    };
    CHECK(begin(0) == "frame_missing");
    CHECK(begin(200) == "frame_missing");
    const std::uint8_t lib = load(bench, "frame lib 1 exports v\nvar v");
    const std::uint8_t app = load(bench, "frame app 1 imports lib.v\n");
    CHECK(begin(lib) == "frame_in_use");
    CHECK(begin(app) == "");
    REQUIRE(bench.feed("1 .").error == 0);
    CHECK(bench.engine().finish(bench.instance()).error == 0);
    CHECK(begin(app) == "frame_missing");
    CHECK(begin(lib) == "");
  });
}

// As many frames and tasks as there are.
TEST_CASE("a frame that replaces takes the task of the old one, but needs a slot beside it") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, (profile.limits.frames + 1) * Bench::pool_for_one(profile));
    const std::uint8_t old = load(bench, "frame a 1 exports w\n: w begin again ; 1 .");
    REQUIRE(bench.run_to_end(9));
    std::uint8_t task = 0;
    // All tasks but that of its own main program are taken.
    while (memory(bench).tasks_free > 0) REQUIRE(bench.engine().start(bench.instance(), old, "w", {}, task));
    CHECK(bench.error_name(bench.load("2 .")) == "tasks_full");
    CHECK(bench.error_name(bench.load("frame a 2 selftest ok\n: ok 1 ; 2 .", {.replaces = old})) == "tasks_full");
    bench.output.clear();
    const std::uint8_t fresh = load(bench, "2 .", {.replaces = old});
    REQUIRE(bench.run_to_end(9));
    CHECK(bench.output == "2 ");
    CHECK(memory(bench).tasks_free == profile.limits.tasks - 1);
    while (memory(bench).frames_free > 0 && memory(bench).tasks_free > 0) load(bench, "3 .");
    if (memory(bench).frames_free == 0)
      CHECK(bench.error_name(bench.load("4 .", {.replaces = fresh})) == "frames_full");
  });
}

TEST_CASE("a frame tests itself while others run, and begins when it has passed") {
  each_profile(2, [](const Profile& profile) {
    for (const std::string_view form : profile.engine.forms) {
      Bench bench(profile, form, 3 * Bench::pool_for_one(profile));
      load(bench, "begin 1 . again");
      const std::string text =
          "frame a 1 selftest ok exports n\nvar n : ok ( -- flag ) 20 0 do i n ! loop 8 . n @ 19 = ; n @ .";
      REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
      REQUIRE(bench.feed(text).error == 0);
      CompileStatus status;
      int tests = 0;
      while ((status = bench.engine().finish(bench.instance())).busy) {
        tests += status.testing;
        CHECK(status.frame == 1);
        // It is not there yet.
        CHECK(bench.engine().find_export(bench.instance(), 1, "n").kind == ExportReport::Kind::none);
        CHECK(bench.engine().unload(bench.instance(), 1) == Unloading::no_frame);
        CHECK(bench.code(1).empty());
        bench.run(5);
      }
      REQUIRE(describe(bench.engine(), status) == "");
      CHECK(tests > 10);
      CHECK(memory(bench).tasks_free == profile.limits.tasks - 2);
      for (int k = 0; k < 9; ++k) bench.run(5);
      std::string output = bench.output;
      CHECK(std::count(output.begin(), output.end(), '1') > 12);
      std::erase(output, ' ');
      output.erase(0, output.find('8'));
      CHECK(output.find("19") != std::string::npos);
    }
  });
}

TEST_CASE("a test that fails costs nothing") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "minimal" || profile->limits.names < 8) continue;
    CAPTURE(profile->name);
    Bench bench(*profile);
    const MemoryReport before = memory(bench);
    for (int k = 0; k < 200; ++k) {
      const CompileStatus status = bench.load("frame a 1 selftest t\n: t " +
                                              std::string(k % 3 == 0   ? "0"
                                                          : k % 3 == 1 ? "1 0 /"
                                                                       : "1 1 if end endif") +
                                              " ; 5 .");
      CHECK(describe(bench.engine(), status) == "selftest_failed 1:20");
      CHECK(status.frame == CompileOptions::no_frame);
      CHECK(bench.run(9).idle);
    }
    CHECK(bench.output.empty());
    CHECK(memory(bench).free_bytes == before.free_bytes);
    CHECK(memory(bench).tasks_free == before.tasks_free);
    CHECK(memory(bench).frames_free == before.frames_free);
    load(bench, "frame a 1 selftest t\n: t 1 ; 5 .");
    CHECK(bench.run_to_end(9));
    CHECK(bench.output == "5 ");
  }
}

TEST_CASE("a test has as many ticks as the host allows") {
  each_profile(1, [](const Profile& profile) {
    const std::string text = "frame a 1 selftest t\n: t 200 0 do loop 1 ; 5 .";
    Bench bench(profile);
    CHECK(describe(bench.engine(), bench.load(text, {.test_ticks_max = 150})) == "selftest_failed 1:20");
    CHECK(describe(bench.engine(), bench.load(text, {.test_ticks_max = 1000})) == "");
    Bench other(profile);
    CHECK(describe(other.engine(), other.load("frame a 1 selftest t\n: t begin 0 until 1 ;")) ==
          "selftest_failed 1:20");
  });
}

TEST_CASE("a frame whose test runs is moved, given up, and stopped like any other") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 3 * Bench::pool_for_one(profile));
    const MemoryReport before = memory(bench);
    const std::string text = "frame a 1 selftest t exports large\n" + large(profile, 3000) +
                             "3 large ! : t 300 0 do large @ 1 + large ! loop large @ 300 = ; large @ .";
    for (const bool moved : {true, false}) {
      const std::uint8_t gone = load(bench, large(profile, 800));
      REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
      REQUIRE(bench.feed(text).error == 0);
      CompileStatus status = bench.engine().finish(bench.instance());
      while (status.busy && !status.testing) status = bench.engine().finish(bench.instance());
      for (int k = 0; k < 20; ++k) bench.run(5);
      if (moved) {
        CHECK(unload_all(bench.engine(), bench.instance(), gone) == Unloading::done);
        status = finish_all(bench.engine(), bench.instance());
        REQUIRE(describe(bench.engine(), status) == "");
        REQUIRE(bench.run_to_end(7));
        CHECK(bench.output == "3 ");
        CHECK(unload_all(bench.engine(), bench.instance(), status.frame) == Unloading::done);
      } else {
        REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
        CHECK(unload_all(bench.engine(), bench.instance(), gone) == Unloading::done);
      }
      CHECK(memory(bench).free_bytes == before.free_bytes);
      CHECK(memory(bench).tasks_free == before.tasks_free);
    }
    REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
    REQUIRE(bench.feed(text).error == 0);
    CompileStatus status = bench.engine().finish(bench.instance());
    while (status.busy && !status.testing) status = bench.engine().finish(bench.instance());
    for (unsigned task = 0; task < profile.limits.tasks; ++task)
      bench.engine().stop(bench.instance(), static_cast<std::uint8_t>(task));
    CHECK(bench.error_name(bench.engine().finish(bench.instance())) == "selftest_failed");
    CHECK(memory(bench).tasks_free == before.tasks_free);
  });
}

TEST_CASE("tasks that a test has started end with it, and ids begin anew") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile);
  load(bench, "frame a 1 selftest t\n: w begin again ; : t $ w 0 start 2 = ; self .");
  CHECK(memory(bench).tasks_free == profile.limits.tasks - 1);
  REQUIRE(bench.run_to_end(9));
  CHECK(bench.output == "1 ");
  // One that is over, too, and those of a test that fails.
  Bench other(profile);
  CHECK(other.error_name(other.load("frame a 1 selftest t\n: w begin again ; : t $ w 0 start drop 0 ;")) ==
        "selftest_failed");
  CHECK(memory(other).tasks_free == profile.limits.tasks);
  CHECK(other.run(9).idle);
}

TEST_CASE("what a test has acquired is free behind it") {
  Bench bench(find_profile("node32"));
  load(bench, "frame a 1 selftest t\nsemaphore s 1 : t s acquire 1 ; s acquire 5 .");
  REQUIRE(bench.run_to_end(9));
  CHECK(bench.output == "5 ");
}

TEST_CASE("a test that does not get its turn is refused") {
  const Profile& profile = find_profile("node32");
  const std::string test = "frame a 1 selftest t\n: t 1 ;", sleeps = "frame a 1 selftest t\n: t 5 sleep 1 ;";
  Host host;
  host.now = [](void*, std::uint32_t) { return Time{7}; };
  Bench bench(profile, {}, 4 * Bench::pool_for_one(profile), host);
  CHECK(describe(bench.engine(), bench.load(sleeps)) == "selftest_failed 1:20");
  load(bench, test);
  load(bench, "frame b 1 priority 9\nbegin again");
  CHECK(describe(bench.engine(), bench.load(test)) == "selftest_failed 1:20");
  load(bench, "frame a 1 priority 9 selftest t\n: t 1 ;");
  // A host that runs nothing.
  REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
  REQUIRE(bench.feed(test).error == 0);
  CompileStatus status = bench.engine().finish(bench.instance());
  while (status.busy) status = bench.engine().finish(bench.instance());
  CHECK(describe(bench.engine(), status) == "selftest_failed 1:20");
  // Also where to sleep takes no time, as it goes on by itself.
  Bench own_time(profile);
  CHECK(own_time.error_name(own_time.load(sleeps)) == "selftest_failed");
}

TEST_CASE("a frame keeps tasks in the place of those that the old one has kept") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
  const std::uint8_t old = load(bench, "frame a 1 tasks 6\n: w begin again ; $ w 0 start drop $ w 0 start drop");
  for (int k = 0; k < 50; ++k) bench.run(20);
  CHECK(memory(bench).tasks_free == profile.limits.tasks - 3);
  CHECK(bench.error_name(bench.load("frame a 2 tasks 7\n")) == "tasks_full");
  const std::uint8_t fresh = load(bench, "frame a 2 tasks 7\n", {.replaces = old});
  CHECK(memory(bench).tasks_free == profile.limits.tasks - 1);
  const std::uint8_t other = load(bench, "frame b 1\n");
  CHECK(bench.error_name(bench.load("frame b 2\n")) == "tasks_full");
  load(bench, "frame b 2\n", {.replaces = other});
  CHECK(bench.error_name(bench.load("frame a 3 tasks 8\n", {.replaces = fresh})) == "tasks_full");
}

TEST_CASE("a console tests itself with its first text only") {
  each_profile(1, [](const Profile& profile) {
    Bench bench(profile);
    const std::uint8_t console = load(bench, "frame a 1 selftest t\n: t 6 . 1 ;", {.keep_open = true});
    REQUIRE(bench.run_to_end(9));
    for (const char* line : {"1 .", ": t 0 ;", "2 ."}) {
      load(bench, line, {.keep_open = true, .extends = console});
      REQUIRE(bench.run_to_end(9));
    }
    CHECK(bench.output == "6 1 2 ");
  });
}

// With the data that it has stored it would fail.
TEST_CASE("what is decompiled has passed its test") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile);
  load(bench, "frame a 1 selftest ok exports ok\nvar n : ok n @ 1 + n ! n @ 1 = ; 2 .");
  std::string text;
  const TextSink sink{&text, [](void* context, const char* piece, std::size_t size) {
                        static_cast<std::string*>(context)->append(piece, size);
                      }};
  CHECK(bench.engine().decompile(bench.instance(), 0, sink).empty());
  CHECK(text.find("selftest") == std::string::npos);
  Bench again(profile);
  load(again, text);
  CHECK(again.code() == bench.code());
  CHECK(again.data() == bench.data());
}

TEST_CASE("a frame with a test does what the oracle says") {
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    for (const char* body : {"var v : t 5 v ! 3 . 1 ; v @ . 6 v !", "array a { 1 2 3 } : t a 0 3 do loop a @ ; a @ .",
                             ": w 2 * ; : t 4 w 8 = ; 7 w . 1 0 /", ": t 1 10 base ; 255 ."}) {
      const std::string text = std::string("frame a 1 selftest t\n") + body;
      CAPTURE(text);
      Bench bench(profile, "checked");
      if (const CompileStatus status = bench.load(text); status.error != 0) {
        CHECK(oracle::run(text, {profile.cell_bits, profile.rexa}).outcome == oracle::Outcome::invalid);
        continue;
      }
      REQUIRE(bench.run_to_end(7));
      oracle::Settings settings{profile.cell_bits, profile.rexa};
      settings.trap_number = [&](std::string_view trap) {
        std::uint32_t number = 1;
        while (profile.engine.trap_name(static_cast<std::uint8_t>(number)) != trap) ++number;
        return number;
      };
      const oracle::Result expected = oracle::run(text, settings);
      CHECK(bench.output == expected.output);
      CHECK(bench.data() == expected.data);
      CHECK(bench.task().digest == expected.digest);
      CHECK(bench.state() == (expected.outcome == oracle::Outcome::ended ? "ended" : "trap " + expected.trap));
    }
  }
}
