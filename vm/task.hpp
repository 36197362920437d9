// A thread of control: its stacks, where it stands, and what it waits for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/config.hpp"
#include "core/progress.hpp"
#include "core/traps.hpp"
#include "vm/cell.hpp"
#include "vm/digest.hpp"
#include "vm/report.hpp"
#include "vm/settings.hpp"
#include "vm/tries.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Can programs start tasks, or let theirs sleep? Where they cannot, all tasks take turns, and nothing of this takes
// memory.
inline constexpr bool has_task_words = core::has_group("task");

// What a task waits for.
enum class WaitsFor : std::uint8_t {
  nothing,
  data,       // in a channel
  room,       // in a channel
  semaphore,  // to be free
  event,      // of the host
  variable    // to have a value
};

// What a task has begun and not ended.
enum class Message : std::uint8_t { none, sending, receiving };

// When a task runs, and how it began.
struct Schedule {
  Time wake = never;            // of a task that sleeps or waits: when it is ready again
  Time release = 0;             // when it became ready for the work that it does now
  std::uint32_t period = 0;     // microseconds from one release to the next; 0: there is one
  std::uint32_t deadline = 0;   // microseconds behind the release; 0: none
  std::uint32_t place = 0;      // where it waits: vm/waiting.hpp
  std::uint16_t id = 0;         // among the tasks of its owner, from 1
  std::uint16_t missed = 0;     // deadlines
  std::uint16_t turn = 0;       // number of its last slice
  std::uint16_t word = 0;       // header of the word that it was started at; 0: it runs the text of its frame
  std::uint8_t word_ticks = 0;  // that it leaves to its caller to charge
  std::uint8_t priority = 0;    // the greatest goes first
  WaitsFor waits_for : 3 = WaitsFor::nothing;
  Message message : 2 = Message::none;  // half of which is in the channel at `place`
  bool is_late : 1 = false;             // what it waits for has not come in time
  bool is_abandoned : 1 = false;        // who held the semaphore that it waits for is over
  bool holds : 1 = false;               // or has held, a semaphore
  std::uint8_t restarts = 0;            // behind traps
  std::uint8_t restarts_max = 0;
  bool handles_traps : 1 = false;   // it was started at the handler of its frame
  bool begins_anew : 1 = false;     // with its next slice, as it has trapped
  std::uint32_t restart_delay = 0;  // milliseconds before the first of them

  void begin(std::uint16_t number, const TaskOptions& options, Time now) {
    id = number;
    priority = options.priority;
    period = options.period_us;
    deadline = options.deadline_us == 0 ? period : options.deadline_us;
    release = now;
  }
  void start_at(std::uint16_t header, std::uint8_t ticks) {
    word = header;
    word_ticks = ticks;
  }
  void sleep_until(Time time) { wake = time; }
  void take_turn(std::uint16_t slice) { turn = slice; }
  // The clock is another one: `now` there was `then` by the one by which the times were taken.
  void move_times(Time then, Time now) {
    release = moved(release, then, now);
    if (wake != never) wake = moved(wake, then, now);
  }
  // What it waited for before counts no more; of a sliced instruction in the midst it may.
  void forget_past(TaskState state, bool in_progress) {
    const bool waits = state == TaskState::waiting;
    if (!waits) waits_for = WaitsFor::nothing;
    if (!waits && message == Message::none) place = 0;
    if (!waits && state != TaskState::sleeping && !in_progress) wake = never;
    if (!in_progress) is_late = is_abandoned = false;
  }
  Time due() const { return deadline == 0 ? never : release + deadline; }

  // The work is done: goes on to the next release, which is in the past if the work took longer than a period; those
  // that have passed meanwhile are left out. False: there is none.
  bool go_on(Time now) {
    if (now > due()) miss(1);
    if (period == 0) return false;
    Time periods = 1;
    if (now >= release + period) {
      periods = (now - release) / period;
      miss(periods - 1);
    }
    release += periods * period;
    wake = release;
    return true;
  }

  // The work has failed: it begins anew at the moment, or with the first period behind it.
  void begin_anew(Time moment) {
    if (!go_on(moment)) release = moment;
    wake = std::max(release, moment);
  }

 private:
  // What lies before the begin of the other clock is at its begin.
  static Time moved(Time time, Time then, Time now) {
    if (time >= then) return now + (time - then);
    return then - time < now ? now - (then - time) : 0;
  }
  void miss(Time deadlines) {
    missed = static_cast<std::uint16_t>(deadlines > 0xffffu - missed ? 0xffffu : missed + deadlines);
  }
};

struct NoSchedule {
  static constexpr Time wake = never;
  static constexpr std::uint32_t period = 0, deadline = 0;
  static constexpr std::uint16_t id = 0, missed = 0, turn = 0, word = 0;
  static constexpr std::uint8_t priority = 0, word_ticks = 0, restarts = 0;
  static constexpr bool begins_anew = false, handles_traps = false;

  static constexpr void begin(std::uint16_t, const TaskOptions&, Time) {}
  static constexpr void start_at(std::uint16_t, std::uint8_t) {}
  static constexpr void sleep_until(Time) {}
  static constexpr void take_turn(std::uint16_t) {}
  static constexpr void move_times(Time, Time) {}
  static constexpr void forget_past(TaskState, bool) {}
  static constexpr Time due() { return never; }
  static constexpr bool go_on(Time) { return false; }
};

// Data stack and loop stack share one block: the data stack grows up from its begin, the loop stack down from its end.
// The top cell of the data stack is kept in `top`; memory cell 0 takes what `top` holds while the stack is empty, so
// that the cells in use never exceed the block. Return addresses lie apart; no instruction hands them to a program.
// What a program puts on its return stack lies at the other end of their block. Of both blocks nothing is ever read
// that was not written before: a new task need not clear them.
struct Task {
  TaskState state = TaskState::absent;
  core::Trap trap = core::Trap::none;
  std::uint8_t component = 0;
  std::uint8_t owner = 0;    // frame whose task it is
  std::uint8_t frame = 0;    // whose code it runs: the owner's, or that of one from which the owner imports words
  bool is_main = false;      // it runs the text of its frame
  bool in_progress = false;  // a sliced instruction has begun and goes on in the next slice
  Cell top = 0;
  std::uint16_t pc = 0;     // offset in the frame's code
  std::uint16_t depth = 0;  // of the data stack
  std::uint16_t loops = 0;  // of the loop stack
  std::uint16_t calls = 0;  // return addresses, from the begin of `returns` on
  std::uint16_t kept = 0;   // cells of the program, from its end down
  [[no_unique_address]] Tries tries;
  Settings settings;
  Digest digest;
  std::int64_t ticks = 0;  // less than 0 when a branch has given some back before the charge that evens it out
  [[no_unique_address]] std::conditional_t<has_task_words, Schedule, NoSchedule> schedule;
  alignas(8) std::byte progress[core::progress_bytes > 0 ? core::progress_bytes : 1] = {};
  Cell stack[core::limits::stack_cells];
  UCell returns[core::limits::return_cells];
};

// What it takes beside its stacks stands in vm/README.md.
static_assert(sizeof(Task) - offsetof(Task, stack) -
                      sizeof(Cell) * (core::limits::stack_cells + core::limits::return_cells) <
                  8,
              "nothing lies behind the stacks");
static_assert(core::limits::stack_cells <= 0xffff && core::limits::return_cells <= 0xffff,
              "depths are kept in 16 bits");

}  // namespace mica::inline MICA_PROFILE::vm
