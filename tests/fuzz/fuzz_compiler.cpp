// Any text, on machines of several profiles. What must hold whatever the text says:
//
//   - nothing is written outside of the memory of the instance;
//   - of each slice what watch.hpp looks at: no task traps with core_fault, slices keep to their budgets and end early
//     for a reason only, the most urgent task runs, those that sleep wake in time, and the host is told rightly whether
//     the machine is idle, when it goes on and whether tasks wait for each other for ever;
//   - errors depend neither on the chunks of the text nor on what the memory held before, but for a self-test that
//     starts tasks;
//   - what a program comes to that has never had more than its main task depends neither on budgets, form and fusing,
//     nor on whether the host or the machine keeps time. It is a program for the oracle, too, and does what that says;
//   - what several tasks do with the data they share may depend on the budgets. With equal ones all of it is the same
//     in other forms, fused and not, slice by slice; and no task waits for ever for what is there;
//   - after an error the machine is as if the text had never come;
//   - the frame, decompiled, compiles to the same frame.
//
// The second byte: bits 0 to 2 the size of the chunks; bit 3 do not fuse; bit 4 little memory, filled with copies; bit
// 5 the text needs its trailer. So 'A' (a byte at a time) and its neighbours are for programs that people write.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/engines.hpp"
#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/fuzz/round_trip.hpp"
#include "tests/fuzz/waits.hpp"
#include "tests/fuzz/watch.hpp"
#include "tests/oracle/oracle.hpp"

namespace mica::fuzz {
namespace {

constexpr std::size_t chunk_sizes[] = {0, 1, 2, 3, 7, 16, 61, 256};  // 0: the whole text at once
// Mostly short ones, so that slices end everywhere.
constexpr std::uint32_t budgets[] = {1, 2, 1, 7, 1, 1, 3, 1, 61, 1, 2, 1, 1, 300, 1, 5};
constexpr std::uint64_t ticks_max = 4000;
constexpr std::uint32_t test_ticks_max = 5000;  // of the self-test of a frame
constexpr std::size_t pool_bytes = 24000;       // plenty
constexpr unsigned slices_beside = 100;
constexpr unsigned events = 32;
constexpr std::string_view next_text = "5 7 + .";
constexpr std::string_view refused_text = "1 ?";
constexpr unsigned refusals = 10;  // more than any of the profiles has frames

struct Settings {
  std::string_view form;
  std::size_t chunk = 0;
  bool fuse = true;
  bool needs_trailer = false;
  bool alternating = false;  // budgets
  bool has_clock = false;    // else the machine keeps time itself
  bool fill = false;         // load the text again and again
  std::size_t pool_bytes = 0;
  unsigned char filling = 0;
};

// What a text came to.
struct Outcome {
  CompileStatus status;
  bool settled = false;  // nothing will happen any more: all tasks are over or wait for what never comes
  bool alone = true;     // there was never more than the main task
  std::vector<TaskOutcome> tasks;
  std::uint32_t schedule = 0;  // digest of the slices
  std::string output;
  std::vector<std::byte> data;

  const TaskReport& task() const { return tasks.front().report; }
};

class Attempt {
 public:
  Attempt(const Engine& engine, const Settings& settings)
      : engine_(engine), settings_(settings), memory_(engine.bytes_min + settings.pool_bytes, settings.filling) {
    const Host host{
        .context = this, .write = write, .now = settings.has_clock ? now : nullptr, .note_place = note_place};
    instance_ = engine.create(memory_.inside(), host);
    check(instance_ != nullptr, "a machine fits into bytes_min");
    watch_.emplace(engine, instance_, settings.has_clock ? &clock_ : nullptr);
    const auto form = std::find(engine.forms.begin(), engine.forms.end(), settings.form);
    check(engine.choose_form(instance_, static_cast<std::size_t>(form - engine.forms.begin())), "the form is there");
  }

  Outcome run(std::string_view text) {
    Outcome outcome;
    outcome.status = compile(text, settings_.needs_trailer);
    outcome.alone = watch_->alone();
    if (outcome.status.error == 0) {
      check_frame(0);
      outcome.settled = run_out();
      note(outcome);
      if (settings_.fill) fill(text);
      disturb();
    } else {
      check(!engine_.error_name(outcome.status.error).empty(), "an error has a name");
      check(engine_.code(instance_, 0).empty(), "after an error the frame is gone");
      const CompileStatus again = feed_all(engine_, instance_, "1 .");
      const CompileStatus at_end = finish_all(engine_, instance_);
      check(same_error(again, outcome.status) && same_error(at_end, outcome.status), "an error stays");
      run_next();
    }
    return outcome;
  }

  static bool same_error(const CompileStatus& a, const CompileStatus& b) {
    return a.error == b.error && a.line == b.line && a.column == b.column;
  }

 private:
  CompileStatus compile(std::string_view text, bool needs_trailer) {
    compiling_ = true;
    lines_ = static_cast<std::uint32_t>(1 + std::count(text.begin(), text.end(), '\n'));
    CompileStatus status = engine_.begin(
        instance_, {.fuse = settings_.fuse, .needs_trailer = needs_trailer, .test_ticks_max = test_ticks_max});
    for (std::string_view rest = text; status.error == 0 && !rest.empty();) {
      const std::size_t size = settings_.chunk == 0 ? rest.size() : std::min(settings_.chunk, rest.size());
      status = feed_all(engine_, instance_, rest.substr(0, size));
      rest.remove_prefix(size);
    }
    if (status.error == 0) status = finish();
    compiling_ = false;
    check(status.text_bytes <= text.size(), "no more bytes are consumed than there are");
    check(status.error == 0 || (status.line >= 1 && status.line <= lines_ && status.column >= 1),
          "an error has a place in the text");
    return status;
  }

  CompileStatus finish() {
    CompileStatus status = engine_.finish(instance_);
    while (status.busy) {
      compiling_ = !status.testing;
      if (status.testing) watch_->pass_time(watch_->run(settings_.alternating ? 7 : test_ticks_max));
      compiling_ = true;
      status = engine_.finish(instance_);
    }
    return status;
  }

  bool run_out() {
    static constexpr std::uint32_t whole[] = {static_cast<std::uint32_t>(ticks_max)};
    return watch_->run_out(settings_.alternating ? std::span<const std::uint32_t>(budgets) : whole, ticks_max);
  }

  void note(Outcome& outcome) const {
    outcome.alone = watch_->alone();
    for (std::uint8_t index = 0; index < engine_.tasks; ++index) {
      TaskOutcome task{engine_.task(instance_, index), {}, {}};
      task.word = watch_->word_of(task.report);
      const std::uint32_t depth = engine_.depth(instance_, index);
      for (std::uint32_t k = 0; k < depth; ++k) task.cells.push_back(engine_.cell(instance_, index, k));
      outcome.tasks.push_back(std::move(task));
    }
    outcome.schedule = engine_.schedule_digest(instance_);
    outcome.output = output_;
    const std::span<const std::byte> data = engine_.data(instance_, 0);
    outcome.data.assign(data.begin(), data.end());
  }

  // A machine that has refused texts takes another.
  void run_next() {
    for (unsigned k = 0; k < refusals; ++k)
      check(engine_.error_name(compile(refused_text, false).error) == "unknown_word", "a refused text leaves nothing");
    output_.clear();
    const CompileStatus status = compile(next_text, false);
    check(status.error == 0, "after an error the machine takes another text");
    check(run_out() && engine_.task(instance_, 0).state == TaskState::ended && output_ == "12 ",
          "after an error the machine runs another text");
  }

  // Loads texts until nothing more fits, and runs them side by side for a while.
  void fill(std::string_view text) {
    for (unsigned k = 0; k < refusals; ++k) {
      const CompileStatus status = compile(k % 2 == 0 ? next_text : text, false);
      watch_->disturbed();  // a text that fails takes its tasks with it
      if (status.error == 0) check_frame(status.frame);
    }
    for (unsigned slice = 0; slice < slices_beside; ++slice) watch_->run(budgets[slice % std::size(budgets)]);
  }

  // What the host can do to tasks that wait for it or go on for ever.
  void disturb() {
    for (unsigned event = 0; event < events; ++event) engine_.signal(instance_, event);
    watch_->disturbed();
    run_out();
    for (std::uint8_t index = 0; index < engine_.tasks; ++index) engine_.stop(instance_, index);
    watch_->disturbed();
    run_out();
  }

  void check_frame(std::uint8_t index) {
    const std::span<const std::uint8_t> code = engine_.code(instance_, index);
    const std::span<const std::byte> data = engine_.data(instance_, index);
    check(memory_.holds(code.data(), code.size()) && memory_.holds(data.data(), data.size()),
          "code and data lie in the instance");
    const void* const end_of_code = code.data() + code.size();
    check(code.empty() || data.empty() || end_of_code <= static_cast<const void*>(data.data()),
          "data lies behind the code");
    check(last_offset_ < code.size(), "places lie in the code");
    for (std::uint32_t offset = 0; offset < code.size();) {
      char line[64];
      const std::uint32_t next = engine_.disassemble(instance_, index, offset, std::span<char>(line));
      check(next > offset && next <= code.size(), "a listing goes on to the end of the code");
      check(std::memchr(line, 0, sizeof line) != nullptr, "a line of a listing ends");
      offset = next;
    }
  }

  static void write(void* context, const char* text, std::size_t size) {
    Attempt& attempt = *static_cast<Attempt*>(context);
    check(!attempt.compiling_, "nothing is written while a text is compiled");
    check(size >= 1 && size <= 64, "output comes in pieces of 1 to 64 bytes");
    attempt.output_.append(text, size);
  }

  static Time now(void* context, std::uint32_t ticks) {
    return Clock::now(&static_cast<Attempt*>(context)->clock_, ticks);
  }

  static void note_place(void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                         std::uint32_t column) {
    Attempt& attempt = *static_cast<Attempt*>(context);
    check(attempt.compiling_, "places are noted while a text is compiled");
    check(line >= 1 && line <= attempt.lines_ && column >= 1, "a place lies in the text");
    check(component < 4, "a fused instruction has at most four parts");
    attempt.last_offset_ = offset;
  }

  const Engine& engine_;
  const Settings& settings_;
  GuardedMemory memory_;
  Instance* instance_ = nullptr;
  Clock clock_;
  std::optional<Watch> watch_;
  bool compiling_ = false;
  std::uint32_t lines_ = 0;
  std::uint32_t last_offset_ = 0;
  std::string output_;
};

// Of a program that is alone: the same result, however it was cut into slices?
bool same_result(const Outcome& a, const Outcome& b) {
  return a.task().state == b.task().state && a.task().trap == b.task().trap && a.task().digest == b.task().digest &&
         a.task().code == b.task().code && a.output == b.output && a.data == b.data &&
         (a.task().state != TaskState::ended || a.task().ticks == b.task().ticks);
}

// What a trap leaves on the stack depends on what its instruction was fused with.
bool same_task(const TaskOutcome& a, const TaskOutcome& b) {
  const TaskReport &one = a.report, &other = b.report;
  return one.state == other.state && one.trap == other.trap && one.owner == other.owner && one.id == other.id &&
         one.is_main == other.is_main && one.priority == other.priority && one.missed == other.missed &&
         one.restarts == other.restarts && one.ticks == other.ticks && one.digest == other.digest &&
         one.code == other.code && one.ticks_exact == other.ticks_exact && (one.trap != 0 || a.cells == b.cells);
}

// In slices of the same budgets all is the same, also of tasks that share data and of those that are not over.
bool same_course(const Outcome& a, const Outcome& b) {
  return a.settled == b.settled && a.alone == b.alone && a.schedule == b.schedule && a.output == b.output &&
         a.data == b.data && std::equal(a.tasks.begin(), a.tasks.end(), b.tasks.begin(), b.tasks.end(), same_task);
}

// Where limits decide, the oracle has no say: it has none, and traps of the stacks may come a block early.
bool is_left_to_oracle(const Engine& engine, const Outcome& outcome) {
  if (!outcome.settled) return false;
  for (const char* trap :
       {"stack_underflow", "loop_stack_underflow", "stack_overflow", "return_stack_overflow", "effect_mismatch"})
    if (engine.trap_name(outcome.task().trap) == trap) return false;
  return true;
}

oracle::Outcome expected_outcome(TaskState state) {
  return state == TaskState::ended     ? oracle::Outcome::ended
         : state == TaskState::trapped ? oracle::Outcome::trapped
                                       : oracle::Outcome::waiting;
}

// The cells of channels and semaphores are the machine's own matter.
bool same_data(const Outcome& outcome, const oracle::Result& expected) {
  if (outcome.data.size() != expected.data.size()) return false;
  for (std::size_t k = 0; k < outcome.data.size(); ++k) {
    const bool hidden = std::any_of(expected.hidden.begin(), expected.hidden.end(),
                                    [&](const auto& one) { return k >= one.first && k - one.first < one.bytes; });
    if (!hidden && std::to_integer<std::uint8_t>(outcome.data[k]) != expected.data[k]) return false;
  }
  return true;
}

void compare_with_oracle(const Engine& engine, std::string_view text, const Outcome& outcome) {
  oracle::Settings settings{.cell_bits = engine.cell_bits, .rexa = is_rexa(engine), .ticks_max = ticks_max};
  settings.tasks_max = engine.tasks;
  settings.trap_number = [&](std::string_view name) {
    std::uint32_t number = 0;
    while (number < 255 && engine.trap_name(static_cast<std::uint8_t>(number)) != name) ++number;
    return number;
  };
  const oracle::Result expected = oracle::run(text, settings);
  // What several tasks do with the data they share, also in a self-test, depends on the slices.
  if (outcome.settled && expected.outcome != oracle::Outcome::out_of_ticks && !expected.saw_hidden)
    check_waits(engine, outcome.tasks, outcome.data, expected.hidden);
  if (!outcome.alone || expected.saw_hidden) return;
  check(expected.outcome != oracle::Outcome::invalid, "the oracle takes what the compiler takes");
  if (expected.outcome == oracle::Outcome::out_of_ticks) return;
  if (outcome.settled && outcome.task().state == TaskState::trapped) {
    const std::string_view trap = engine.trap_name(outcome.task().trap);
    // In the own dialect a call takes what the deepest way of the word takes; the oracle goes the way that is taken.
    const bool deepest_way = trap == "stack_underflow" && !is_rexa(engine);
    check((!trap.ends_with("stack_underflow") && trap != "effect_mismatch") || deepest_way ||
              expected.outcome == oracle::Outcome::trapped,
          "no block check stops a program that does not take too much");
  }
  if (!is_left_to_oracle(engine, outcome)) return;
  check(expected.others.empty(), "a program has the tasks of the oracle");
  check(expected.outcome == expected_outcome(outcome.task().state), "a program ends where the oracle says so");
  if (outcome.task().state == TaskState::ended)
    check(expected.allows_ticks(outcome.task().ticks), "a program has the ticks of the oracle");
  if (outcome.task().state == TaskState::trapped)
    check(engine.trap_name(outcome.task().trap) == expected.trap, "a program has the trap of the oracle");
  check(outcome.output == expected.output && outcome.task().digest == expected.digest,
        "a program writes and stores what the oracle says");
  check(same_data(outcome, expected), "a program leaves the data of the oracle");
}

}  // namespace

bool run_one(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return false;
  const Engine& engine = *engines()[bytes[0] % engines().size()];
  const std::uint8_t how = bytes[1];
  const std::string_view text(reinterpret_cast<const char*>(bytes + 2), size - 2);
  subject = {engine.profile, text};

  Settings settings{.form = "checked",
                    .chunk = chunk_sizes[how & 7],
                    .fuse = (how & 8) == 0,
                    .needs_trailer = (how & 32) != 0,
                    .alternating = true,
                    .fill = (how & 16) != 0,
                    // Of any size: it comes from the size of the input.
                    .pool_bytes = (how & 16) != 0 ? 96 + size % 400 : pool_bytes + size % 16,
                    .filling = 0xa5};
  const Outcome first = Attempt(engine, settings).run(text);

  settings.form = "goto-observed";
  settings.chunk = 0;
  settings.alternating = settings.fill = false;
  settings.has_clock = true;
  settings.filling = 0x5a;
  const Outcome second = Attempt(engine, settings).run(text);
  const bool same = Attempt::same_error(first.status, second.status) && first.status.complete == second.status.complete;
  check(same || !first.alone || !second.alone, "errors do not depend on the chunks");
  if (first.status.error != 0) return false;
  const bool both_settled = first.settled && second.settled;
  check(!both_settled || !first.alone || (second.alone && same_result(first, second)),
        "results do not depend on chunks, budgets, the form and who keeps time");

  compare_with_oracle(engine, text, first);

  settings.form = "switch-observed";
  settings.alternating = true;
  settings.has_clock = false;
  settings.fuse = !settings.fuse;
  settings.pool_bytes = pool_bytes + size % 16;  // more code may come of it
  const Outcome third = Attempt(engine, settings).run(text);
  const bool too_large = !settings.fuse && third.status.error != 0;
  check(too_large || same_course(first, third),
        "slices of the same budgets are the same in other forms, fused and not");

  check(round_trip(engine, text, settings.fuse).empty(), "a decompiled frame compiles to the same frame");
  return true;
}

}  // namespace mica::fuzz
