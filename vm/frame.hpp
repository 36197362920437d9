// A loaded program: its code, its data, its read-only arrays, its names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "vm/cell.hpp"
#include "vm/region.hpp"
#include "vm/task.hpp"

namespace mica::inline MICA_PROFILE::vm {

enum class FrameState : std::uint8_t {
  free,
  compiling,
  closing,   // its text is right and has ended: a task that is free is meant for it
  complete,  // nothing of it is missing; it tests itself, or its task starts at once
  loaded
};

// Slots of frames, one bit for each.
static_assert(core::limits::frames <= 32);
using FrameSet = std::conditional_t<core::limits::frames <= 8, std::uint8_t, std::uint32_t>;
constexpr FrameSet only(unsigned frame) { return static_cast<FrameSet>(FrameSet{1} << frame); }

// In place of a slot or a task.
inline constexpr std::uint8_t none = 255;

// Who is told of the traps of a frame's tasks.
struct TrapHandler {
  std::uint16_t token = 0;  // of a word; 0: nobody
  std::uint16_t task = 0;   // that has trapped, and no task was free yet to tell of it; 0: none
  std::uint16_t lost = 0;   // traps behind that one
  Cell code = 0;            // of what it has trapped with, as a handler of exceptions gets it
};
struct NoTrapHandler {
  static constexpr std::uint16_t lost = 0;
};

// A frame is one block of the machine's memory, and everything in it is found by offsets, so that it can be moved as a
// whole. While a text is compiled, five things grow in it, two of them downwards:
//
//   | code -> <- regions | data -> <- tokens | constants ->            <- names |
//
// When the text has ended the gaps between them are closed. Constants may lie with the host instead.
struct Frame {
  std::uint8_t* code = nullptr;
  std::byte* data = nullptr;             // the byte at offset sizeof(Cell)
  const std::byte* constants = nullptr;  // read-only arrays
  Region* regions_end = nullptr;
  Token* tokens_end = nullptr;
  std::byte* names_end = nullptr;
  std::uint32_t code_bytes = 0, code_limit = 0;  // in use; while compiling, what code and regions may take
  std::uint32_t data_bytes = 0, data_limit = 0;  // with tokens
  std::uint32_t constant_bytes = 0, constant_limit = 0;
  std::uint32_t name_bytes = 0, name_limit = 0;  // with constants, unless the host keeps them
  std::uint32_t entry = 0;                       // header of the code that a task starts with; 0: that is gone
  std::uint16_t regions = 0;
  std::uint16_t tokens = 0;
  std::uint16_t names = 0;  // that the text defined
  FrameSet holds = 0;       // frames from which it imports
  std::uint32_t title = 0;  // where its own name lies, as a distance from the end of the names; 0: it has none
  std::uint32_t source_instructions = 0;
  std::uint32_t instructions = 0;
  std::uint8_t generation = 0;  // grows with each frame in this slot
  FrameState state = FrameState::free;
  std::uint8_t tasks = 1;     // that there is always room for
  std::uint8_t priority = 0;  // of the task that runs its text
  std::uint16_t last_id = 0;  // of the tasks that were started for it
  bool constants_at_host = false;
  bool open : 1 = false;        // more text may extend it
  bool extended : 1 = false;    // by the text in work, which wants it to stay where it is
  bool replaced : 1 = false;    // by the text in work, if that is right
  std::uint32_t events = 0;     // of the host that none of its tasks has taken yet, a bit for each
  std::uint32_t code_kept = 0;  // of an open frame: what is needed when its task has ended
  [[no_unique_address]] std::conditional_t<has_task_words, TrapHandler, NoTrapHandler> handler;

  const Region& region(std::uint32_t index) const { return *(regions_end - 1 - index); }
  const Token& token(std::uint32_t index) const { return *(tokens_end - 1 - index); }
  // Bytes that are left; a header may ask for less than is in use already.
  std::uint32_t code_room() const { return room(code_limit, code_bytes + regions * sizeof(Region)); }
  std::uint32_t data_room() const { return room(data_limit, data_bytes + tokens * sizeof(Token)); }
  // For names, and for constants that the frame keeps itself.
  std::uint32_t name_room() const { return room(name_limit, name_bytes + (constants_at_host ? 0 : constant_bytes)); }
  std::uint32_t constant_room() const {
    const std::uint32_t left = room(constant_limit, constant_bytes);
    return constants_at_host || name_room() > left ? left : name_room();
  }

 private:
  static constexpr std::uint32_t room(std::uint32_t limit, std::size_t used) {
    return used < limit ? limit - static_cast<std::uint32_t>(used) : 0;
  }
};

// A word begins with a header: the cells of room it needs on the data and loop stack together (two bytes, the low one
// first), and the entries it needs on the return stack beside the return address. Calls check both, so that nothing
// inside has to.
inline constexpr std::uint32_t header_bytes = 3;

// Before all words lie the places to which a word returns that the host has started, and one that was entered from
// another frame.
inline constexpr std::uint32_t return_to_host = 0;
inline constexpr std::uint32_t return_to_frame = 2;

// Entries of the return stack that entering another frame takes: the frame to come back to, and where to return.
inline constexpr std::uint32_t crossing_returns = 2;

inline std::uint32_t room_of(const std::uint8_t* header) { return header[0] | std::uint32_t{header[1]} << 8; }
inline std::uint32_t returns_of(const std::uint8_t* header) { return header[2]; }

}  // namespace mica::inline MICA_PROFILE::vm
