// Frames that are moved because one below them is unloaded, while tasks run and wait.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/vm/frames.hpp"

using namespace mica;
using namespace mica::tests;

TEST_CASE("tasks of other frames run between the pieces, those that need the frame on its way wait") {
  const Profile& profile = find_profile("node32");
  for (const std::string_view form : profile.engine.forms) {
    CAPTURE(form);
    Bench bench(profile, form, 8 * Bench::pool_for_one(profile));
    const std::uint8_t first = load(bench, "1 drop"), gone = load(bench, large(profile, 3000) + counts);
    load(bench, "frame lib 1 exports add\n" + large(profile, 9000) + "var sum : add sum @ + sum ! ;");
    const std::uint8_t second = load(bench, "1 drop");
    load(bench, "frame mid 1 imports lib.add exports twice\n: twice dup add add ;");
    // The user gets the slot below that of the library.
    CHECK(unload_whole(bench, second) == Unloading::done);
    CHECK(unload_whole(bench, first) == Unloading::done);
    const std::uint8_t user = load(bench, "frame user 1 imports mid.twice\nvar n begin 1 twice n @ 1 + n ! again");
    const std::uint8_t other = load(bench, counts);
    for (int k = 0; k < 100; ++k) bench.run(7);
    const auto runs = [&](std::uint8_t frame) {
      std::map<std::uint8_t, int> turns;
      for (int k = 0; k < 20; ++k) {
        const RunReport report = bench.run(7);
        CHECK(!report.idle);
        CHECK(report.ticks > 0);
        ++turns[report.task];
      }
      return turns[bench.frame(frame).task];
    };
    CHECK(runs(user) > 5);
    CHECK(unload(bench, gone) == Unloading::busy);
    CHECK(user < 2);
    // The library is under way: nothing of it can be read.
    CHECK(bench.code(2).empty());
    CHECK(bench.engine().find_export(bench.instance(), 2, "add").kind == ExportReport::Kind::none);
    CHECK(runs(other) == 20);
    int calls = 1;
    for (; unload(bench, gone) == Unloading::busy; ++calls) bench.run(7);
    CHECK(calls >= 9);
    CHECK(calls < 14);
    CHECK(runs(user) > 5);
    CHECK(runs(other) > 5);
    CHECK(unload(bench, gone) == Unloading::no_frame);
  }
}

TEST_CASE("when all that are ready wait for a frame on its way, running moves it on") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t gone = load(bench, large(profile, 500));
  load(bench, "frame lib 1 exports add exports sum\n" + large(profile, 9000) + "var sum : add sum @ + sum ! ;");
  REQUIRE(bench.run_to_end(100));
  load(bench, "frame user 1 imports lib.add imports lib.sum\n100 0 do i add loop 0 sum read .");
  bench.run(5);
  CHECK(unload(bench, gone) == Unloading::busy);
  int moves = 0;
  for (RunReport report; (report = bench.run(5)).ticks == 0; ++moves) CHECK(!report.idle);
  CHECK(moves >= 8);
  REQUIRE(bench.run_to_end(5));
  CHECK(bench.output == "4950 ");
  CHECK(unload(bench, gone) == Unloading::done);
}

TEST_CASE("a task that wakes while its frame is on its way waits for the end of that") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t gone = load(bench, large(profile, 500) + ": w begin 1 sleep again ; $ w 3 start drop 9 sleep");
  load(bench, large(profile, 9000) + "3 0 do 20 sleep i . loop large @ .");
  for (int k = 0; k < 30; ++k) bench.run(9);
  CHECK(unload(bench, gone) == Unloading::busy);
  int moves = 0;
  for (RunReport report; (report = bench.run(5)).ticks == 0; ++moves) CHECK(!report.idle);
  CHECK(moves >= 8);
  REQUIRE(bench.run_to_end(5));
  CHECK(bench.output == "0 1 2 7 ");
}

// The library is moved in ten pieces; a task of `user` holds its semaphore, one of `other` waits for it.
TEST_CASE("what a task holds in a frame on its way is given back") {
  const Profile& profile = find_profile("node32");
  for (const std::string_view form : profile.engine.forms)
    for (const bool stopped : {false, true}) {
      Bench bench(profile, form, 8 * Bench::pool_for_one(profile));
      const std::uint8_t gone = load(bench, large(profile, 500));
      load(bench, "frame lib 1 exports lock exports v\n" + large(profile, 9000) + "semaphore lock 1 var v");
      const std::uint8_t user = load(bench, "frame user 1 imports lib.lock\nlock acquire begin again");
      for (int k = 0; k < 9; ++k) bench.run(20);
      const std::uint8_t other = load(bench, "frame other 1 imports lib.lock\nlock acquire 1 .");
      const std::uint8_t polls = load(bench, "frame polls 1 imports lib.v\n5 0 v await 2 .");
      for (int k = 0; k < 20; ++k) bench.run(20);
      const std::uint8_t waits = bench.frame(other).task, awaits = bench.frame(polls).task;
      CHECK(bench.state(waits) == "waiting");
      CHECK(bench.state(awaits) == "waiting");
      CHECK(unload(bench, gone) == Unloading::busy);
      if (stopped) {
        bench.engine().stop(bench.instance(), bench.frame(user).task);
        CHECK(unload(bench, gone) == Unloading::done);
      } else {
        CHECK(unload(bench, user) == Unloading::busy);
        CHECK(!bench.code(user).empty());  // until it can give back what it holds
        CHECK(unload_whole(bench, user) == Unloading::done);
        CHECK(bench.code(user).empty());
      }
      for (int k = 0; k < 9; ++k) bench.run(20);
      CHECK(bench.state(waits) == "trap abandoned");
      CHECK(bench.state(awaits) == "waiting");
      load(bench, "frame more 1 imports lib.lock imports lib.v\nlock acquire 3 . 5 0 v write");
      for (int k = 0; k < 9; ++k) bench.run(20);
      CHECK(bench.output == "3 2 ");
    }
}

// Neither what waits for a variable nor the semaphores are looked at in the midst of it.
TEST_CASE("tasks end and wait while a frame is on its way") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t gone = load(bench, large(profile, 500));
  load(bench, "frame lib 1 exports v\nsemaphore lock 1 lock acquire " + large(profile, 9000) + "var v array a int8 3");
  load(bench, "frame polls 1 imports lib.v\n5 0 v await 2 .");
  load(bench, "semaphore lock 1 lock acquire 600 0 do loop");
  for (int k = 0; k < 9; ++k) bench.run(20);
  for (int k = 0; k < 3; ++k) CHECK(unload(bench, gone) == Unloading::busy);
  // The last one ends now; what it holds is looked for in all frames but that.
  int slices = 0;
  while (bench.run(20).ticks > 0) ++slices;
  CHECK(slices > 2);
  CHECK(unload_whole(bench, gone) == Unloading::done);
  const std::uint8_t last = load(bench, "frame last 1 imports lib.v\n5 0 v write");
  REQUIRE(bench.run_to_end(20));
  CHECK(bench.output == "2 ");
  CHECK(bench.state(bench.frame(last).task) == "ended");
}

// Names, tokens, tables and arrays of the frame above, and what is used through it.
TEST_CASE("a frame that has been moved is as before") {
  for (const Profile* one : profiles()) {
    if (!has_frames(*one, 2) || one->rexa) continue;
    const Profile& profile = *one;
    CAPTURE(profile.name);
    for (const std::string_view form : profile.engine.forms)
      for (const unsigned size : {40u, 600u, 3000u}) {
        const std::string program =
            "frame stays 1 exports show exports t exports v\n"
            ": square dup * ; table t int8 { 1 -2 3 } array b int16 { 500 6 } var v array a { 1 2 3 } "
            ": show ( -- ) 5 $ square execute . a a $ square 0 vecmap a vecprint 1 t read . 0 b read . v @ . ; " +
            large(profile, size) + "9 v ! 300 0 do i v ! loop show";
        Bench alone(profile, form, 2 * Bench::pool_for_one(profile));
        load(alone, program);
        REQUIRE(alone.run_to_end(7));
        Bench bench(profile, form, 2 * Bench::pool_for_one(profile));
        const std::uint8_t gone = load(bench, large(profile, 900));
        const std::uint8_t stays = load(bench, program);
        const std::vector<std::uint8_t> code = bench.code(stays);
        for (int k = 0; k < 30; ++k) bench.run(7);
        const std::vector<std::uint8_t> data = bench.data(stays);
        CHECK(unload_whole(bench, gone) == Unloading::done);
        // Where it was is overwritten.
        const std::uint8_t above = load(bench, "frame above 1 code 16\n" + large(profile, 4000 - 8));
        CHECK(unload_whole(bench, above) == Unloading::done);
        CHECK(bench.code(stays) == code);
        CHECK(bench.data(stays) == data);
        REQUIRE(bench.run_to_end(7));
        CHECK(bench.data(stays) == alone.data(0));
        CHECK(bench.output == alone.output);
        CHECK(bench.task(1).digest == alone.task(0).digest);
        CHECK(bench.task(1).ticks == alone.task(0).ticks);
        std::uint8_t task = 0;
        REQUIRE(bench.engine().start(bench.instance(), stays, "show", {}, task));
        bench.output.clear();
        REQUIRE(bench.run_to_end(7));
        CHECK(bench.output == "25  1  16  81 -2 500 299 ");
        CHECK(bench.engine().find_export(bench.instance(), stays, "t").array.count == 3);
        CHECK(bench.engine().find_export(bench.instance(), stays, "v").array.count == 1);
        CHECK(memory(bench).used_bytes == memory(alone).used_bytes);
      }
  }
}

TEST_CASE("a frame on its way is unloaded") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t first = load(bench, large(profile, 100));
  const std::uint8_t second = load(bench, large(profile, 20000));
  const std::uint8_t third = load(bench, large(profile, 900) + "large @ .");
  CHECK(unload(bench, first) == Unloading::busy);
  CHECK(unload(bench, second) == Unloading::done);  // what is left is moved in one piece
  CHECK(unload(bench, first) == Unloading::no_frame);
  REQUIRE(bench.run_to_end(7));
  CHECK(bench.output == "7 ");
  CHECK(unload(bench, third) == Unloading::done);
  CHECK(memory(bench).free_bytes == memory(bench).bytes);
}
