// From reset to firmware_main: vector table, memory, floating point unit, constructors, drivers.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "board/board.hpp"
#include "hosts/stm32/clock.hpp"
#include "hosts/stm32/faults.hpp"
#include "hosts/stm32/firmware.hpp"
#include "hosts/stm32/registers.hpp"
#include "hosts/stm32/systick.hpp"
#include "hosts/stm32/usart.hpp"

// Placed by linker/cortexm.ld.in.
extern "C" {
extern std::uint32_t _stack_top[];
extern std::uint32_t _data_begin[];
extern std::uint32_t _data_end[];
extern const std::uint32_t _data_load[];
extern std::uint32_t _bss_begin[];
extern std::uint32_t _bss_end[];
using Constructor = void (*)();
extern const Constructor _init_array_begin[];
extern const Constructor _init_array_end[];

void reset_handler();
}

namespace mica::stm32 {

namespace {

using Handler = void (*)();

// Vector tables begin at a multiple of a power of two that is not smaller than they are.
struct alignas(512) VectorTable {
  std::uint32_t* initial_stack;
  std::array<Handler, 15> exceptions;
  std::array<Handler, board::interrupts> interrupts;
};
static_assert(sizeof(VectorTable) <= alignof(VectorTable));

constexpr VectorTable make_vectors() {
  VectorTable table{_stack_top, {}, {}};
  table.exceptions.fill(fault_entry);
  table.exceptions[0] = reset_handler;
  table.exceptions[14] = systick_interrupt;
  table.interrupts.fill(fault_entry);
  table.interrupts[usart1_irq] = usart_interrupt;
  return table;
}

[[gnu::section(".isr_vector"), gnu::used]] constinit const VectorTable vectors = make_vectors();

// The chip's own loader jumps here without a reset: with its vectors in force and interrupts of its drivers on.
void take_over_interrupts() {
  disable_interrupts();
  scb_vtor.write(reinterpret_cast<std::uint32_t>(&vectors));
  systick_control.write(0);
  for (unsigned irq = 0; irq < board::interrupts; irq += 32) {
    nvic_clear_enable(irq).write(~0u);
    nvic_clear_pending(irq).write(~0u);
  }
}

// Not inlined into reset_handler: nothing here may run before the floating point unit is on.
[[noreturn, gnu::noinline]] void start() {
  take_over_interrupts();
  std::copy_n(_data_load, _data_end - _data_begin, _data_begin);
  std::fill(_bss_begin, _bss_end, 0u);
  std::for_each(_init_array_begin, _init_array_end, [](Constructor constructor) { constructor(); });
  faults_start();
  clock_start();
  usart_start();
  systick_start();
  enable_interrupts();
  firmware_main();
}

}  // namespace

}  // namespace mica::stm32

void reset_handler() {
#ifdef __ARM_FP
  mica::stm32::scb_cpacr.set(0xFu << 20);
  // Whoever jumps here may have left another way of rounding, or subnormal numbers off.
  asm volatile("dsb\n isb\n vmsr fpscr, %0" ::"r"(0) : "memory");
#endif
  mica::stm32::start();
}
