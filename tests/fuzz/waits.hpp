// Do those tasks wait rightly that wait for ever for a channel or a semaphore?
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "jit/engine.hpp"
#include "tests/oracle/oracle.hpp"

namespace mica::fuzz {

// What a task has come to.
struct TaskOutcome {
  TaskReport report;
  std::vector<std::int32_t> cells;  // on its stack, the top first
  std::string word;                 // at which it waits
};

// Once nothing will happen any more: whoever waits finds no data, no room, or no free place. `hidden` says where in the
// data channels and semaphores lie, to which the program has never gone by addresses.
void check_waits(const Engine& engine, std::span<const TaskOutcome> tasks, std::span<const std::byte> data,
                 std::span<const oracle::Result::Hidden> hidden);

}  // namespace mica::fuzz
