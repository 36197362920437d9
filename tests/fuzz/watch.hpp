// Runs a machine and holds against each slice what must be true of it, whatever tasks a program has.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "tests/fuzz/engines.hpp"

namespace mica::fuzz {

// How late a slice of the task may end: what may be left pending from before the charge point that was passed, and the
// stretch behind it (jit/emitter.hpp), or a unit of a layer; and what a trap that is caught is charged
// (vm/exceptions.hpp).
inline std::uint32_t overrun_most(const Engine& engine, const TaskReport& task) {
  return 64 + (has_blocks(engine) ? 160 : 64) + (task.ticks_exact ? 0 : 64);
}

// Virtual time of a host that has a clock: a tick takes a microsecond, as where the machine keeps time itself.
struct Clock {
  Time begin = 0;  // of the slice

  static Time now(void* clock, std::uint32_t ticks) { return static_cast<const Clock*>(clock)->begin + ticks; }
};

class Watch {
 public:
  // Without a clock the machine keeps time itself.
  Watch(const Engine& engine, Instance* instance, Clock* clock);

  RunReport run(std::uint32_t budget);
  // Runs slices of these budgets in turn until nothing will happen any more, or until so many ticks are used up. True:
  // the machine is idle for good.
  bool run_out(std::span<const std::uint32_t> budgets, std::uint64_t ticks_max);

  // A host with a clock that has nothing to do waits until the next task wakes.
  void pass_time(const RunReport& report);
  // The host has ended tasks or woken them: what was said before of when and whether the machine goes on counts no
  // more.
  void disturbed() { knows_wake_ = must_go_on_ = false; }
  // The word at which a task waits.
  std::string word_of(const TaskReport& task) const;
  // No task but the first one was ever seen.
  bool alone() const { return alone_; }

 private:
  using Tasks = std::array<TaskReport, 8>;  // as many as any of the profiles has
  // What those come to that are not ready, as far as the host can see.
  struct Pending {
    bool ready = false;   // one is
    bool timed = false;   // one sleeps, or waits until a time
    bool waits = false;   // one waits
    bool polls = false;   // one waits for a variable
    bool hopes = false;   // one waits for the host
    bool veiled = false;  // one waits in the test of a frame, of which there is no listing yet
  };

  Tasks tasks() const;
  Pending pending(const Tasks& tasks) const;
  std::string_view mnemonic(std::uint8_t frame, std::uint32_t offset, std::uint32_t& next) const;
  bool is_over_for_good(const RunReport& report);
  bool has_paused(const TaskReport& task, std::uint8_t index) const;

  void look_at_task(const RunReport& report, const Tasks& before, const Tasks& after) const;
  void look_at_end(const RunReport& report, std::uint32_t budget, Time room, const Tasks& after) const;
  void look_at_report(const RunReport& report, const Tasks& after);

  const Engine& engine_;
  Instance* instance_;
  Clock* clock_;
  mutable char line_[64] = {};  // of a listing
  bool alone_ = true;
  bool must_go_on_ = false;  // the next slice does something: nobody is ready, but the machine is not idle
  unsigned without_ticks_ = 0;
  // Where the machine keeps time itself: the time, and when the next task wakes.
  bool knows_wake_ = true;
  Time time_ = 0, wake_ = never;
};

}  // namespace mica::fuzz
