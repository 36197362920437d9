// Numbers of a snapshot that are larger than anything that a machine can have: they are seen where they are read, before
// anybody uses them.
#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/vm/forgeries.hpp"

namespace {

using namespace mica;
using namespace mica::forging;
using namespace mica::tests;

constexpr std::uint32_t cells = core::limits::stack_cells, returns = core::limits::return_cells;

struct Beyond {
  std::string what, text;
  int slices;
  std::function<void(OpenSnapshot&, vm::Task&)> change;
};

const char* const waiting = "400 0 do i drop loop";
const char* const in_try = "var v 1 2 3 try 4 99 0 do i drop loop drop catch drop endtry drop drop drop";
const char* const fetches = "array l { 55 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 } l s@ .s";

// Of the first frame, behind their number.
constexpr std::size_t slot_at = 1, last_id_at = slot_at + 1 + 1 + 5 * 4, handler_task_at = last_id_at + 2 + 4 + 2;

const Beyond all[] = {
    {"id", waiting, 20, [](auto&, auto& task) { task.schedule.id = 0x8000; }},
    {"delay", waiting, 20, [](auto&, auto& task) { task.schedule.restart_delay = vm::milliseconds_max + 1; }},
    {"wait", waiting, 20, [](auto&, auto& task) { task.schedule.waits_for = static_cast<vm::WaitsFor>(6); }},
    {"message", waiting, 20, [](auto&, auto& task) { task.schedule.message = static_cast<vm::Message>(3); }},
    {"state", waiting, 20, [](auto&, auto& task) { task.state = static_cast<TaskState>(6); }},
    {"trap", waiting, 20,
     [](auto&, auto& task) { task.trap = static_cast<core::Trap>(static_cast<unsigned>(jit::last_trap) + 1); }},
    {"try", in_try, 40, [](auto&, auto& task) { task.tries.top = returns + 1; }},
    {"kept below a try", in_try, 40, [](auto&, auto& task) { task.tries.kept = returns + 1; }},
    {"depth below a try", in_try, 40, [](auto&, auto& task) { task.tries.depth = cells + 1; }},
    {"depth", waiting, 20,
     [](auto&, auto& task) {
       task.loops = 0;
       task.depth = cells + 1;
     }},
    {"loops beside the cells", in_try, 40,
     [](auto&, auto& task) { task.loops = static_cast<std::uint16_t>(cells + 1 - task.depth); }},
    {"kept beside the calls", in_try, 40,
     [](auto&, auto& task) { task.kept = static_cast<std::uint16_t>(returns + 1 - task.calls); }},
    {"placed", fetches, until_in_progress,
     [](auto& open, auto& task) { open.placed[0] = cells + 1 - task.depth - task.loops; }},
    {"owner", waiting, 20, [](auto&, auto& task) { task.owner = core::limits::frames; }},
    {"frame", waiting, 20, [](auto&, auto& task) { task.frame = core::limits::frames; }},
    {"last task", waiting, 20, [](auto& open, auto&) { open.machine.last_task = core::limits::tasks; }},
    {"frames", waiting, 20, [](auto& open, auto&) { open.frames[0] = std::byte{core::limits::frames + 1}; }},
    {"slot", waiting, 20, [](auto& open, auto&) { open.frames[slot_at] = std::byte{core::limits::frames}; }},
    {"last id", waiting, 20, [](auto& open, auto&) { open.frames[last_id_at + 1] = std::byte{0x80}; }},
    {"task of a handler", waiting, 20, [](auto& open, auto&) { open.frames[handler_task_at + 1] = std::byte{0x80}; }},
};

}  // namespace

TEST_CASE("numbers beyond their limits are damage") {
  for (const Beyond& one : all) {
    CAPTURE(one.what);
    Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18, {}, 0);
    OpenSnapshot open(written(machine, {one.what, {one.text}, one.slices, {}}));
    one.change(open, open.machine.tasks[0]);
    CHECK(machine.restore(*machine.make(), open.close()) == "damaged");
  }
}

// Of what an instruction says that it has placed only that counts for which there is room.
TEST_CASE("a machine with progress forged on purpose can be written out") {
  Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18);
  OpenSnapshot open(written(machine, {"placed", {fetches}, until_in_progress, {}}));
  for (const std::uint32_t placed : {cells - 3, cells + 1, 1000000u}) {
    std::memcpy(open.machine.tasks[0].progress + sizeof placed, &placed, sizeof placed);
    REQUIRE_MESSAGE(machine.restore(open.close()), machine.problem);
    CHECK_MESSAGE(machine.hop(true), machine.problem);
  }
}

TEST_CASE("a frame that a console extends has no snapshot") {
  Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18);
  CompileOptions options;
  options.keep_open = true;
  REQUIRE(machine.load("7 .", options));
  machine.save(true);
  CHECK(machine.problem == "frame_open");
}
