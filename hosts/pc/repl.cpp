#include "hosts/pc/repl.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/events.hpp"
#include "hosts/pc/frames.hpp"
#include "hosts/pc/hints.hpp"
#include "hosts/pc/interrupt.hpp"
#include "hosts/pc/io.hpp"
#include "hosts/pc/line_editor.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/open_text.hpp"
#include "hosts/pc/real_time.hpp"
#include "hosts/pc/task_log.hpp"
#include "hosts/pc/waits.hpp"
#include "hosts/pc/words.hpp"

namespace mica::pc {
namespace {

constexpr std::uint32_t slice = 100000;  // ticks between two looks at Ctrl-C
constexpr const char* commands =
    ":frames        lists the frames, what their tasks do, and the memory that is left\n"
    ":load FILE     loads a file, in the place of the frame of the same name if there is one; one without a\n"
    "               header has its file as name\n"
    ":unload NAME   takes a frame away; (lines) is that of the lines\n"
    ":event NUMBER  signals an event, 0 to 31\n"
    ":help          lists these; ? lists the words, ? WORD explains one\n";
constexpr Time patience = 1000000;  // microseconds that a line may wait for other tasks before the next one is read

// Does an error that is found at the end of a text say that the text goes on?
bool wants_more(std::string_view error) {
  return error == "unclosed_structure" || error.starts_with("unterminated_") || error.ends_with("_expected");
}

// What cannot be shown ends the session.
void flush() {
  if (std::fflush(stdout) == 0) return;
  const int reason = errno;
  std::clearerr(stdout);  // it is said once
  throw std::runtime_error("standard output: " + std::string(std::strerror(reason)));
}

class Session {
 public:
  Session(const ReplOptions& options, bool terminal)
      : with_(options.with),
        io_(find_engine(options.profile).cell_bits),
        clock_(real_time()),
        node_(find_engine(options.profile), machine_bytes(with_), io_.offer(), clock_),
        log_(
            node_, [this](std::uint8_t slot) -> const sim::Source& { return source_of(slot); },
            [this](const std::string& text) { tell(text); }),
        reference_(find_reference(options.profile)),
        open_text_(reference_),
        terminal_(terminal),
        lines_(terminal ? edited_lines([this] { return run_others(); }) : plain_lines()) {
    node_.on_output([this](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), stdout);
      at_begin_ = text.back() == '\n';
    });
    node_.on_slice([this](const RunReport&) { tell_of_traps(); });
  }

  // True when all was right.
  bool run() {
    if (!run_programs()) return false;
    if (terminal_)
      fmt::print(
          "Mica {}: ? lists the words, ? WORD explains one, :frames :load FILE :unload NAME are for frames,\n"
          ":event NUMBER signals an event, :help tells of these, Ctrl-C stops a program, Ctrl-D ends.\n",
          reference_.profile);
    for (std::string line;;) {
      switch (lines_->next(pending_.empty() ? "mica> " : "  ... ", line)) {
        case LineEvent::line: take(line); break;
        case LineEvent::interrupted: interrupt(); break;
        case LineEvent::end:
          if (!pending_.empty()) say(explain(node_, source_, node_.finish(), names_));
          if (is_line_live()) say("at the end " + what_the_line_waits_for());
          return all_right_ && log_.is_good();
      }
    }
  }

 private:
  // Forgets what was typed, and stops the line that waits, if there is one.
  void interrupt() {
    pending_.clear();
    if (!is_line_live()) return;
    interrupt_main(frame_);
    report();
  }

  // Those that are loaded before. False: a text is wrong.
  bool run_programs() {
    for (const std::string& file : with_) {
      sim::Source source{file, {}};
      const CompileStatus status = load(node_, source, {});
      if (status.error != 0) say(explain(node_, source, status));
      if (status.error != 0) return false;
      sources_[status.frame] = source;
    }
    for (const auto& [slot, source] : sources_) {
      execute(slot);
      report_trap(slot);
    }
    begin_line();
    return true;
  }

  // Behind a slice. Of the main task in the foreground is told when it is over.
  void tell_of_traps() {
    log_.note([this](const TaskReport& task) {
      return task.is_main && (task.owner == foreground_ || task.owner == frame_);
    });
    if (is_open() && frame_ != foreground_) report_trap(frame_);
  }

  // Of the main task of a frame. Who is stopped by a program has not failed.
  void report_trap(std::uint8_t slot) {
    const TaskReport task = node_.main_task(slot);
    if (task.state != TaskState::trapped || !log_.is_news(task)) return;
    const bool was_interrupted = slot == interrupted_;
    interrupted_ = CompileOptions::no_frame;
    if (was_interrupted || !was_killed(node_, task)) return say(trap_of(task));
    if (terminal_ && slot == frame_) tell("the program has stopped the line; the stack is empty now\n");
  }

  const sim::Source& source_of(std::uint8_t slot) const {
    const auto found = sources_.find(slot);
    return found == sources_.end() ? source_ : found->second;
  }
  std::string trap_of(const TaskReport& trapped) const {
    const bool is_line = trapped.is_main && trapped.owner == frame_;
    return node_.diagnose(source_of(trapped.frame), trapped) + (is_line ? "  the stack is empty now\n" : "");
  }

  void take(const std::string& line) {
    source_.text += line + "\n";
    ++line_number_;
    if (pending_.empty() && (asks_for_help(line) || is_command(line))) return;
    if (!is_open() && pending_.empty() && line.find_first_not_of(" \t\r") == std::string::npos) return;
    go_on_with_line();
    if (!compile(line + "\n")) return;
    execute(frame_);
    report();
  }

  // One that had to wait may have got what it waited for.
  void go_on_with_line() {
    if (!is_line_live()) return;
    execute(frame_);
    if (!is_line_live()) report();
  }

  CompileStatus begin() { return node_.begin({.keep_open = true, .extends = frame_, .first_line = first_line_}); }

  // False: the text is wrong, which has been said, or it goes on in the next line.
  bool compile(const std::string& line) {
    CompileStatus status;
    if (pending_.empty()) {
      first_line_ = line_number_;
      open_text_.begin();
      status = begin();
      status.line = first_line_;
    }
    pending_ += line;
    open_text_.add(line);
    if (status.error == 0) status = node_.feed(line);
    if (status.error == 0) {
      if (!open_text_.may_be_closed()) return false;
      status = node_.finish();
      if (status.error != 0 && wants_more(node_.engine().error_name(status.error))) {
        go_on(status);
        return false;
      }
    }
    const std::string text = std::exchange(pending_, {});
    const std::vector<std::string> defined = defined_names(text);
    if (status.error != 0) {
      std::vector<std::string> names = names_;
      names.insert(names.end(), defined.begin(), defined.end());
      say(explain(node_, source_, status, names) + advice_on(node_.engine().error_name(status.error)));
      return false;
    }
    names_.insert(names_.end(), defined.begin(), defined.end());
    if (!is_open()) header_ = text;
    frame_ = status.frame;
    log_.forget(node_.main_task(frame_));  // that of the line before
    return true;
  }

  // What a console can do about it.
  std::string advice_on(std::string_view error) const {
    if (error == "frame_busy") return "  " + what_the_line_waits_for();
    if (error != "header_not_first" || !is_open()) return {};
    return "  the lines have a frame already; behind `:unload (lines)` they can begin with a header\n";
  }

  // The compiler has given up the text because it is cut short: once more, for the lines that follow.
  void go_on(const CompileStatus& cut_short) {
    open_text_.goes_on(node_.engine().error_name(cut_short.error),
                       sim::word_at(source_, {cut_short.line, cut_short.column}));
    begin();
    node_.feed(pending_);
  }

  // Until the main task of the frame has come to its end, or goes on behind the next line, as all others do. That of a
  // file does so once it sleeps or waits, that of the lines when it waits for what may never come.
  void execute(std::uint8_t slot) {
    take_interrupt();  // one from before the program is not meant for it
    foreground_ = slot;
    std::uint64_t ticks = ~std::uint64_t{0};
    Time patient_until = never;
    while (is_live(node_.main_task(slot).state)) {
      const RunReport report = run_slice();
      if (take_interrupt()) interrupt_main(slot);
      const TaskReport task = node_.main_task(slot);
      if (task.ticks != ticks || goes_on_by_itself(task)) patient_until = clock_(0) + patience;
      ticks = task.ticks;
      if (!is_live(task.state) || is_for_later(task, patient_until)) break;
      if (!report.idle) continue;
      if (report.wake == never && (report.deadlock || report.polls)) stop_line();
      if (report.wake == never) break;
      sleep_until(std::min(report.wake, patient_until));
    }
    foreground_ = CompileOptions::no_frame;
    flush();
  }

  // One that is ready all the time has no turn beside more urgent ones.
  bool is_for_later(const TaskReport& task, Time patient_until) {
    if (task.state == TaskState::ready) return clock_(0) >= patient_until;
    if (task.owner != frame_) return true;
    if (goes_on_by_itself(task)) return false;
    return wait_of(node_, node_.frame(task.owner).task).is_event || clock_(0) >= patient_until;
  }

  bool goes_on_by_itself(const TaskReport& task) const {
    if (task.state == TaskState::ready) return false;
    return task.state != TaskState::waiting || wait_of(node_, node_.frame(task.owner).task).is_limited;
  }

  void interrupt_main(std::uint8_t slot) {
    if (!is_live(node_.main_task(slot).state)) return;
    interrupted_ = slot;
    node_.engine().stop(node_.instance(), node_.frame(slot).task);
  }

  // The line waits for what no task can do: nothing else would ever run. For an event it waits on.
  void stop_line() {
    const TaskReport line = is_open() ? node_.main_task(frame_) : TaskReport{};
    if (line.state != TaskState::waiting) return;
    say(sim::diagnostic(source_of(line.frame), node_.place(line.frame, line.offset, 0),
                        "this line waits for ever: no task can do what it waits for", "deadlock") +
        "  the stack is empty now\n");
    node_.engine().stop(node_.instance(), task());
    log_.is_news(node_.main_task(frame_));  // which has been told
  }

  RunReport run_slice() {
    const RunReport report = node_.run(slice);
    flush();
    return report;
  }

  // While the next line is awaited: runs what is ready, and returns for how long there is nothing to do.
  Time run_others() {
    const RunReport report = run_slice();
    if (!report.idle) return 0;
    if (report.wake == never) return never;
    const Time now = clock_(0);
    return report.wake > now ? report.wake - now : 0;
  }

  // What has become of the line.
  void report() {
    const TaskState state = node_.main_task(frame_).state;
    if (is_live(state)) return tell_of_wait();
    report_trap(frame_);
    if (!terminal_ || state == TaskState::trapped) return;
    begin_line();
    fmt::print("{}", stack_of(node_, task()));
  }

  // Scripts signal events on purpose.
  void tell_of_wait() {
    if (!terminal_ && wait_of(node_, task()).is_event) return;
    begin_line();
    flush();
    fmt::print(stderr, "{}", what_the_line_waits_for());
  }

  std::string what_the_line_waits_for() const {
    const Wait wait = wait_of(node_, task());
    if (wait.what.empty())
      return fmt::format("the line {} (`:unload (lines)` gives it up)\n", held_up_by(node_, node_.main_task(frame_)));
    const std::string how = wait.is_event ? fmt::format("`:event {}` signals it; ", wait.event) : std::string{};
    return fmt::format("the line waits for {} ({}`:unload (lines)` gives it up)\n", wait.what, how);
  }

  // `?` is no word of any profile.
  bool asks_for_help(const std::string& line) {
    std::istringstream tokens(line);
    std::string token, word;
    if (!(tokens >> token) || token != "?") return false;
    if (!(tokens >> word))
      fmt::print("{}", list_of_words(reference_));
    else if (reference_.find(word) != nullptr)
      fmt::print("{}", description_of(reference_, word));
    else if (std::find(names_.begin(), names_.end(), word) != names_.end())
      fmt::print("{} is a name of this program\n", word);
    else if (const std::string text = description_of_offer(io_.offer(), word); !text.empty())
      fmt::print("{}", text);
    else
      refuse(no_such_word(reference_, io_.offer(), word));
    return true;
  }

  // A word of the language would have a blank behind the colon, but for those that programs define.
  bool is_command(const std::string& line) {
    std::istringstream tokens(line);
    std::string command, what;
    tokens >> command >> std::ws;
    if (command.size() < 2 || command[0] != ':' || is_name(command)) return false;
    std::getline(tokens, what);  // the name of a file may have blanks
    what.erase(what.find_last_not_of(" \t\r") + 1);
    const bool has_name = !what.empty();
    if (command == ":help" && !has_name)
      fmt::print("{}", commands);
    else if (command == ":frames" && !has_name)
      fmt::print("{}", list_of_frames(node_, frame_, sources_));
    else if (command == ":load" && has_name && what != "-")
      load_file(what);
    else if (command == ":event" && has_name)
      signal(what);
    else if (command == ":unload" && has_name)
      unload(what);
    else
      refuse("write :frames, :load FILE, :unload NAME, :event NUMBER or :help");
    return true;
  }

  bool is_name(const std::string& word) const {
    return reference_.find(word) != nullptr || std::find(names_.begin(), names_.end(), word) != names_.end();
  }

  // In the place of the frame of the same name, if there is one and it is not that of the lines. One without a name is
  // that of its file.
  void load_file(const std::string& file) {
    sim::Source source;
    try {
      source = read_source(file);
    } catch (const std::runtime_error& error) {
      return refuse(error.what());
    }
    const std::string name = name_in_header(source.text);
    const std::uint8_t before = name.empty() ? frame_of_file(file) : find_frame(node_, name);
    if (is_open() && before == frame_)
      return refuse(fmt::format("your lines are the frame '{}'; `:unload (lines)` gives them up", name));
    const CompileStatus status = node_.load(source.text, {.replaces = before});
    if (status.error != 0) {
      const bool in_use = node_.engine().error_name(status.error) == "frame_in_use";
      return say(explain(node_, source, status) + (in_use ? fmt::format("  {}\n", use_of(before)) : std::string()));
    }
    forget_unloaded();
    log_.forget(status.frame);
    sources_[status.frame] = source;
    execute(status.frame);
    report_trap(status.frame);
    begin_line();
  }

  // That was loaded from it and has no name.
  std::uint8_t frame_of_file(const std::string& file) const {
    for (const auto& [slot, source] : sources_)
      if (source.file == file && node_.frame(slot).name.empty()) return slot;
    return CompileOptions::no_frame;
  }

  // By the name that :frames shows.
  std::uint8_t frame_called(const std::string& name) const {
    if (name == "(lines)") return frame_;
    const std::uint8_t slot = find_frame(node_, name);
    return slot == CompileOptions::no_frame ? frame_of_file(name) : slot;
  }

  // Lines that wait for it go on to their end, other tasks for a while; they have more time while lines are awaited.
  void signal(const std::string& number) {
    const std::optional<unsigned> event = event_of(number);
    if (!event) return refuse(no_event(number));
    node_.engine().signal(node_.instance(), *event);
    const bool goes_on = is_line_live();
    if (goes_on) execute(frame_);
    for (int slices = 100; slices > 0 && !run_slice().idle; --slices) {
    }
    if (goes_on) return report();
    begin_line();
  }

  void unload(const std::string& name) {
    const std::uint8_t slot = frame_called(name);
    const Unloading result = slot == CompileOptions::no_frame ? Unloading::no_frame : node_.unload(slot);
    if (result == Unloading::no_frame) refuse(fmt::format("there is no frame '{}'; :frames lists them", name));
    if (result == Unloading::in_use) refuse(use_of(slot));
    forget_unloaded();
  }

  // Which other frame imports from this one.
  std::string use_of(std::uint8_t slot) const {
    const std::string_view name = node_.frame(slot).name;
    if (is_open() && frame_ != slot && imports_from(header_, name))
      return fmt::format("the lines import from '{}'; `:unload (lines)` gives them up", name);
    return mica::pc::use_of(node_, slot, sources_);
  }

  // The lines begin anew when it is their frame that has gone.
  void forget_unloaded() {
    std::erase_if(sources_, [this](const auto& one) { return node_.code(one.first).empty(); });
    if (!is_open() || !node_.code(frame_).empty()) return;
    frame_ = CompileOptions::no_frame;
    names_.clear();
  }

  bool is_open() const { return frame_ != CompileOptions::no_frame; }
  bool is_line_live() const { return is_open() && is_live(node_.main_task(frame_).state); }
  std::uint8_t task() const { return node_.frame(frame_).task; }

  // On a terminal the output of programs, messages and prompts must not share a line.
  void begin_line() {
    if (terminal_ && !at_begin_) std::fputc('\n', stdout);
    at_begin_ = true;
  }

  void tell(const std::string& message) {
    begin_line();
    flush();
    std::fputs(message.c_str(), stderr);
  }

  void say(const std::string& message) {
    tell(message);
    all_right_ = false;
  }

  // Of what is no text of a program.
  void refuse(const std::string& why) {
    say(terminal_ ? fmt::format("error: {}\n", why) : fmt::format("-:{}: error: {}\n", line_number_, why));
  }

  const std::vector<std::string> with_;
  std::map<std::uint8_t, sim::Source> sources_;    // of these and of other frames, by their slots
  std::uint8_t frame_ = CompileOptions::no_frame;  // of the lines
  std::string header_;                             // the text with which that began
  const Io io_;
  const sim::Clock clock_;
  sim::Node node_;
  TaskLog log_;
  const Reference& reference_;
  OpenText open_text_;
  const bool terminal_;
  std::unique_ptr<LineReader> lines_;
  sim::Source source_{"-", {}};  // all lines that were read, for messages
  std::uint32_t line_number_ = 0;
  std::string pending_;           // the lines of the text that goes on
  std::uint32_t first_line_ = 1;  // of them
  std::vector<std::string> names_;
  std::uint8_t foreground_ = CompileOptions::no_frame;     // for whose main task the next line is not yet read
  std::uint8_t interrupted_ = CompileOptions::no_frame;    // whose main task Ctrl-C has stopped, until that is told
  bool at_begin_ = true;                                   // of a line of the output
  bool all_right_ = true;
};

}  // namespace

int repl(const ReplOptions& options) {
  const bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
  std::vector<std::string> read = options.with;
  read.emplace_back("-");  // the lines
  refuse_second_standard_input(read);
  const bool all_right = Session(options, terminal).run();
  return all_right || isatty(STDIN_FILENO) ? 0 : 1;
}

}  // namespace mica::pc
