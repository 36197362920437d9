#include "vm/traced.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "vm/call_chain.hpp"
#include "vm/crossing.hpp"
#include "vm/hook_calls.hpp"
#include "vm/interpreter.hpp"
#include "vm/region.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

bool is_charge_point(core::Op op) {
  const core::OperandList& list = core::operands(op);
  return list.count > 0 && core::operand_kind(list, list.count - 1u).role == core::OperandRole::charge;
}

// Has the task been released for a word of which nothing was executed yet? It begins with its next slice. A loop leads
// there, too, but not while the task sleeps, nor before any tick.
[[maybe_unused]] bool is_about_to_begin(const Task& task, const Schedule& schedule) {
  if (schedule.begins_anew) return true;
  return schedule.word != 0 && task.pc == schedule.word + header_bytes && task.calls == 1 &&
         task.returns[0] == return_to_host && !task.in_progress &&
         (task.state == TaskState::sleeping || task.ticks <= core::info(core::Op::call_word).ticks);
}
[[maybe_unused]] bool is_about_to_begin(const Task& task, const NoSchedule&) {
  return task.ticks <= core::info(core::Op::call_word).ticks;
}

bool is_crossing(const std::uint8_t* at) {
  return core::Op::enter_frame != core::Op::absent && core::decode(at) == core::Op::enter_frame;
}

// Does a call of the word by its name lie right before the place?
bool is_called_by_name(const Frame& frame, std::uint32_t end, std::uint32_t header, core::Op call) {
  const std::uint32_t bytes = core::length(call);
  if (end < bytes || core::decode(frame.code + end - bytes) != call) return false;
  std::int16_t displacement;
  std::memcpy(&displacement, frame.code + end - bytes + 1, sizeof displacement);
  return static_cast<int>(end - bytes) + displacement == static_cast<int>(header);
}

// Was the word called by its token? Who does so is charged before what it leaves to its callers.
bool is_called_by_token(const Frame& frame, const Activation& caller, std::uint32_t header) {
  return !is_called_by_name(frame, caller.pc, header, core::Op::call_word) &&
         !is_called_by_name(frame, caller.pc, header, core::Op::call_word_charged);
}

class Tracer {
 public:
  Tracer(Machine& machine, Task& task, std::int32_t& left)
      : machine_(machine), task_(task), left_(left), trace_(machine.tracing.tasks[&task - machine.tasks]) {}

  void end_slice() {
    if (!task_.in_progress && !trace_.unseen) end_words(false);
  }
  Exit run() {
    Exit exit = resume();
    while (exit == Exit::running) exit = step();
    if (!is_over(task_.state)) trace_.charged = charged();
    trace_.trap = static_cast<std::uint8_t>(task_.trap);
    return exit;
  }

 private:
  // In this slice and before.
  std::int64_t charged() const { return task_.ticks + machine_.tracing.slice - left_; }
  // Of what was executed.
  std::int64_t paid() const { return charged() - trace_.prepaid; }
  const std::uint8_t* code() const { return machine_.frames[task_.frame].code; }

  Exit resume();
  Exit step();
  Exit settle(core::Op, Exit, std::uint16_t calls_before);
  Exit cross(core::Op);
  void count(core::Op, std::int32_t used, bool is_complete);
  void go_to(std::int64_t time) {
    trace_.time = std::max(trace_.time, time);
    machine_.tracing.in_slice = static_cast<std::uint32_t>(std::max<std::int64_t>(0, trace_.time - task_.ticks));
  }
  std::uint8_t left_to_callers(core::Op) const;

  Exit begin_instruction(core::Op);
  void end_instruction(bool skipped);
  Exit begin_word(std::uint32_t header);
  void end_words(bool returned);

  void find_calls();
  void add_call(const Activation& call, const Activation& caller);
  void tell_found();
  OpenWord& open(std::uint32_t place, std::uint16_t level);
  const OpenWord& close();
  bool is_open(std::uint16_t level) const { return trace_.open > 0 && trace_.words[trace_.open - 1].level == level; }
  Exit refuse();

  Machine& machine_;
  Task& task_;
  std::int32_t& left_;
  TaskTrace& trace_;
};

// Where others have counted meanwhile, for a trap that was caught or a word that is started, the time is what they say.
Exit Tracer::resume() {
  const bool is_unknown = charged() != trace_.charged;
  if (trace_.unseen) find_calls();
  if (!task_.in_progress) end_words(false);
  go_to(is_unknown ? paid() : trace_.time);
  if (std::exchange(trace_.unseen, false)) tell_found();
  if (task_.in_progress) return Exit::running;
  const bool is_first = trace_.open == 0 && task_.calls == 1 && task_.returns[0] == return_to_host;
  if (!is_first || task_.pc < header_bytes) return Exit::running;
  const std::uint32_t header = task_.pc - header_bytes;
  return word_at(machine_, task_.frame, header) == nullptr ? Exit::running : begin_word(header);
}

Exit Tracer::step() {
  const core::Op op = core::decode(code() + task_.pc);
  if (!task_.in_progress && machine_.tracing.first != nullptr && is_hooked(op)) {
    const Exit exit = begin_instruction(op);
    if (exit != Exit::spent) return exit;
  }
  const std::int32_t before = left_;
  const std::uint16_t calls = task_.calls;
  const std::uint8_t prepaid = left_to_callers(op);
  const Exit exit = execute_step(machine_, task_, left_);
  if (task_.calls > calls && prepaid != 0) trace_.prepaid += trace_.prepaid_next = prepaid;
  if (is_over(task_.state)) return exit;  // it has stopped itself
  count(op, before - left_, exit != Exit::trapped && !task_.in_progress);
  return settle(op, exit, calls);
}

// Who calls by a token is charged what the word leaves to its callers before it is executed.
std::uint8_t Tracer::left_to_callers(core::Op op) const {
  if (op != core::Op::call_token) return 0;
  const Frame& frame = machine_.frames[task_.frame];
  const std::uint32_t index = static_cast<UCell>(static_cast<UCell>(task_.top) - 1);
  return index < frame.tokens ? frame.token(index).exit_pending : std::uint8_t{0};
}

// A charge evens out what branches have added or given back since the one before.
void Tracer::count(core::Op op, std::int32_t used, bool is_complete) {
  const core::InstructionInfo& info = core::info(op);
  if (is_charge_point(op)) return go_to(paid());
  const std::int32_t units = info.unit_ticks == 0 ? 0 : used;
  go_to(trace_.time + units + (is_complete ? info.ticks : 0));
}

// Behind an instruction: what it has begun and ended.
Exit Tracer::settle(core::Op op, Exit exit, std::uint16_t calls_before) {
  if (exit == Exit::crossing) return cross(op);
  if (exit == Exit::trapped) {
    if (is_open(OpenWord::instruction)) HookCall(machine_, task_, close()).leave(static_cast<std::uint8_t>(task_.trap));
    return exit;
  }
  if (task_.in_progress) return exit;
  if (is_open(OpenWord::instruction)) end_instruction(false);
  const core::Control control = core::info(op).control;
  if (control == core::Control::return_) end_words(true);
  if (control != core::Control::call || task_.calls == calls_before) return exit;
  // One of another frame begins where that is entered.
  if (is_crossing(code() + task_.pc)) return exit;
  const Exit verdict = begin_word(task_.pc - header_bytes);
  return verdict == Exit::running ? exit : verdict;
}

Exit Tracer::cross(core::Op op) {
  cross_frames(machine_, task_);
  if (op == core::Op::enter_frame) {
    const Exit verdict = begin_word(task_.pc - header_bytes);
    if (verdict != Exit::running) return verdict;
  }
  return left_ > 0 ? Exit::running : Exit::spent;
}

// From the return stack: the outermost call of the text of a frame is that of no word.
void Tracer::find_calls() {
  CallChain calls(machine_, task_);
  Activation call, caller;
  bool is_good = calls.next(call);
  while (is_good && !call.is_last && call.pc != return_to_host) {
    is_good = calls.next(caller);
    if (is_good) add_call(call, caller);
    call = caller;
  }
  std::reverse(trace_.words, trace_.words + trace_.open);
}

// A return address lies behind the call, where the word may have ended. A word of another frame begins there.
void Tracer::add_call(const Activation& call, const Activation& caller) {
  const Frame& frame = machine_.frames[call.frame];
  const Name* const word = word_around(frame, call.pc - 1);
  if (word == nullptr || is_crossing(frame.code + word->value + header_bytes)) return;
  // By its token a word is called in its own frame.
  std::uint8_t prepaid = 0;
  if (caller.frame == call.frame && caller.pc != return_to_host && is_called_by_token(frame, caller, word->value))
    prepaid = word->effect.exit_pending;
  trace_.prepaid += prepaid;
  trace_.words[trace_.open++] = {0, static_cast<std::uint16_t>(word->value), static_cast<std::uint16_t>(call.level),
                                 call.frame, prepaid};
}

void Tracer::tell_found() {
  if (task_.in_progress && is_hooked(core::decode(code() + task_.pc))) open(task_.pc, OpenWord::instruction);
  for (std::uint16_t k = 0; k < trace_.open; ++k) {
    trace_.words[k].time = trace_.time;
    HookCall call(machine_, task_, trace_.words[k]);
    if (call.is_seen()) call.find();
  }
}

OpenWord& Tracer::open(std::uint32_t place, std::uint16_t level) {
  OpenWord& word = trace_.words[trace_.open++];
  word = {trace_.time, static_cast<std::uint16_t>(place), level, task_.frame,
          level == OpenWord::instruction ? std::uint8_t{0} : std::exchange(trace_.prepaid_next, std::uint8_t{0})};
  return word;
}

const OpenWord& Tracer::close() {
  const OpenWord& word = trace_.words[--trace_.open];
  trace_.prepaid -= word.prepaid;
  return word;
}

Exit Tracer::refuse() {
  task_.trap = core::Trap::host_error;
  task_.component = 0;
  return Exit::trapped;
}

// `spent`: it is to be executed.
Exit Tracer::begin_instruction(core::Op op) {
  HookCall call(machine_, task_, open(task_.pc, OpenWord::instruction));
  const Verdict verdict = call.begin();
  if (verdict == Verdict::proceed) return Exit::spent;
  if (verdict == Verdict::trap || !call.replace(task_)) {
    close();
    refuse();
    call.leave(static_cast<std::uint8_t>(task_.trap));
    return Exit::trapped;
  }
  task_.pc = static_cast<std::uint16_t>(task_.pc + core::length(op));
  // The stretch that it is part of is charged as ever.
  go_to(trace_.time + core::info(op).ticks);
  end_instruction(true);
  return Exit::running;
}

void Tracer::end_instruction(bool skipped) { HookCall(machine_, task_, close()).end(skipped); }

// The call has come to its first instruction.
Exit Tracer::begin_word(std::uint32_t header) {
  HookCall call(machine_, task_, open(header, static_cast<std::uint16_t>(task_.calls - 1)));
  if (!call.is_seen()) return Exit::running;
  const Verdict verdict = call.begin();
  if (verdict == Verdict::proceed) return Exit::running;
  if (verdict == Verdict::trap || !call.replace(task_)) return refuse();
  task_.pc = static_cast<std::uint16_t>(task_.returns[--task_.calls]);
  HookCall(machine_, task_, close()).end(true);
  return Exit::running;
}

// Those whose return addresses are gone: one has returned there, or all were left by a trap that was caught.
void Tracer::end_words(bool returned) {
  while (trace_.open > 0 && trace_.words[trace_.open - 1].level >= task_.calls) {
    const OpenWord& word = close();
    HookCall call(machine_, task_, word);
    if (!call.is_seen()) continue;
    if (returned && word.level == task_.calls)
      call.end(false);
    else
      call.leave(trace_.trap);
  }
}

}  // namespace

Exit execute_traced(Machine& machine, Task& task, std::int32_t& left) { return Tracer(machine, task, left).run(); }

void end_slice(Machine& machine, Task& task, std::int32_t& left) {
  if (machine.execute == execute_traced) Tracer(machine, task, left).end_slice();
}

void find_words(Machine& machine) {
  for (Task& task : machine.tasks) {
    TaskTrace& trace = machine.tracing.tasks[&task - machine.tasks];
    trace.open = 0;
    trace.prepaid = trace.prepaid_next = 0;
    trace.unseen = is_live(task.state) && !is_about_to_begin(task, task.schedule);
  }
}

void leave_words(Machine& machine) {
  for (Task& task : machine.tasks) {
    TaskTrace& trace = machine.tracing.tasks[&task - machine.tasks];
    while (trace.open > 0) {
      HookCall call(machine, task, trace.words[--trace.open]);
      if (call.is_seen()) call.leave(0);
    }
  }
}

void end_trace(Machine& machine, Task& task) {
  TaskTrace& trace = machine.tracing.tasks[&task - machine.tasks];
  const bool is_told = machine.execute == execute_traced;
  trace.time = std::max(trace.time, task.ticks);
  while (trace.open > 0) {
    HookCall call(machine, task, trace.words[--trace.open]);
    if (is_told && call.is_seen()) call.leave(static_cast<std::uint8_t>(task.trap));
  }
  trace.prepaid = trace.prepaid_next = 0;
  trace.unseen = false;
  if (!is_over(task.state)) return;
  if (is_told) tell_over(machine, task);
  trace.time = trace.charged = 0;
}

bool add_hook(Machine& machine, Hook& hook) {
  Tracing& tracing = machine.tracing;
  if (machine.execute != execute_traced) return false;
  for (const Hook* one = tracing.first; one != nullptr; one = one->next)
    if (one == &hook) return false;
  hook.previous = tracing.last;
  hook.next = nullptr;
  (tracing.last == nullptr ? tracing.first : tracing.last->next) = &hook;
  tracing.last = &hook;
  return true;
}

bool remove_hook(Machine& machine, Hook& hook) {
  Tracing& tracing = machine.tracing;
  const Hook* one = tracing.first;
  while (one != nullptr && one != &hook) one = one->next;
  if (one == nullptr) return false;
  (hook.previous == nullptr ? tracing.first : hook.previous->next) = hook.next;
  (hook.next == nullptr ? tracing.last : hook.next->previous) = hook.previous;
  hook.previous = hook.next = nullptr;
  return true;
}

}  // namespace mica::inline MICA_PROFILE::vm
