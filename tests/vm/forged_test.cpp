// Snapshots that somebody has changed who knows what their fields mean: each of these would let a program do what none
// can, and is refused.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/forgeries.hpp"

namespace {

using namespace mica;
using namespace mica::forging;
using namespace mica::tests;

constexpr std::size_t pool_bytes = std::size_t{1} << 18;

// The task that was started at a word, and goes on.
vm::Task& started(vm::Machine& machine) {
  for (vm::Task& task : machine.tasks)
    if (is_live(task.state) && !task.is_main) return task;
  FAIL("no task was started");
  return machine.tasks[0];
}

void push(vm::Task& task, std::uint32_t entry) { task.returns[task.calls++] = entry; }

const std::string waiting = "400 0 do i drop loop";
const char* const with_task = ": w 100 0 do i drop loop ; $ w 0 start drop 400 0 do i drop loop";
const char* const lib =
    "frame lib 1 exports w3\n: w3 ( a b c -- ) 9 0 do i drop loop drop drop drop ; begin 3 sleep again";
const char* const user = "frame m 1 tasks 3 imports lib.w3\n: w 1 2 3 w3 ; $ w 0 start drop 400 0 do i drop loop";

// The first word of the text, as far as the header of the task's own is known to lie behind it.
std::uint16_t word_behind(vm::Machine& machine, const vm::Task& task, unsigned frame) {
  REQUIRE(task.owner == frame);
  const std::uint16_t first =
      static_cast<std::uint16_t>(place_of(machine.frames[frame], {core::Op::branch}) + core::length(core::Op::branch));
  REQUIRE(first != task.schedule.word);
  return first;
}

const std::string words_of_marks =
    "9 0 do i drop loop : odd ( n -- n n ) 9 0 do i drop loop dup 1 and if dup 7 else dup endif dup 7 = if drop endif "
    ";\n"
    ": w 4 odd drop drop 9 0 do i drop loop ; ";
const std::string marks = words_of_marks + "w w w", called_marks = words_of_marks + ": x w ; x x";
const char* const sends = "channel c 120 array a 120 a c -1 sendn? drop";
const char* const in_try = "var v 1 2 3 try 4 99 0 do i drop loop drop catch drop endtry drop drop drop";

vm::Task& sender(vm::Machine& machine) {
  for (vm::Task& task : machine.tasks)
    if (task.schedule.message != vm::Message::none) return task;
  FAIL("nobody sends");
  return machine.tasks[0];
}

// Of the call in which the task stands: behind the address to which that returns.
UCell& innermost_mark(vm::Machine& machine) {
  vm::Task& task = machine.tasks[0];
  REQUIRE(task.calls >= 2);
  return task.returns[task.calls - 2];
}

void change_try(vm::Task& task, const std::function<void(vm::TryRecord&)>& change) {
  REQUIRE(task.tries.top != 0);
  vm::TryRecord record = vm::record_below(task.returns + task.tries.top);
  change(record);
  std::memcpy(task.returns + task.tries.top - vm::try_entries, &record, sizeof record);
  task.tries.depth = record.depth;
  task.tries.kept = record.kept;
}

const char* const other =
    "frame o 1 tasks 2\n: w3 ( a b c -- ) 900 0 do i drop loop drop drop drop ; : w 1 2 3 w3 ;\n"
    "$ w 0 start drop begin 3 sleep again";

// That was started at a word of this frame.
vm::Task& task_of(vm::Machine& machine, unsigned frame) {
  for (vm::Task& task : machine.tasks)
    if (is_live(task.state) && !task.is_main && task.owner == frame) return task;
  FAIL("there is none");
  return machine.tasks[0];
}

// In the word that calls the one to be verified, before it does.
void stand_at_mark(vm::Machine& machine) {
  vm::Task& task = machine.tasks[0];
  task.pc = place_of(machine.frames[0], {core::Op::mark_depth, core::Op::call_word_charged});
  task.depth = task.calls = 1;
  task.loops = 0;
}

// The words and texts that follow stand in a try, in the one way or the other.
const char* const two_words =
    ": a ( -- ) try 99 0 do i drop loop catch drop endtry ; : b ( -- ) try 5 drop catch drop endtry ; a b";
const char* const two_tries = "try try 99 0 do i drop loop catch drop endtry catch drop endtry";
const char* const verifies =
    ": even ( n -- n ) dup 1 and if 7 endif dup 7 = if drop endif 1 0 do loop ; "
    ": w ( -- ) try 99 0 do i drop loop catch drop endtry 4 even drop ; w";
const char* const throws =
    ": raise begin 30 0 do i drop loop 1 0 / drop again ; 1 2 3 try raise catch drop endtry drop drop drop";
const char* const executes =
    ": w 200 0 do i drop loop 1 0 / drop ; : q ( -- ) try $ w execute catch . endtry ; 40 0 do i drop loop q";
const char* const in_a_loop = ": sq dup * ; : q ( -- ) 99 0 do 3 $ sq execute i drop drop loop ; $ q execute 5 .";
const char* const text_of_calls = ": w 9 0 do i drop loop ; w 99 0 do i drop loop";

std::string pushes(int cells) {
  std::string text;
  for (int k = 0; k < cells; ++k) text += " 7";
  for (int k = 0; k < cells; ++k) text += " drop";
  return text;
}

std::uint16_t behind(const vm::Frame& frame, std::initializer_list<core::Op> sequence) {
  const std::uint16_t at = place_of(frame, sequence);
  return static_cast<std::uint16_t>(at + core::length(*sequence.begin()));
}

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
    {"a text that leaves ticks", {waiting}, 20, [](auto& m) { m.tasks[0].schedule.word_ticks = 1; }},
    {"a word that leaves other ticks", {with_task}, 40, [](auto& m) { ++started(m).schedule.word_ticks; }},
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
    {"a call to be verified without its mark",
     {marks},
     until_verified,
     [](auto& m) {
       stand_at_mark(m);
       m.tasks[0].pc = m.tasks[0].pc + 1;
     }},
    {"a mark of more cells than there are", {marks}, until_verified, [](auto& m) { innermost_mark(m) = 0x7fffffff; }},
    {"a mark of fewer cells than there are", {marks}, until_verified, [](auto& m) { --innermost_mark(m); }},
    {"a message of another frame's channel",
     {"channel c 5 begin 3 sleep again", sends},
     until_it_sends,
     [](auto& m) { sender(m).schedule.place = 8; }},
    {"a message at no channel", {sends}, until_it_sends, [](auto& m) { sender(m).schedule.place += 4; }},
    {"a message behind all code", {sends}, until_it_sends, [](auto& m) { sender(m).pc = 0xfff0; }},
    {"a message in the midst of another instruction",
     {"channel c 120 array a 120 a c -1 sendn? drop a a 1 vecreshape"},
     until_it_sends,
     [](auto& m) { m.tasks[0].pc = place_of(m.frames[0], {core::Op::vecreshape}); }},
    {"a message of a task that is over",
     {"channel c 1", "begin 3 sleep again"},
     20,
     [](auto& m) {
       REQUIRE(is_over(m.tasks[0].state));
       m.tasks[0].schedule.message = vm::Message::sending;
     }},
    {"a wait for a variable without its operands",
     {"var v 5 0 v await"},
     9,
     [](auto& m) {
       REQUIRE(m.tasks[0].state == TaskState::waiting);
       m.tasks[0].schedule.place = 1;
     }},
    {"a wait for a variable far above its operands",
     {"var v 5 0 v await"},
     9,
     [](auto& m) { m.tasks[0].schedule.place = 0xffffffff; }},
    {"a word that is none", {with_task}, 40, [](auto& m) { started(m).schedule.word += 1; }},
    {"a word that takes cells, and is begun again",
     {takes},
     40,
     [](auto& m) {
       started(m).schedule.word = word_behind(m, started(m), 0);
       started(m).schedule.restarts_max = 5;
     }},
    {"a word that takes cells, and somebody may supervise",
     {takes},
     40,
     [](auto& m) { started(m).schedule.word = word_behind(m, started(m), 0); }},
    {"a word for more cells than the stack has, and is begun again",
     {takes_room},
     40,
     [](auto& m) {
       started(m).schedule.word = word_behind(m, started(m), 0);
       started(m).schedule.begins_anew = true;
       started(m).state = TaskState::sleeping;
     }},
    {"a text that begins anew at a word",
     {with_task},
     40,
     [](auto& m) {
       vm::Task& text = m.tasks[&started(m) == &m.tasks[0] ? 1 : 0];
       REQUIRE(text.is_main);
       text.schedule.word = started(m).schedule.word;
       text.schedule.period = 900;
     }},
    {"a task of neither a text nor a word", {with_task}, 40, [](auto& m) { started(m).schedule.word = 0; }},
    {"a task of a frame that is not there", {with_task}, 40, [](auto& m) { started(m).owner = 3; }},
    {"a task in the code of a frame that is not there", {with_task}, 40, [](auto& m) { started(m).frame = 3; }},
    {"a word that ends in the text of its frame",
     {with_task},
     40,
     [](auto& m) { started(m).returns[0] = m.tasks[&started(m) == &m.tasks[0] ? 1 : 0].pc; }},
    {"a text that ends in a word",
     {with_task},
     40,
     [](auto& m) {
       vm::Task& text = m.tasks[&started(m) == &m.tasks[0] ? 1 : 0];
       text.pc = started(m).pc;
       text.loops = started(m).loops;
     }},
    {"a return to the host with more below", {with_task}, 40, [](auto& m) { push(started(m), 0); }},
    {"a return to the host from within a try", {in_try}, 40, [](auto& m) { push(m.tasks[0], 0); }},
    {"more cells kept than at the try", {in_try}, 40, [](auto& m) { m.tasks[0].tries.kept = 1; }},
    {"fewer cells below the try", {in_try}, 40, [](auto& m) { m.tasks[0].tries.depth = 0; }},
    {"a try that keeps what is not there",
     {in_try},
     40,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.kept = 3; }); }},
    {"a try of fewer cells",
     {in_try},
     40,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.depth = 0; }); }},
    {"a try of more cells than the stack has",
     {in_try},
     40,
     [](auto& m) {
       change_try(m.tasks[0], [](vm::TryRecord& record) { record.depth = core::limits::stack_cells - 1; });
     }},
    {"a try of another number of loops",
     {in_try},
     40,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.loops += 2; }); }},
    {"a try of another frame",
     {in_try, waiting},
     40,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.frame = 1; }); }},
    {"a handler where none is",
     {in_try},
     40,
     [](auto& m) { change_try(m.tasks[0], [&](vm::TryRecord& record) { record.handler = m.tasks[0].pc; }); }},
    {"a try that is not open",
     {in_try},
     40,
     [](auto& m) {
       m.tasks[0].calls = m.tasks[0].calls - vm::try_entries;
       m.tasks[0].tries = {};
     }},
    {"no room for what a word notes",
     {marks},
     until_verified,
     [](auto& m) {
       stand_at_mark(m);
       m.tasks[0].kept = core::limits::return_cells - 1;
     }},
    {"no room on the stack",
     {waiting},
     20,
     [](auto& m) { m.tasks[0].depth = static_cast<std::uint16_t>(core::limits::stack_cells - m.tasks[0].loops); }},
    {"a message of an instruction that has not begun",
     {sends},
     until_it_sends,
     [](auto& m) { sender(m).in_progress = false; }},
    {"a handler of another word",
     {two_words},
     40,
     [](auto& m) {
       // Behind the loop and its end lies the first handler: the second one is the last in the code.
       const std::uint16_t first = place_of(m.frames[0], {core::Op::leave_try});
       vm::Frame rest = m.frames[0];
       rest.code += first + 1;
       rest.code_bytes -= first + 1u;
       const std::uint16_t second = behind(rest, {core::Op::leave_try});
       change_try(m.tasks[0],
                  [&](vm::TryRecord& record) { record.handler = static_cast<std::uint16_t>(first + 1 + second); });
     }},
    {"the handler of a try in the place of that around it",
     {two_tries},
     40,
     [](auto& m) {
       UCell* const returns = m.tasks[0].returns;
       const vm::TryRecord inner = vm::record_below(returns + m.tasks[0].tries.top);
       vm::TryRecord outer = vm::record_below(returns + inner.outer);
       outer.handler = inner.handler;
       std::memcpy(returns + inner.outer - vm::try_entries, &outer, sizeof outer);
     }},
    {"a handler where a depth is verified",
     {verifies},
     40,
     [](auto& m) {
       const std::uint16_t place = behind(m.frames[0], {core::Op::mark_depth, core::Op::call_word_charged});
       change_try(m.tasks[0], [&](vm::TryRecord& record) {
         record.handler = static_cast<std::uint16_t>(place + core::length(core::Op::call_word_charged));
       });
     }},
    {"a try of more cells",
     {in_try},
     40,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { ++record.depth; }); }},
    {"a try of fewer cells around a word that does not return",
     {throws},
     20,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.depth = 0; }); }},
    {"a try of all cells, whose handler checks the stacks",
     {executes},
     200,
     [](auto& m) { change_try(m.tasks[0], [](vm::TryRecord& record) { record.depth = core::limits::stack_cells; }); }},
    {"a loop that is not there where the stacks are checked",
     {in_a_loop},
     40,
     [](auto& m) {
       vm::Task& task = m.tasks[0];
       task.pc = behind(m.frames[0], {core::Op::verify_depth});
       REQUIRE(core::decode(m.frames[0].code + task.pc) == core::Op::check_depth);
       REQUIRE(task.calls >= 2);
       task.loops = 0;
       task.calls = 2;
       task.depth = 1;
     }},
    {"a text in the midst of a text",
     {text_of_calls},
     100,
     [](auto& m) {
       const vm::Frame& frame = m.frames[0];
       REQUIRE(m.tasks[0].calls == 0);
       push(m.tasks[0], behind(frame, {core::Op::return_word, core::Op::call_word_charged}) +
                            core::length(core::Op::call_word_charged));
     }},
    {"a try above the return stack", {waiting}, 20, [](auto& m) { m.tasks[0].tries.top = 9; }},
    {"a try in the midst of what a call has noted",
     {called_marks},
     until_verified,
     [](auto& m) {
       REQUIRE(m.tasks[0].calls > vm::try_entries);
       m.tasks[0].tries.top = vm::try_entries;
     }},
    {"a task that is over, of a frame that is not there",
     {"7 .", waiting},
     40,
     [](auto& m) {
       REQUIRE(is_over(m.tasks[0].state));
       m.tasks[0].owner = 3;
     }},
    {"a task that is over, in a frame that is not there", {"7 .", waiting}, 40, [](auto& m) { m.tasks[0].frame = 3; }},
    {"a word that returns to a frame that does not import it",
     {lib, other, user},
     until_it_crosses,
     [](auto& m) {
       vm::Task &crosses = task_of(m, 2), &stays = task_of(m, 1);
       REQUIRE(crosses.frame == 0);
       REQUIRE(stays.calls == 2);
       crosses.returns[crosses.calls - 2] = 1;
       crosses.returns[crosses.calls - 3] = stays.returns[1];
       crosses.owner = 1;
       crosses.schedule.word = stays.schedule.word;
       crosses.schedule.id = 9;
     }},
    {"a try that reaches below the return stack", {with_task}, 40, [](auto& m) { started(m).tries.top = 1; }},
    {"two that run the text of a frame",
     {with_task},
     40,
     [](auto& m) {
       vm::Task& task = started(m);
       task.is_main = true;
       task.schedule.word = 0;
     }},
    {"no room for what follows in the text, beside a text of as many bytes that needs less",
     {waiting + pushes(200), waiting + pushes(1) + " "},
     20,
     [](auto& m) { m.tasks[0].depth = core::limits::stack_cells - 100; }},
};

}  // namespace

TEST_CASE("fields forged on purpose are refused; unchanged they are not") {
  for (const Forgery& forgery : forgeries) check_refused(forgery);
}

// Behind the call of a word that never returns there may be no code: what the header of the next word reads like is not
// taken for an instruction.
TEST_CASE("a header that reads like the check of a depth is none") {
  constexpr int opcode = static_cast<int>(core::index_in_page(core::Op::verify_depth));
  static_assert(!core::on_page_two(core::Op::verify_depth) && opcode < static_cast<int>(core::limits::stack_cells));
  for (int room = 1; room <= opcode + 1; ++room) {
    CAPTURE(room);
    Traveller one(find_profile("node32"), "checked", pool_bytes);
    REQUIRE(one.load("frame lib 1 exports w\n: ever begin 9 0 do i drop loop again ; : w ever ; : next " +
                     pushes(room) + " ; begin 3 sleep again"));
    REQUIRE_MESSAGE(one.load("frame m 1 imports lib.w\n: v w ; v"), one.problem);
    for (int slice = 0; slice < 40; ++slice) one.run(1);
    REQUIRE(is_as_wanted(OpenSnapshot(one.save(false)).machine, until_it_crosses));
    CHECK_MESSAGE(one.hop(true), one.problem);
    CHECK_MESSAGE(one.hop(false), one.problem);
  }
}

// What a task has noted of an instruction in the midst of its work is believed by nobody.
TEST_CASE("progress and operands forged on purpose do no harm") {
  const auto progress = [](vm::Machine& machine, unsigned number, std::uint32_t value) {
    REQUIRE(machine.tasks[0].in_progress);
    std::memcpy(machine.tasks[0].progress + number * sizeof value, &value, sizeof value);
  };
  const char* const print = "1 2 s\" a text of more than four cells, and more than eight\" .s drop drop";
  const char* const store = "array l 30 s\" a text of more than four cells, and more than eight\" l s!";
  const char* const fetch = "array l { 55 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 } l s@ .s";
  const char* const reshape = "array a 40 array o 80 a o 2 vecreshape";
  check_harmless({"cells to print", {print}, until_in_progress, [&](auto& m) { progress(m, 0, 200); }},
                 "trap stack_underflow");
  check_harmless({"cells to store", {store}, until_in_progress, [&](auto& m) { progress(m, 0, 200); }},
                 "trap stack_underflow");
  check_harmless({"cells to fetch", {fetch}, until_in_progress, [&](auto& m) { progress(m, 0, 100000); }},
                 "trap stack_overflow");
  check_harmless({"a factor of 0", {reshape}, until_in_progress, [&](auto& m) { m.tasks[0].top = 0; }},
                 "trap invalid_argument");
}

// Of the frame in slot 0: behind the number of frames, its slot, whether it is fused, what tells it from others, the
// last id and the events.
TEST_CASE("a handler of traps that is none is refused") {
  constexpr std::size_t token_at = 1 + 1 + 1 + 5 * 4 + 2 + 4, task_at = token_at + 2;
  Traveller one(find_profile("node32"), "checked", pool_bytes);
  // What lies below the tokens reads as one that can be told of traps.
  REQUIRE(
      one.load(": t ( a b -- ) drop drop ; : w 100 0 do i drop loop ; array d { 0 2 65534 } "
               "$ w drop $ t on-trap 400 0 do i drop loop"));
  for (int slice = 0; slice < 60; ++slice) one.run(1);
  const std::vector<std::byte> snapshot = one.save(false);
  const auto with = [&](std::size_t at, unsigned value) {
    OpenSnapshot open(snapshot);
    open.frames[at] = static_cast<std::byte>(value);
    return one.restore(*one.make(), open.close());
  };
  CHECK(with(token_at, 2) == "");
  CHECK(with(token_at, 1) == "task_differs");  // it takes nothing
  CHECK(with(token_at, 3) == "task_differs");  // there is no such token
  CHECK(with(token_at, 0) == "");
  OpenSnapshot open(snapshot);
  open.frames[token_at] = std::byte{0};
  open.frames[task_at] = std::byte{1};
  CHECK(one.restore(*one.make(), open.close()) == "task_differs");  // a trap to be told, and nobody to tell it to
}
