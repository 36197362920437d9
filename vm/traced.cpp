#include "vm/traced.hpp"

#include <algorithm>
#include <utility>

#include "vm/crossing.hpp"
#include "vm/hook_calls.hpp"
#include "vm/interpreter.hpp"
#include "vm/region.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

bool is_charge_point(core::Op op) {
  const core::OperandList& list = core::operands(op);
  return list.count > 0 &&
         core::operand_kind_info[static_cast<unsigned>(list.kinds[list.count - 1])].role == core::OperandRole::charge;
}

class Tracer {
 public:
  Tracer(Machine& machine, Task& task, std::int32_t& left)
      : machine_(machine), task_(task), left_(left), trace_(machine.tracing.tasks[&task - machine.tasks]) {}

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
  if (!task_.in_progress) end_words(false);
  go_to(is_unknown ? paid() : trace_.time);
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
  if (core::Op::enter_frame != core::Op::absent && core::decode(code() + task_.pc) == core::Op::enter_frame)
    return exit;
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

void end_trace(Machine& machine, Task& task) {
  TaskTrace& trace = machine.tracing.tasks[&task - machine.tasks];
  const bool is_told = machine.execute == execute_traced;
  trace.time = std::max(trace.time, task.ticks);
  while (trace.open > 0) {
    HookCall call(machine, task, trace.words[--trace.open]);
    if (is_told && call.is_seen()) call.leave(static_cast<std::uint8_t>(task.trap));
  }
  trace.prepaid = trace.prepaid_next = 0;
  if (!is_over(task.state)) return;
  if (is_told) tell_over(machine, task);
  trace.time = trace.charged = 0;
}

bool add_hook(Machine& machine, Hook& hook) {
  Tracing& tracing = machine.tracing;
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
