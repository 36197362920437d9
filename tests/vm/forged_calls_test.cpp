// As forged_test.cpp: of what calls return to, of handlers, and of the word at which a task begins again.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/forgeries.hpp"
#include "tests/vm/frames.hpp"

namespace {

using namespace mica;
using namespace mica::forging;
using namespace mica::tests;

vm::Task& started(vm::Machine& machine) {
  for (vm::Task& task : machine.tasks)
    if (is_live(task.state) && !task.is_main) return task;
  FAIL("no task was started");
  return machine.tasks[0];
}

// Puts the task at the first word of its frame, which leaves so many ticks to be charged.
void begin_at_first_word(vm::Machine& machine, vm::Task& task, unsigned ticks) {
  task.schedule.word =
      static_cast<std::uint16_t>(place_of(machine.frames[0], {core::Op::branch}) + core::length(core::Op::branch));
  task.schedule.word_ticks = static_cast<std::uint8_t>(ticks);
}

const char* const waiting = "400 0 do i drop loop";
const char* const plain = ": t 9 0 do i drop loop ; : w 100 0 do i drop loop ; $ w 0 start drop 400 0 do i drop loop";
const char* const keeps = "try 7 >r try 8 >r 99 0 do i drop loop r> drop catch drop endtry r> drop catch drop endtry";
const char* const throws_in_a_call =
    ": raise begin 30 0 do i drop loop 1 0 / drop again ; : q try raise catch drop endtry ; : x q ; x 1 2 . .";
const char* const maps = ": g 99 0 do i drop loop dup * ; array a { 1 2 3 } array o 3 a o $ g 0 vecmap";
const char* const executes = ": w ( -- ) 99 0 do i drop loop 1 if 7 endif 1 if drop endif ; $ w execute 5 .";

UCell& innermost_mark(vm::Machine& machine) {
  vm::Task& task = machine.tasks[0];
  REQUIRE(task.calls >= 2);
  return task.returns[task.calls - 2];
}

const Forgery forgeries[] = {
    {"cells kept below a try that is not open", {waiting}, 20, [](auto& m) { m.tasks[0].tries.kept = 1; }},
    {"a try that keeps more than the one in it",
     {keeps},
     40,
     [](auto& m) {
       vm::Task& task = m.tasks[0];
       REQUIRE(task.kept == 2);
       const vm::TryRecord inner = vm::record_below(task.returns + task.tries.top);
       vm::TryRecord outer = vm::record_below(task.returns + inner.outer);
       outer.kept = 2;
       std::memcpy(task.returns + inner.outer - vm::try_entries, &outer, sizeof outer);
     }},
    {"a wait for a variable without any cell",
     {"var v " + std::string(waiting)},
     20,
     [](auto& m) {
       REQUIRE(m.tasks[0].depth == 0);
       m.tasks[0].state = TaskState::waiting;
       m.tasks[0].schedule.waits_for = vm::WaitsFor::variable;
     }},
    {"a return behind a try in which something never returns",
     {throws_in_a_call},
     20,
     [](auto& m) {
       REQUIRE(m.tasks[0].tries.top != 0);
       ++m.tasks[0].returns[0];
     }},
    {"a mark of fewer cells than the elements of vecmap need",
     {maps},
     20,
     [](auto& m) {
       vm::Task& task = m.tasks[0];
       REQUIRE(task.calls == 1);
       task.pc =
           static_cast<std::uint16_t>(place_of(m.frames[0], {core::Op::vecmap_element, core::Op::call_token}) +
                                      core::length(core::Op::vecmap_element) + core::length(core::Op::call_token));
       REQUIRE(core::decode(m.frames[0].code + task.pc) == core::Op::verify_depth);
       task.depth = 1;
       task.loops = 0;
       task.returns[0] = 1;
     }},
    {"a mark of more cells than the stack has, where the depth is checked",
     {executes},
     40,
     [](auto& m) { innermost_mark(m) = core::limits::stack_cells + 1; }},
    {"a return of a word, whose depth is to be verified, to where nobody does",
     {": odd ( n -- n n ) 99 0 do i drop loop dup 1 and if dup 7 else dup endif dup 7 = if drop endif ; "
      "4 odd drop drop 1 2 . ."},
     40,
     [](auto& m) {
       vm::Task& task = m.tasks[0];
       REQUIRE(task.calls == 2);
       task.returns[0] = place_of(m.frames[0], {core::Op::print, core::Op::print});
       task.calls = 1;
     }},
    {"a task that has trapped with nothing",
     {": bad 1 0 / drop ; $ bad 0 start drop 900 0 do i drop loop"},
     60,
     [](auto& m) {
       for (vm::Task& task : m.tasks) task.trap = core::Trap::none;
     }},
    {"a task that waits for a variable until it begins anew",
     {": bad 1 0 / drop ; $ bad 0 start 3 5 supervise 900 0 do i drop loop"},
     60,
     [](auto& m) {
       vm::Task& task = started(m);
       REQUIRE((task.schedule.begins_anew && task.state == TaskState::sleeping));
       task.state = TaskState::waiting;
       task.schedule.waits_for = vm::WaitsFor::variable;
       task.schedule.wake = never;
       task.schedule.place = 0xffff;
     }},
    {"a longer wait for the next time than programs can ask for",
     {plain},
     40,
     [](auto& m) { started(m).schedule.restart_delay = 0xffffffff; }},
};

}  // namespace

TEST_CASE("calls and handlers forged on purpose are refused") {
  for (const Forgery& forgery : forgeries) check_refused(forgery);
}

// The ticks that the word leaves are one of these.
TEST_CASE("a task begins again at nothing but a word that takes nothing, and fits its stacks") {
  for (unsigned ticks = 0; ticks < 64; ++ticks) {
    CAPTURE(ticks);
    check_refused({"a word that takes cells, and is begun again", {takes}, 40, [&](auto& m) {
                     begin_at_first_word(m, started(m), ticks);
                     started(m).schedule.restarts_max = 5;
                   }});
    check_refused({"a word that takes cells, and somebody may supervise", {takes}, 40, [&](auto& m) {
                     begin_at_first_word(m, started(m), ticks);
                   }});
    check_refused({"a word that is told of traps, and is begun again", {takes}, 40, [&](auto& m) {
                     begin_at_first_word(m, started(m), ticks);
                     started(m).schedule.handles_traps = true;
                     started(m).schedule.restarts_max = 5;
                   }});
    check_refused({"a word for more cells than the stack has", {takes_room}, 40, [&](auto& m) {
                     begin_at_first_word(m, started(m), ticks);
                     started(m).schedule.begins_anew = true;
                     started(m).state = TaskState::sleeping;
                   }});
    check_refused({"a text that begins anew at a word", {plain}, 40, [&](auto& m) {
                     vm::Task& text = m.tasks[&started(m) == &m.tasks[0] ? 1 : 0];
                     REQUIRE(text.is_main);
                     begin_at_first_word(m, text, ticks);
                     text.schedule.period = 900;
                   }});
  }
  check_refused({"a task of neither a text nor a word", {plain}, 40, [](auto& m) {
                   started(m).schedule.word = 0;
                   started(m).schedule.word_ticks = 0;
                 }});
}

// It begins at its word with nothing of what was before.
TEST_CASE("where a task stands that begins anew matters to nobody") {
  check_harmless({"begins anew",
                  {": bad 1 0 / drop ; $ bad 0 start 3 5 supervise 900 0 do i drop loop"},
                  40,
                  [](auto& m) {
                    vm::Task& task = started(m);
                    REQUIRE((task.schedule.begins_anew && task.calls > 0));
                    task.pc = 0xfff0;
                    task.calls = 1;
                    task.returns[0] = 0xfff0;
                  }},
                 "ended");
}

// A place that was never taken looks like one of the frame in the first slot.
TEST_CASE("a machine without a frame in its first slot is taken up") {
  Traveller one(find_profile("node32"), "checked", std::size_t{1} << 18);
  REQUIRE(one.load("7 ."));
  REQUIRE(one.load(waiting));
  for (int slice = 0; slice < 20; ++slice) one.run(1);
  REQUIRE(unload_whole(one.bench(), 0) == Unloading::done);
  CHECK_MESSAGE(one.hop(true), one.problem);
  CHECK(one.bench().run_to_end(100, 100000));
}

// A frame is under way when the machine is written out.
TEST_CASE("a machine whose frames are being moved is taken up") {
  std::string large = ": large ";
  for (int k = 0; k < 400; ++k) large += "777 drop ";
  for (int steps = 1; steps < 8; ++steps) {
    CAPTURE(steps);
    Traveller one(find_profile("node32"), "checked", std::size_t{1} << 18);
    REQUIRE(one.load("9 ."));
    REQUIRE(one.load(large + "; array a 2000 7 a ! 40 0 do i drop loop a @ . large"));
    for (int slice = 0; slice < 9; ++slice) one.run(1);
    for (int step = 0; step < steps; ++step) REQUIRE(unload(one.bench(), 0) == Unloading::busy);
    CHECK_MESSAGE(one.hop(true), one.problem);
    CHECK(one.bench().run_to_end(100, 100000));
    CHECK(one.bench().output == "9 7 ");
  }
}

// The last task of its own was the only one.
TEST_CASE("all tasks have their turns on a machine that takes them up after it has run others") {
  Traveller source(find_profile("node32"), "checked", std::size_t{1} << 18);
  REQUIRE(source.load("40 0 do i drop loop 1 . begin again"));
  REQUIRE(source.load("40 0 do i drop loop 2 . begin again"));
  source.run(1);
  const std::vector<std::byte> snapshot = source.save(false);
  Traveller other(find_profile("node32"), "checked", std::size_t{1} << 18);
  REQUIRE(other.load("9 0 do i drop loop"));
  while (!other.run(1).idle) {
  }
  REQUIRE(unload_whole(other.bench(), 0) == Unloading::done);
  REQUIRE(other.restore(other.bench(), snapshot) == "");
  for (int slice = 0; slice < 1000; ++slice) other.run(1);
  CHECK(other.bench().output.size() == 4);
}
