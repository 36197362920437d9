// A snapshot in the order of its bytes: what it is for, the machine, the tasks, the frames from the lowest in memory to
// the highest, each with its data and its text, a checksum. Reading compiles the texts twice: where the tasks stand in
// the code is known only when it is there, and what the compiler knows of these places only while it makes it.
#include "jit/snapshot.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/instruction_table.hpp"
#include "jit/decompiler.hpp"
#include "jit/snapshot_fields.hpp"
#include "jit/task_check.hpp"
#include "vm/tasks.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::jit {
namespace {

constexpr std::uint8_t format = 3;
constexpr std::uint32_t piece_max = 255;  // bytes of text behind a byte that counts them; 0 of them end it
constexpr std::size_t crc_bytes = 4;

// A snapshot fits machines that agree in this.
template <class Archive>
bool keep_identity(Archive& archive) {
  constexpr std::uint32_t identity[] = {snapshot_signature,
                                        format,
                                        core::fingerprint,
                                        core::cell_bits,
                                        core::limits::stack_cells,
                                        core::limits::return_cells,
                                        core::limits::tasks,
                                        core::limits::frames};
  bool same = true;
  for (const std::uint32_t one : identity) same = archive.keep(one) == one && same;
  return same;
}

std::uint32_t crc_of(std::span<const std::byte> bytes) {
  Crc32 crc;
  for (const std::byte byte : bytes) crc.add(static_cast<unsigned char>(byte));
  return crc.value();
}

// What tells that a text has become the same frame as before.
struct FrameMark {
  std::uint32_t code_bytes, code_crc, data_bytes, constant_bytes, constant_crc;

  bool operator==(const FrameMark&) const = default;
};

FrameMark mark_of(const vm::Frame& frame) {
  return {frame.code_bytes, crc_of({reinterpret_cast<const std::byte*>(frame.code), frame.code_bytes}),
          frame.data_bytes, frame.constant_bytes, crc_of({frame.constants, frame.constant_bytes})};
}

template <class Archive>
void keep_mark(Archive& archive, FrameMark& mark) {
  mark.code_bytes = archive.keep(mark.code_bytes);
  mark.code_crc = archive.keep(mark.code_crc);
  mark.data_bytes = archive.keep(mark.data_bytes);
  mark.constant_bytes = archive.keep(mark.constant_bytes);
  mark.constant_crc = archive.keep(mark.constant_crc);
}

// --- out
// --------------------------------------------------------------------------------------------------------------

// What a task was before, and nobody reads again: of the same state there is one snapshot.
void forget_past(vm::Task& task) {
  if (task.state != TaskState::trapped && !task.schedule.begins_anew) {
    task.trap = core::Trap::none;
    task.component = 0;
  }
  if (task.depth == 0) task.top = 0;
  if (is_over(task.state)) {
    task.loops = task.kept = task.calls = 0;
    if constexpr (vm::has_exceptions) vm::forget_tries(task);
  }
  task.schedule.forget_past(task.state, task.in_progress);
}

[[maybe_unused]] void forget_past(vm::TrapHandler& handler) {
  if (handler.task == 0) handler.code = 0;
}
[[maybe_unused]] void forget_past(vm::NoTrapHandler&) {}

class Saving {
 public:
  Saving(vm::Machine& machine, const FrameTexts& texts, const ByteSink& sink)
      : machine_(machine), texts_(texts), out_(sink) {}

  std::string_view run() {
    for (const vm::Frame& frame : machine_.frames)
      if (frame.state == vm::FrameState::loaded && frame.open) return "frame_open";
    while (machine_.holes) vm::close_holes(machine_, vm::piece_of_work);
    keep_identity(out_);
    out_.keep(vm::time_of(machine_, 0));
    keep_machine(out_, machine_);
    for (vm::Task& task : machine_.tasks) save_task(task);
    std::string_view problem = save_frames();
    out_.keep(out_.crc());
    return problem;
  }

 private:
  void save_task(vm::Task& task) {
    std::uint32_t placed = 0;
    if (task.in_progress) {
      const core::Op op = core::decode(machine_.frames[task.frame].code + task.pc);
      const std::size_t used = core::progress_bytes_of(op);
      std::memset(task.progress + used, 0, sizeof task.progress - used);
      placed = std::min<std::uint32_t>(core::cells_placed(op, task.progress),
                                       core::limits::stack_cells - task.loops - task.depth);
    }
    forget_past(task);
    keep_task(out_, task, placed);
  }

  // In the order in which they lie, which is that in which they were loaded: imports find what they are from.
  std::string_view save_frames() {
    std::uint8_t count = 0;
    for (const vm::Frame& frame : machine_.frames)
      if (frame.state == vm::FrameState::loaded) ++count;
    out_.keep(count);
    const std::uint8_t* above = nullptr;
    for (; count > 0; --count) {
      vm::Frame* lowest = nullptr;
      for (vm::Frame& frame : machine_.frames)
        if (frame.state == vm::FrameState::loaded && (above == nullptr || frame.code > above) &&
            (lowest == nullptr || frame.code < lowest->code))
          lowest = &frame;
      above = lowest->code;
      const std::string_view problem = save_frame(*lowest);
      if (!problem.empty()) return problem;
    }
    return {};
  }

  std::string_view save_frame(vm::Frame& frame) {
    const std::uint8_t slot = static_cast<std::uint8_t>(&frame - machine_.frames);
    out_.keep(slot);
    out_.keep(frame.instructions != frame.source_instructions);  // some are fused
    FrameMark mark = mark_of(frame);
    keep_mark(out_, mark);
    forget_past(frame.handler);
    keep_frame(out_, frame);
    out_.keep(std::span<std::byte>(frame.data, frame.data_bytes));
    const TextSink text = {this, [](void* context, const char* piece, std::size_t size) {
                             static_cast<Saving*>(context)->add_text(piece, size);
                           }};
    if (!write_text(frame, slot, text)) return "text_missing";
    end_piece();
    out_.keep(std::uint8_t{0});
    return {};
  }

  bool write_text(const vm::Frame& frame, std::uint8_t slot, const TextSink& text) {
    if (texts_.give != nullptr && texts_.give(texts_.context, slot, text)) return true;
    if constexpr (core::CompileAction::preset_data != core::CompileAction::absent)
      return Decompiler(frame, machine_.host, text).run().empty();
    return false;
  }

  void add_text(const char* text, std::size_t size) {
    for (std::size_t k = 0; k < size; ++k) {
      piece_[piece_bytes_++] = static_cast<std::byte>(text[k]);
      if (piece_bytes_ == piece_max) end_piece();
    }
  }

  void end_piece() {
    if (piece_bytes_ == 0) return;
    out_.keep(static_cast<std::uint8_t>(piece_bytes_));
    out_.keep(std::span<std::byte>(piece_, piece_bytes_));
    piece_bytes_ = 0;
  }

  vm::Machine& machine_;
  const FrameTexts& texts_;
  SnapshotWriter out_;
  std::byte piece_[piece_max];
  std::size_t piece_bytes_ = 0;
};

// --- in
// ---------------------------------------------------------------------------------------------------------------

// What a machine without frames is known by.
class Before {
 public:
  explicit Before(const vm::Machine& machine)
      : pace_(machine.pace),
        schedule_(machine.schedule),
        last_task_(machine.last_task),
        tasks_used_(machine.tasks_used),
        unloading_(machine.unloading) {
    for (unsigned k = 0; k < core::limits::frames; ++k) generations_[k] = machine.frames[k].generation;
  }

  void bring_back(vm::Machine& machine) const {
    machine.pace = pace_;
    machine.schedule = schedule_;
    machine.last_task = last_task_;
    machine.tasks_used = tasks_used_;
    machine.unloading = unloading_;
    for (unsigned k = 0; k < core::limits::frames; ++k) machine.frames[k].generation = generations_[k];
  }

 private:
  decltype(vm::Machine::pace) pace_;
  Digest schedule_;
  std::uint8_t last_task_, tasks_used_, unloading_;
  std::uint8_t generations_[core::limits::frames];
};

class Restoring {
 public:
  Restoring(vm::Machine& machine, Compiler& compiler, Workspace& workspace, const FrameTextSink& texts,
            std::span<StackMap> places)
      : machine_(machine), compiler_(compiler), workspace_(workspace), texts_(texts), places_(places) {}

  std::string_view run(std::span<const std::byte> snapshot) {
    std::string_view problem = check_whole(snapshot);
    if (!problem.empty()) return problem;
    SnapshotReader in(snapshot.first(snapshot.size() - crc_bytes));
    if (!keep_identity(in)) return "other_profile";
    const Time then = in.keep(Time{});
    const SnapshotReader rest = in;
    const Before before(machine_);
    problem = read(rest);
    if (problem.empty() && !collect_places()) problem = "task_differs";
    clear();
    for_good_ = true;
    if (problem.empty()) problem = read(rest);
    if (problem.empty() && !are_tasks_right()) problem = "task_differs";
    if (problem.empty())
      go_on_from(then);
    else
      give_up(before);
    return problem;
  }

 private:
  static std::string_view check_whole(std::span<const std::byte> snapshot) {
    if (snapshot.size() < crc_bytes) return "damaged";
    SnapshotReader crc(snapshot.last(crc_bytes));
    const bool same = crc.keep(std::uint32_t{}) == crc_of(snapshot.first(snapshot.size() - crc_bytes));
    return same ? std::string_view{} : "damaged";
  }

  // Tasks come last into the machine: compiling asks how many are free.
  std::string_view read(SnapshotReader in) {
    vm::Machine& machine = machine_;
    keep_machine(in, machine);
    std::uint8_t generations[core::limits::frames];
    for (unsigned k = 0; k < core::limits::frames; ++k) generations[k] = machine.frames[k].generation;
    SnapshotReader tasks = in;
    for (unsigned k = 0; k < core::limits::tasks; ++k) keep_task(in, machine.tasks[k], 0);
    forget_tasks();
    const std::uint8_t count = in.keep(std::uint8_t{}, core::limits::frames);
    for (std::uint8_t k = 0; k < count && in.good(); ++k) {
      const std::string_view problem = read_frame(in);
      if (!problem.empty()) return problem;
    }
    if (!in.good() || in.left() != 0) return "damaged";
    for (unsigned k = 0; k < core::limits::frames; ++k) machine.frames[k].generation = generations[k];
    for (vm::Task& task : machine.tasks) keep_task(tasks, task, 0);
    machine.tasks_used = core::limits::tasks;
    return {};
  }

  std::string_view read_frame(SnapshotReader& in) {
    const std::uint8_t slot = in.keep(std::uint8_t{}, core::limits::frames - 1);
    const bool fuse = in.keep(false);
    vm::Frame& frame = machine_.frames[slot];
    if (!in.good() || frame.state != vm::FrameState::free) return "damaged";
    FrameMark mark{};
    keep_mark(in, mark);
    vm::Frame fields;
    keep_frame(in, fields);
    const std::span<const std::byte> data = in.take(mark.data_bytes);
    if (!compile(in, slot, fuse)) return in.good() ? "frame_refused" : "damaged";
    if (mark_of(frame) != mark) return "frame_differs";
    if (!data.empty()) std::memcpy(frame.data, data.data(), data.size());
    frame.last_id = fields.last_id;
    frame.events = fields.events;
    frame.handler = fields.handler;
    return {};
  }

  bool compile(SnapshotReader& in, std::uint8_t slot, bool fuse) {
    Compiler* const compiler = new (&compiler_) Compiler(workspace_);
    compiler->resume(slot, WatchedPlaces(places_.first(place_count_), slot));
    CompileOptions options;
    options.fuse = fuse;
    CompileStatus status = compiler->begin(machine_, options);
    if (for_good_ && texts_.write != nullptr) texts_.write(texts_.context, slot, "", 0);
    while (const std::uint8_t size = in.keep(std::uint8_t{})) {
      const std::span<const std::byte> piece = in.take(size);
      std::string_view text(reinterpret_cast<const char*>(piece.data()), piece.size());
      if (for_good_ && texts_.write != nullptr) texts_.write(texts_.context, slot, text.data(), text.size());
      while (status.error == 0 && !text.empty()) status = compiler->feed(text);
    }
    do status = compiler->finish();
    while (status.busy);
    return status.error == 0;
  }

  bool collect_places() {
    for (const vm::Task& task : machine_.tasks)
      if (!add_places(machine_, task, places_, place_count_)) return false;
    return true;
  }

  bool are_tasks_right() const {
    TaskCheck check(machine_, places_.first(place_count_));
    for (const vm::Task& task : machine_.tasks)
      if (!check.is_right(task)) return false;
    for (const vm::Frame& frame : machine_.frames)
      if (frame.state == vm::FrameState::loaded && !check.has_right_handler(frame)) return false;
    return true;
  }

  // The machine's own clock is set, that of the host is as it is.
  void go_on_from(Time then) {
    machine_.pace.go_to(then);
    for (vm::Task& task : machine_.tasks) task.schedule.move_times(then, vm::time_of(machine_, 0));
  }

  // Nothing is given back: what the tasks hold goes with the frames.
  void forget_tasks() {
    for (vm::Task& task : machine_.tasks) new (&task) vm::Task;
  }

  // As if nothing had been tried.
  void give_up(const Before& before) {
    clear();
    before.bring_back(machine_);
  }

  void clear() {
    forget_tasks();
    compiler_.abandon();
    for (vm::Frame& frame : machine_.frames)
      if (frame.state != vm::FrameState::free) vm::remove_frame(machine_, frame);
    for (vm::Frame& frame : machine_.frames) frame.holds = 0;
    while (machine_.holes) vm::close_holes(machine_, vm::piece_of_work);
  }

  vm::Machine& machine_;
  Compiler& compiler_;
  Workspace& workspace_;
  const FrameTextSink& texts_;
  std::span<StackMap> places_;
  std::size_t place_count_ = 0;
  bool for_good_ = false;  // the second time
};

}  // namespace

std::string_view save_snapshot(vm::Machine& machine, const FrameTexts& texts, const ByteSink& sink) {
  return Saving(machine, texts, sink).run();
}

std::string_view restore_snapshot(vm::Machine& machine, Compiler& compiler, Workspace& workspace,
                                  const FrameTextSink& texts, std::span<const std::byte> snapshot,
                                  std::span<std::byte> scratch) {
  const std::span<StackMap> places(reinterpret_cast<StackMap*>(scratch.data()), snapshot_places);
  return Restoring(machine, compiler, workspace, texts, places).run(snapshot);
}

}  // namespace mica::inline MICA_PROFILE::jit
