// Numbers of a snapshot that are larger than anything that a machine can have: they are seen where they are read,
// before anybody uses them.
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

TEST_CASE("a snapshot of a machine that differs in any number is of another profile") {
  Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18);
  const std::vector<std::byte> snapshot = written(machine, {"", {waiting}, 20, {}});
  for (std::size_t at = 0; at < identity_bytes; at += 4) {
    CAPTURE(at);
    std::vector<std::byte> other = snapshot;
    other[at] ^= std::byte{1};
    sign(other);
    CHECK(machine.restore(*machine.make(), other) == "other_profile");
  }
}

// The frame is the one that the text makes, in each of its parts, and there is as much data as it has.
TEST_CASE("what a snapshot says of its frames is held against their texts") {
  Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18);
  const std::string text = "table t int8 { 1 2 } var v " + std::string(waiting);
  const std::vector<std::byte> snapshot = written(machine, {"", {text}, 20, {}});
  const auto with = [&](const auto& change) {
    OpenSnapshot open(snapshot);
    change(open.frames);
    return machine.restore(*machine.make(), open.close());
  };
  constexpr std::size_t mark_at = slot_at + 2, data_bytes_at = mark_at + 8, data_at = handler_task_at + 2 + 2 + 4;
  for (const std::size_t number : {0u, 1u, 3u, 4u}) {
    CAPTURE(number);
    CHECK(with([&](auto& frames) { frames[mark_at + 4 * number] ^= std::byte{1}; }) == "frame_differs");
  }
  CHECK(with([&](auto& frames) {
          for (int k = 0; k < 4; ++k) frames.insert(frames.begin() + data_at, std::byte{0});
          frames[data_bytes_at] = static_cast<std::byte>(std::to_integer<unsigned>(frames[data_bytes_at]) + 4);
        }) == "frame_differs");
  CHECK(with([&](auto& frames) { frames[frames.size() - 2] = std::byte{'?'}; }) == "frame_refused");
  CHECK(with([&](auto& frames) { frames.push_back(std::byte{0}); }) == "damaged");
  CHECK(with([&](auto& frames) {
          const std::vector<std::byte> one(frames.begin() + 1, frames.end());
          frames.insert(frames.end(), one.begin(), one.end());
          frames[0] = std::byte{2};
        }) == "damaged");
}

TEST_CASE("frames that are not fused, and events that nobody has taken yet, are taken up") {
  Traveller machine(find_profile(core::profile), "checked", std::size_t{1} << 18);
  CompileOptions options;
  options.fuse = false;
  REQUIRE(machine.load("40 0 do i 1 + drop loop 5 100 event? .", options));
  machine.run(1);
  machine.engine().signal(machine.bench().instance(), 5);
  CHECK_MESSAGE(machine.hop(true), machine.problem);
  CHECK(machine.bench().run_to_end(100, 100000));
  CHECK(machine.bench().output == "1 ");
}
