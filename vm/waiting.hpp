// What tasks wait for: channels, semaphores, events of the host, values of variables. A word that waits is a sliced
// instruction: its unit is tried again when the task has been woken.
#pragma once

#include "vm/tasks.hpp"

namespace mica::inline MICA_PROFILE::vm {

// What became of a try.
enum class Step : std::uint8_t {
  done,
  waits,   // the task waits now
  late,    // what it waited for has not come in time
  trapped  // the task has the trap
};

// A channel begins with these cells; those that it holds follow, in a ring. A semaphore has none: it is a cell for each
// task that can hold it, with the index of the task from 1, or 0.
inline constexpr std::uint32_t channel_first = 0;     // index of the cell that is received next
inline constexpr std::uint32_t channel_count = 1;     // cells that it holds
inline constexpr std::uint32_t channel_sender = 2;    // task that sends a message just now, its index from 1; 0: none
inline constexpr std::uint32_t channel_receiver = 3;  // task that receives one
inline constexpr std::uint32_t channel_head_cells = 4;

// From here on the task waits so many milliseconds at most; below 0: for ever.
void limit_wait(const Machine&, Task&, std::int64_t ticks, Cell milliseconds);

// One cell.
Step send_cell(Machine&, Task&, Cell handle, Cell value);
Step receive_cell(Machine&, Task&, Cell handle, Cell& value);

// Several cells as one message: all of them are sent, or received, or none. The first waits until there is room for so
// many cells, or until there are so many, and keeps others from doing the same until the last.
Step begin_message(Machine&, Task&, Cell handle, std::uint32_t count, bool sends);
Step move_element(Machine&, Task&, Cell handle, std::uint32_t index, bool sends, Cell& value);
Step end_message(Machine&, Task&, Cell handle, std::uint32_t count, bool sends);
// The message, if there is one, is not sent or received after all.
void drop_message(Machine&, Task&);

// A task may hold a semaphore several times.
Step acquire(Machine&, Task&, Cell handle);
core::Trap release(Machine&, Task&, Cell handle);

// An event, 0 .. 31, that the host has signalled to the frame and none of its tasks has taken yet.
Step take_event(Machine&, Task&, Cell event);

// That element `index` of an array, or of the cells behind an address, is `value`. The word has these three as operands
// in the order value, index, array, and `above` cells on top of them.
Step await_value(const Machine&, Task&, Cell operand, Cell index, Cell value, std::uint32_t above);

// What those come to that are not ready.
struct Pending {
  Time wake = never;    // when the first of them is ready by itself
  bool polls = false;   // one waits for a variable
  bool hopes = false;   // one waits for the host
  bool others = false;  // one waits, for whatever that is
};

// Makes a task that sleeps or waits ready, if it is time. What it comes to otherwise is added to `pending`.
void look_at(const Machine&, Task&, Time now, Pending& pending);

// Does a channel lie there (Schedule::place), which the loaded frame has declared or imported?
bool is_channel(const Machine&, std::uint8_t frame, std::uint32_t place);

// The host signals an event to all frames.
void signal_event(Machine&, unsigned event);

// Gives back what a task holds that is over. Those that wait for its semaphores trap, the others go on.
void release_all(Machine&, Task&);

}  // namespace mica::inline MICA_PROFILE::vm
