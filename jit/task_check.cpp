#include "jit/task_check.hpp"

#include <algorithm>
#include <cstring>

#include "core/instruction_table.hpp"
#include "vm/exceptions.hpp"
#include "vm/faults.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

using core::Op;

// The handlers of the tries that a call has opened, the innermost first.
class Handlers {
 public:
  Handlers(const vm::Task& task, const vm::Activation& call) : task_(task), at_(call.last_try), left_(call.tries) {}

  bool next(vm::TryRecord& record) {
    if (left_ == 0) return false;
    --left_;
    record = vm::record_below(task_.returns + at_);
    at_ = record.outer;
    return true;
  }

 private:
  const vm::Task& task_;
  std::uint32_t at_, left_;
};

bool add_place(std::uint8_t frame, std::uint32_t offset, std::span<StackMap> maps, std::size_t& count) {
  if (count == maps.size()) return false;
  StackMap& map = maps[count++];
  map = StackMap{};
  map.frame = frame;
  map.offset = static_cast<std::uint16_t>(offset);
  return true;
}

// No task comes to so many in its life.
constexpr std::int64_t ticks_most = std::int64_t{1} << 62;

Op op_of(const vm::Machine& machine, const vm::Task& task) {
  return core::decode(machine.frames[task.frame].code + task.pc);
}

[[maybe_unused]] bool begins_again(const vm::Schedule& schedule) {
  return schedule.period != 0 || schedule.begins_anew || schedule.restarts_max != 0;
}
[[maybe_unused]] bool begins_again(const vm::NoSchedule&) { return false; }

// The innermost `try` is the one that the return stack has, which was looked at to find the places.
[[maybe_unused]] bool is_right_innermost(const vm::Task& task, const vm::OpenTries& tries) {
  if (tries.top == 0) return tries.kept == 0 && tries.depth == 0;
  const vm::TryRecord record = vm::record_below(task.returns + tries.top);
  return tries.kept == record.kept && tries.depth == record.depth;
}
[[maybe_unused]] bool is_right_innermost(const vm::Task&, const vm::NoTries&) { return true; }

// It has no message in work.
[[maybe_unused]] bool is_free(const vm::Schedule& schedule) { return schedule.message == vm::Message::none; }
[[maybe_unused]] bool is_free(const vm::NoSchedule&) { return true; }

// A message is in work in the midst of its word only, whose waiting tells no other place than that of a channel. A
// template: a core without tasks has no channels to link with.
template <class Schedule>
bool waits_rightly(const vm::Machine& machine, const vm::Task& task, const Schedule& schedule) {
  if constexpr (!vm::has_task_words) {
    return task.state != TaskState::waiting && task.state != TaskState::sleeping;
  } else {
    const bool looks = task.state == TaskState::waiting && schedule.waits_for == vm::WaitsFor::variable;
    if (looks && (task.depth < 3 || schedule.place > task.depth - 3u)) return false;
    if (is_free(schedule)) return true;
    const Op op = op_of(machine, task);
    return task.in_progress && (op == Op::send_array || op == Op::receive_array) &&
           vm::is_channel(machine, task.frame, schedule.place);
  }
}

[[maybe_unused]] bool is_right_handler(const vm::Frame& frame, const vm::TrapHandler& handler) {
  if (handler.token == 0) return handler.task == 0;
  return handler.token <= frame.tokens && vm::can_handle_traps(frame.token(handler.token - 1u));
}
[[maybe_unused]] bool is_right_handler(const vm::Frame&, const vm::NoTrapHandler&) { return true; }

// From where it stands.
bool will_go_on(const vm::Task& task) { return is_live(task.state) && !task.schedule.begins_anew; }

// What verify_depth at the place expects the word to have added.
int declared_change(const vm::Frame& frame, std::uint32_t offset) {
  std::uint16_t in, out;
  std::memcpy(&in, frame.code + offset + 1, sizeof in);
  std::memcpy(&out, frame.code + offset + 3, sizeof out);
  return out - in;
}

}  // namespace

bool add_places(const vm::Machine& machine, const vm::Task& task, std::span<StackMap> maps, std::size_t& count) {
  if (!will_go_on(task)) return true;
  vm::CallChain calls(machine, task);
  for (vm::Activation call; !call.is_last;) {
    if (!calls.next(call)) return false;
    if (!add_place(call.frame, call.pc, maps, count)) return false;
    Handlers handlers(task, call);
    for (vm::TryRecord record; handlers.next(record);)
      if (!add_place(call.frame, record.handler, maps, count)) return false;
  }
  return true;
}

const StackMap* TaskCheck::find(std::uint8_t frame, std::uint32_t offset) const {
  for (const StackMap& map : maps_)
    if (map.found && map.frame == frame && map.offset == offset) return &map;
  return nullptr;
}

// Both stacks reach as far as the code that follows needs them without looking. Neither depth is below 0 here, but for
// a mark that says so, which verify_depth refuses; and no block reaches less high than any of its places.
bool TaskCheck::fits(const StackMap& map, int depth, int loops) const {
  const StackShape& shape = map.shape;
  const int lowest = std::min<int>(map.block.lowest, shape.floor);
  const int loops_lowest = core::rexa16 ? std::min<int>(map.block.loops_lowest, shape.loop_floor) : 0;
  const int highest = depth + loops + map.block.highest - shape.depth - shape.loops;
  return depth - shape.depth + lowest >= 0 && loops - shape.loops + loops_lowest >= 0 &&
         highest <= static_cast<int>(core::limits::stack_cells);
}

// What the place and the stacks there say about where the word began; they must agree.
bool TaskCheck::note_begin(const StackMap& map, int depth, int loops) {
  if (header_ >= 0 && header_ != map.header) return false;
  header_ = map.header;
  if (map.shape.checks || map.shape.epoch != 0 || map.repeats) {
    // In the own dialect the loop stack is known everywhere.
    if (core::rexa16) return true;
  } else {
    if (begin_.depth_known && begin_.depth != depth - map.shape.depth) return false;
    begin_.depth = depth - map.shape.depth;
    begin_.depth_known = true;
  }
  if (begin_.loops_known && begin_.loops != loops - map.shape.loops) return false;
  begin_.loops = loops - map.shape.loops;
  begin_.loops_known = true;
  return true;
}

bool TaskCheck::goes_on_rightly(const vm::Task& task, const vm::Activation& call) {
  const StackMap* const map = find(call.frame, call.pc);
  if (map == nullptr || map->shape.marked != call.marked || map->shape.tries != call.tries) return false;
  const vm::Frame& frame = machine_.frames[call.frame];
  const bool is_innermost = call.frame == task.frame && call.pc == task.pc;
  if (is_innermost && task.calls + task.kept + vm::returns_of(frame.code + map->header) > core::limits::return_cells)
    return false;
  if (call.marked) {
    if (call.mark > core::limits::stack_cells) return false;
    now_.depth = static_cast<int>(call.mark) + declared_change(frame, call.pc);
    now_.depth_known = true;
  }
  if (!now_.loops_known && !(core::rexa16 && map->shape.checks)) return false;
  if (!core::rexa16 && now_.loops < map->shape.loops) return false;
  if (!map->shape.checks && (!now_.depth_known || !fits(*map, now_.depth, now_.loops))) return false;
  return note_begin(*map, now_.depth, now_.loops);
}

// A handler finds the stacks as they were at its `try`, in the same call of the same word.
bool TaskCheck::has_right_tries(const vm::Task& task, const vm::Activation& call) {
  Handlers handlers(task, call);
  std::uint32_t kept = task.kept, open = call.tries;
  for (vm::TryRecord record; handlers.next(record);) {
    const StackMap* const handler = find(call.frame, record.handler);
    if (handler == nullptr || record.frame != call.frame || record.kept > kept) return false;
    kept = record.kept;
    if (handler->shape.tries != --open || handler->shape.marked) return false;
    const int depth = record.depth + 1, loops = record.loops;
    if (depth + loops > static_cast<int>(core::limits::stack_cells)) return false;
    if (!handler->shape.checks && !fits(*handler, depth, loops)) return false;
    if (!note_begin(*handler, depth, loops)) return false;
  }
  return true;
}

// The stacks as the caller finds them.
bool TaskCheck::return_to_caller(const vm::Activation& call) {
  if (!is_alive_) {
    goes_on_ = false;
    return true;
  }
  const vm::Name* const word = word_at(machine_.frames[call.frame], static_cast<std::uint32_t>(header_));
  if (word == nullptr) return false;  // the text of a frame returns to nobody
  const vm::WordEffect& effect = word->effect;
  if (begin_.depth_known && begin_.depth < effect.in) return false;  // its caller has seen to that
  now_.depth = begin_.depth + effect.change;
  now_.loops = begin_.loops + (core::rexa16 ? effect.loop_change : 0);
  now_.depth_known = begin_.depth_known && !effect.dynamic;
  now_.loops_known = begin_.loops_known && !(core::rexa16 && effect.dynamic);
  // Of cells that are not there it will never return: it traps before, where it takes the first of them.
  const bool is_possible =
      !(now_.depth_known && now_.depth < 0) && !(core::rexa16 && now_.loops_known && now_.loops < 0);
  goes_on_ = effect.returns && is_possible;
  return true;
}

bool TaskCheck::has_right_calls(const vm::Task& task) {
  now_ = {task.depth, task.loops, true, true};
  goes_on_ = true;
  vm::CallChain calls(machine_, task);
  for (vm::Activation call; !call.is_last;) {
    if (!calls.next(call)) return false;
    if (call.is_last && call.frame != task.owner) return false;
    if (goes_on_ && call.pc == vm::return_to_host) return call.is_last && call.tries == 0;
    begin_ = {};
    header_ = -1;
    is_alive_ = goes_on_ || call.tries > 0;
    if (goes_on_ && !goes_on_rightly(task, call)) return false;
    if (!has_right_tries(task, call)) return false;
    if (call.is_last) return !is_alive_ || header_ == static_cast<int>(machine_.frames[call.frame].entry);
    if (!return_to_caller(call)) return false;
  }
  return false;
}

// Frames are there, and it is the only one that runs the text of its frame.
bool TaskCheck::has_right_frames(const vm::Task& task) const {
  for (const std::uint8_t frame : {task.owner, task.frame})
    if (machine_.frames[frame].state != vm::FrameState::loaded) return false;
  return !task.is_main || vm::main_task(machine_, task.owner) == &task;
}

// A task that begins again, or that somebody may supervise, does so at a word that takes nothing and fits its stacks.
// What a word leaves to be charged counts at each of its ends.
bool TaskCheck::begins_rightly(const vm::Task& task) const {
  const bool again = begins_again(task.schedule);
  if (task.schedule.word == 0)
    return !again && task.schedule.word_ticks == 0 && (task.is_main || !vm::has_task_words || !is_live(task.state));
  const vm::Name* const word = word_at(machine_.frames[task.owner], task.schedule.word);
  if (word == nullptr || task.schedule.word_ticks != word->effect.exit_pending) return false;
  if (!again && (!is_live(task.state) || !vm::can_begin_anew(task))) return true;
  return !task.is_main && word->effect.in == 0 && word->effect.loop_in == 0 &&
         vm::room_of(machine_.frames[task.owner].code + word->value) <= core::limits::stack_cells;
}

bool TaskCheck::has_right_handler(const vm::Frame& frame) const { return is_right_handler(frame, frame.handler); }

bool TaskCheck::is_right(const vm::Task& task) {
  if (task.state == TaskState::absent) return true;
  if (!has_right_frames(task) || !begins_rightly(task) || task.ticks > ticks_most) return false;
  const bool has_trapped = task.state == TaskState::trapped || task.schedule.begins_anew;
  if (has_trapped && task.trap == core::Trap::none) return false;
  // Until it begins anew a task sleeps; what it could wait for is not looked at.
  if (task.schedule.begins_anew && task.state == TaskState::waiting) return false;
  if (!will_go_on(task)) return is_free(task.schedule);
  if (!is_right_innermost(task, task.tries) || !has_right_calls(task)) return false;
  // From here on an instruction is known to begin where it stands.
  if (!waits_rightly(machine_, task, task.schedule)) return false;
  return !task.in_progress || core::info(op_of(machine_, task)).unit_ticks > 0;
}

}  // namespace mica::inline MICA_PROFILE::jit
