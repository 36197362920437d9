// What only bad code or bad memory shows: the checked form finds it, and a trap leaves nothing half done. Compiled for
// one profile, whose opcodes and machine it knows.
#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>

#include "core/opcodes.hpp"
#include "tests/vm/bench.hpp"
#include "vm/machine.hpp"

namespace {

using namespace mica;
using core::Op;
using tests::Bench;

constexpr std::string_view profile_name = "own16";

std::uint8_t low(Op op) { return static_cast<std::uint8_t>(op); }

// The state of an instance begins with its machine.
vm::Machine& machine_of(Bench& bench) { return *reinterpret_cast<vm::Machine*>(bench.instance()); }

// Loads a sound text, puts other bytes over its code from the first instruction on, and runs it in the checked form.
std::string state_with(std::string_view text, std::initializer_list<unsigned> bytes) {
  Bench bench(tests::find_profile(profile_name), "checked");
  REQUIRE(bench.load(text, {.fuse = false}).error == 0);
  vm::Frame& frame = machine_of(bench).frames[0];
  std::uint32_t at = frame.entry + vm::header_bytes;
  for (const unsigned byte : bytes) frame.code[at++] = static_cast<std::uint8_t>(byte);
  REQUIRE(at <= frame.code_bytes);
  bench.run_to_end(tests::unbounded, 10000);
  return bench.state();
}

}  // namespace

TEST_CASE("the checked form finds code that no compiler makes") {
  CHECK(state_with("5 6 + .", {}) == "ended");
  // Cells that are not there, on either stack and on either page.
  CHECK(state_with("5 6 + .", {low(Op::add)}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::drop)}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::literal8), 1, low(Op::drop), low(Op::drop)}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::loop_index)}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::drop_loop)}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::page_two), low(Op::print)}) == "trap core_fault");
  // No room: the loop, with another dup for its drop, leaves two cells each time.
  CHECK(state_with("1 begin dup drop again", {low(Op::literal8), 1, low(Op::dup), low(Op::dup)}) == "trap core_fault");
  // Beyond the end of the code, and bytes that are no instruction.
  CHECK(state_with("5 6 + .", {low(Op::branch), 0x00, 0x10, 0}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {0xff}) == "trap core_fault");
  CHECK(state_with("5 6 + .", {low(Op::page_two), 0xff}) == "trap core_fault");
}

TEST_CASE("a sliced instruction that traps late is not in progress any more") {
  Bench bench(tests::find_profile(profile_name));
  REQUIRE(bench.load("array a 64 array w 64 array o 1 a w o 0 vecfold").error == 0);
  vm::Task& task = machine_of(bench).tasks[0];
  while (!task.in_progress) REQUIRE(!bench.run(1).idle);
  machine_of(bench).frames[0].data_bytes = 2 * sizeof(Cell);  // the arrays are beyond its end now
  bench.run_to_end(1);
  CHECK(bench.state() == "trap invalid_address");
  CHECK(!task.in_progress);
}
