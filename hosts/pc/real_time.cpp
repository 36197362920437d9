#include "hosts/pc/real_time.hpp"

#include <poll.h>
#include <time.h>

#include <chrono>
#include <csignal>

#include "hosts/pc/interrupt.hpp"

namespace mica::pc {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point begin() {
  static const Clock::time_point time = Clock::now();
  return time;
}

Time now() {
  const Clock::time_point first = begin();
  return static_cast<Time>(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - first).count());
}

}  // namespace

sim::Clock real_time() {
  return [](std::uint32_t) { return now(); };
}

void sleep_until(Time time) {
  const Time present = now();
  if (time <= present) return;
  const Time left = time - present;
  const timespec span{static_cast<time_t>(left / 1000000), static_cast<long>(left % 1000000 * 1000)};
  // Ctrl-C that came before ends it, too.
  sigset_t interrupt, as_before;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, &as_before);
  if (!is_interrupted()) ppoll(nullptr, 0, &span, &as_before);
  sigprocmask(SIG_SETMASK, &as_before, nullptr);
}

}  // namespace mica::pc
