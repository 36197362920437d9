// What a snapshot holds of the machine, a frame and a task: each field once, for both directions
// (snapshot_archive.hpp). The fields of things that a text makes anew are left out.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>

#include "jit/snapshot_archive.hpp"
#include "vm/exceptions.hpp"
#include "vm/machine.hpp"
#include "vm/tasks.hpp"

namespace mica::inline MICA_PROFILE::jit {

template <class Archive>
void keep_digest(Archive& archive, Digest& digest) {
  digest = Digest(archive.keep(digest.value()));
}

template <class Archive, class Number>
void keep_cells(Archive& archive, Number* first, std::uint32_t count) {
  for (std::uint32_t k = 0; k < count; ++k) first[k] = archive.keep(first[k]);
}

template <class Archive>
void keep_schedule(Archive& archive, vm::Schedule& schedule) {
  schedule.wake = archive.keep(schedule.wake);
  schedule.release = archive.keep(schedule.release);
  schedule.period = archive.keep(schedule.period);
  schedule.deadline = archive.keep(schedule.deadline);
  schedule.place = archive.keep(schedule.place);
  schedule.id = archive.keep(schedule.id, 0x7fff);
  schedule.missed = archive.keep(schedule.missed);
  schedule.turn = archive.keep(schedule.turn);
  schedule.word = archive.keep(schedule.word);
  schedule.word_ticks = archive.keep(schedule.word_ticks);
  schedule.priority = archive.keep(schedule.priority);
  schedule.waits_for = archive.keep_enum(schedule.waits_for, vm::WaitsFor::variable);
  schedule.message = archive.keep_enum(schedule.message, vm::Message::receiving);
  schedule.is_late = archive.keep(schedule.is_late);
  schedule.is_abandoned = archive.keep(schedule.is_abandoned);
  schedule.holds = archive.keep(schedule.holds);
  schedule.restarts = archive.keep(schedule.restarts);
  schedule.restarts_max = archive.keep(schedule.restarts_max);
  schedule.restart_delay = archive.keep(schedule.restart_delay, vm::milliseconds_max);
  schedule.handles_traps = archive.keep(schedule.handles_traps);
  schedule.begins_anew = archive.keep(schedule.begins_anew);
}
template <class Archive>
void keep_schedule(Archive&, vm::NoSchedule&) {}

template <class Archive>
void keep_tries(Archive& archive, vm::OpenTries& tries) {
  tries.top = archive.keep(tries.top, core::limits::return_cells);
  tries.kept = archive.keep(tries.kept, core::limits::return_cells);
  tries.depth = archive.keep(tries.depth, core::limits::stack_cells);
  tries.ticks_lost = archive.keep(tries.ticks_lost);
}
template <class Archive>
void keep_tries(Archive&, vm::NoTries&) {}

template <class Archive>
void keep_settings(Archive& archive, vm::Settings& settings) {
  settings.base = archive.keep(settings.base);
  settings.rounding = archive.keep(settings.rounding);
  settings.saturation = archive.keep(settings.saturation);
}

// What lies on the return stack from the top down: only so it is known which entries are the record of a `try`. Of that
// the fields are kept; between them lies what was there before.
template <class Archive>
void keep_returns(Archive& archive, vm::Task& task) {
  std::uint32_t record_end = task.tries.top;
  for (std::uint32_t k = task.calls; k > 0;) {
    if (k != record_end || k < vm::try_entries) {
      --k;
      task.returns[k] = archive.keep(task.returns[k]);
      continue;
    }
    vm::TryRecord record = vm::record_below(task.returns + k);
    record.handler = archive.keep(record.handler);
    record.depth = archive.keep(record.depth);
    record.loops = archive.keep(record.loops);
    record.kept = archive.keep(record.kept);
    record.outer = archive.keep(record.outer);
    record.frame = archive.keep(record.frame);
    k -= vm::try_entries;
    std::memcpy(task.returns + k, &record, sizeof record);
    record_end = record.outer;
  }
}

// Only what is in use. Cell 0 of the data stack is none: the top lies apart. Cells that an instruction in the midst of
// its work has put above the top, `placed`, count at its end only; what it has not put there is 0.
template <class Archive>
std::uint32_t keep_stacks(Archive& archive, vm::Task& task, std::uint32_t placed) {
  constexpr std::uint32_t cells = core::limits::stack_cells, returns = core::limits::return_cells;
  task.top = archive.keep(task.top);
  task.depth = archive.keep(task.depth, cells);
  task.loops = archive.keep(task.loops, cells - task.depth);
  task.calls = archive.keep(task.calls, returns);
  task.kept = archive.keep(task.kept, returns - task.calls);
  const std::uint32_t loops_begin = cells - task.loops;
  if (task.in_progress) placed = archive.keep(placed, loops_begin - task.depth);
  const std::uint32_t end = std::max<std::uint32_t>(task.depth + placed, 1);
  keep_cells(archive, task.stack + 1, end - 1);
  if (task.in_progress && end < loops_begin) std::fill(task.stack + end, task.stack + loops_begin, Cell{0});
  keep_cells(archive, task.stack + loops_begin, task.loops);
  keep_returns(archive, task);
  keep_cells(archive, task.returns + (returns - task.kept), task.kept);
  return placed;
}

inline constexpr core::Trap last_trap = [] {
  core::Trap last = core::Trap::none;
  for (const core::TrapText& one : core::trap_texts) last = one.trap > last ? one.trap : last;
  return last;
}();

// Takes and returns `placed`: see keep_stacks.
template <class Archive>
std::uint32_t keep_task(Archive& archive, vm::Task& task, std::uint32_t placed) {
  task.state = archive.keep_enum(task.state, TaskState::waiting);
  if (task.state == TaskState::absent) return 0;
  task.trap = archive.keep_enum(task.trap, last_trap);
  task.component = archive.keep(task.component);
  task.owner = archive.keep(task.owner, core::limits::frames - 1);
  task.frame = archive.keep(task.frame, core::limits::frames - 1);
  task.is_main = archive.keep(task.is_main);
  task.in_progress = archive.keep(task.in_progress);
  task.pc = archive.keep(task.pc);
  keep_tries(archive, task.tries);
  placed = keep_stacks(archive, task, placed);
  keep_settings(archive, task.settings);
  keep_digest(archive, task.digest);
  task.ticks = archive.keep(task.ticks);
  keep_schedule(archive, task.schedule);
  if (task.in_progress) archive.keep(std::span<std::byte>(task.progress));
  return placed;
}

template <class Archive>
void keep_handler(Archive& archive, vm::TrapHandler& handler) {
  handler.token = archive.keep(handler.token);
  handler.task = archive.keep(handler.task, 0x7fff);
  handler.lost = archive.keep(handler.lost);
  handler.code = archive.keep(handler.code);
}
template <class Archive>
void keep_handler(Archive&, vm::NoTrapHandler&) {}

template <class Archive>
void keep_frame(Archive& archive, vm::Frame& frame) {
  frame.last_id = archive.keep(frame.last_id, 0x7fff);
  frame.events = archive.keep(frame.events);
  keep_handler(archive, frame.handler);
}

template <class Archive>
void keep_pace(Archive& archive, vm::Pace& pace) {
  pace.turn = archive.keep(pace.turn);
  pace.tell_handlers();  // the frames know
}
template <class Archive>
void keep_pace(Archive&, vm::NoPace&) {}

template <class Archive>
void keep_machine(Archive& archive, vm::Machine& machine) {
  machine.last_task = archive.keep(machine.last_task, core::limits::tasks - 1);
  keep_digest(archive, machine.schedule);
  keep_pace(archive, machine.pace);
  for (vm::Frame& frame : machine.frames) frame.generation = archive.keep(frame.generation);
}

}  // namespace mica::inline MICA_PROFILE::jit
