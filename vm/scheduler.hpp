// Which task runs next, and for how long.
#pragma once

#include "vm/machine.hpp"
#include "vm/report.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Compiled adjustments may run the counter of ticks back by a little before the first charge: the largest budget
// leaves room for that.
inline constexpr std::uint32_t budget_max = 0x7fffffff - 1024;

// Gives the next ready task, in turn, a slice that ends at the first charge point at or after `budget` ticks
// (1 .. budget_max, else the nearest of these).
RunReport run_slice(Machine&, std::uint32_t budget);

// Ends a task that is ready, with the trap `stopped`.
void stop_task(Task&);

TaskReport report_task(const Machine&, std::uint8_t task);

}  // namespace mica::inline MICA_PROFILE::vm
