// Snapshots that somebody has changed who knows what their fields mean: each of these would let a program do what none
// can, and is refused.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/forgeries.hpp"

namespace {

using namespace mica;
using namespace mica::forging;

// The task that was started at a word, and goes on.
vm::Task& started(vm::Machine& machine) {
  for (vm::Task& task : machine.tasks)
    if (is_live(task.state) && !task.is_main) return task;
  FAIL("no task was started");
  return machine.tasks[0];
}

void push(vm::Task& task, std::uint32_t entry) { task.returns[task.calls++] = entry; }

const char* const waiting = "400 0 do i drop loop";
const char* const with_task = ": w 100 0 do i drop loop ; $ w 0 start drop 400 0 do i drop loop";
const char* const lib =
    "frame lib 1 exports w3\n: w3 ( a b c -- ) 9 0 do i drop loop drop drop drop ; begin 3 sleep again";
const char* const user = "frame m 1 tasks 3 imports lib.w3\n: w 1 2 3 w3 ; $ w 0 start drop 400 0 do i drop loop";

const Forgery forgeries[] = {
    {"a return address behind all code", {with_task}, 40, [](auto& m) { started(m).returns[0] = 0xfffffffe; }},
    {"a try below the last return address",
     {with_task},
     40,
     [](auto& m) {
       vm::Task& task = started(m);
       const vm::TryRecord record{0x4d, 0, 0, 0, 0, 200};
       std::memcpy(task.returns, &record, sizeof record);
       task.calls = vm::try_entries;
       task.tries.top = vm::try_entries;
       push(task, 0);
     }},
    {"a crossing from a frame that is not there",
     {lib, user},
     until_it_crosses,
     [](auto& m) {
       vm::Task& task = started(m);
       REQUIRE(task.frame != task.owner);
       push(task, 200);
       task.pc = 2;
     }},
    {"a message without its word",
     {"channel c 1 400 0 do i drop loop 20 5 event? drop"},
     20,
     [](auto& m) { m.tasks[0].schedule.message = vm::Message::sending; }},
    {"cells below a try that is not open", {waiting}, 20, [](auto& m) { m.tasks[0].tries.depth = 200; }},
    {"a text that begins anew", {waiting}, 20, [](auto& m) { m.tasks[0].schedule.restarts_max = 5; }},
    {"a text with a period", {waiting}, 20, [](auto& m) { m.tasks[0].schedule.period = 5; }},
    {"a task in the code of another frame",
     {waiting, waiting},
     30,
     [](auto& m) {
       m.tasks[1].owner = 0;
       m.tasks[0].state = TaskState::absent;
     }},
    {"a stub of an imported word without its cells",
     {lib, user},
     12,
     [](auto& m) {
       vm::Task& task = started(m);
       task.frame = task.owner;
       task.pc = 13;
       task.depth = task.loops = 0;
       task.calls = 1;
     }},
    {"too many ticks", {waiting}, 20, [](auto& m) { m.tasks[0].ticks = INT64_MAX; }},
    {"two texts of one frame", {with_task}, 40, [](auto& m) { started(m).is_main = true; }},
    {"more cells than the stack", {waiting}, 20, [](auto& m) { m.tasks[0].depth = core::limits::stack_cells; }},
    {"a loop that is not there", {waiting}, 20, [](auto& m) { m.tasks[0].loops = 1; }},
    {"an instruction in the midst that is none", {waiting}, 20, [](auto& m) { m.tasks[0].in_progress = true; }},
};

}  // namespace

TEST_CASE("fields forged on purpose are refused; unchanged they are not") {
  for (const Forgery& forgery : forgeries) check_refused(forgery);
}
