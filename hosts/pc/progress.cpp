#include "hosts/pc/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace mica::pc {
namespace {

constexpr auto patience = std::chrono::milliseconds(500), interval = std::chrono::milliseconds(200);

}  // namespace

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)), is_terminal_(isatty(STDERR_FILENO) != 0), next_(start_ + patience) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::show(std::size_t done, std::size_t all) {
  const Clock::time_point now = Clock::now();
  if (!is_terminal_ || now < next_) return;
  next_ = now + interval;
  shown_ = true;
  if (all == 0) {
    fmt::print(stderr, "\r\033[K{}: {}", what_, done);
  } else {
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double left = done == 0 ? 0 : seconds * static_cast<double>(all - done) / static_cast<double>(done);
    fmt::print(stderr, "\r\033[K{}: {} of {}, {:.0f} s left", what_, done, all, left);
  }
  std::fflush(stderr);
}

}  // namespace mica::pc
