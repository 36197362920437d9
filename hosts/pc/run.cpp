#include "hosts/pc/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <utility>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/events.hpp"
#include "hosts/pc/frames.hpp"
#include "hosts/pc/interrupt.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/outputs.hpp"
#include "hosts/pc/references.hpp"
#include "hosts/pc/snapshot.hpp"
#include "hosts/pc/task_log.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

bool compiles(sim::Node& node, sim::Source& source, bool fuse) {
  const CompileStatus status = load(node, source, {.fuse = fuse});
  if (status.error == 0) return true;
  say_as_error(explain(node, source, status));
  return false;
}

// Programs in one machine, and what became of them so far. From outside come the events only.
class Run {
 public:
  Run(sim::Node& node, const std::vector<sim::Source>& sources, Timeline& time, Observer* observer = nullptr)
      : node_(node),
        tasks_(node, [&sources](std::uint8_t frame) -> const sim::Source& { return sources[frame]; }, say_as_error),
        time_(time),
        observer_(observer) {
    node.on_slice([this](const RunReport& report) {
      time_.pass(report.ticks);
      if (observer_ != nullptr) observer_->slice(report);
      tasks_.note();
    });
  }
  ~Run() { node_.on_slice({}); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // Runs all tasks until none will be ready any more or the ticks are used up. The last slice gets what is left of
  // them, so that the result does not depend on the slices.
  void to_end(std::uint32_t slice, std::uint64_t ticks_max) {
    const InterruptCatcher catcher(InterruptCatcher::Catches::once);
    for (RunReport report;;) {
      out_of_ticks_ = ticks_max != 0 && used_ >= ticks_max;
      if (out_of_ticks_ || is_interrupted()) return;
      time_.signal(node_);
      const std::uint64_t left = ticks_max == 0 ? slice : ticks_max - used_;
      report = node_.run(time_.slice(static_cast<std::uint32_t>(std::min<std::uint64_t>(slice, left)), report.wake));
      used_ += report.ticks;
      if (!report.idle) continue;
      const Time next = are_all_over() ? never : std::min(report.wake, time_.next());
      if (next == never) return;
      std::fflush(stdout);
      time_.rest_until(next);
    }
  }

  bool is_out_of_ticks() const { return out_of_ticks_; }
  TaskLog& tasks() { return tasks_; }

  // Tells what is left to be said of the tasks; true when all ended well.
  bool report() {
    tasks_.note();
    if (out_of_ticks_)
      tasks_.tell_of_budget();
    else
      tasks_.tell_of_waits();
    return tasks_.is_good();
  }

 private:
  bool are_all_over() const {
    for (std::uint8_t index = 0; index < node_.engine().tasks; ++index)
      if (is_live(node_.task(index).state)) return false;
    return true;
  }

  sim::Node& node_;
  TaskLog tasks_;
  Timeline& time_;
  Observer* const observer_;
  std::uint64_t used_ = 0;
  bool out_of_ticks_ = false;
};

void print_stats(const sim::Node& node, const std::string& file, std::uint8_t index,
                 const std::vector<TaskReport>& started) {
  const TaskReport task = node.main_task(index);
  const FrameReport frame = node.frame(index);
  fmt::print(stderr, "{}: {} code={} data={} names={} instructions={} of {} before fusing\n", file,
             sim::ticks_and_digest(task), frame.code_bytes, frame.data_bytes, frame.names, frame.instructions,
             frame.source_instructions);
  for (const TaskReport& one : started)
    fmt::print(stderr, "{}: task {}: {} {}\n", file, one.id, sim::ticks_and_digest(one), state_of(node, one));
}

// What no source word stands for is the header of a word, but for the places at the begin where words return to.
void list_code(sim::Node& node, std::uint8_t frame) {
  const std::span<const std::uint8_t> code = node.code(frame);
  bool at_begin = true;
  for (std::uint32_t offset = 0; offset < code.size();) {
    char line[96];
    const std::uint32_t next = node.engine().disassemble(node.instance(), frame, offset, std::span<char>(line));
    const sim::Place place = node.place(frame, offset, 0);
    at_begin = at_begin && (offset == 0 || std::string_view(line) == "leave_frame");
    if (at_begin)
      fmt::print("{:6}  {:<40} \\ behind calls from outside\n", offset, line);
    else if (place.line == 0)
      fmt::print("{:6}  {:02x}\n", offset, code[offset]);
    else
      fmt::print("{:6}  {:<40} \\ {}:{}\n", offset, line, place.line, place.column);
    offset = place.line == 0 && !at_begin ? offset + 1 : next;
  }
}

// Programs behind those that they import from.
std::vector<std::string> files_of(std::vector<std::string> files, const std::vector<std::string>& programs) {
  files.insert(files.end(), programs.begin(), programs.end());
  refuse_second_standard_input(files);
  return files;
}

std::string profiles_with(std::string_view word) {
  std::string names;
  for (const Reference& one : references())
    if (one.find(word) != nullptr) names += (names.empty() ? "" : ", ") + std::string(one.profile);
  return names;
}

void prepare(sim::Node& node, const RunOptions& options) {
  node.on_output([](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  const Engine& engine = node.engine();
  if (!options.form.empty())
    node.choose_form(options.form);
  else if (options.stats || !options.snapshot.empty())  // only these make the digest
    node.choose_form(std::string(engine.forms[engine.default_form]) + "-observed");
  if (!options.snapshot.empty()) expect_snapshots(node, options.snapshot);
  if (!options.observe.flame.empty()) check_writable(options.observe.flame);
}

std::unique_ptr<Observer> observer_of(sim::Node& node, const RunOptions& options) {
  return options.observe.are_any() ? std::make_unique<Observer>(node, options.observe) : nullptr;
}

// To the end, or to where the ticks are used up. Returns the exit status.
int finish(sim::Node& node, const std::vector<sim::Source>& sources, Run& programs, const RunOptions& options,
           Observer* observer) {
  programs.to_end(options.slice, options.ticks_max);
  std::fflush(stdout);
  if (observer != nullptr) observer->finish();
  if (options.stats)
    for (std::size_t k = 0; k < sources.size(); ++k)
      print_stats(node, sources[k].file, static_cast<std::uint8_t>(k),
                  programs.tasks().started_tasks(static_cast<std::uint8_t>(k)));
  if (is_interrupted()) {
    const std::string lost = options.snapshot.empty() ? "" : fmt::format("; {} is not written", options.snapshot);
    say_as_error(fmt::format("mica: stopped by Ctrl-C{}\n", lost));
    end_by_interrupt();
  }
  if (options.snapshot.empty()) return programs.report() ? 0 : 1;
  if (programs.is_out_of_ticks()) {
    write_snapshot(node, sources, options.snapshot);
    return programs.tasks().is_good() ? 0 : 1;
  }
  fmt::print(stderr, "mica: {} is not written: the programs came to their end before\n", options.snapshot);
  return programs.report() ? 0 : 1;
}

}  // namespace

int run(const RunOptions& options) {
  const Engine& engine = find_engine(options.profile);
  const Io io(engine.cell_bits);
  const std::vector<std::string> files = files_of(options.with, options.files);
  check_outputs({options.snapshot, options.observe.trace, options.observe.flame}, files);
  Timeline time(options.virtual_time, options.events);
  sim::Node node(engine, machine_bytes(files), io.offer(), time.clock());
  prepare(node, options);
  std::vector<sim::Source> sources;
  const std::unique_ptr<Observer> observer = observer_of(node, options);
  Run programs(node, sources, time, observer.get());
  if (options.stats) programs.tasks().remember();
  for (const std::string& file : files) {
    if (sources.size() == options.with.size()) programs.to_end(options.slice, options.ticks_max);
    if (is_interrupted()) break;
    sources.push_back({file, {}});
    if (!compiles(node, sources.back(), options.fuse)) return 1;
  }
  time.let_events_come();
  return finish(node, sources, programs, options, observer.get());
}

int resume(const RunOptions& options) {
  const std::string& file = options.files.front();
  check_outputs({options.observe.trace, options.observe.flame}, options.files);
  const std::vector<std::byte> snapshot = read_snapshot(file);
  const Engine& engine = engine_of(snapshot, file);
  const Io io(engine.cell_bits);
  Timeline time(options.virtual_time, options.events);
  sim::Node node(engine, sim::Node::default_bytes + 8 * snapshot.size(), io.offer(), time.clock());
  prepare(node, options);
  std::vector<sim::Source> sources;
  take_up(node, snapshot, file, sources);
  const std::unique_ptr<Observer> observer = observer_of(node, options);
  Run programs(node, sources, time, observer.get());
  if (options.stats) programs.tasks().remember();
  programs.tasks().pass_over();
  time.let_events_come();
  return finish(node, sources, programs, options, observer.get());
}

int decompile(const DecompileOptions& options) {
  const Engine& engine = find_engine(options.profile);
  const Io io(engine.cell_bits);
  const std::vector<std::string> files = files_of(options.with, {options.file});
  const std::size_t bytes = machine_bytes(files);
  sim::Node node(engine, bytes, io.offer());
  node.on_output([](std::string_view) {});
  std::vector<sim::Source> sources;
  for (const std::string& file : files) {
    sources.push_back({file, {}});
    if (!compiles(node, sources.back(), options.fuse)) return 1;
  }
  const std::uint8_t frame = static_cast<std::uint8_t>(options.with.size());
  Timeline time(true, {});
  if (options.ticks != 0) Run(node, sources, time).to_end(RunOptions{}.slice, options.ticks);
  if (is_interrupted()) end_by_interrupt();
  std::string text;
  const auto append = [](void* context, const char* piece, std::size_t size) {
    static_cast<std::string*>(context)->append(piece, size);
  };
  const std::string_view error = engine.decompile(node.instance(), frame, {&text, append});
  if (error == "no_decompiler")
    throw std::runtime_error(
        fmt::format("{} cannot be decompiled in the profile {}, which lacks the word `preset` that "
                    "gives data back; {} can [{}]",
                    options.file, engine.profile, profiles_with("preset"), error));
  if (!error.empty()) throw std::runtime_error(fmt::format("{} cannot be decompiled [{}]", options.file, error));
  // Nobody gets a text that makes another frame.
  sim::Node again(engine, bytes, io.offer());
  sources.back().text = text;
  for (const sim::Source& source : sources) again.load(source.text, {.fuse = options.fuse});
  if (!std::ranges::equal(again.code(frame), node.code(frame)) ||
      !std::ranges::equal(again.data(frame), node.data(frame)))
    throw std::runtime_error(fmt::format("{} cannot be decompiled [text_differs]", options.file));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

int disassemble(const DisasmOptions& options) {
  const Engine& engine = find_engine(options.profile);
  const Io io(engine.cell_bits);
  const std::vector<std::string> files = files_of(options.with, {options.file});
  sim::Node node(engine, machine_bytes(files), io.offer());
  for (const std::string& file : files) {
    sim::Source source{file, {}};
    if (!compiles(node, source, options.fuse)) return 1;
  }
  list_code(node, static_cast<std::uint8_t>(options.with.size()));
  return 0;
}

}  // namespace mica::pc
