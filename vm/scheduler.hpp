// Which task runs next, and for how long.
#pragma once

#include "vm/machine.hpp"
#include "vm/report.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Compiled adjustments may run the counter of ticks back by a little before the first charge: the largest budget
// leaves room for that.
inline constexpr std::uint32_t budget_max = 0x7fffffff - 1024;

// Wakes the tasks whose time has come, and gives the most urgent of those that are ready a slice that ends at the first
// charge point at or after `budget` ticks (1 .. budget_max, else the nearest of these), or where the task pauses.
RunReport run_slice(Machine&, std::uint32_t budget);

TaskReport report_task(const Machine&, std::uint8_t task);

}  // namespace mica::inline MICA_PROFILE::vm
