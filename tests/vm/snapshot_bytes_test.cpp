// What is in a snapshot is state, and all of it: the same state has the same bytes, whatever was before. And what a
// snapshot that is refused leaves of a machine.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/vm/forging.hpp"
#include "tests/vm/frames.hpp"
#include "tests/vm/programs.hpp"
#include "tests/vm/traveller.hpp"
#include "tests/vm/workloads.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using namespace mica::forging;

constexpr std::size_t pool_bytes = std::size_t{1} << 18;

// One machine stays where it is, the other one hops behind each slice and had other bytes in its memory.
void write_the_same(const Profile& profile, const std::string& text, std::uint32_t budget, unsigned slices) {
  CAPTURE(profile.name);
  CAPTURE(text);
  Traveller stays(profile, "checked", pool_bytes, {}, 0x00), hops(profile, "checked", pool_bytes, {}, 0xEE);
  if (!stays.load(text)) return;
  REQUIRE(hops.load(text));
  for (unsigned slice = 0; slice < slices; ++slice) {
    const RunReport report = stays.run(budget);
    hops.run(budget);
    const std::vector<std::byte> expected = stays.save(false), got = hops.save(false);
    if (expected != got) {
      const auto differs = std::mismatch(expected.begin(), expected.end(), got.begin(), got.end());
      FAIL("slice " << slice << " at byte " << differs.first - expected.begin());
    }
    if (report.idle) return;
    REQUIRE_MESSAGE(hops.restore(got), hops.problem);
    if (hops.save(false) != got) FAIL("slice " << slice << " written again");
  }
}

const char* const nested_tries =
    ": f ( n -- n ) dup 0 > if try dup 1 - f catch drop 1 endtry + else 1 0 / drop endif ; 9 f . 1 f . 0 f";
const char* const convolves =
    "array l 80 s\" a text of more than four cells, and more than eight\" l s! l s@ .s l s@ .s "
    "array a { 1 2 3 4 5 6 7 8 9 } array k { 1 2 3 4 } array o 16 "
    "a o o 0 vecadd a k o 0 3 2 1 1 vecconv 7 8 . . l s@ .s";

}  // namespace

TEST_CASE("the same state has the same bytes, whatever lay in the memory before") {
  for (const char* const name : {"node32", "rexa16", "own16", "stm32f4"}) {
    const Profile& profile = find_profile(name);
    for (const Vector& vector : profile.vectors) write_the_same(profile, std::string(vector.program), 1, 100);
    for (const char* const text : {nested_tries, convolves}) write_the_same(profile, text, 1, 400);
    for (unsigned seed = 500; seed < 520; ++seed) write_the_same(profile, generated_program(profile, seed), 7, 40);
  }
  for (const Situation& one : situations) write_the_same(find_profile(one.profile), one.program, 1, 400);
}

TEST_CASE("a text in the midst of its way to the stack is not as long as the stack") {
  Traveller one(find_profile("node32"), "checked", pool_bytes);
  REQUIRE(one.load(convolves));
  std::size_t largest = 0;
  for (int slice = 0; slice < 400; ++slice) {
    if (one.run(1).idle) break;
    largest = std::max(largest, one.save(false).size());
  }
  CHECK(largest < 1500);
}

// Not by its bytes in memory, between which may lie others.
TEST_CASE("the record of a try is kept by its fields") {
  Traveller one(find_profile("node32"), "checked", pool_bytes);
  REQUIRE(one.load("1 2 3 try 90 0 do i drop loop catch drop endtry drop drop drop"));
  for (int slice = 0; slice < 20; ++slice) one.run(1);
  const std::vector<std::byte> snapshot = one.save(false);
  OpenSnapshot open(snapshot);
  vm::Task& task = open.machine.tasks[0];
  REQUIRE(task.tries.top != 0);
  const vm::TryRecord record = vm::record_below(task.returns + task.tries.top);
  constexpr std::size_t bytes = vm::try_entries * sizeof(UCell);
  std::byte dirty[bytes];
  std::fill(std::begin(dirty), std::end(dirty), std::byte{0xEE});
#define FIELD(name) std::memcpy(dirty + offsetof(vm::TryRecord, name), &record.name, sizeof record.name)
  FIELD(handler);
  FIELD(depth);
  FIELD(loops);
  FIELD(kept);
  FIELD(outer);
  FIELD(frame);
#undef FIELD
  std::memcpy(task.returns + task.tries.top - vm::try_entries, dirty, bytes);
  CHECK(open.close() == snapshot);
}

// A program reads nothing of what lay in the memory.
TEST_CASE("cells that an instruction has not placed are 0, whatever it says") {
  std::string seen[2];
  for (const std::uint8_t garbage : {0x00, 0xEE}) {
    Traveller one(find_profile("node32"), "checked", pool_bytes, {}, garbage);
    REQUIRE(one.load("array l { 55 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 } l s@ . . . . . . . . . . . . . . ."));
    for (int slice = 0; slice < 2; ++slice) one.run(1);
    OpenSnapshot open(one.save(false));
    REQUIRE(open.machine.tasks[0].in_progress);
    REQUIRE(open.placed[0] > 0);
    open.placed[0] = 0;
    REQUIRE_MESSAGE(one.restore(open.close()), one.problem);
    while (!one.run(100).idle) {
    }
    seen[garbage != 0] = one.description();
  }
  CHECK(seen[0] == seen[1]);
}

// What a task was before, which no program and no host can see.
TEST_CASE("what is no state does not come back") {
  Traveller one(find_profile("node32"), "checked", pool_bytes);
  REQUIRE(
      one.load(": w 100 0 do i drop loop ; : bad 1 0 / drop ; $ w 0 start drop $ bad 0 start drop "
               ": told drop drop ; $ told on-trap 400 0 do i drop loop"));
  for (int slice = 0; slice < 100; ++slice) one.run(1);
  const std::vector<std::byte> snapshot = one.save(false);
  OpenSnapshot open(snapshot);
  REQUIRE(open.good);
  unsigned empty = 0;
  for (vm::Task& task : open.machine.tasks) {
    if (is_over(task.state)) task.calls = task.loops = task.kept = 1;
    if (!is_live(task.state)) continue;
    task.trap = core::Trap::divide_by_zero;
    task.component = 2;
    task.schedule.wake = 12345;
    task.schedule.place = 77;
    task.schedule.waits_for = vm::WaitsFor::room;
    task.schedule.is_late = task.schedule.is_abandoned = true;
    if (task.depth != 0) continue;
    task.top = 4711;
    ++empty;
  }
  CHECK(empty > 0);
  // Of the frame: the code of a trap of which its handler has been told.
  constexpr std::size_t code_at = 1 + 1 + 1 + 5 * 4 + 2 + 4 + 2 + 2 + 2;
  open.frames[code_at] = std::byte{7};
  const std::vector<std::byte> with_past = open.close();
  CHECK(with_past != snapshot);
  REQUIRE_MESSAGE(one.restore(with_past), one.problem);
  CHECK(one.save(false) == snapshot);
}

TEST_CASE("a snapshot that is refused leaves the machine as it was") {
  const Profile& profile = find_profile("node32");
  Traveller source(profile, "checked", pool_bytes), tried(profile, "checked", pool_bytes),
      other(profile, "checked", pool_bytes);
  REQUIRE(source.load(": w 90 0 do i drop loop ; $ w 0 start drop 400 0 do i drop loop"));
  REQUIRE(source.load("400 0 do i drop loop"));
  for (int slice = 0; slice < 60; ++slice) source.run(3);
  const std::vector<std::byte> whole = source.save(false);
  const auto changed = [&](auto change) {
    OpenSnapshot open(whole);
    change(open);
    return open.close();
  };
  const std::vector<std::vector<std::byte>> refused = {
      changed([](OpenSnapshot& open) { open.machine.tasks[0].pc = 1; }),       // by the places
      changed([](OpenSnapshot& open) { open.machine.tasks[0].loops = 0; }),    // by the tasks
      changed([](OpenSnapshot& open) { open.frames[3] ^= std::byte{1}; }),     // by the code
      changed([](OpenSnapshot& open) { open.frames.back() = std::byte{9}; }),  // by the end of the texts
      changed([](OpenSnapshot& open) { open.machine.tasks[1].owner = 2; }),    // by a frame that is not there
      std::vector<std::byte>(whole.begin(), whole.end() - 9)};
  // Both have a past.
  for (Traveller* const machine : {&tried, &other}) {
    REQUIRE(machine->load("7 . 1 sleep 5 0 do i drop loop"));
    REQUIRE(machine->load("8 . 1 sleep 5 0 do i drop loop"));
    while (!machine->run(5).idle) {
    }
    REQUIRE(unload_whole(machine->bench(), 0) == Unloading::done);
    REQUIRE(unload_whole(machine->bench(), 1) == Unloading::done);
  }
  for (const std::vector<std::byte>& one : refused) {
    const std::string problem = tried.restore(tried.bench(), one);
    CHECK_MESSAGE(problem != "", (&one - refused.data()));
    CHECK(tried.save(false) == other.save(false));
  }
  for (Traveller* const machine : {&tried, &other}) {
    REQUIRE(machine->load("20 0 do i . loop"));
    REQUIRE(machine->load("20 0 do i . loop"));
    for (int slice = 0; slice < 40; ++slice) machine->run(3);
  }
  CHECK(tried.bench().frame(0).generation == other.bench().frame(0).generation);
  CHECK(tried.description() == other.description());
  CHECK(tried.save(false) == other.save(false));
}
