// Time since the start, from the core's own timer.
#pragma once

#include <cstdint>

namespace mica::stm32 {

// Starts counting; interrupts once per millisecond.
void systick_start();

// Milliseconds since systick_start; wraps after 49 days. Stands still while interrupts are disabled.
std::uint32_t millis();

void systick_interrupt();

}  // namespace mica::stm32
