// How far long work has come: one line on standard error, when that is a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace mica::pc {

class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();  // takes the line away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // `all`: 0 when nobody knows. Shown a few times in a second, not sooner than after half a second.
  void show(std::size_t done, std::size_t all);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const bool is_terminal_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
  bool shown_ = false;
};

}  // namespace mica::pc
