#include "hosts/stm32/usart.hpp"

#include <array>
#include <atomic>
#include <cstddef>

#include "board/board.hpp"
#include "hosts/stm32/clock.hpp"
#include "hosts/stm32/registers.hpp"

namespace mica::stm32 {

namespace {

constexpr std::uint32_t sr_overrun = 1u << 3;
constexpr std::uint32_t sr_received = 1u << 5;
constexpr std::uint32_t sr_may_send = 1u << 7;
constexpr std::uint32_t cr1_receiver = 1u << 2;
constexpr std::uint32_t cr1_transmitter = 1u << 3;
constexpr std::uint32_t cr1_receive_interrupt = 1u << 5;
constexpr std::uint32_t cr1_enable = 1u << 13;
constexpr std::uint32_t apb2_usart1 = 1u << 4;
constexpr std::uint32_t irq_bit = 1u << (usart1_irq % 32);

// A byte at 115200 Bd takes 15000 cycles at 168 MHz; a poll takes at least 3.
constexpr unsigned send_polls_max = 50'000;

// One writer (the handler) and one reader; a power of two so that the running indices wrap right. A slot
// index is the running index modulo the size.
constexpr std::uint32_t ring_bytes = 1024;
static_assert((ring_bytes & (ring_bytes - 1)) == 0);
constinit std::array<std::uint8_t, ring_bytes> ring{};
constinit std::atomic<std::uint32_t> written{0};
constinit std::atomic<std::uint32_t> taken{0};
constinit std::atomic<bool> masked{false};

std::uint32_t ring_fill() { return written.load(std::memory_order_acquire) - taken.load(std::memory_order_acquire); }

void select_pin(unsigned pin) {
  const unsigned port = board::console_port;
  const unsigned nibble = 4 * (pin % 8);
  gpio_alternate(port, pin).modify(0xFu << nibble, board::console_alternate_function << nibble);
  gpio_pull(port).modify(3u << (2 * pin), 1u << (2 * pin));  // up: an open line reads as idle
  gpio_mode(port).modify(3u << (2 * pin), 2u << (2 * pin));
}

}  // namespace

void usart_start() {
  rcc_ahb1enr.set(1u << board::console_port);
  rcc_apb2enr.set(apb2_usart1);
  [[maybe_unused]] const std::uint32_t settle = rcc_apb2enr.read();  // the bus needs a cycle before the next access
  select_pin(board::console_tx_pin);
  select_pin(board::console_rx_pin);
  usart1_cr1.write(0);
  usart1_brr.write((clocks().pclk2_hz + board::console_baud / 2) / board::console_baud);
  usart1_cr1.write(cr1_enable | cr1_transmitter | cr1_receiver | cr1_receive_interrupt);
  nvic_set_enable(usart1_irq).write(irq_bit);
}

bool usart_started() { return (usart1_cr1.read() & cr1_enable) != 0; }

void usart_send(std::uint8_t byte) {
  for (unsigned poll = 0; poll < send_polls_max; ++poll) {
    if ((usart1_sr.read() & sr_may_send) != 0) {
      usart1_dr.write(byte);
      return;
    }
  }
}

bool usart_available() { return ring_fill() != 0; }

std::uint8_t usart_receive() {
  while (!usart_available()) {
    // Asking again with interrupts disabled: a byte that comes between asking and sleeping must not be slept
    // over.
    disable_interrupts();
    if (!usart_available()) wait_for_interrupt();
    enable_interrupts();
  }
  const std::uint32_t index = taken.load(std::memory_order_relaxed);
  const std::uint8_t byte = ring[index % ring_bytes];
  taken.store(index + 1, std::memory_order_release);
  if (masked.load(std::memory_order_relaxed) && ring_fill() <= ring_bytes / 2) {
    masked.store(false, std::memory_order_relaxed);
    nvic_set_enable(usart1_irq).write(irq_bit);
  }
  return byte;
}

void usart_interrupt() {
  if (ring_fill() == ring_bytes) {
    // In the interrupt controller, not in CR1: the emulator does not lower the request when CR1 disables it,
    // and the handler would be entered for ever.
    nvic_clear_enable(usart1_irq).write(irq_bit);
    masked.store(true, std::memory_order_relaxed);
    return;
  }
  const std::uint32_t status = usart1_sr.read();
  if ((status & (sr_received | sr_overrun)) == 0) return;
  const std::uint32_t data = usart1_dr.read();  // after SR: also ends an overrun
  if ((status & sr_received) == 0) return;
  const std::uint32_t index = written.load(std::memory_order_relaxed);
  ring[index % ring_bytes] = static_cast<std::uint8_t>(data);
  written.store(index + 1, std::memory_order_release);
}

}  // namespace mica::stm32
