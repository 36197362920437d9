// What tasks wait for: channels, semaphores, events, values; in whatever slices, and when who holds them is over.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t budgets[] = {1, 2, 3, 7, 100, unbounded};

// Runs a program in all slices and looks at each machine.
template <class Look>
void each_budget(const std::string& text, Look&& look, std::string_view profile = "node32") {
  for (const std::uint32_t budget : budgets) {
    CAPTURE(budget);
    CAPTURE(text);
    Bench bench(find_profile(profile), "checked");
    const CompileStatus status = bench.load(text);
    REQUIRE_MESSAGE(status.error == 0, describe(bench.engine(), status));
    RunReport report = bench.run(budget);
    for (int k = 0; k < 100000 && !report.idle; ++k) report = bench.run(budget);
    REQUIRE(report.idle);
    look(bench, report);
  }
}

void check_output(const std::string& text, const std::string& output, std::string_view profile = "node32") {
  each_budget(
      text, [&](const Bench& bench, const RunReport&) { CHECK(bench.output == output); }, profile);
}

}  // namespace

TEST_CASE("a channel: in order, full, empty") {
  const std::string text = "channel c 3\n: w 20 0 do i c send loop ;\n$ w 0 start drop 20 0 do c receive . loop";
  std::string output;
  for (int k = 0; k < 20; ++k) output += std::to_string(k) + " ";
  check_output(text, output);
  check_output(text, output, "own16");
  // The sender stops when it is full and goes on when there is room.
  check_output("channel c 2 : w 1 c send 2 c send 7 . 3 c send 8 . ; $ w 1 start drop 9 . c receive . 6 .",
               "7 9 8 1 6 ");
}

TEST_CASE("what is done to a channel does not depend on slices, whoever is faster") {
  const std::string text =
      "channel a 2 channel b 3\n: source 50 0 do i i * a send loop ;\n"
      ": middle 50 0 do a receive 3 + b send loop ;\n"
      "$ source 0 start $ middle 0 start drop drop 0 50 0 do b receive + loop .";
  std::vector<std::uint32_t> digests;
  each_budget(text, [&](Bench& bench, const RunReport&) {
    CHECK(bench.output == std::to_string(49 * 50 * 99 / 6 + 150) + " ");
    for (std::uint8_t task = 0; task < 3; ++task) {
      CHECK(bench.state(task) == "ended");
      if (digests.size() < 3)
        digests.push_back(bench.task(task).digest);
      else
        CHECK(bench.task(task).digest == digests[task]);
    }
  });
}

TEST_CASE("timeouts: exact, and only if nothing has come") {
  check_output("channel c 1 : w 3 sleep 5 c send ; $ w 1 start drop c 2 receive? . . c 2 receive? . .", "0 0 1 5 ");
  check_output("channel c 1 : w 3 sleep c receive drop ; $ w 1 start drop 1 c send 2 c 2 send? . 2 c 2 send? .",
               "0 1 ");
  check_output("semaphore s 1 : w s acquire 3 sleep s release ; $ w 1 start drop s 2 acquire? . s 2 acquire? .",
               "0 1 ");
  check_output("var v : w 3 sleep 1 v ! ; $ w 1 start drop 1 0 v 2 await? . 1 0 v 2 await? .", "0 1 ");
  check_output("channel c 1 c 0 receive? . . 4 c 0 send? . 5 c 0 send? . c 0 receive? . .", "0 0 1 0 1 4 ");
}

TEST_CASE("a message arrives as a whole, whatever others send") {
  // Two senders of four equal numbers each.
  const std::string text =
      "channel c 4 array a { 1 1 1 1 } array b { 2 2 2 2 } array got 4\n"
      ": one-after 20 0 do a c -1 sendn? drop loop ; : another 20 0 do b c -1 sendn? drop loop ;\n"
      "$ one-after 0 start $ another 0 start drop drop\n"
      "0 40 0 do got c -1 receiven? drop got @ got 3 cell+ @ = got @ got 1 cell+ @ = and + loop .";
  check_output(text, "40 ");
  // Single cells do not come between them.
  check_output(
      "channel c 6 array a { 1 2 3 4 5 } : w 20 0 do a c -1 sendn? drop loop ; : v 20 0 do 0 c send loop ;\n"
      "$ w 0 start $ v 0 start drop drop\n"
      "var bad var last 120 0 do c receive dup 0 > if dup 1 = 0= if dup last @ 1 + = 0= if 1 bad ! endif endif\n"
      "last ! else last @ 0 > last @ 5 < and if 1 bad ! endif drop endif loop bad @ .",
      "0 ");
}

TEST_CASE("who is killed in the midst of a message has not sent it, nor received") {
  for (int ticks = 40; ticks < 2000; ticks += 13) {
    CAPTURE(ticks);
    Bench bench(find_profile("node32"), "checked");
    REQUIRE(bench
                .load("frame f 1 exports stop exports got\narray got 1 channel c 64 array a 60 array b 60\n"
                      ": w a c -1 sendn? drop ; : v b c -1 receiven? drop 1 got ! ; : stop 2 kill ;\n"
                      "$ w 0 start $ v 0 start drop drop 5 c send 5 c send")
                .error == 0);
    std::uint64_t used = 0;
    while (used < static_cast<std::uint64_t>(ticks)) {
      const RunReport report = bench.run(1);
      if (report.idle) break;
      used += report.ticks;
    }
    bench.engine().stop(bench.instance(), 1);
    RunReport report = bench.run(100);
    for (int k = 0; k < 1000 && !report.idle; ++k) report = bench.run(100);
    // All of it came, or nothing: then the other waits for ever, with the two cells of the main task in the channel.
    const bool came = bench.state(2) == "ended";
    CHECK((came || (bench.state(2) == "waiting" && report.deadlock)));
    CHECK(bench.state(0) == "ended");
  }
}

TEST_CASE("a semaphore keeps others out; several can hold it that often") {
  const std::string guarded =
      "semaphore s 1 var inside var worst\n"
      ": enter s acquire inside @ 1 + dup inside ! worst @ max worst ! ;\n"
      ": exit inside @ 1 - inside ! s release ;\n"
      ": w 30 0 do enter yield yield yield exit yield loop ;\n"
      "$ w 0 start $ w 0 start $ w 0 start drop drop drop w 2000 sleep worst @ .";
  check_output(guarded, "1 ");
  std::string twice = guarded;
  twice.replace(twice.find("s 1"), 3, "s 2");
  check_output(twice, "2 ");
}

TEST_CASE("what a task holds is given back when it is over, and those that wait for it trap") {
  for (const std::string end : {"", "1 0 / drop", "end", "self kill"}) {
    CAPTURE(end);
    const std::string text = "semaphore s 1 : w s acquire 2 sleep " + end + " ; : v s acquire ;\n" +
                             "$ w 1 start $ v 0 start drop drop 9 sleep s acquire 7 .";
    each_budget(text, [&](Bench& bench, const RunReport&) {
      CHECK(bench.state(2) == "trap abandoned");
      CHECK(bench.output == "7 ");
    });
  }
  check_output("semaphore s 1 s acquire : w s 9 acquire? . ; $ w 1 start drop s release 5 .", "1 5 ");
}

TEST_CASE("the more urgent of two that wait comes first") {
  check_output(
      "frame f 1 priority 9\nchannel c 1 : v c receive . 1 . ; : w c receive . 2 . ;\n"
      "$ v 1 start $ w 2 start drop drop 1 sleep 5 c send 6 c send",
      "5 2 6 1 ");
  // And takes over at once if it is more urgent than who wakes it.
  check_output("channel c 1 : w c receive . ; $ w 1 start drop 5 c send 8 .", "5 8 ");
  check_output("channel c 1 : w 3 c send 4 c send 9 . ; 1 sleep $ w 1 start drop 8 . c receive . 7 .", "8 9 3 7 ");
}

TEST_CASE("deadlock: told when all that are left wait for each other") {
  const auto deadlock = [](const std::string& text) {
    bool found = false;
    each_budget(text, [&](Bench&, const RunReport& report) { found = report.deadlock; });
    return found;
  };
  CHECK(deadlock("channel c 1 c receive"));
  CHECK(deadlock("semaphore s 1 s acquire s acquire"));
  CHECK(deadlock("channel c 1 channel d 1 : w d receive c send ; $ w 0 start drop c receive d send"));
  CHECK(!deadlock("1 ."));
  CHECK(!deadlock("channel c 1 c 5 receive? drop drop"));
  CHECK(!deadlock("3 -1 event? drop"));   // the host may signal it
  CHECK(!deadlock("var v 1 0 v await"));  // or a variable be changed by it
  CHECK(!deadlock("channel c 1 : w 3 -1 event? drop ; $ w 0 start drop c receive"));
}

TEST_CASE("events of the host: one task of each frame takes each") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, "checked", 4 * Bench::pool_for_one(profile));
  const auto signal = [&](unsigned event) {
    bench.output.clear();
    bench.engine().signal(bench.instance(), event);
    bench.engine().signal(bench.instance(), event);
    while (!bench.run(5).idle) {
    }
  };
  REQUIRE(bench
              .load("frame a 1 priority 2\n: w begin 3 -1 event? drop 1 . again ; $ w 1 start drop\n"
                    "31 -1 event? . begin 3 -1 event? drop 2 . again")
              .error == 0);
  REQUIRE(bench.load("frame b 1\nbegin 3 -1 event? drop 5 . again").error == 0);
  while (!bench.run(5).idle) {
  }
  signal(31);
  CHECK(bench.output == "1 ");
  signal(3);
  CHECK(bench.output == "2 5 ");
  signal(2);
  CHECK(bench.output == "");
  signal(32);  // there is none
  CHECK(bench.output == "");
  // One that has come before is there, once.
  Bench late(profile);
  REQUIRE(late.load("2 sleep 7 0 event? . 7 0 event? . 8 0 event? .").error == 0);
  late.run(1);
  for (int k = 0; k < 3; ++k) late.engine().signal(late.instance(), 7);
  REQUIRE(late.run_to_end(100));
  CHECK(late.output == "1 0 0 ");
}

TEST_CASE("an array of the host is looked at while it is awaited") {
  std::int16_t sensor[] = {0, 0};
  const HostArray arrays[] = {{"sensor", sensor, 2, ml::ElementType::int16, true}};
  Host host;
  host.arrays = arrays;
  for (const char* name : {"node32", "rexa16"}) {
    const Profile& profile = find_profile(name);
    Bench bench(profile, "checked", Bench::pool_for_one(profile), host);
    REQUIRE(bench.load("-5 1 sensor await 7 .").error == 0);
    RunReport report = bench.run(10);
    while (!report.idle) report = bench.run(10);
    CHECK(report.polls);
    CHECK(!report.deadlock);
    sensor[1] = -5;
    CHECK(bench.run_to_end(10));
    CHECK(bench.output.substr(0, 1) == "7");
    sensor[1] = 0;
  }
}

TEST_CASE("frames talk through channels that they export") {
  const Profile& profile = find_profile("node32");
  for (const std::uint32_t budget : budgets) {
    Bench bench(profile, "checked", 4 * Bench::pool_for_one(profile));
    REQUIRE(bench
                .load("frame lib 1 exports in exports back exports s\nchannel in 2 channel back 2 semaphore s 1\n"
                      "begin in receive dup * back send again")
                .error == 0);
    REQUIRE(bench
                .load("frame app 1 imports lib.in imports lib.back imports lib.s\ns acquire 5 0 do i in send back "
                      "receive . loop s release")
                .error == 0);
    RunReport report = bench.run(budget);
    while (!report.idle) report = bench.run(budget);
    CHECK(bench.output == "0 1 4 9 16 ");
    CHECK(report.deadlock);  // the library waits for the next number
  }
}

TEST_CASE("a program that writes into its channels and semaphores harms nobody") {
  for (int cell = 1; cell <= 8; ++cell)
    for (const std::string value : {"-1", "0", "1", "3", "100000", "-2147483648"})
      for (const std::string use : {"5 c send", "c receive drop", "a c 5 sendn? drop", "a c 5 receiven? drop",
                                    "s acquire", "s release", "s 3 acquire? drop"}) {
        const std::string text =
            "channel c 3 semaphore s 1 array a 2 : w 9 c send a c 5 sendn? drop ; $ w 1 start drop " + value + " " +
            std::to_string(cell * 4) + " ! " + use + " " + use;
        CAPTURE(text);
        Bench bench(find_profile("node32"), "checked");
        REQUIRE(bench.load(text).error == 0);
        RunReport report = bench.run(3);
        for (int k = 0; k < 10000 && !report.idle; ++k) report = bench.run(3);
        CHECK(report.idle);
        CHECK(bench.state(0) != "trap core_fault");
      }
}

TEST_CASE("channels and semaphores are no arrays, arrays are none of them") {
  for (const char* text :
       {"channel c 1 c vecprint", "channel c 1 0 c read .", "semaphore s 1 1 0 s write", "array a int8 3 a receive",
        "table t int8 { 1 } t acquire", "channel c 1 c acquire", "semaphore s 1 s receive"}) {
    Bench bench(find_profile("node32"));
    REQUIRE(bench.load(text).error == 0);
    REQUIRE(bench.run_to_end(10));
    CHECK(bench.state() == "trap invalid_handle");
  }
}

TEST_CASE("declarations that are wrong") {
  struct Row {
    const char *text, *error;
  };
  for (const Row& row : {Row{"channel c 0", "capacity_expected"},
                         {"channel c -1", "capacity_expected"},
                         {"channel c x", "capacity_expected"},
                         {"channel", "name_expected"},
                         {"channel c", "capacity_expected"},
                         {"semaphore s 100000", "data_full"},
                         {"semaphore 7 1", "invalid_name"},
                         {"channel dup 1", "name_taken"}}) {
    CAPTURE(row.text);
    Bench bench(find_profile("node32"));
    CHECK(bench.error_name(bench.load(row.text)) == row.error);
  }
}
