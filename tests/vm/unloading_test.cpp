// Frames that are unloaded while others run: all that they had comes back, and nothing else changes.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/vm/frames.hpp"

using namespace mica;
using namespace mica::tests;

TEST_CASE("what is unloaded is gone, and all of its memory is back") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    const MemoryReport before = memory(bench);
    CHECK(before.used_bytes == 0);
    CHECK(before.free_bytes == before.bytes);
    CHECK(before.frames_free == profile->limits.frames);
    CHECK(before.tasks_free == profile->limits.tasks);
    const std::string text = profile->rexa ? "array a { 1 2 } 1 . begin again" : "var a 1 . begin again";
    for (int k = 0; k < 300; ++k) {
      const std::uint8_t frame = load(bench, text);
      CHECK(frame == 0);
      bench.run(20);
      CHECK(memory(bench).free_bytes < before.free_bytes);
      CHECK(memory(bench).frames_free == before.frames_free - 1);
      CHECK(memory(bench).tasks_free == before.tasks_free - 1);
      CHECK(unload_whole(bench, frame) == Unloading::done);
      CHECK(bench.code(frame).empty());
      CHECK(bench.state(0) == "absent");
      CHECK(bench.run(100).idle);
    }
    CHECK(memory(bench).free_bytes == before.free_bytes);
    CHECK(memory(bench).frames_free == before.frames_free);
    CHECK(memory(bench).tasks_free == before.tasks_free);
    CHECK(std::count(bench.output.begin(), bench.output.end(), '1') == 300);
  }
}

// A frame is loaded, replaced by one that passes its test, kept by one that fails, and unloaded.
TEST_CASE("ten thousand times a frame is loaded, replaced and unloaded beside others, and all memory is back") {
  for (const char* name : {"node32", "rexa16", "stm32f4", "stm32f1"}) {
    CAPTURE(name);
    const Profile& profile = find_profile(name);
    Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
    const std::string others = profile.rexa ? "begin 1 sleep again"
                                            : "channel c 1 : w begin 5 c send again ; $ w 0 start drop "
                                              "begin c receive drop again";
    const bool is_beside = profile.limits.frames >= 3;  // the one that replaces needs a slot of its own meanwhile
    if (is_beside) load(bench, "frame others 1\n" + others);
    for (int k = 0; k < 20; ++k) bench.run(50);
    const MemoryReport before = memory(bench);
    for (int k = 0; k < 10000; ++k) {
      const std::string data = "array a " + std::to_string(1 + k % 37) + " ";
      const std::uint8_t first = load(bench, data + counts);
      bench.run(50);
      const std::uint8_t second =
          load(bench, "frame two 1 selftest t\n" + data + ": t 1 ; 1 sleep " + counts, {.replaces = first});
      bench.run(50);
      const CompileStatus status = bench.load("frame two 2 selftest t\n" + data + ": t 0 ;", {.replaces = second});
      REQUIRE(bench.error_name(status) == "selftest_failed");
      bench.run(50);
      REQUIRE(unload_whole(bench, second) == Unloading::done);
      const MemoryReport now = memory(bench);
      REQUIRE(now.free_bytes == before.free_bytes);
      REQUIRE(now.frames_free == before.frames_free);
      REQUIRE(now.tasks_free == before.tasks_free);
    }
    CHECK(is_live(bench.task(0).state) == is_beside);
  }
}

TEST_CASE("where no frame is, none is unloaded") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    for (unsigned slot = 0; slot < 256; ++slot)
      CHECK(unload(bench, static_cast<std::uint8_t>(slot)) == Unloading::no_frame);
    REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
    CHECK(unload(bench, 0) == Unloading::no_frame);
    REQUIRE(bench.feed("1 .").error == 0);
    CHECK(unload(bench, 0) == Unloading::no_frame);
    REQUIRE(finish_all(bench.engine(), bench.instance()).error == 0);
    CHECK(unload_whole(bench, 0) == Unloading::done);
    CHECK(unload(bench, 0) == Unloading::no_frame);
  }
}

TEST_CASE("a slot is used again, and says so") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 2 * Bench::pool_for_one(profile));
    const std::uint8_t first = load(bench, "frame a 1\n1 .");
    load(bench, "frame b 2\n2 .");
    const std::uint8_t generation = bench.frame(first).generation;
    CHECK(unload_whole(bench, first) == Unloading::done);
    CHECK(bench.frame(first).name.empty());
    CHECK(load(bench, "frame c 3\n3 .") == first);
    CHECK(bench.frame(first).generation == generation + 1);
    CHECK(bench.frame(first).name == "c");
    CHECK(bench.frame(first).version == "3");
    CHECK(bench.frame(1).name == "b");
    REQUIRE(bench.run_to_end(3));
    CHECK(bench.output.size() == 4);  // of b and c
  });
}

TEST_CASE("a frame from which another imports stays") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 2 * Bench::pool_for_one(profile));
    const std::uint8_t lib = load(bench, "frame lib 1 exports v exports c exports w\nvar v const c 4 : w ;");
    for (const char* what : {"v", "c", "w"}) {
      // Also while the text that imports is in work, and only then if it is given up.
      REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
      const std::string header = "frame app 1 imports lib." + std::string(what) + "\n";
      REQUIRE(bench.feed(header).error == 0);
      CHECK(unload(bench, lib) == Unloading::in_use);
      CHECK(bench.feed("nonsense ").error != 0);
      const std::uint8_t app = load(bench, header);
      CHECK(unload(bench, lib) == Unloading::in_use);
      CHECK(unload_whole(bench, app) == Unloading::done);
    }
    CHECK(unload_whole(bench, lib) == Unloading::done);
    CHECK(memory(bench).free_bytes == memory(bench).bytes);
  });
}

// What it imports from the one between lies in the first.
TEST_CASE("an array that is exported again keeps the frame it lies in") {
  each_profile(3, [](const Profile& profile) {
    Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
    const std::uint8_t lib = load(bench, "frame lib 1 exports a\narray a { 5 6 7 }");
    const std::uint8_t mid = load(bench, "frame mid 1 imports lib.a exports a\n");
    const std::uint8_t app = load(bench, "frame app 1 imports mid.a\n2 a read .");
    CHECK(unload(bench, lib) == Unloading::in_use);
    CHECK(unload(bench, mid) == Unloading::in_use);
    REQUIRE(bench.run_to_end(9));
    CHECK(bench.output == "7 ");
    CHECK(unload_whole(bench, app) == Unloading::done);
    CHECK(unload(bench, lib) == Unloading::in_use);
    CHECK(unload_whole(bench, mid) == Unloading::done);
    CHECK(unload_whole(bench, lib) == Unloading::done);
  });
}

TEST_CASE("imports come from the frame that was loaded last, whatever its slot") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t first = load(bench, "frame lib 1 exports v\nconst v 1");
  load(bench, "frame lib 2 exports v\nconst v 2");
  REQUIRE(unload_whole(bench, first) == Unloading::done);
  CHECK(load(bench, "frame lib 3 exports v\nconst v 3") == first);
  load(bench, "frame app 1 imports lib.v\nv .");
  REQUIRE(bench.run_to_end(100));
  CHECK(bench.output == "3 ");
}

// Each call of the compiler has an unloading before it, once.
TEST_CASE("a text in work comes to the same when frames below it are unloaded") {
  each_profile(2, [](const Profile& profile) {
    const std::string names = profile.rexa ? "" : "table t int8 { 1 2 3 } array b int8 5 ";
    const std::string text =
        "frame app 1 exports w\n" + names + ": w dup * ; 3 w . " + large(profile, 3000) + "large @ . 5 $ w execute . ";
    Bench alone(profile, {}, 2 * Bench::pool_for_one(profile));
    const std::uint8_t only = load(alone, text);
    REQUIRE(alone.run_to_end(7));
    int calls = 0;
    for (int at = 0;; ++at) {
      CAPTURE(at);
      Bench bench(profile, {}, 2 * Bench::pool_for_one(profile));
      const std::uint8_t gone = load(bench, large(profile, 700) + "begin again");
      calls = 0;
      const auto call = [&] {
        bench.run(3);
        if (calls++ == at) CHECK(unload_whole(bench, gone) == Unloading::done);
      };
      CompileStatus status = bench.engine().begin(bench.instance(), {});
      std::string_view left = text;
      while (status.error == 0 && (status.busy || !left.empty())) {
        call();
        std::string_view piece = left.substr(0, 5);
        const std::size_t size = piece.size();
        status = bench.engine().feed(bench.instance(), piece);
        left.remove_prefix(size - piece.size());
      }
      do call(), status = bench.engine().finish(bench.instance());
      while (status.busy);
      REQUIRE(describe(bench.engine(), status) == "");
      if (calls <= at) break;  // it was not unloaded any more
      const std::uint8_t app = status.frame;
      bench.output.clear();
      REQUIRE(bench.run_to_end(7));
      CHECK(bench.output == alone.output);
      CHECK(bench.code(app) == alone.code(only));
      CHECK(bench.data(app) == alone.data(only));
      CHECK(memory(bench).used_bytes == memory(alone).used_bytes);
      // The next text has all there is, but for its code, its data and two names.
      const std::uint32_t free = memory(bench).free_bytes;
      const std::string header = "frame a 1 code 16 data 16 constants ";
      const auto next = [&](std::uint32_t constants) {
        return describe(bench.engine(), bench.load(header + std::to_string(constants) + "\n"));
      };
      CHECK(next(free - 16 - 16 - 64 + 1) == "frame_too_large 1:37");
      CHECK(next(free - 16 - 16 - 64) == "");
      CHECK(unload_whole(bench, app) == Unloading::done);
    }
    CHECK(calls > 20);
  });
}

TEST_CASE("no word that is started takes the task of a frame that is complete, but has to be moved") {
  each_profile(3, [](const Profile& profile) {
    Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
    const std::uint8_t gone = load(bench, large(profile, 3000));
    const std::uint8_t waits = load(bench, "frame waits 1 exports wait\n: wait begin again ;");
    const auto start = [&] {
      std::uint8_t task = 0;
      return bench.engine().start(bench.instance(), waits, "wait", {}, task);
    };
    REQUIRE(bench.run_to_end(100));
    while (memory(bench).tasks_free > 1) REQUIRE(start());
    REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
    REQUIRE(bench.feed(large(profile, 4000)).error == 0);
    for (int k = 0; k < 3; ++k) REQUIRE(bench.engine().finish(bench.instance()).busy);
    CHECK(unload_whole(bench, gone) == Unloading::done);
    while (start()) {
    }
    CHECK(memory(bench).tasks_free == 1);
    int calls = 0;
    CompileStatus status;
    for (; (status = bench.engine().finish(bench.instance())).busy; ++calls) CHECK(!start());
    CHECK(calls > 4);
    REQUIRE(describe(bench.engine(), status) == "");
    CHECK(bench.state(bench.frame(status.frame).task) == "ready");
  });
}

TEST_CASE("a frame is unloaded while its names are looked at") {
  const Profile& profile = find_profile("node32");
  std::string library = "frame lib 1 code 4096 data 8192 exports first\nvar first";
  for (int k = 0; k < 200; ++k) library += " var name" + std::to_string(k);
  int gone_before = 0;
  for (const bool twice : {false, true})
    for (int at = 1; at < 12; ++at) {
      CAPTURE(at);
      Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
      load(bench, large(profile, 3000));
      const std::uint8_t other = twice ? load(bench, library) : 0;
      const std::uint8_t last = load(bench, library);
      REQUIRE(bench.run_to_end(7));
      REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
      std::string_view text = "frame app 1 imports lib.first\n9 0 first write";
      CompileStatus status;
      bool gone = false;
      for (int calls = 0; status.error == 0 && (status.busy || !text.empty()); ++calls) {
        if (calls == at) {
          gone = unload_whole(bench, last) == Unloading::done;
          if (!twice) CHECK(unload_whole(bench, 0) == Unloading::done);
        }
        status = bench.engine().feed(bench.instance(), text);
      }
      gone_before += gone;
      CHECK(bench.error_name(status) == (gone && !twice ? "import_missing" : ""));
      if (status.error != 0) continue;
      REQUIRE(finish_all(bench.engine(), bench.instance()).error == 0);
      REQUIRE(bench.run_to_end(7));
      CHECK(bench.data(gone ? other : last).at(0) == 9);
    }
  CHECK(gone_before > 8);
  CHECK(gone_before < 20);
}

TEST_CASE("frames of a console are unloaded, but not while a line comes") {
  each_profile(2, [](const Profile& profile) {
    Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
    const MemoryReport before = memory(bench);
    const std::uint8_t gone = load(bench, large(profile, 2000));
    const std::uint8_t console = load(bench, "var v 5 v ! 1 2", {.keep_open = true});
    REQUIRE(bench.run_to_end(7));
    // The line keeps the frame where it is; the memory below it comes back with the next text.
    CompileStatus status = bench.engine().begin(bench.instance(), {.keep_open = true, .extends = console});
    REQUIRE(bench.feed(": w v @ . ;").error == 0);
    CHECK(unload(bench, console) == Unloading::in_use);
    CHECK(unload(bench, gone) == Unloading::done);
    REQUIRE(bench.feed(" w + .").error == 0);
    REQUIRE(finish_all(bench.engine(), bench.instance()).error == 0);
    REQUIRE(bench.run_to_end(7));
    CHECK(bench.output == "5 3 ");
    const std::byte* const at = bench.engine().data(bench.instance(), console).data();
    load(bench, "w v @ 1 + v ! w", {.keep_open = true, .extends = console});
    CHECK(bench.engine().data(bench.instance(), console).data() < at);
    REQUIRE(bench.run_to_end(7));
    CHECK(bench.output == "5 3 5 6 ");
    // A line that is refused gives the frame back, too.
    status = bench.load("w nonsense", {.keep_open = true, .extends = console});
    CHECK(status.error != 0);
    CHECK(unload_whole(bench, console) == Unloading::done);
    CHECK(memory(bench).free_bytes == before.free_bytes);
    CHECK(memory(bench).tasks_free == before.tasks_free);
    status = bench.load("1", {.keep_open = true, .extends = console});
    CHECK(bench.error_name(status) == "frame_not_open");
  });
}

// Tasks of frames that are gone leave their numbers to others.
TEST_CASE("a console waits with its own task, whatever number that has") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  const std::uint8_t gone = load(bench, "1 drop");
  const std::uint8_t console = load(bench, "frame c 1 exports hello\n: hello 7 . ; 1 2", {.keep_open = true});
  REQUIRE(bench.run_to_end(7));
  REQUIRE(unload_whole(bench, gone) == Unloading::done);
  std::uint8_t task = 9;
  REQUIRE(bench.engine().start(bench.instance(), console, "hello", {}, task));
  CHECK(task == 0);
  REQUIRE(bench.run_to_end(7));
  load(bench, "+ .", {.keep_open = true, .extends = console});
  REQUIRE(bench.run_to_end(7));
  CHECK(bench.output == "7 3 ");
}

TEST_CASE("the host is told that constants which it keeps are gone") {
  struct Flash {
    std::map<std::uint8_t, std::vector<std::byte>> places;
    std::vector<std::string> told;
  } flash;
  Host host;
  host.context = &flash;
  host.open_constants = [](void* context, std::uint8_t frame, std::uint32_t& capacity) -> const std::byte* {
    std::vector<std::byte>& place = static_cast<Flash*>(context)->places[frame];
    place.assign(64, std::byte{});
    capacity = 64;
    return place.data();
  };
  host.write_constants = [](void* context, std::uint8_t frame, std::uint32_t offset, const std::byte* bytes,
                            std::uint32_t size) {
    std::copy_n(bytes, size, static_cast<Flash*>(context)->places[frame].data() + offset);
    return true;
  };
  host.close_constants = [](void* context, std::uint8_t frame, std::uint32_t size) {
    static_cast<Flash*>(context)->told.push_back(std::to_string(frame) + ":" + std::to_string(size));
  };
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 2 * Bench::pool_for_one(profile), host);
  load(bench, "table a int8 { 1 2 3 }");
  load(bench, "table b int16 { 4 5 } 300 0 do loop 1 b read .");
  CHECK(unload_whole(bench, 0) == Unloading::done);
  CHECK(flash.told == std::vector<std::string>{"0:3", "1:4", "0:0"});
  flash.places[0].assign(64, std::byte{0xff});
  REQUIRE(bench.run_to_end(7));
  CHECK(bench.output == "5 ");
  // A frame that fails its own test is given up after its constants were closed.
  CHECK(bench.error_name(bench.load("frame t 1 selftest no\ntable c int8 { 6 } : no 0 ;")) == "selftest_failed");
  CHECK(flash.told == std::vector<std::string>{"0:3", "1:4", "0:0", "0:1", "0:0"});
}
