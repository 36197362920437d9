// What the machine tells its host about tasks and slices. No profile.
#pragma once

#include <cstdint>

#include "ml/layout/array_view.hpp"

namespace mica {

enum class TaskState : std::uint8_t { absent, ready, ended, trapped };

// What a task has come to.
struct TaskReport {
  TaskState state = TaskState::absent;
  std::uint8_t trap = 0;       // index into the trap names when trapped
  std::uint8_t component = 0;  // part of a fused instruction, from 0
  std::uint8_t frame = 0;
  std::uint32_t offset = 0;  // of the instruction in the frame's code
  std::uint64_t ticks = 0;   // charged so far; exact once the task has ended
  bool observed = false;     // the form of the interpreter makes task digests
  std::uint32_t digest = 0;  // task digest (jit/LANGUAGE.md section 4), 0 in a form that makes none
};

// What one slice did.
struct RunReport {
  std::uint32_t ticks = 0;  // charged in this slice
  std::uint8_t task = 0;    // which task ran
  bool idle = true;         // no task is ready any more
};

// How much a loaded frame needs.
struct FrameReport {
  std::uint32_t code_bytes = 0;
  std::uint32_t data_bytes = 0;
  std::uint32_t names = 0;
  std::uint32_t source_instructions = 0;  // before fusing
  std::uint32_t instructions = 0;         // after fusing
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
