// The time of a PC for machines.
#pragma once

#include "sim/node.hpp"

namespace mica::pc {

// Microseconds since its first call.
sim::Clock real_time();

// Returns when it is that time, or a signal has come.
void sleep_until(Time);

}  // namespace mica::pc
