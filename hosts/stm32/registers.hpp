// Registers of the Cortex-M4 core and of the STM32F405 that the drivers use (reference manual RM0090).
#pragma once

#include <cstdint>

namespace mica::stm32 {

// One 32-bit register at a fixed address. Every call is one access of the bus, in the order written.
struct Register {
  std::uint32_t address;

  std::uint32_t read() const { return *pointer(); }
  void write(std::uint32_t value) const { *pointer() = value; }
  void set(std::uint32_t bits) const { write(read() | bits); }
  void clear(std::uint32_t bits) const { write(read() & ~bits); }
  // Replaces the bits of `mask`.
  void modify(std::uint32_t mask, std::uint32_t bits) const { write((read() & ~mask) | bits); }

 private:
  volatile std::uint32_t* pointer() const { return reinterpret_cast<volatile std::uint32_t*>(address); }
};

// Core: SysTick, interrupt controller, system control.
inline constexpr Register systick_control{0xE000E010};
inline constexpr Register systick_reload{0xE000E014};
inline constexpr Register systick_value{0xE000E018};
inline constexpr Register nvic_set_enable(unsigned irq) { return {0xE000E100 + 4 * (irq / 32)}; }
inline constexpr Register nvic_clear_enable(unsigned irq) { return {0xE000E180 + 4 * (irq / 32)}; }
inline constexpr Register nvic_clear_pending(unsigned irq) { return {0xE000E280 + 4 * (irq / 32)}; }
inline constexpr Register scb_vtor{0xE000ED08};
inline constexpr Register scb_aircr{0xE000ED0C};
inline constexpr Register scb_ccr{0xE000ED14};
inline constexpr Register scb_shcsr{0xE000ED24};
inline constexpr Register scb_cfsr{0xE000ED28};
inline constexpr Register scb_hfsr{0xE000ED2C};
inline constexpr Register scb_mmfar{0xE000ED34};
inline constexpr Register scb_bfar{0xE000ED38};
inline constexpr Register scb_cpacr{0xE000ED88};

// Clocks, power, flash interface.
inline constexpr Register rcc_cr{0x40023800};
inline constexpr Register rcc_pllcfgr{0x40023804};
inline constexpr Register rcc_cfgr{0x40023808};
inline constexpr Register rcc_ahb1enr{0x40023830};
inline constexpr Register rcc_apb1enr{0x40023840};
inline constexpr Register rcc_apb2enr{0x40023844};
inline constexpr Register pwr_cr{0x40007000};
inline constexpr Register pwr_csr{0x40007004};
inline constexpr Register flash_acr{0x40023C00};

// Pins; port 0 is GPIOA.
inline constexpr std::uint32_t gpio_base(unsigned port) { return 0x40020000 + 0x400 * port; }
inline constexpr Register gpio_mode(unsigned port) { return {gpio_base(port)}; }
inline constexpr Register gpio_pull(unsigned port) { return {gpio_base(port) + 0x0C}; }
inline constexpr Register gpio_alternate(unsigned port, unsigned pin) {
  return {gpio_base(port) + 0x20 + 4 * (pin / 8)};
}

// USART1.
inline constexpr unsigned usart1_irq = 37;
inline constexpr Register usart1_sr{0x40011000};
inline constexpr Register usart1_dr{0x40011004};
inline constexpr Register usart1_brr{0x40011008};
inline constexpr Register usart1_cr1{0x4001100C};

// Until these return no interrupt handler runs / interrupts run again. Faults are not held back.
inline void disable_interrupts() { asm volatile("cpsid i" ::: "memory"); }
inline void enable_interrupts() { asm volatile("cpsie i" ::: "memory"); }
// Sleeps until an interrupt is pending, also while interrupts are disabled.
inline void wait_for_interrupt() { asm volatile("dsb\n wfi" ::: "memory"); }

}  // namespace mica::stm32
