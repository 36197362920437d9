// The virtual machine: tables of frames, regions and tasks, and the pool in which frames lie. All memory is given by
// the host when the machine is made; there is no other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vm/frame.hpp"
#include "vm/host.hpp"
#include "vm/region.hpp"
#include "vm/task.hpp"

namespace mica::inline MICA_PROFILE::vm {

struct Machine;

// Why the interpreter came back.
enum class Exit : std::uint8_t { running, spent, ended, trapped };

// Runs `task` until `left` ticks are used up, it ends, or it traps; `left` returns what is left, negative if overrun.
using Execute = Exit (*)(Machine&, Task&, std::int32_t& left);

struct Machine {
  Host host;
  Execute execute = nullptr;
  bool observed = false;  // `execute` makes task digests
  std::span<std::byte> pool;
  std::size_t pool_used = 0;
  std::uint8_t last_task = 0;
  Digest schedule;  // of the slices: task and ticks
  Frame frames[core::limits::frames];
  Region regions[core::limits::regions];
  std::uint16_t regions_used = 0;
  Task tasks[core::limits::tasks];
};

// Takes a free slot and a free part of the pool for a frame that is being compiled. 0 asks for the default of the
// profile; less is given when the pool has less. Null: no slot is free.
Frame* open_frame(Machine&, std::uint32_t code_wanted, std::uint32_t data_wanted);

// Asks for other sizes as long as nothing has been compiled. False: the pool has less.
bool resize_frame(Machine&, Frame&, std::uint32_t code_wanted, std::uint32_t data_wanted);

// Gives back what the frame does not use and makes it loaded.
void close_frame(Machine&, Frame&);

// Forgets a frame that did not compile, with its regions.
void abandon_frame(Machine&, Frame&);

// Adds a region to the frame that is being compiled. False: the table is full.
bool add_region(Machine&, Frame&, const std::byte* base, std::uint32_t count, ml::ElementType type);

bool has_free_task(const Machine&);

// Puts a task at the entry of a loaded frame. Null: no task is free.
Task* start_task(Machine&, std::uint8_t frame);

}  // namespace mica::inline MICA_PROFILE::vm
