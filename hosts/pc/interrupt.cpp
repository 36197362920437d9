#include "hosts/pc/interrupt.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace mica::pc {
namespace {

volatile std::sig_atomic_t interrupted = 0;
struct sigaction before = {};

void note_interrupt(int) { interrupted = 1; }

}  // namespace

// SA_RESTART is not set.
InterruptCatcher::InterruptCatcher(Catches how) {
  struct sigaction action = {};
  action.sa_handler = note_interrupt;
  if (how == Catches::once) action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGINT, &action, nullptr);
}

InterruptCatcher::~InterruptCatcher() { sigaction(SIGINT, &before, nullptr); }

bool is_interrupted() { return interrupted != 0; }

bool take_interrupt() {
  const bool taken = is_interrupted();
  interrupted = 0;
  return taken;
}

void end_by_interrupt() {
  std::fflush(stdout);
  std::signal(SIGINT, SIG_DFL);
  std::raise(SIGINT);
  std::_Exit(130);
}

}  // namespace mica::pc
