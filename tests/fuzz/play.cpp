#include "tests/fuzz/play.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "tests/differential/host.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/fuzz/watch.hpp"

namespace mica::fuzz {
namespace {

constexpr std::uint64_t ticks_max = 20000;  // of a step
constexpr std::uint32_t budgets[] = {1, 2, 1, 7, 1, 300, 3, 1, 61, 1, 2, 1, 1, 5000};
constexpr std::uint8_t slots_max = 8;  // more frames and tasks than any of the profiles has

class Life {
 public:
  Life(const Engine& engine, std::size_t pool_bytes, const Manner& manner)
      : engine_(engine), manner_(manner), memory_(engine.bytes_min + pool_bytes, manner.filling) {
    reset_host();
    Host host{};
    host.context = this;
    host.write = write;
    host.functions = example_offer().functions;
    host.arrays = example_offer().arrays;
    instance_ = engine.create(memory_.inside(), host);
    check(instance_ != nullptr, "a machine fits into bytes_min");
    const auto form = std::find(engine.forms.begin(), engine.forms.end(), manner.form);
    check(engine.choose_form(instance_, static_cast<std::size_t>(form - engine.forms.begin())), "the form is there");
  }

  // Nothing: a task went on for too long.
  std::optional<Seen> take(const Step& step) {
    seen_ = {};
    switch (step.kind) {
      case Step::Kind::frame:
      case Step::Kind::line: compile(step); break;
      case Step::Kind::replace: run(), compile(step); break;
      case Step::Kind::unload: run(), unload(step); break;
      case Step::Kind::given_up: give_up(step); break;
      case Step::Kind::start: run(), start(step); break;
      case Step::Kind::decompile: run(), decompile(step); break;
    }
    if (!step.run_later || !beside()) run();
    if (too_long_) return {};
    if (!step.run_later) look();
    return seen_;
  }

  // All that the session has written; nothing: a task went on for too long.
  std::optional<Seen> written() {
    run();
    if (too_long_) return {};
    return Seen{.text = output_, .changes = true, .accepted = false};
  }

 private:
  void say(std::string_view text) { (seen_.text += text) += '\n'; }
  void say(std::string_view what, std::int64_t number) {
    ((seen_.text += what) += ' ') += std::to_string(number) + '\n';
  }

  void compile(const Step& step) {
    CompileOptions options{.keep_open = step.keep_open};
    std::vector<Loaded> open;
    for (const Loaded& one : loaded_)
      if (one.open) open.push_back(one);
    if (step.kind == Step::Kind::line && !open.empty()) {
      options.extends = open[open.size() - 1 - step.which % open.size()].slot;
      options.keep_open = true;
    }
    if (step.kind == Step::Kind::replace) options.replaces = slot_of(step);
    // What the test of a frame meets does not depend on when it runs.
    if (step.text.find(" selftest ") != std::string::npos) run();
    CompileStatus status = feed(step, options, step.text);
    if (status.error == 0) status = finish();
    seen_.accepted = seen_.changes = status.error == 0;
    say(status.error == 0 ? "accepted" : engine_.error_name(status.error));
    say("line", status.line);
    say("column", status.column);
    if (status.error != 0) return;
    if (options.replaces != CompileOptions::no_frame) forget(options.replaces);
    if (options.extends == CompileOptions::no_frame) loaded_.push_back({status.frame, options.keep_open});
    check(loaded_.size() <= slots_max, "no more frames than the profile has");
    say_code(status.frame);
  }

  CompileStatus finish() {
    CompileStatus status = engine_.finish(instance_);
    while (status.busy) {
      if (status.testing) run_slice();
      status = engine_.finish(instance_);
    }
    return status;
  }

  void unload(const Step& step) {
    const MemoryReport before = engine_.memory(instance_);
    const std::uint8_t slot = slot_of(step);
    Unloading result;
    while ((result = engine_.unload(instance_, slot)) == Unloading::busy)
      if (beside()) run_slice();
    say("unload", static_cast<int>(result));
    seen_.changes = result == Unloading::done;
    check(seen_.changes == (engine_.memory(instance_).free_bytes > before.free_bytes), "memory comes back");
    if (seen_.changes) forget(slot);
    check(engine_.unload(instance_, slot) != Unloading::done, "a frame is unloaded once");
  }

  // The frame that the step means; where none is loaded, a slot without one.
  std::uint8_t slot_of(const Step& step) const {
    return loaded_.empty() ? 0 : loaded_[loaded_.size() - 1 - step.which % loaded_.size()].slot;
  }
  void forget(std::uint8_t slot) {
    std::erase_if(loaded_, [&](const Loaded& one) { return one.slot == slot; });
  }

  // Only now: what a line does by itself stays until the next line comes, taken or not.
  void say_code(std::size_t frame) {
    for (const std::uint8_t byte : engine_.code(instance_, static_cast<std::uint8_t>(frame))) add_hexadecimal(byte);
    seen_.text += '\n';
  }

  CompileStatus feed(const Step& step, const CompileOptions& options, std::string_view text) {
    CompileStatus status = engine_.begin(instance_, options);
    for (std::size_t k = 0; status.error == 0 && !text.empty(); ++k) {
      const std::size_t planned = manner_.chunks == Manner::Chunks::bytes   ? 1
                                  : manner_.chunks == Manner::Chunks::whole ? text.size()
                                                                            : step.chunks[k % step.chunks.size()];
      const std::string chunk(text.substr(0, planned));  // gone afterwards: nothing may point to it
      status = feed_all(engine_, instance_, chunk);
      text.remove_prefix(chunk.size());
      if (beside()) run_slice();
    }
    if (beside()) run();
    return status;
  }

  void give_up(const Step& step) {
    const std::string_view text = step.text;
    const CompileStatus status = feed(step, {}, text.substr(0, text.size() / 2));
    say(status.error == 0 ? "given up" : engine_.error_name(status.error));
  }

  void start(const Step& step) {
    std::uint8_t task = 0;
    seen_.changes = engine_.start(instance_, slot_of(step), step.text, {}, task);
    if (seen_.changes) say("started", task);
  }

  void decompile(const Step& step) {
    if (loaded_.empty()) return;
    const TextSink sink{this, [](void* context, const char* text, std::size_t size) {
                          static_cast<Life*>(context)->seen_.text.append(text, size);
                        }};
    say(engine_.decompile(instance_, slot_of(step), sink));
  }

  // Do tasks run while a text comes?
  bool beside() const { return manner_.chunks != Manner::Chunks::whole; }

  RunReport run_slice() {
    running_ = true;
    const std::uint32_t budget = manner_.budget != 0 ? manner_.budget : budgets[slice_++ % std::size(budgets)];
    const RunReport report = engine_.run(instance_, budget);
    check(report.ticks <= budget + overrun_most(engine_, engine_.task(instance_, report.task)),
          "a slice ends at the first charge point after its budget");
    running_ = false;
    return report;
  }

  void run() {
    std::uint64_t ticks = 0;
    for (bool idle = false; !idle && !too_long_;) {
      const RunReport report = run_slice();
      idle = report.idle;
      ticks += report.ticks + 1;
      too_long_ = !idle && ticks > ticks_max;
    }
  }

  void look() {
    for (std::uint8_t task = 0; task < slots_max; ++task) look_at_task(task);
    for (std::uint8_t frame = 0; frame < slots_max; ++frame) look_at_frame(frame);
    for (const std::int64_t element : host_elements()) say("host", element);
  }

  void look_at_task(std::uint8_t index) {
    const TaskReport task = engine_.task(instance_, index);
    if (task.state == TaskState::absent) return;
    say("task", index);
    say(" frame", task.frame);
    if (task.state == TaskState::ended) say(" ticks", static_cast<std::int64_t>(task.ticks));
    if (task.state == TaskState::trapped) say(engine_.trap_name(task.trap));
    check(engine_.trap_name(task.trap) != "core_fault", "what the compiler accepts never trips a check");
    const std::uint32_t depth = engine_.depth(instance_, index);
    for (std::uint32_t k = 0; k < depth; ++k) say(" cell", engine_.cell(instance_, index, k));
  }

  void look_at_frame(std::uint8_t frame) {
    const std::span<const std::uint8_t> code = engine_.code(instance_, frame);
    const std::span<const std::byte> data = engine_.data(instance_, frame);
    check(memory_.holds(code.data(), code.size()) && memory_.holds(data.data(), data.size()),
          "code and data lie in the instance");
    if (code.empty()) return;
    say("frame", frame);
    for (const std::byte byte : data) add_hexadecimal(std::to_integer<unsigned>(byte));
    seen_.text += '\n';
  }

  void add_hexadecimal(unsigned byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    (seen_.text += digits[byte >> 4]) += digits[byte & 15];
  }

  static void write(void* context, const char* text, std::size_t size) {
    Life& life = *static_cast<Life*>(context);
    check(life.running_, "nothing is written but while a task runs");
    life.output_.append(text, size);
  }

  const Engine& engine_;
  const Manner& manner_;
  GuardedMemory memory_;
  Instance* instance_ = nullptr;
  struct Loaded {
    std::uint8_t slot;
    bool open;
  };
  std::vector<Loaded> loaded_;  // the newest last
  std::size_t slice_ = 0;
  bool running_ = false;
  bool too_long_ = false;  // a task goes on for ever, as it seems
  std::string output_;
  Seen seen_;
};

}  // namespace

std::vector<Seen> play(const Engine& engine, const std::vector<Step>& session, std::size_t pool_bytes,
                       const Manner& manner) {
  Life life(engine, pool_bytes, manner);
  std::vector<Seen> all;
  for (std::size_t k = 0; k < session.size(); ++k) {
    if (k < manner.leave_out.size() && manner.leave_out[k]) continue;
    std::optional<Seen> seen = life.take(session[k]);
    if (!seen) return all;
    all.push_back(std::move(*seen));
  }
  if (std::optional<Seen> written = life.written()) all.push_back(std::move(*written));
  return all;
}

}  // namespace mica::fuzz
