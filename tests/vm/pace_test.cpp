// How time goes on, and what the host is told of it, in whatever slices a task runs.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"
#include "tests/vm/frames.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t budgets[] = {1, 7, 100, unbounded};

// A clock that goes on with the ticks of a slice, as that of a simulated host.
struct Clock {
  Time now = 0;

  Host host() {
    Host services;
    services.context = this;
    services.now = [](void* context, std::uint32_t ticks) { return static_cast<Clock*>(context)->now + ticks; };
    return services;
  }
};

Bench bench_with(Clock& clock) {
  const Profile& profile = find_profile("node32");
  return Bench(profile, "switch-observed", Bench::pool_for_one(profile), clock.host());
}

}  // namespace

// It is the only one that is left, and takes longer than a period each time.
TEST_CASE("a task that is alone misses the same deadlines in all slices") {
  for (const std::uint32_t budget : budgets) {
    CAPTURE(budget);
    Bench bench(find_profile("node32"));
    REQUIRE(bench.load("var n : w n @ 1 + n ! 900 0 do i drop loop n @ 5 = if self kill endif ; $ w 0 1 0 every drop")
                .error == 0);
    CHECK(bench.run_to_end(budget, 10000000));
    CHECK(bench.state(1) == "trap stopped");
    CHECK(bench.task(1).missed == 10);
  }
}

TEST_CASE("behind a time to which the machine has gone on by itself a slice is as long as any") {
  Bench bench(find_profile("node32"));
  REQUIRE(bench.load("5 sleep 900 0 do i drop loop").error == 0);
  while (bench.state() != "sleeping") bench.run(100);
  const RunReport report = bench.run(100);
  CHECK(report.ticks >= 100);
  CHECK(report.wake == never);
}

// The one has slept long enough when the slice of the other ends.
TEST_CASE("who has become ready during a slice is told of at its end") {
  Clock clock;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load(": w 1 sleep 7 . ; $ w 1 start drop 0 sleep 400 0 do i drop loop").error == 0);
  RunReport report;
  do {
    report = bench.run(unbounded);
    clock.now += report.ticks;
  } while (bench.state() != "ended");
  CHECK(!report.idle);
  CHECK(bench.run(unbounded).idle);
  CHECK(bench.output == "7 ");
}

TEST_CASE("a task that is alone and sleeps for no time is ready") {
  Clock clock;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load("9 0 do 9 0 do i drop loop 0 sleep loop").error == 0);
  for (int slice = 0; slice < 1000; ++slice) {
    const RunReport report = bench.run(500);
    clock.now += report.ticks;
    if (bench.state() == "ended") break;
    CHECK(!report.idle);
  }
  CHECK(bench.state() == "ended");
}

TEST_CASE("a task sleeps from the moment at which it says so, not from the begin or the end of its slice") {
  Clock clock;
  clock.now = 1000000000;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load("90 0 do i drop loop 1 sleep").error == 0);
  const RunReport report = bench.run(100000);
  REQUIRE(bench.state() == "sleeping");
  CHECK(report.wake > clock.now + 1000);
  CHECK(report.wake <= clock.now + report.ticks + 1000);
}

TEST_CASE("who waits no longer than a time is not in a deadlock") {
  Clock clock;
  Bench bench = bench_with(clock);
  REQUIRE(bench.load("channel c 1 c 5 receive? . .").error == 0);
  RunReport report = bench.run(unbounded);
  CHECK(report.idle);
  CHECK(report.wake != never);
  CHECK(!report.deadlock);
}

// While a frame is moved the task of another is the only one that can run.
TEST_CASE("behind a move of their frame tasks have their turns again") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, "switch-observed", std::size_t{1} << 18);
  load(bench, "begin again");
  load(bench, large(profile, 20000));
  load(bench, large(profile, 20000) + "20 0 do loop 7 .");
  while (bench.state(1) != "ended") bench.run(1);
  REQUIRE(unload(bench, 1) == Unloading::busy);
  for (int slice = 0; slice < 20; ++slice) bench.run(1);
  REQUIRE(bench.output == "");
  REQUIRE(unload_whole(bench, 1) == Unloading::done);
  for (int slice = 0; slice < 200; ++slice) bench.run(1);
  CHECK(bench.output == "7 ");
}

// Another frame has all the tasks that are left; it goes while the only one runs.
TEST_CASE("a word is told of a trap as soon as a task is free") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, "switch-observed", std::size_t{1} << 18);
  load(bench,
       ": told drop drop 7 . ; : busy begin again ; $ busy 0 start drop $ told on-trap 40 0 do i drop loop 1 0 / .");
  for (int slice = 0; slice < 20; ++slice) bench.run(1);
  load(bench, "frame most 1 tasks " + std::to_string(profile.limits.tasks - 2) + "\n");
  for (int slice = 0; slice < 2000; ++slice) bench.run(1);
  REQUIRE(bench.state(0) == "trap divide_by_zero");
  REQUIRE(bench.output == "");
  REQUIRE(unload_whole(bench, 1) == Unloading::done);
  for (int slice = 0; slice < 200; ++slice) bench.run(1);
  CHECK(bench.output == "7 ");
}
