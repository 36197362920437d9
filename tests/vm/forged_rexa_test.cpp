// As forged_test.cpp, of the dialect in which depths are known only while a program runs.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/forgeries.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using namespace mica::forging;

std::string times(int count, const std::string& text) {
  std::string all;
  for (int k = 0; k < count; ++k) all += text;
  return all;
}

// A call of a word by itself behind so many ticks that were not charged, below where the word began; a loop that
// changes the depth, likewise.
std::string recursive(const std::string& stretch) {
  return ": w dup 0 > if drop " + stretch + "w else drop endif ; 7 8 1 2 3 4 5 6 7 8 9 w . .";
}
std::string repeated(const std::string& stretch) {
  return ": w begin drop " + stretch + "again ; 7 8 0 2 3 4 5 6 7 8 9 w . ";
}
const char* const of_five_ticks = "2 1 swap drop drop ";

// Puts the task at each place with few cells: it may be refused there, but does nothing that was not promised.
void put_everywhere(const std::string& text, int slices = 4, unsigned most_loops = 0) {
  Traveller one(find_profile("rexa16"), "checked", std::size_t{1} << 16);
  REQUIRE(one.load(text));
  for (int slice = 0; slice < slices; ++slice) one.run(40);
  OpenSnapshot open(one.save(false));
  vm::Task& task = open.machine.tasks[0];
  REQUIRE(is_live(task.state));
  const unsigned places = static_cast<unsigned>(one.bench().code(0).size());
  for (unsigned k = 0; k < places * 3 * (most_loops + 1); ++k) {
    task.pc = static_cast<std::uint16_t>(k % places);
    task.depth = static_cast<std::uint16_t>(k / places % 3);
    task.loops = static_cast<std::uint16_t>(k / places / 3);
    const std::unique_ptr<Bench> bench = one.make();
    if (!one.restore(*bench, open.close()).empty()) continue;
    for (int slice = 0; slice < 20; ++slice) bench->run(5);
    CHECK_MESSAGE(bench->state(0) != "trap core_fault", task.pc << ": " << task.depth << ", " << task.loops);
  }
}

void hop_behind_each_tick(const std::string& text) {
  Traveller one(find_profile("rexa16"), "checked", std::size_t{1} << 16),
      other(find_profile("rexa16"), "checked", 1 << 16);
  REQUIRE_MESSAGE(one.load(text), one.problem);
  REQUIRE(other.load(text));
  bool idle = false;
  for (int slice = 0; slice < 2000 && !idle; ++slice) {
    idle = one.run(1).idle;
    other.run(1);
    REQUIRE_MESSAGE(one.hop(slice % 2 == 0), one.problem);
  }
  CHECK(one.description() == other.description());
}

}  // namespace

// The check of what a call or a turn needs and the call itself are one: no task stands between them.
TEST_CASE("no task stands between a check and what relies on it") {
  for (int pieces = 22; pieces < 33; ++pieces)
    for (const std::string odd : {"", of_five_ticks})
      for (const std::string& text :
           {recursive(times(pieces, "0 drop ") + odd), repeated(times(pieces, "0 drop ") + odd)}) {
        CAPTURE(text);
        hop_behind_each_tick(text);
        put_everywhere(text);
      }
}

TEST_CASE("stacks reach as far as the rest of a block, and of the body of a loop, needs them") {
  const char* const texts[] = {
      ": w begin drop 0 drop drop 3 again ; 7 8 0 2 3 4 5 6 7 8 9 w .",
      ": w begin 1 2 3 drop drop drop drop dup 0 = until ; 0 7 8 0 2 3 4 5 6 7 8 9 w",
      ": w dup if dup endif begin drop 0 drop drop 3 again ; 7 8 0 2 3 4 5 6 7 8 9 w .",
      "9 9 0 do i drop i drop 5 0 do j drop i drop loop i drop loop drop",
      ": g 9 0 do i drop i if 1 else 2 3 endif i drop drop loop ; g g",
      // What lies before a body that is checked again reaches lower than that.
      ": w 9 drop drop drop drop 1 2 3 begin drop dup 0 = until ; 0 7 8 9 7 7 7 7 7 7 7 7 7 7 w",
      ": w 9 drop drop drop drop 1 2 3 begin drop dup 0 = if leave endif again ; 0 7 8 9 7 7 7 7 7 7 7 7 7 7 w",
      ": w 9 drop drop drop drop 1 2 3 12 0 do drop dup drop loop ; 0 7 8 9 7 7 7 7 7 7 7 7 7 w",
      ": w begin drop drop drop 1 2 3 begin drop dup 0 = until drop 5 again ; 0 7 7 7 0 7 7 7 7 7 7 7 7 7 w",
      // A way back that no way leads to.
      ": w begin drop drop drop leave again 5 6 99 0 do i drop loop ; 1 2 3 w . .",
  };
  for (const char* const text : texts) {
    CAPTURE(text);
    hop_behind_each_tick(text);
    put_everywhere(text, 1, 4);
  }
}

// Within a loop its own parameters are sure; behind it so is what was looked at before it.
TEST_CASE("the loop stack reaches as far as what follows a loop needs it") {
  const char* const text = "var v : w v @ if j drop 3 0 do i drop loop j drop else 99 0 do i drop loop endif ; w w";
  hop_behind_each_tick(text);
  put_everywhere(text, 1, 6);
}

// What a word leaves on both stacks its caller finds, also one that will never return as it takes too much.
TEST_CASE("callers are held against what their words leave") {
  const char* const texts[] = {
      ": w 9 0 do i drop loop 1 >f ; : x w f> . ; x x",
      ": w 9 0 do i drop loop 1 if drop drop drop else drop drop drop endif ; 1 w .",
      ": w 9 0 do i drop loop 1 if f> drop else f> drop endif ; w 1 .",
      ": w ( n -- n ) 9 0 do i drop loop dup if drop 1 endif ; 1 w .",
      ": w 9 0 do i drop loop dup if drop endif ; : x 4 0 w . ; x x",
  };
  for (const char* const text : texts) {
    CAPTURE(text);
    hop_behind_each_tick(text);
  }
}

// How many cells such a word leaves is not known: it returns to nothing but a check.
TEST_CASE("a word of unknown effect returns to nothing that takes cells without looking") {
  Traveller one(find_profile("rexa16"), "checked", std::size_t{1} << 16);
  REQUIRE(one.load(": w 200 0 do i drop loop dup if drop endif ; 1 2 3 . . . 1 w 7 8 . ."));
  for (int slice = 0; slice < 4; ++slice) one.run(40);
  OpenSnapshot open(one.save(false));
  vm::Task& task = open.machine.tasks[0];
  REQUIRE(task.calls == 1);
  const unsigned places = static_cast<unsigned>(one.bench().code(0).size());
  for (unsigned place = 0; place < places; ++place) {
    task.returns[0] = static_cast<UCell>(place);
    const std::unique_ptr<Bench> bench = one.make();
    if (!one.restore(*bench, open.close()).empty()) continue;
    while (!bench->run(50).idle) {
    }
    CHECK_MESSAGE(bench->state(0) != "trap core_fault", place);
  }
}

// The host has started it.
TEST_CASE("a task begins again at no word that looks at the loops of its caller") {
  Traveller one(find_profile("rexa16"), "checked", std::size_t{1} << 16);
  REQUIRE_MESSAGE(one.load("frame m 1 exports w tasks 2\n: t f drop ; : w 100 0 do i drop loop ;"), one.problem);
  std::uint8_t index = 0;
  REQUIRE(one.engine().start(one.bench().instance(), 0, "w", {}, index));
  for (int slice = 0; slice < 9; ++slice) one.run(1);
  OpenSnapshot open(one.save(false));
  vm::Task& task = open.machine.tasks[index];
  REQUIRE(is_live(task.state));
  REQUIRE_MESSAGE(one.restore(*one.make(), open.close()) == "", one.problem);
  const std::vector<std::uint8_t> code = one.bench().code(0);
  vm::Frame frame;
  frame.code = const_cast<std::uint8_t*>(code.data());
  frame.code_bytes = static_cast<std::uint32_t>(code.size());
  task.schedule.word = static_cast<std::uint16_t>(place_of(frame, {core::Op::branch}) + core::length(core::Op::branch));
  for (unsigned ticks = 0; ticks < 64; ++ticks) {
    task.schedule.word_ticks = static_cast<std::uint8_t>(ticks);
    CHECK(one.restore(*one.make(), open.close()) == "task_differs");
  }
}
