// The virtual machine: tables of frames, regions and tasks, and the pool in which frames lie. All memory is given by
// the host when the machine is made; there is no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "vm/frame.hpp"
#include "vm/host.hpp"
#include "vm/kept.hpp"
#include "vm/task.hpp"
#include "vm/tracing.hpp"

namespace mica::inline MICA_PROFILE::vm {

struct Machine;

// Why the interpreter came back. None has the number of the opcode that leads to it (end_task is 3): gcc would use the
// one for the other and keep the opcode of every instruction for it.
enum class Exit : std::uint8_t { running, spent, ended, trapped, crossing };

// Runs `task` until `left` ticks are used up, it ends, it traps, or it stands where it crosses to another frame; `left`
// returns what is left, negative if overrun.
using Execute = Exit (*)(Machine&, Task&, std::int32_t& left);

// A frame lies above others, so that it may have to be moved when one of these goes.
inline constexpr bool has_moves = core::limits::frames > 1;

// The slice that runs, and time.
struct Pace {
  Time time = 0;           // where the host has no clock
  std::int32_t slice = 0;  // ticks of the slice
  std::uint16_t turn = 0;  // number of the slice
  bool preempts = false;   // the task that runs gives way at the end of its instruction
  bool untold : 1 = false;  // a handler of a frame may still have to be told of a trap
  bool alone : 1 = false;   // the task of the last slice was the only one then, and nothing new has come up

  void begin_slice(std::int32_t ticks) {
    slice = ticks;
    preempts = false;
    ++turn;
  }
  void preempt_if(bool wanted) { preempts = preempts || wanted; }
  void note_alone(bool is_alone) { alone = is_alone; }
  void tell_handlers() {
    untold = true;
    alone = false;
  }
  void go_to(Time moment) { time = moment; }
};

// Where programs have no words for tasks.
struct NoPace {
  static constexpr Time time = 0;
  static constexpr std::uint16_t turn = 0;
  static constexpr bool untold = false, alone = false;

  static constexpr void begin_slice(std::int32_t) {}
  static constexpr void preempt_if(bool) {}
  static constexpr void note_alone(bool) {}
  static constexpr void go_to(Time) {}
};

struct Machine {
  Host host;
  Execute execute = nullptr;
  bool observed = false;                                       // `execute` makes task digests
  bool holes = false;                                          // frames may have to be moved down (vm/unloading.hpp)
  std::uint8_t moving = none;                                  // the frame that is under way
  std::uint8_t unloading = none;                               // the frame that has made the holes
  [[no_unique_address]] Kept<has_moves, std::uint32_t> moved;  // bytes of it
  [[no_unique_address]] Kept<has_moves, std::uint32_t, 1> distance;  // that it is moved down
  std::span<std::byte> pool;
  std::size_t pool_used = 0;
  std::uint8_t last_task = core::limits::tasks - 1;  // that had a slice; the first one goes to task 0
  std::uint8_t tasks_used = 0;                       // the places behind so many were never taken
  FrameSet waiting = 0;                              // frames whose tasks need the one that is under way
  [[no_unique_address]] std::conditional_t<has_task_words, Pace, NoPace> pace;
  Digest schedule;  // of the slices: task and ticks
  Frame frames[core::limits::frames];
  Task tasks[core::limits::tasks];
  // Behind everything else: the other forms are the same code with and without it.
  [[no_unique_address]] std::conditional_t<has_tracing, Tracing, NoTracing> tracing;
};

// Parts of a frame's block.
inline constexpr unsigned part_count = 6;

// Frames end at multiples of 8.
constexpr std::size_t aligned(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

// Bytes that a frame asks for; 0: the default.
struct Wishes {
  std::uint32_t code = 0;
  std::uint32_t data = 0;
  std::uint32_t constants = 0;
};

// Takes a free slot, this one unless it is `none`, and what is free of the pool for a frame that is being compiled;
// half of it for one that is kept open. Null: no slot is free.
Frame* open_frame(Machine&, bool keep_open, std::uint8_t slot);

// Divides the frame's memory by other wishes, as long as it holds nothing but names and what it imports. False: there
// is not so much, or the profile does not allow it.
bool divide_frame(Frame&, const Wishes&);

// How far the gaps of a frame are closed.
struct Closing {
  [[no_unique_address]] Kept<has_moves, std::uint32_t> base;  // where in the pool the block will begin
  unsigned part = 0;
  std::uint32_t moved = 0;                    // bytes of the part
  std::uint32_t end = 0;                      // of what lies in its place, from the begin of the block
  std::uint32_t begins[part_count - 1] = {};  // of those behind the code
};

// Closes the gaps in a frame whose text has ended, and the one below it, which makes it complete. Moves at most `bytes`
// in each call; false: there is more to move.
void begin_to_close(const Machine&, Frame&, Closing&);
bool close_frame(Machine&, Frame&, Closing&, std::uint32_t bytes);

// Completes a frame that more text may extend: its gaps stay.
void keep_frame_open(Machine&, Frame&);

// Forgets a frame that did not compile.
void abandon_frame(Machine&, Frame&);

// Adds a region or a token to the frame that is being compiled. False: there is no room.
bool add_region(Frame&, const Region&);
bool add_token(Frame&, const Token&);

}  // namespace mica::inline MICA_PROFILE::vm
