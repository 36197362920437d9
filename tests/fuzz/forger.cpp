// Compiled once for each profile, with what codegen made for it.
#include "tests/fuzz/forger.hpp"

#include <algorithm>
#include <cstring>

#include "core/config.hpp"
#include "tests/vm/forging.hpp"

#define MICA_PASTE(profile, suffix) profile##suffix
#define MICA_NAME(profile, suffix) MICA_PASTE(profile, suffix)

namespace mica {

const Engine& MICA_NAME(MICA_PROFILE, _engine)();

}  // namespace mica

namespace mica::fuzz {
namespace {

namespace limits = core::limits;

std::uint32_t below(Random& random, std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); }
bool one_in(Random& random, std::uint32_t count) { return below(random, count) == 0; }

// In place of SnapshotWriter: hands each field on, some of them changed.
class FieldForger {
 public:
  FieldForger(Random& random, std::uint32_t one_of) : random_(random), one_of_(one_of) {}

  template <class Number>
  Number keep(Number number) {
    if (!one_in(random_, one_of_)) return number;
    const std::uint64_t was = static_cast<std::uint64_t>(number);
    const std::uint64_t bit = std::uint64_t{1} << below(random_, 8 * sizeof number);
    const std::uint64_t changes[] = {was + 1, was - 1, was ^ bit, random_(), random_() % 16, 0, ~std::uint64_t{0}};
    return static_cast<Number>(changes[below(random_, 7)]);
  }
  template <class Number>
  Number keep(Number number, std::uint64_t most) {
    return static_cast<Number>(std::min<std::uint64_t>(static_cast<std::uint64_t>(keep(number)), most));
  }
  template <class Enum>
  Enum keep_enum(Enum value, Enum last) {
    return static_cast<Enum>(keep(static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(last)));
  }
  void keep(std::span<std::byte> bytes) {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(keep(static_cast<std::uint8_t>(byte)));
  }

 private:
  Random& random_;
  const std::uint32_t one_of_;
};

class Forger {
 public:
  Forger(forging::OpenSnapshot& open, Random& random) : open_(open), random_(random) {
    for (unsigned k = 0; k < limits::tasks; ++k)
      if (is_live(open.machine.tasks[k].state)) live_.push_back(k);
    // The frames begin with their number; of the first one then come its slot, whether it is fused, its bytes of code.
    for (unsigned k = 0; k < 4 && open.frames.size() > 6; ++k)
      code_bytes_ |= std::to_integer<std::uint32_t>(open.frames[3 + k]) << 8 * k;
    code_bytes_ = std::clamp<std::uint32_t>(code_bytes_, 1, 0xffff);
  }

  std::string run() {
    if (!live_.empty())
      for (std::uint32_t k = random_() % 4; k > 0; --k) change(task());
    if (what_.empty() || one_in(random_, 3)) change_fields();
    if (one_in(random_, 12)) change_frames();
    for (unsigned k = 0; k < limits::tasks; ++k) fit(k);
    return what_;
  }

 private:
  vm::Task& task() { return open_.machine.tasks[live_[below(random_, static_cast<std::uint32_t>(live_.size()))]]; }
  std::uint16_t place() { return static_cast<std::uint16_t>(below(random_, code_bytes_)); }
  // Of code at which something stands already, mostly.
  std::uint16_t some_place() {
    const vm::Task& other = task();
    if (one_in(random_, 3)) return place();
    if (other.calls == 0 || one_in(random_, 2)) return other.pc;
    return static_cast<std::uint16_t>(other.returns[below(random_, other.calls)]);
  }
  int a_little() { return static_cast<int>(below(random_, 9)) - 4; }
  static std::uint16_t moved(std::uint16_t number, int by) {
    return static_cast<std::uint16_t>(std::max(0, number + by));
  }

  void change(vm::Task& task) {
    const std::uint32_t which = below(random_, 16);
    what_ += "task " + std::to_string(&task - open_.machine.tasks) + " by " + std::to_string(which) + ", ";
    switch (which) {
      case 0: task.pc = some_place(); break;
      case 1: task.pc = moved(task.pc, a_little()); break;
      case 2: task.depth = moved(task.depth, a_little()); break;
      case 3: task.depth = static_cast<std::uint16_t>(below(random_, 12)); break;
      case 4: task.loops = moved(task.loops, a_little()); break;
      case 5: task.kept = moved(task.kept, a_little()); break;
      case 6: change_return(task); break;
      case 7: push(task, some_place()); break;
      case 8: push(task, below(random_, 8)); break;
      case 9: task.calls = moved(task.calls, -1); break;
      case 10: change_progress(task); break;
      case 11: stand_as(task, this->task()); break;
      case 12: open_try(task); break;
      case 13: change_tries(task, task.tries); break;
      case 14: change_cells(task); break;
      default: change_owner(task); break;
    }
  }

  void change_return(vm::Task& task) {
    if (task.calls > 0) task.returns[below(random_, task.calls)] = some_place();
  }
  void push(vm::Task& task, std::uint32_t entry) {
    if (task.calls + task.kept < limits::return_cells) task.returns[task.calls++] = static_cast<UCell>(entry);
  }

  // Numbers as progress has them: mostly small.
  void change_progress(vm::Task& task) {
    if (one_in(random_, 2)) task.in_progress = !task.in_progress;
    for (std::byte& byte : task.progress)
      if (one_in(random_, 4)) byte = static_cast<std::byte>(one_in(random_, 3) ? random_() : random_() % 8);
  }

  void stand_as(vm::Task& task, const vm::Task& other) {
    task.pc = other.pc;
    task.frame = other.frame;
    task.in_progress = other.in_progress;
    std::memcpy(task.progress, other.progress, sizeof task.progress);
    if (one_in(random_, 2)) return;
    task.depth = other.depth;
    task.loops = other.loops;
    if (one_in(random_, 2)) return;
    task.calls = other.calls;
    task.kept = other.kept;
    task.tries = other.tries;
    std::memcpy(task.returns, other.returns, sizeof task.returns);
  }

  void open_try(vm::Task& task) {
    if (!vm::has_exceptions || task.calls + task.kept + vm::try_entries > limits::return_cells) return;
    vm::open_try(task, some_place(), below(random_, task.depth + 1u), below(random_, task.loops + 1u),
                 task.returns + task.calls);
    task.calls = static_cast<std::uint16_t>(task.calls + vm::try_entries);
  }

  void change_tries(vm::Task& task, vm::OpenTries& tries) {
    if (tries.top < vm::try_entries || tries.top > task.calls) return;
    UCell* const end = task.returns + tries.top;
    vm::TryRecord record = vm::record_below(end);
    FieldForger some(random_, 2);
    record.handler = one_in(random_, 2) ? some_place() : record.handler;
    if (one_in(random_, 2)) record.depth = some.keep(record.depth);
    if (one_in(random_, 2)) record.kept = some.keep(record.kept);
    if (one_in(random_, 4)) record.outer = some.keep(record.outer);
    std::memcpy(end - vm::try_entries, &record, sizeof record);
    if (one_in(random_, 2)) tries.depth = record.depth;
    if (one_in(random_, 2)) tries.kept = record.kept;
    if (one_in(random_, 8)) tries.top = record.outer;
  }
  void change_tries(vm::Task&, vm::NoTries&) {}

  void change_cells(vm::Task& task) {
    for (std::uint32_t k = 1; k < task.depth; ++k)
      if (one_in(random_, 4)) task.stack[k] = some_cell();
    if (one_in(random_, 2)) task.top = some_cell();
    if (task.loops > 0) task.stack[limits::stack_cells - 1 - below(random_, task.loops)] = some_cell();
  }
  Cell some_cell() {
    if (one_in(random_, 3)) return static_cast<Cell>(random_());
    if (one_in(random_, 3)) return vm::handle_of(below(random_, 6));
    return static_cast<Cell>(static_cast<int>(below(random_, 40)) - 8);
  }

  void change_owner(vm::Task& task) {
    if (one_in(random_, 2)) task.owner = static_cast<std::uint8_t>(below(random_, limits::frames));
    if (one_in(random_, 2)) task.frame = static_cast<std::uint8_t>(below(random_, limits::frames));
    if (one_in(random_, 4)) task.is_main = !task.is_main;
    if (one_in(random_, 4)) task.state = static_cast<TaskState>(below(random_, 6));
    change_word(task.schedule, this->task().schedule);
  }
  void change_word(vm::Schedule& schedule, const vm::Schedule& other) {
    if (one_in(random_, 2)) schedule.word = other.word;
    if (one_in(random_, 4)) schedule.begins_anew = !schedule.begins_anew;
  }
  void change_word(vm::NoSchedule&, const vm::NoSchedule&) {}

  void change_fields() {
    what_ += "fields, ";
    FieldForger some(random_, 40 + below(random_, 200));
    jit::keep_machine(some, open_.machine);
    for (unsigned k = 0; k < limits::tasks; ++k) {
      fit(k);
      open_.placed[k] = jit::keep_task(some, open_.machine.tasks[k], open_.placed[k]);
    }
  }

  void change_frames() {
    what_ += "frames, ";
    const std::size_t end = one_in(random_, 2) ? std::min<std::size_t>(open_.frames.size(), 200) : open_.frames.size();
    if (end == 0) return;
    std::byte& byte = open_.frames[random_() % end];
    byte = static_cast<std::byte>(FieldForger(random_, 1).keep(static_cast<std::uint8_t>(byte)));
  }

  // Nothing lies outside of the stacks.
  void fit(unsigned index) {
    vm::Task& task = open_.machine.tasks[index];
    constexpr std::uint32_t cells = limits::stack_cells, returns = limits::return_cells;
    task.depth = static_cast<std::uint16_t>(std::min<std::uint32_t>(task.depth, cells));
    task.loops = static_cast<std::uint16_t>(std::min<std::uint32_t>(task.loops, cells - task.depth));
    task.calls = static_cast<std::uint16_t>(std::min<std::uint32_t>(task.calls, returns));
    task.kept = static_cast<std::uint16_t>(std::min<std::uint32_t>(task.kept, returns - task.calls));
    open_.placed[index] = std::min(open_.placed[index], cells - task.loops - task.depth);
  }

  forging::OpenSnapshot& open_;
  Random& random_;
  std::vector<unsigned> live_;
  std::uint32_t code_bytes_ = 0;
  std::string what_;
};

std::string forge(std::vector<std::byte>& snapshot, Random& random) {
  forging::OpenSnapshot open(snapshot);
  if (!open.good) return {};
  const std::string what = Forger(open, random).run();
  snapshot = open.close();
  return what;
}

}  // namespace

const ForgedProfile& MICA_NAME(MICA_PROFILE, _forged)() {
  static const ForgedProfile one = [] {
    oracle::GeneratorSettings settings;
    settings.cell_bits = core::cell_bits;
    settings.rexa = core::rexa16;
    settings.stack_cells = limits::stack_cells;
    settings.call_levels = limits::return_cells;
    settings.tasks = vm::has_task_words ? limits::tasks : 0;
    return ForgedProfile{MICA_NAME(MICA_PROFILE, _engine)(), settings, forge};
  }();
  return one;
}

}  // namespace mica::fuzz
