#include "hosts/stm32/faults.hpp"

#include <string_view>

#include "board/board.hpp"
#include "hosts/stm32/console.hpp"
#include "hosts/stm32/registers.hpp"
#include "hosts/stm32/semihosting.hpp"
#include "hosts/stm32/systick.hpp"
#include "hosts/stm32/usart.hpp"

namespace mica::stm32 {

namespace {

constexpr std::uint32_t shcsr_memory_bus_usage = 7u << 16;
constexpr std::uint32_t ccr_divide_by_zero_faults = 1u << 4;
constexpr std::uint32_t cfsr_mmfar_valid = 1u << 7;
constexpr std::uint32_t cfsr_bfar_valid = 1u << 15;
constexpr std::uint32_t aircr_reset = 0x05FA'0004;

// What the processor saves on entry.
struct ExceptionFrame {
  std::uint32_t r0, r1, r2, r3, r12, lr, pc, psr;
};

// The report runs on a stack of its own: the ordinary one may be what failed.
constexpr std::size_t fault_stack_bytes = 512;

std::string_view fault_name(std::uint32_t exception) {
  switch (exception) {
    case 2: return "non_maskable";
    case 3: return "hard_fault";
    case 4: return "memory_fault";
    case 5: return "bus_fault";
    case 6: return "usage_fault";
    default: return "unexpected_interrupt";
  }
}

void field(std::string_view name, std::uint32_t value) {
  console_write(name);
  console_hex(value);
}

bool in_ram(std::uint32_t address, std::uint32_t bytes) {
  return address >= board::ram_origin && address - board::ram_origin <= board::ram_bytes - bytes;
}

}  // namespace

extern "C" {

alignas(8) [[gnu::section(".noinit"), gnu::used]] unsigned char mica_fault_stack[fault_stack_bytes];

[[gnu::used]] void mica_fault_report(std::uint32_t sp) {
  std::uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  const std::uint32_t cfsr = scb_cfsr.read();
  const std::uint32_t hfsr = scb_hfsr.read();
  std::uint32_t address = 0;
  if ((cfsr & cfsr_bfar_valid) != 0) address = scb_bfar.read();
  if ((cfsr & cfsr_mmfar_valid) != 0) address = scb_mmfar.read();

  // Only if the fault came before it: a restart would cut off the byte that is leaving.
  if (!usart_started()) usart_start();
  console_begin_line();
  console_write("# fault ");
  if (in_ram(sp, sizeof(ExceptionFrame))) {
    const auto& frame = *reinterpret_cast<const ExceptionFrame*>(sp);
    console_write(fault_name(exception));
    field(" pc=", frame.pc);
    field(" lr=", frame.lr);
    field(" psr=", frame.psr);
  } else {
    console_write("stack_overflow");
    field(" sp=", sp);
  }
  field(" cfsr=", cfsr);
  field(" hfsr=", hfsr);
  field(" address=", address);
  console_write(" ms=");
  console_decimal(millis());
  console_write("\n");

  semihosting_exit(fault_status_base + exception);
  for (unsigned wait = 0; wait < 100'000; ++wait) asm volatile("");  // lets the last bytes leave
  for (;;) scb_aircr.write(aircr_reset);
}

}  // extern "C"

// Naked: no instruction may touch the stack before it is known to be good.
[[gnu::naked]] void fault_entry() {
  asm volatile(
      "tst lr, #4\n"  // which stack was in use
      "ite eq\n"
      "mrseq r0, msp\n"
      "mrsne r0, psp\n"
      "ldr r1, =mica_fault_stack + %c0\n"
      "msr msp, r1\n"
      "ldr r1, =mica_fault_report\n"
      "bx r1\n"
      ".ltorg" ::"i"(fault_stack_bytes));
}

void faults_start() {
  scb_shcsr.set(shcsr_memory_bus_usage);
  scb_ccr.set(ccr_divide_by_zero_faults);
}

void halt(const char* reason) {
  console_begin_line();
  console_write("# fault ");
  console_write(reason);
  console_write("\n");
  semihosting_exit(halt_status);
  for (;;) wait_for_interrupt();
}

}  // namespace mica::stm32
