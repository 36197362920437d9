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

// Not inlined into reset_handler: nothing here may run before the floating point unit is on.
[[noreturn, gnu::noinline]] void start() {
  std::copy_n(_data_load, _data_end - _data_begin, _data_begin);
  std::fill(_bss_begin, _bss_end, 0u);
  std::for_each(_init_array_begin, _init_array_end, [](Constructor constructor) { constructor(); });
  faults_start();
  clock_start();
  usart_start();
  systick_start();
  firmware_main();
}

using Handler = void (*)();

struct VectorTable {
  std::uint32_t* initial_stack;
  std::array<Handler, 15> exceptions;
  std::array<Handler, board::interrupts> interrupts;
};

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

}  // namespace

}  // namespace mica::stm32

void reset_handler() {
#ifdef __ARM_FP
  mica::stm32::scb_cpacr.set(0xFu << 20);
  asm volatile("dsb\n isb" ::: "memory");
#endif
  mica::stm32::start();
}
