#include "hosts/stm32/clock.hpp"

#include "board/board.hpp"
#include "hosts/stm32/registers.hpp"

namespace mica::stm32 {

namespace {

constexpr std::uint32_t hsi_hz = 16'000'000;

// The PLL: 16 MHz / 16 * 336 / 2. The divider 7 makes the 48 MHz that other peripherals of the chip expect.
constexpr std::uint32_t pll_m = 16;
constexpr std::uint32_t pll_n = 336;
constexpr std::uint32_t pll_p = 2;
constexpr std::uint32_t pll_q = 7;
static_assert(hsi_hz / pll_m * pll_n / pll_p == board::hclk_hz, "the PLL is set for another frequency");

constexpr std::uint32_t cr_hsi_on = 1u << 0;
constexpr std::uint32_t cr_hsi_ready = 1u << 1;
constexpr std::uint32_t cr_pll_on = 1u << 24;
constexpr std::uint32_t cr_pll_ready = 1u << 25;
constexpr std::uint32_t cfgr_switch_mask = 3u;
constexpr std::uint32_t cfgr_switch_pll = 2u;
constexpr std::uint32_t cfgr_prescaler_mask = 0xFu << 4;  // of the core
constexpr std::uint32_t cfgr_status_mask = 3u << 2;
constexpr std::uint32_t cfgr_status_pll = 2u << 2;
constexpr std::uint32_t cfgr_apb1_by_4 = 5u << 10;
constexpr std::uint32_t cfgr_apb2_by_2 = 4u << 13;
constexpr std::uint32_t cfgr_apb_mask = (7u << 10) | (7u << 13);
constexpr std::uint32_t apb1_power = 1u << 28;
constexpr std::uint32_t pwr_scale_1 = 1u << 14;
constexpr std::uint32_t pwr_scale_ready = 1u << 14;
constexpr std::uint32_t acr_5_wait_states = 5u;
constexpr std::uint32_t acr_latency_mask = 7u;
constexpr std::uint32_t acr_prefetch_and_caches = 7u << 8;

// The data sheet gives the PLL 300 us to lock: 4800 cycles of the internal oscillator. One poll takes
// several.
constexpr unsigned polls_max = 20'000;

constinit Clocks current{hsi_hz, hsi_hz};

bool becomes(Register reg, std::uint32_t mask, std::uint32_t expected) {
  for (unsigned poll = 0; poll < polls_max; ++poll) {
    if ((reg.read() & mask) == expected) return true;
  }
  return false;
}

// The core on the internal oscillator with the PLL off, as after a reset: the chip's own loader leaves other
// settings, and the PLL can only be set while it is off.
bool to_internal_oscillator() {
  rcc_cr.set(cr_hsi_on);
  if (!becomes(rcc_cr, cr_hsi_ready, cr_hsi_ready)) return false;
  rcc_cfgr.clear(cfgr_switch_mask);
  if (!becomes(rcc_cfgr, cfgr_status_mask, 0)) return false;
  rcc_cfgr.clear(cfgr_prescaler_mask | cfgr_apb_mask);
  rcc_cr.clear(cr_pll_on);
  return becomes(rcc_cr, cr_pll_ready, 0);
}

}  // namespace

bool emulated() { return rcc_cr.read() == 0; }

Clocks clocks() { return current; }

void clock_start() {
  if (emulated()) {
    current = {board::hclk_hz, board::hclk_hz / 2};
    return;
  }
  if (!to_internal_oscillator()) return;
  rcc_apb1enr.set(apb1_power);
  [[maybe_unused]] const std::uint32_t settle = rcc_apb1enr.read();  // the bus needs a cycle before the next access
  pwr_cr.set(pwr_scale_1);
  rcc_pllcfgr.write(pll_m | (pll_n << 6) | ((pll_p / 2 - 1) << 16) | (pll_q << 24));
  rcc_cr.set(cr_pll_on);
  if (!becomes(rcc_cr, cr_pll_ready, cr_pll_ready)) return;
  if (!becomes(pwr_csr, pwr_scale_ready, pwr_scale_ready)) return;

  // The flash must be slow enough before the core becomes fast.
  flash_acr.modify(acr_latency_mask, acr_5_wait_states | acr_prefetch_and_caches);
  if (!becomes(flash_acr, acr_latency_mask, acr_5_wait_states)) return;
  rcc_cfgr.modify(cfgr_apb_mask, cfgr_apb1_by_4 | cfgr_apb2_by_2);
  rcc_cfgr.modify(cfgr_switch_mask, cfgr_switch_pll);
  if (!becomes(rcc_cfgr, cfgr_status_mask, cfgr_status_pll)) {
    rcc_cfgr.clear(cfgr_switch_mask | cfgr_apb_mask);
    return;
  }
  current = {board::hclk_hz, board::hclk_hz / 2};
}

}  // namespace mica::stm32
