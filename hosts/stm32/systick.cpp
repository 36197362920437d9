#include "hosts/stm32/systick.hpp"

#include <atomic>

#include "hosts/stm32/clock.hpp"
#include "hosts/stm32/registers.hpp"

namespace mica::stm32 {

namespace {
constexpr std::uint32_t enable_with_interrupt_from_core_clock = 7;
constinit std::atomic<std::uint32_t> elapsed_ms{0};
}  // namespace

void systick_start() {
  systick_reload.write(clocks().hclk_hz / 1000 - 1);
  systick_value.write(0);
  systick_control.write(enable_with_interrupt_from_core_clock);
}

std::uint32_t millis() { return elapsed_ms.load(std::memory_order_relaxed); }

void systick_interrupt() {
  // Only this handler writes: no read-modify-write instruction needed.
  elapsed_ms.store(elapsed_ms.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace mica::stm32
