#include "hosts/pc/interrupt.hpp"

#include <csignal>

namespace mica::pc {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) { interrupted = 1; }

}  // namespace

// SA_RESTART is not set.
void catch_interrupts(Catch how) {
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  if (how == Catch::once) action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

bool take_interrupt() {
  const bool taken = is_interrupted();
  interrupted = 0;
  return taken;
}

}  // namespace mica::pc
