// The table of functions of one profile.
#include "jit/engine.hpp"

#include <array>
#include <new>
#include <utility>

#include "core/traps.hpp"
#include "jit/compiler.hpp"
#include "jit/decompiler.hpp"
#include "jit/snapshot.hpp"
#include "vm/disassembler.hpp"
#include "vm/exports.hpp"
#include "vm/faults.hpp"
#include "vm/interpreter.hpp"
#include "vm/scheduler.hpp"
#include "vm/traced.hpp"
#include "vm/waiting.hpp"

namespace mica::inline MICA_PROFILE {
namespace {

struct State {
  vm::Machine machine;
  jit::Workspace workspace;
  jit::Compiler compiler{workspace};
};

State& state(Instance* instance) { return *reinterpret_cast<State*>(instance); }
const State& state(const Instance* instance) { return *reinterpret_cast<const State*>(instance); }

struct Form {
  std::string_view name;
  vm::Execute execute;
  bool observed;  // makes task digests
};

// A device is built with one form, a PC with all.
constexpr Form forms[] = {
#if MICA_HAS_SWITCH
    {"switch", vm::execute_switch, false},
#endif
#if MICA_HAS_GOTO
    {"goto", vm::execute_goto, false},
#endif
#if MICA_HAS_SWITCH_OBSERVED
    {"switch-observed", vm::execute_switch_observed, true},
#endif
#if MICA_HAS_GOTO_OBSERVED
    {"goto-observed", vm::execute_goto_observed, true},
#endif
#if MICA_HAS_CHECKED
    {"checked", vm::execute_checked, true},
#endif
#if MICA_HAS_TRACED
    {"traced", vm::execute_traced, true},
#endif
};

constexpr auto form_names = [] {
  std::array<std::string_view, std::size(forms)> names{};
  for (std::size_t k = 0; k < names.size(); ++k) names[k] = forms[k].name;
  return names;
}();

constexpr std::size_t default_form = [] {
  for (std::size_t k = 0; k < std::size(forms); ++k)
    if (forms[k].name == core::dispatch) return k;
  return std::size_t{0};
}();

bool choose_form(Instance* instance, std::size_t form) {
  if (form >= std::size(forms)) return false;
  vm::Machine& machine = state(instance).machine;
  const vm::Execute before = std::exchange(machine.execute, forms[form].execute);
  machine.observed = forms[form].observed;
  if constexpr (vm::has_tracing) {
    if (before == vm::execute_traced && machine.execute != before) vm::leave_words(machine);
    if (machine.execute == vm::execute_traced && machine.execute != before) vm::find_words(machine);
  }
  return true;
}

bool is_possible(const Host& host) {
  for (const HostFunction& function : host.functions)
    if (function.in > HostFunction::cells_max || function.out > HostFunction::cells_max) return false;
  return host.functions.size() <= Host::functions_max;
}

Instance* create(std::span<std::byte> memory, const Host& host) {
  if (!is_possible(host)) return nullptr;
  if (memory.size() < sizeof(State) || reinterpret_cast<std::uintptr_t>(memory.data()) % 8 != 0) return nullptr;
  State* made = new (memory.data()) State;
  made->machine.host = host;
  choose_form(reinterpret_cast<Instance*>(made), default_form);
  made->machine.pool = memory.subspan(sizeof(State));
  // Frames end at multiples of 8: a rest behind the last of them would let more be used than there is.
  made->machine.pool = made->machine.pool.first(made->machine.pool.size() & ~std::size_t{7});
  return reinterpret_cast<Instance*>(made);
}

CompileStatus begin(Instance* instance, const CompileOptions& options) {
  state(instance).compiler.abandon();
  jit::Compiler* fresh = new (&state(instance).compiler) jit::Compiler(state(instance).workspace);
  CompileOptions wanted = options;
  if constexpr (vm::has_tracing) wanted.fuse = options.fuse && state(instance).machine.execute != vm::execute_traced;
  return fresh->begin(state(instance).machine, wanted);
}

CompileStatus feed(Instance* instance, std::string_view& text) { return state(instance).compiler.feed(text); }

CompileStatus finish(Instance* instance) {
  State& s = state(instance);
  const CompileStatus status = s.compiler.finish();  // which has seen to it that a task is free
  if (status.error != 0 || status.busy) return status;
  if (s.compiler.extends())
    vm::continue_task(s.machine, s.compiler.frame());
  else
    vm::start_task(s.machine, s.compiler.frame());
  return status;
}

Unloading unload(Instance* instance, std::uint8_t index) { return vm::unload_frame(state(instance).machine, index); }
MemoryReport memory(const Instance* instance) { return vm::report_memory(state(instance).machine); }

ExportReport find_export(const Instance* instance, std::uint8_t index, std::string_view name) {
  return vm::report_export(state(instance).machine, index, name);
}

bool start(Instance* instance, std::uint8_t index, std::string_view word, const TaskOptions& options,
           std::uint8_t& task) {
  vm::Machine& machine = state(instance).machine;
  const vm::Name* const name = vm::find_export(machine, index, word);
  if (name == nullptr || name->kind != vm::NameKind::word) return false;
  const vm::Task* const started = vm::start_word(machine, index, *name, options);
  if (started != nullptr) task = static_cast<std::uint8_t>(started - machine.tasks);
  return started != nullptr;
}

RunReport run(Instance* instance, std::uint32_t budget) { return vm::run_slice(state(instance).machine, budget); }

void signal(Instance* instance, unsigned event) {
  if constexpr (vm::has_task_words)
    if (event < 32) vm::signal_event(state(instance).machine, event);
}

bool hook(Instance* instance, Hook& hook) {
  if constexpr (vm::has_tracing)
    return vm::add_hook(state(instance).machine, hook);
  else
    return false;
}

bool unhook(Instance* instance, Hook& hook) {
  if constexpr (vm::has_tracing)
    return vm::remove_hook(state(instance).machine, hook);
  else
    return false;
}

const vm::Task* task_of(const Instance* instance, std::uint8_t index) {
  return index < core::limits::tasks ? &state(instance).machine.tasks[index] : nullptr;
}

void stop(Instance* instance, std::uint8_t index) {
  if (task_of(instance, index) != nullptr) vm::stop_task(state(instance).machine, state(instance).machine.tasks[index]);
}

bool supervise(Instance* instance, std::uint8_t index, const Supervision& options) {
  if constexpr (vm::has_task_words)
    if (task_of(instance, index) != nullptr) return vm::supervise(state(instance).machine.tasks[index], options);
  return false;
}

std::uint32_t depth(const Instance* instance, std::uint8_t index) {
  const vm::Task* const one = task_of(instance, index);
  return one == nullptr ? 0 : one->depth;
}

std::int32_t cell(const Instance* instance, std::uint8_t index, std::uint32_t from_top) {
  if (from_top >= depth(instance, index)) return 0;
  const vm::Task& one = *task_of(instance, index);
  return from_top == 0 ? one.top : one.stack[one.depth - from_top];
}

TaskReport task(const Instance* instance, std::uint8_t index) {
  return vm::report_task(state(instance).machine, index);
}

const vm::Frame* loaded_frame(const Instance* instance, std::uint8_t index) {
  const vm::Machine& machine = state(instance).machine;
  return vm::can_be_read(machine, index) ? &machine.frames[index] : nullptr;
}

FrameReport frame(const Instance* instance, std::uint8_t index) {
  const vm::Frame* one = loaded_frame(instance, index);
  if (one == nullptr) return {};
  const vm::Task* const task = vm::main_task(state(instance).machine, index);
  FrameReport report;
  report.code_bytes = one->code_bytes;
  report.data_bytes = one->data_bytes;
  report.names = one->names;
  report.source_instructions = one->source_instructions;
  report.instructions = one->instructions;
  report.name = vm::title_of(*one);
  report.version = vm::version_of(*one);
  report.task = static_cast<std::uint8_t>(task == nullptr ? 255 : task - state(instance).machine.tasks);
  report.traps_lost = one->handler.lost;
  report.generation = one->generation;
  return report;
}

std::uint32_t schedule_digest(const Instance* instance) {
  const vm::Machine& machine = state(instance).machine;
  return machine.observed ? machine.schedule.value() : 0;
}

std::span<const std::uint8_t> code(const Instance* instance, std::uint8_t index) {
  const vm::Frame* one = loaded_frame(instance, index);
  return one == nullptr ? std::span<const std::uint8_t>{} : std::span<const std::uint8_t>{one->code, one->code_bytes};
}

std::span<const std::byte> data(const Instance* instance, std::uint8_t index) {
  const vm::Frame* one = loaded_frame(instance, index);
  return one == nullptr ? std::span<const std::byte>{} : std::span<const std::byte>{one->data, one->data_bytes};
}

std::uint32_t disassemble(const Instance* instance, std::uint8_t index, std::uint32_t offset, std::span<char> line) {
  const vm::Frame* one = loaded_frame(instance, index);
  return one == nullptr ? 0 : vm::disassemble(*one, offset, line);
}

std::string_view decompile(const Instance* instance, std::uint8_t index, const TextSink& sink) {
  // A profile without `preset` would not understand the text; small devices do without both.
  if constexpr (core::CompileAction::preset_data == core::CompileAction::absent) return "no_decompiler";
  const vm::Frame* const one = loaded_frame(instance, index);
  return one == nullptr ? "no_frame" : jit::Decompiler(*one, state(instance).machine.host, sink).run();
}

std::string_view save([[maybe_unused]] Instance* instance, [[maybe_unused]] const FrameTexts& texts,
                      [[maybe_unused]] const ByteSink& sink) {
  if constexpr (core::has_snapshots) {
    State& s = state(instance);
    return s.compiler.is_open() ? "text_in_work" : jit::save_snapshot(s.machine, texts, sink);
  }
  return "no_snapshots";
}

std::string_view restore([[maybe_unused]] Instance* instance, [[maybe_unused]] std::span<const std::byte> snapshot,
                         [[maybe_unused]] std::span<std::byte> scratch, [[maybe_unused]] const FrameTextSink& texts) {
  if constexpr (core::has_snapshots) {
    State& s = state(instance);
    if (scratch.size() < jit::snapshot_scratch || reinterpret_cast<std::uintptr_t>(scratch.data()) % 8 != 0)
      return "scratch_too_small";
    if (s.compiler.is_open() || vm::report_memory(s.machine).frames_free != core::limits::frames)
      return "machine_in_use";
    const std::string_view problem =
        jit::restore_snapshot(s.machine, s.compiler, s.workspace, texts, snapshot, scratch);
    if constexpr (vm::has_tracing) vm::find_words(s.machine);
    return problem;
  }
  return "no_snapshots";
}

const core::TrapText* find_trap(std::uint8_t trap) {
  for (const core::TrapText& one : core::trap_texts)
    if (static_cast<std::uint8_t>(one.trap) == trap) return &one;
  return nullptr;
}

std::string_view trap_name(std::uint8_t trap) { return find_trap(trap) ? find_trap(trap)->name : std::string_view{}; }
std::string_view trap_text(std::uint8_t trap) { return find_trap(trap) ? find_trap(trap)->text : std::string_view{}; }
std::string_view error_name(std::uint8_t error) { return name_of(static_cast<CompileError>(error)); }
std::string_view error_text(std::uint8_t error) {
  return core::has_error_texts ? text_of(static_cast<CompileError>(error)) : name_of(static_cast<CompileError>(error));
}

constexpr Engine engine = {
    .profile = core::profile,
    .cell_bits = core::cell_bits,
    .fingerprint = core::fingerprint,
    .bytes_min = sizeof(State),
    .task_bytes = sizeof(vm::Task),
    .data_bytes = core::limits::data_bytes,
    .scratch_bytes = jit::snapshot_scratch,
    .tasks = core::limits::tasks,
    .forms = form_names,
    .default_form = default_form,
    .create = create,
    .choose_form = choose_form,
    .begin = begin,
    .feed = feed,
    .finish = finish,
    .unload = unload,
    .memory = memory,
    .find_export = find_export,
    .start = start,
    .run = run,
    .signal = signal,
    .hook = hook,
    .unhook = unhook,
    .stop = stop,
    .supervise = supervise,
    .depth = depth,
    .cell = cell,
    .task = task,
    .frame = frame,
    .schedule_digest = schedule_digest,
    .code = code,
    .data = data,
    .disassemble = disassemble,
    .decompile = decompile,
    .save = save,
    .restore = restore,
    .trap_name = trap_name,
    .trap_text = trap_text,
    .error_name = error_name,
    .error_text = error_text,
};

}  // namespace
}  // namespace mica::inline MICA_PROFILE

namespace mica {

#define MICA_PASTE(profile, suffix) profile##suffix
#define MICA_ENGINE_NAME(profile) MICA_PASTE(profile, _engine)

// node32_engine(), rexa16_engine(), ...: the only symbol of a profile that hosts use.
const Engine& MICA_ENGINE_NAME(MICA_PROFILE)() { return engine; }

}  // namespace mica
