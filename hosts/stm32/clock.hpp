// System clock of the STM32F405: 168 MHz from the internal oscillator.
#pragma once

#include <cstdint>

namespace mica::stm32 {

struct Clocks {
  std::uint32_t hclk_hz;   // core and SysTick
  std::uint32_t pclk2_hz;  // bus of USART1
};

// True under an emulator that does not model the clock unit (it reads 0; on the chip the internal oscillator
// is on after every reset).
bool emulated();

// Starts the PLL. When a stage does not become ready within its bound, the chip stays on the internal
// oscillator.
void clock_start();

// The clocks in force: those of the internal oscillator before clock_start.
Clocks clocks();

}  // namespace mica::stm32
