// Tasks that programs start: which runs when, in whatever slices.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t budgets[] = {1, 2, 3, 7, 100, unbounded};

std::string output_of(const std::string& text, std::uint32_t budget, std::string_view profile = "node32") {
  Bench bench(find_profile(profile));
  const CompileStatus status = bench.load(text);
  REQUIRE_MESSAGE(status.error == 0, describe(bench.engine(), status) << ": " << text);
  CHECK(bench.run_to_end(budget, 10000000));
  return bench.output;
}

void check_output(const std::string& text, const std::string& output, std::string_view profile = "node32") {
  for (const std::uint32_t budget : budgets) {
    CAPTURE(text);
    CAPTURE(budget);
    CHECK(output_of(text, budget, profile) == output);
  }
}

// A clock that tests turn on.
struct Clock {
  Time now = 0;

  Host host() {
    Host services;
    services.context = this;
    services.now = [](void* context, std::uint32_t) { return static_cast<Clock*>(context)->now; };
    return services;
  }
};

Bench bench_with(Clock& clock) {
  const Profile& profile = find_profile("node32");
  return Bench(profile, "switch-observed", Bench::pool_for_one(profile), clock.host());
}

// Runs all that is ready.
RunReport run_ready(Bench& bench, std::uint32_t budget = 1000) {
  RunReport report = bench.run(budget);
  while (!report.idle) report = bench.run(budget);
  return report;
}

std::uint8_t task_of(Bench& bench, std::uint16_t id) {
  for (std::uint8_t k = 0; k < bench.profile().limits.tasks; ++k)
    if (bench.task(k).state != TaskState::absent && bench.task(k).id == id) return k;
  FAIL("no task of this id");
  return 0;
}

}  // namespace

TEST_CASE("the greatest priority goes first, whatever the slices") {
  check_output(
      "frame f 1 priority 9\n: a 1 . ; : b 2 . ; : c 3 . ;\n"
      "$ a 1 start $ b 3 start $ c 2 start drop drop drop 0 .",
      "0 2 3 1 ");
  check_output("frame f 1 priority 255\n: a 1 . ; $ a 255 start drop 2 .", "2 1 ");
  // One that is started with a greater priority takes over at once, one with the same or a smaller one does not.
  check_output("frame f 1 priority 5\n: a 1 . ; : b 2 . ; $ a 6 start drop 3 . $ b 4 start drop 4 .", "1 3 4 2 ");
  check_output("frame f 1 priority 5\n: a 1 . ; $ a 6 start drop 3 .", "1 3 ", "own16");
}

TEST_CASE("of the same priority the next deadline goes first, those without one last") {
  check_output(
      "frame f 1 priority 9\n: a 1 . ; : b 2 . ; : c 3 . ; : d 4 . end ;\n"
      "$ a 1 1000 9 every drop $ c 1 start drop $ b 1 1000 7 every drop $ d 1 1000 8 every drop 0 . 5 sleep\n"
      "2 kill 4 kill",
      "0 2 4 1 3 ");
}

TEST_CASE("of several with the same deadline each has its turn") {
  const std::string text =
      ": a 3 0 do 1 . yield loop ; : b 3 0 do 2 . yield loop ;\n"
      "$ a 0 start $ b 0 start drop drop yield 3 0 do 3 . yield loop";
  CHECK(output_of(text, unbounded) == "1 2 3 1 2 3 1 2 3 ");
  // In slices of a tick the endless loops get the same share.
  Bench bench(find_profile("node32"));
  REQUIRE(bench.load(": w begin again ; $ w 0 start $ w 0 start drop drop w").error == 0);
  std::vector<std::uint64_t> ticks(3);
  for (int k = 0; k < 3003; ++k) {
    const RunReport report = bench.run(1);
    ticks.at(report.task) += report.ticks;
  }
  CHECK(ticks[1] <= ticks[2] + 1);
  CHECK(ticks[2] <= ticks[1] + 1);
  CHECK(ticks[0] + 1 >= ticks[1]);
}

TEST_CASE("turns go round whatever a more urgent task does between them") {
  Bench bench(find_profile("node32"));
  REQUIRE(
      bench.load(": w begin again ; : quick ; $ quick 9 1 0 every $ w 0 start $ w 0 start drop drop drop w").error ==
      0);
  std::vector<std::uint64_t> ticks(4);
  for (int k = 0; k < 4000; ++k) {
    const RunReport report = bench.run(1000);  // each ends where the periodic task wakes
    ticks.at(report.task) += report.ticks;
  }
  for (const std::size_t one : {2, 3}) CHECK(ticks[one] > ticks[0] * 9 / 10);
  CHECK(ticks[0] > ticks[2] * 9 / 10);
}

TEST_CASE("a task that is ready is never held up by one of a smaller priority") {
  for (const std::uint32_t budget : budgets) {
    CAPTURE(budget);
    Bench bench(find_profile("node32"));
    REQUIRE(bench.load(": busy begin again ; : quick 1 . ; $ quick 2 1 0 every drop busy").error == 0);
    std::uint64_t ticks = 0;
    while (ticks < 10500) ticks += bench.run(std::min<std::uint32_t>(budget, 100)).ticks;
    CHECK(bench.output == "1 1 1 1 1 1 1 1 1 1 1 ");
    CHECK(bench.task(1).missed == 0);
  }
}

TEST_CASE("a sleeping task is ready at its time, and the host is told when that is") {
  Clock clock;
  Bench bench = bench_with(clock);
  clock.now = 5000;
  REQUIRE(bench.load(": w 7 sleep 1 . ; $ w 0 start drop 3 sleep 2 . 0 sleep 3 .").error == 0);
  RunReport report = run_ready(bench);
  CHECK(report.wake == 8000);
  CHECK(bench.state(0) == "sleeping");
  CHECK(bench.state(1) == "sleeping");
  CHECK(bench.run(1000).idle);
  clock.now = 7999;
  CHECK(bench.run(1000).idle);
  CHECK(bench.output == "");
  clock.now = 8000;
  report = run_ready(bench);
  CHECK(bench.output == "2 3 ");
  CHECK(report.wake == 12000);
  clock.now = 12001;
  report = run_ready(bench);
  CHECK(bench.output == "2 3 1 ");
  CHECK(report.wake == never);
}

TEST_CASE("without a clock of the host time goes on by itself") {
  check_output(": a 3 sleep 1 . ; : b 1 sleep 2 . ; $ a 0 start $ b 0 start drop drop 2 sleep 3 . 2000 sleep 4 .",
               "2 3 1 4 ");
  // 1000 ticks are a millisecond: the busy main task sees the other wake.
  check_output(": w 1 sleep 7 . ; $ w 1 start drop 400 0 do loop 8 . 4000 0 do loop 9 .", "8 7 9 ");
}

// Looked at from outside, where a slice has no place for what it has seen before.
TEST_CASE("a slice says whether a task is ready, and when one will be, whatever it has done to others") {
  const char* const programs[] = {
      ": w begin yield again ; $ w 0 start yield kill 5 sleep",
      ": w 3 sleep ; $ w 0 start drop $ w 0 start drop yield 1 sleep 9 sleep",
      "channel c 1 : w 3 0 do c receive . loop ; $ w 0 start drop 1 c send 2 c send 7 sleep 3 c send",
      ": w 9 0 do yield loop ; $ w 0 start 2 sleep kill 4 sleep",
      "semaphore s 1 : w s acquire 2 sleep ; $ w 1 start $ w 1 start drop 1 sleep kill",
      ": v yield ; : w $ v 0 start drop 2 sleep ; $ w 0 3 0 every 10 sleep kill"};
  for (const char* const program : programs)
    for (const std::uint32_t budget : budgets) {
      CAPTURE(program);
      CAPTURE(budget);
      Clock clock;
      Bench bench = bench_with(clock);
      REQUIRE(bench.load(program).error == 0);
      for (RunReport report = bench.run(budget); !report.idle || report.wake != never; report = bench.run(budget)) {
        bool ready = false;
        for (std::uint8_t k = 0; k < bench.profile().limits.tasks; ++k)
          ready |= bench.task(k).state == TaskState::ready;
        CHECK(report.idle == !ready);
        if (!report.idle) continue;
        const RunReport again = bench.run(budget);
        CHECK(again.idle);
        CHECK(again.wake == report.wake);
        CHECK(report.wake > clock.now);
        clock.now = report.wake;
      }
    }
  // Also while another is ready.
  Clock clock;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load(": w begin yield again ; $ w 0 start drop yield 5 sleep").error == 0);
  bench.run(1000);
  bench.run(1000);
  const RunReport report = bench.run(1000);
  CHECK_FALSE(report.idle);
  CHECK(report.wake == 5000);
}

TEST_CASE("behind a task that is over nothing is told of others that it has stopped") {
  const auto last_slice = [](const std::string& program) {
    Clock clock;
    Bench bench = bench_with(clock);
    REQUIRE(bench.load(": busy begin yield again ; $ busy 0 start drop " + program).error == 0);
    RunReport report = bench.run(1000);
    for (int k = 0; k < 20 && bench.state(0) != "ended"; ++k) report = bench.run(1000);
    CHECK(bench.state(0) == "ended");
    CHECK_FALSE(report.idle);  // the busy one
    return report;
  };
  CHECK(last_slice(": w 5 sleep ; $ w 0 start yield").wake == 5000);
  CHECK(last_slice(": w 5 sleep ; $ w 0 start yield kill").wake == never);
  CHECK(last_slice("var v : w 1 0 v await ; $ w 0 start yield").polls);
  CHECK_FALSE(last_slice("var v : w 1 0 v await ; $ w 0 start yield kill").polls);
}

TEST_CASE("a periodic task: releases, deadlines that are missed, periods that are left out") {
  Clock clock;
  Bench bench = bench_with(clock);
  // Its work takes as long as the clock is turned on while it sleeps in it.
  REQUIRE(bench.load("var n : w n @ 1 + n ! 1 sleep ; $ w 1 10 4 every drop").error == 0);
  const auto count = [&] { return bench.data()[0]; };
  RunReport report = run_ready(bench);
  const std::uint8_t task = task_of(bench, 2);
  CHECK(count() == 1);
  CHECK(report.wake == 1000);
  clock.now = 4000;  // just in time
  report = run_ready(bench);
  CHECK(bench.task(task).missed == 0);
  CHECK(report.wake == 10000);
  clock.now = 10000;
  run_ready(bench);
  CHECK(count() == 2);
  clock.now = 14001;  // too late
  report = run_ready(bench);
  CHECK(bench.task(task).missed == 1);
  CHECK(report.wake == 20000);
  clock.now = 20500;  // it begins late: the deadline is 24000
  run_ready(bench);
  CHECK(count() == 3);
  clock.now = 53000;  // in the fourth period from its own: two are left out
  report = run_ready(bench);
  CHECK(bench.task(task).missed == 1 + 1 + 2);
  CHECK(count() == 4);  // the one of 50000 begins at once
  CHECK(report.wake == 54000);
  clock.now = 60000;  // misses its deadline of 54000, and the next begins at once
  report = run_ready(bench);
  CHECK(bench.task(task).missed == 5);
  CHECK(count() == 5);
}

TEST_CASE("a periodic task begins with empty stacks, keeps its settings and counts all its ticks") {
  check_output(": w 30 . 16 base 7 >r ; $ w 1 1 0 every 3 sleep kill", "30 1e 1e 1e ");
  Bench bench(find_profile("node32"));
  // A tick for the call, two for the body, one for the return, one for the end; the call of the fourth has begun.
  REQUIRE(bench.load("var n : w n drop ; $ w 1 1 0 every 2 sleep kill").error == 0);
  REQUIRE(bench.run_to_end(1000));
  CHECK(bench.task(1).ticks == 3 * (1 + 2 + 1 + 1) + 1);
  CHECK(bench.state(1) == "trap stopped");
}

TEST_CASE("the depth behind a word is verified each time") {
  Bench bench(find_profile("node32"));
  REQUIRE(bench.load("var n : w ( -- ) n @ 1 + dup n ! 3 = if 5 endif ; $ w 1 1 0 every drop").error == 0);
  REQUIRE(bench.run_to_end(1000));
  CHECK(bench.data()[0] == 3);
  CHECK(bench.state(1) == "trap effect_mismatch");
}

TEST_CASE("kill: in every state, itself, once") {
  const std::string words = ": sleeps 5 sleep 1 . ; : loops begin again ; : ends ;\n";
  for (const std::uint32_t budget : budgets) {
    for (const std::string word : {"sleeps", "loops", "ends"}) {
      CAPTURE(word);
      Bench bench(find_profile("node32"));
      REQUIRE(bench.load(words + "$ " + word + " 0 start yield dup kill kill 9 sleep 2 .").error == 0);
      REQUIRE(bench.run_to_end(std::min(budget, 100u)));
      CHECK(bench.output == "2 ");
      CHECK(bench.state(1) == (word == "ends" ? "ended" : "trap stopped"));
    }
    Bench bench(find_profile("node32"));
    REQUIRE(bench.load("1 . self kill 2 .").error == 0);
    REQUIRE(bench.run_to_end(budget));
    CHECK(bench.output == "1 ");
    CHECK(bench.state(0) == "trap stopped");
  }
}

TEST_CASE("a trap stops its own task only") {
  for (const std::uint32_t budget : budgets) {
    Bench bench(find_profile("node32"));
    REQUIRE(
        bench.load(": bad 1 0 / drop ; : good 100 0 do loop 7 . ; $ bad 1 start $ good 0 start drop drop 8 .").error ==
        0);
    REQUIRE(bench.run_to_end(budget));
    CHECK(bench.state(0) == "ended");
    CHECK(bench.state(1) == "trap divide_by_zero");
    CHECK(bench.state(2) == "ended");
  }
}

TEST_CASE("ids count in the order of starting, and come again") {
  check_output(": w self . ; self . $ w 1 start . $ w 1 start .", "1 2 2 3 3 ");
  check_output("var last : w ; 32766 0 do $ w 1 start last ! loop last @ . $ w 1 start . $ w 1 start .", "32767 2 9 ");
}

TEST_CASE("tasks that a header asks for are kept for its frame") {
  const Profile& profile = find_profile("node32");
  const std::string fill =
      "frame greedy 1 exports n\nvar n : w begin 1000 sleep again ;\n"
      ": fill begin $ w 0 start drop n @ 1 + n ! again ; fill";
  Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
  REQUIRE(bench.load("frame owner 1 tasks 4\n: w begin 1000 sleep again ; 50 sleep 3 0 do $ w 0 start drop loop 1 .")
              .error == 0);
  REQUIRE(bench.load(fill).error == 0);
  for (int k = 0; k < 2000; ++k) bench.run(100);
  CHECK(bench.state(1) == "trap tasks_full");
  CHECK(bench.data(1)[0] == 3);  // of 8 four are the owner's, one is the main task
  CHECK(bench.output == "1 ");
  CHECK(bench.state(0) == "ended");
  // None is left for another frame.
  CHECK(bench.error_name(bench.load("1 .")) == "tasks_full");
  Bench other(profile, {}, 8 * Bench::pool_for_one(profile));
  REQUIRE(other.load("frame a 1 tasks 5\n").error == 0);
  CHECK(other.error_name(other.load("frame b 1 tasks 4\n")) == "tasks_full");
  CHECK(other.load("frame b 1 tasks 3\n").error == 0);
  CHECK(other.error_name(other.load("frame c 1 tasks 9\n")) == "tasks_full");
}

// tests/counting/cores.py holds what else is in the 8 KB of the chip.
TEST_CASE("eight tasks fit into the 2 KB that stm32f1 has for frames, beside a text that comes") {
  Bench bench(find_profile("stm32f1"), {}, 2048);
  const std::string first =
      "frame sensor 1 code 200 data 60 tasks 6\nvar n channel c 4\n"
      ": count begin n @ 1 + n ! yield again ; : put begin n @ c send again ; : beat n @ drop ;\n"
      "$ count 0 start drop $ put 0 start drop $ beat 5 10 0 every drop $ beat 5 20 0 every drop $ count 0 start drop\n"
      "begin c receive drop again";
  REQUIRE(describe(bench.engine(), bench.load(first)) == "");
  for (int k = 0; k < 100; ++k) bench.run(20);
  // Fed in pieces while the others run.
  const std::string second =
      "frame more 1 code 100 data 20 tasks 2\n: w begin yield again ; $ w 0 start . begin yield again";
  REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
  for (const char& byte : second) {
    REQUIRE(bench.feed({&byte, 1}).error == 0);
    bench.run(20);
  }
  REQUIRE(describe(bench.engine(), finish_all(bench.engine(), bench.instance())) == "");
  for (int k = 0; k < 1000; ++k) bench.run(20);
  CHECK(bench.output == "2 ");
  for (std::uint8_t index = 0; index < 8; ++index) {
    CAPTURE(index);
    CHECK(is_live(bench.task(index).state));
    CHECK(bench.task(index).ticks > 0);
  }
}

TEST_CASE("places of tasks that are over are used again, those of main tasks are not") {
  Bench bench(find_profile("node32"));
  REQUIRE(bench.load(": w self drop ; 100 0 do $ w 1 start drop loop").error == 0);
  REQUIRE(bench.run_to_end(1000));
  CHECK(bench.state(0) == "ended");
  CHECK(bench.task(0).id == 1);
  for (std::uint8_t k = 1; k < 8; ++k) CHECK(bench.state(k) == "ended");
}

TEST_CASE("the host starts words with priority, period and deadline") {
  Clock clock;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load("frame f 1 exports w exports v\n: w 1 . ; : v 2 . ;").error == 0);
  run_ready(bench);
  std::uint8_t w = 0, v = 0;
  const TaskOptions every{.priority = 1, .period_us = 250, .deadline_us = 100};
  REQUIRE(bench.engine().start(bench.instance(), 0, "w", every, w));
  REQUIRE(bench.engine().start(bench.instance(), 0, "v", {.priority = 2}, v));
  CHECK(run_ready(bench).wake == 250);
  CHECK(bench.output == "2 1 ");
  clock.now = 350;
  CHECK(run_ready(bench).wake == 500);
  clock.now = 601;
  CHECK(run_ready(bench).wake == 750);
  CHECK(bench.task(w).missed == 1);
  CHECK(bench.task(w).priority == 1);
}

TEST_CASE("header: a priority that is none, and one that the profile cannot have") {
  for (const char* text : {"frame f 1 priority 256\n", "frame f 1 priority -1\n", "frame f 1 priority x\n"}) {
    Bench bench(find_profile("node32"));
    CHECK(bench.error_name(bench.load(text)) == "header_syntax");
  }
  Bench bench(find_profile("minimal"));
  CHECK(bench.error_name(bench.load("frame f 1 priority 1\n")) != "");
}

TEST_CASE("slices report all ticks of a word that was started, those behind its last charge, too") {
  for (const char* name : {"node32", "own16"}) {
    Bench bench(find_profile(name));
    // 11 ticks each time and one for the end; another one, for beginning again, belongs to no slice.
    REQUIRE(bench.load(": w 1 drop 1 drop 1 drop 1 drop 1 drop ; $ w 1 1 0 every drop").error == 0);
    std::uint64_t reported = 0;
    for (int slice = 0; slice < 100; ++slice) reported += bench.run(1000).ticks;
    const std::uint64_t main = bench.task(0).ticks, periodic = bench.task(1).ticks;
    CHECK(bench.state(0) == "ended");
    CHECK(periodic > 500);
    CHECK(reported == main + (periodic - 1) / 13 * 12);
    CHECK((periodic - 1) % 13 == 0);
  }
}
