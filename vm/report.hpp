// What the machine tells its host about tasks and slices. No profile.
#pragma once

#include <cstdint>
#include <string_view>

#include "ml/layout/array_view.hpp"

namespace mica {

// Microseconds since a moment that the host chooses; they never go back.
using Time = std::uint64_t;
inline constexpr Time never = ~Time{0};

enum class TaskState : std::uint8_t {
  absent,
  ended,
  trapped,
  ready,     // from here on it will run
  sleeping,  // until a time, or its next period
  waiting    // for something that another task or the host does
};

constexpr bool is_live(TaskState state) { return state >= TaskState::ready; }

// Will it not run again unless it is started anew?
constexpr bool is_over(TaskState state) { return state == TaskState::ended || state == TaskState::trapped; }

// What a task has come to.
struct TaskReport {
  TaskState state = TaskState::absent;
  std::uint8_t trap = 0;       // index into the trap names when trapped; before that: it will be started again
  std::uint8_t component = 0;  // part of a fused instruction, from 0
  std::uint8_t frame = 0;      // whose code it runs
  std::uint8_t owner = 0;      // frame whose task it is
  std::uint16_t id = 0;        // among the tasks of that frame, from 1; 0 where programs cannot start tasks
  bool is_main = false;        // it runs the text of its frame
  std::uint8_t priority = 0;
  std::uint16_t missed = 0;   // deadlines
  std::uint8_t restarts = 0;  // behind traps
  std::uint32_t offset = 0;   // of the instruction in the frame's code
  std::uint64_t ticks = 0;    // charged so far; exact once the task has ended, unless `ticks_exact` says no
  bool observed = false;      // the form of the interpreter makes task digests
  std::uint32_t digest = 0;   // task digest (jit/LANGUAGE.md section 4), 0 in a form that makes none
  std::int32_t code = 0;      // what was thrown, when the trap is `uncaught`
  bool ticks_exact = true;    // no trap was caught or followed by a restart, which count for more than was used
};

// What one slice did.
struct RunReport {
  std::uint32_t ticks = 0;  // charged in this slice
  std::uint8_t task = 0;    // which task ran
  bool idle = true;         // no task is ready any more
  // A task awaits that a variable or an array has some value: it is looked at in each call of run().
  bool polls = false;
  bool deadlock = false;  // all tasks that are not over wait for each other
  // When the next task becomes ready by itself. Unless all are idle it may come early: of a task that the one that ran
  // has stopped or woken.
  Time wake = never;
};

// When and how often a task runs.
struct TaskOptions {
  std::uint8_t priority = 0;      // the greatest goes first
  std::uint32_t period_us = 0;    // 0: it runs once
  std::uint32_t deadline_us = 0;  // after it has become ready; 0: none, or that of a period its end
};

// What becomes of a task that traps.
struct Supervision {
  std::uint8_t restarts_max = 0;  // it is started again so many times
  std::uint32_t delay_ms = 0;     // before the first time; it doubles with each
};

// A loaded frame and how much it needs; all of it empty where there is none.
struct FrameReport {
  std::uint32_t code_bytes = 0;
  std::uint32_t data_bytes = 0;
  std::uint32_t names = 0;
  std::uint32_t source_instructions = 0;  // before fusing
  std::uint32_t instructions = 0;         // after fusing
  std::string_view name;                  // of the header, valid until the frame is unloaded or moved
  std::string_view version;
  std::uint8_t task = 255;       // its main task; 255: that is gone
  std::uint16_t traps_lost = 0;  // of which no task was free to tell its handler
  std::uint8_t generation = 0;   // grows with each frame in the slot
};

// What became of the wish to unload a frame.
enum class Unloading : std::uint8_t {
  done,      // it is gone, and all the memory that it had is free
  busy,      // there is more to do: call again
  no_frame,  // no frame is loaded there
  in_use     // another frame imports from it, or the text in work extends or replaces it
};

// What there is and what is left of it.
struct MemoryReport {
  std::uint32_t bytes = 0;       // for frames, in all
  std::uint32_t used_bytes = 0;  // by those that are loaded
  std::uint32_t free_bytes = 0;  // for the next text
  std::uint8_t frames = 0, frames_free = 0;
  std::uint8_t tasks = 0, tasks_free = 0;
};

// What a frame exports under a name.
struct ExportReport {
  enum class Kind : std::uint8_t { none, word, array, constant };
  Kind kind = Kind::none;
  ml::ArrayView array;     // in place; writable unless it says read_only
  std::int32_t value = 0;  // of a constant
  bool is_float = false;   // a constant that was given as one: `value` is its bits
  std::uint16_t in = 0;    // cells that a word takes
  std::uint16_t out = 0;   // and leaves
};

}  // namespace mica
