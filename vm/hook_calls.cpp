#include "vm/hook_calls.hpp"

#include <algorithm>

#include "core/blocks.hpp"
#include "core/hook_words.hpp"
#include "vm/memory.hpp"
#include "vm/tokens.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// `*` in the pattern stands for any characters: goes back to the last one where the rest does not fit.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, from = 0, star = std::string_view::npos;
  for (std::size_t k = 0; k < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      from = k;
    } else if (at < pattern.size() && pattern[at] == text[k]) {
      ++at;
      ++k;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      k = ++from;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool is_for(const Hook& hook, const Call& call) {
  return (hook.when & static_cast<unsigned>(call.phase)) != 0 &&
         (hook.owner == Hook::any_frame || hook.owner == call.owner) &&
         (hook.task == Hook::any_task || hook.task == call.task) && fits(hook.word, call.word) &&
         fits(hook.group, call.group);
}

const TaskTrace& trace_of(const Machine& machine, const Task& task) {
  return machine.tracing.tasks[&task - machine.tasks];
}

std::uint64_t time_of(const TaskTrace& trace) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, trace.time));
}

Call call_of(const Machine& machine, const Task& task) {
  Call call;
  call.owner = task.owner;
  call.task = task.schedule.id;
  call.frame = task.frame;
  call.offset = task.pc;
  call.time = time_of(trace_of(machine, task));
  call.in_slice = machine.tracing.in_slice;
  return call;
}

void tell_in_turn(const Machine& machine, Call& call) {
  for (Hook* hook = machine.tracing.first; hook != nullptr; hook = hook->next)
    if (is_for(*hook, call)) hook->call(hook->context, call);
}

// Cell k from the top.
std::int32_t cell_at(const Task& task, unsigned k) { return k == 0 ? task.top : task.stack[task.depth - k]; }

}  // namespace

bool is_hooked(core::Op op) { return !core::hook_word(op).word.empty(); }

const Name* word_around(const Frame& frame, std::uint32_t offset) {
  const Name* found = nullptr;
  for (const Name* name = newest_name(frame); name != nullptr; name = older_name(frame, name))
    if (name->kind == NameKind::word && name->value <= offset && (found == nullptr || name->value > found->value))
      found = name;
  return found;
}

const Name* word_at(const Machine& machine, std::uint8_t index, std::uint32_t header) {
  const Frame& frame = machine.frames[index];
  if (machine.moving == index || (frame.state != FrameState::loaded && frame.state != FrameState::complete))
    return nullptr;
  return word_at(frame, header);
}

HookCall::HookCall(Machine& machine, const Task& task, const OpenWord& open)
    : machine_(machine), task_(task), open_(open), call_(call_of(machine, task)) {
  call_.frame = open.frame;
  call_.offset = open.place;
  const Frame& frame = machine.frames[open.frame];
  if (machine.moving == open.frame) return;
  if (open.level == OpenWord::instruction)
    describe_instruction(frame, core::decode(frame.code + open.place));
  else
    describe_word();
}

void HookCall::describe_instruction(const Frame& frame, core::Op op) {
  const core::HookWord& word = core::hook_word(op);
  const core::InstructionInfo& info = core::info(op);
  call_.word = word.word;
  call_.group = word.group;
  call_.is_heavy = info.unit_ticks != 0;
  in_ = info.data_in;
  call_.out = info.data_out;
  is_replaceable_ = !word.is_trusted && !info.is_dynamic && info.loop_in == info.loop_out &&
                    (info.control == core::Control::none || info.control == core::Control::pause);
  if (has_host_functions && op == core::Op::call_host) {
    const HostFunction& function =
        machine_.host
            .functions[ml::load<std::uint16_t>(reinterpret_cast<const std::byte*>(frame.code + open_.place + 2))];
    call_.word = function.name;
    in_ = function.in;
    call_.out = function.out;
  }
}

// In rexa16 a word can leave another number of cells each time.
void HookCall::describe_word() {
  call_.offset = open_.place + header_bytes;
  call_.group = "program";
  const Name* const name = word_at(machine_, open_.frame, open_.place);
  if (name == nullptr) return;
  const WordEffect& effect = name->effect;
  const int out = effect.in + effect.change;
  call_.word = name->text();
  in_ = effect.in;
  is_replaceable_ = (!effect.dynamic || effect.declared) && effect.returns && effect.loop_change == 0 && out >= 0 &&
                    out <= static_cast<int>(Call::cells_max);
  if (!effect.dynamic || effect.declared) call_.out = static_cast<std::uint8_t>(std::clamp(out, 0, 255));
}

void HookCall::read_cells(unsigned count) {
  const unsigned shown = std::min({count, Call::cells_max, unsigned{task_.depth}});
  for (unsigned k = 0; k < shown; ++k) cells_[shown - 1 - k] = cell_at(task_, k);
  call_.cells = std::span(cells_, shown);
}

void HookCall::find_arrays(const Frame& frame, unsigned bits) {
  std::uint8_t count = 0;
  for (unsigned k = 0; k < call_.cells.size(); ++k) {
    if ((bits >> k & 1) == 0) continue;
    OperandArray& array = arrays_[count];
    array = {static_cast<std::uint8_t>(k), {}, {}};
    if (find_array(machine_, frame, static_cast<Cell>(cells_[k]), array.view) == core::Trap::none) ++count;
  }
  call_.arrays = std::span<const OperandArray>(arrays_, count);
}

// Those that the fields of a block name; true: the instruction has one.
bool HookCall::find_fields(const Frame& frame, core::Op op) {
  const core::Block* const block = core::on_page_two(op) ? core::block_of(op) : nullptr;
  if (block == nullptr) return false;
  const core::OperandList& list = core::operands(op);
  const std::uint8_t* at = frame.code + open_.place + 2;
  std::uint8_t count = 0, value = 0;
  for (unsigned k = 0; k < block->fields; ++k) {
    const core::BlockField& field = core::field_of(*block, k);
    if (field.kind == core::FieldKind::array && count < Call::cells_max) {
      const auto region = static_cast<std::uint32_t>(core::read_operand(at, core::operand_kind(list, value)));
      OperandArray& array = arrays_[count];
      array = {0, {}, field.name};
      if (find_region(machine_, frame, handle_of(region), array.view) == core::Trap::none) ++count;
    }
    for (unsigned j = 0; j < field.values; ++j) at += core::operand_kind(list, value++).bytes;
  }
  call_.arrays = std::span<const OperandArray>(arrays_, count);
  return true;
}

Verdict HookCall::begin() {
  const Frame& frame = machine_.frames[open_.frame];
  read_cells(in_);
  const core::Op op = core::decode(frame.code + open_.place);
  if (call_.is_heavy && !find_fields(frame, op)) find_arrays(frame, core::hook_word(op).arrays);
  tell(Phase::before);
  return ask();
}

// The first one is the outermost: what it decides those behind it are not asked about.
Verdict HookCall::ask() {
  call_.phase = Phase::around;
  // There is room for results, too.
  call_.cells =
      std::span(cells_, std::max<std::size_t>(call_.cells.size(), std::min<unsigned>(call_.out, Call::cells_max)));
  for (Hook* hook = machine_.tracing.first; hook != nullptr; hook = hook->next) {
    if (!is_for(*hook, call_)) continue;
    const Verdict verdict = hook->call(hook->context, call_);
    if (verdict != Verdict::proceed) return verdict;
  }
  return Verdict::proceed;
}

// The cells that it takes are there, and there is room for what it leaves: what the compiler has seen to for the word
// itself. In rexa16 that is not known of all words.
bool HookCall::replace(Task& task) const {
  const int out = call_.out, in = static_cast<int>(in_), base = task.depth - in;
  if (!is_replaceable_ || base < 0 || base + out + task.loops > static_cast<int>(core::limits::stack_cells))
    return false;
  if (in == 0 && out > 0) task.stack[task.depth] = task.top;
  for (int k = 0; k + 1 < out; ++k) task.stack[base + 1 + k] = static_cast<Cell>(cells_[k]);
  if (out > 0)
    task.top = static_cast<Cell>(cells_[out - 1]);
  else if (in > 0)
    task.top = task.stack[base];
  task.depth = static_cast<std::uint16_t>(base + out);
  return true;
}

void HookCall::end(bool skipped) {
  call_.skipped = skipped;
  call_.ticks = call_.time - static_cast<std::uint64_t>(std::max<std::int64_t>(0, open_.time));
  read_cells(call_.out);
  call_.arrays = {};
  const Frame& frame = machine_.frames[open_.frame];
  if (call_.is_heavy && machine_.moving != open_.frame) find_fields(frame, core::decode(frame.code + open_.place));
  tell(Phase::after);
}

void HookCall::leave(std::uint8_t trap) {
  call_.trap = trap;
  call_.ticks = call_.time - static_cast<std::uint64_t>(std::max<std::int64_t>(0, open_.time));
  tell(Phase::left);
}

// What one hook has begun before another one it ends behind it.
void HookCall::tell(Phase phase) {
  call_.phase = phase;
  if (phase == Phase::before || phase == Phase::found) return tell_in_turn(machine_, call_);
  for (Hook* hook = machine_.tracing.last; hook != nullptr; hook = hook->previous)
    if (is_for(*hook, call_)) hook->call(hook->context, call_);
}

void tell_over(Machine& machine, const Task& task) {
  Call call = call_of(machine, task);
  call.phase = Phase::over;
  call.trap = static_cast<std::uint8_t>(task.trap);
  tell_in_turn(machine, call);
}

}  // namespace mica::inline MICA_PROFILE::vm
