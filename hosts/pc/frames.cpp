#include "hosts/pc/frames.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "hosts/pc/tokens.hpp"

namespace mica::pc {
namespace {

// A task that is over keeps its place until another is started, that of a main task stays.
unsigned tasks_to_start(const sim::Node& node) {
  unsigned count = 0;
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index) {
    const TaskReport task = node.task(index);
    count += task.state == TaskState::absent || (is_over(task.state) && !task.is_main);
  }
  return count;
}

std::vector<std::string> header_of(std::string_view text) {
  TokenScanner scanner;
  std::vector<std::string> tokens = scanner.feed(text.substr(0, text.find('\n')));
  for (std::string& last : scanner.feed("\n")) tokens.push_back(std::move(last));
  if (tokens.empty() || tokens[0] != "frame") tokens.clear();
  return tokens;
}

// The main task is told with its frame.
std::string list_of_tasks(const sim::Node& node, std::uint8_t frame) {
  std::string text;
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index) {
    const TaskReport task = node.task(index);
    if (task.state == TaskState::absent || task.owner != frame || task.is_main) continue;
    const sim::Place place = node.place(task.frame, task.offset, task.component);
    const std::string in = task.frame == task.owner ? "" : fmt::format(" of {}", node.frame(task.frame).name);
    // Where it has trapped. Else one that sleeps has come to the end of the word by which it does.
    const std::string_view how = task.state == TaskState::sleeping && task.trap == 0 ? ", then at" : " at";
    const std::string where = is_live(task.state) && place.line != 0
                                  ? fmt::format("{} {}:{}{}", how, place.line, place.column, in)
                                  : std::string{};
    text += fmt::format("  task {:<5} priority {:<3} {}{}\n", task.id, task.priority, state_of(node, task), where);
  }
  return text;
}

}  // namespace

std::string state_of(const sim::Node& node, const TaskReport& task) {
  switch (task.state) {
    case TaskState::absent: return "gone";
    case TaskState::ready: return "runs";
    case TaskState::ended: return "has ended";
    case TaskState::sleeping:
      if (task.trap == 0) return "sleeps";
      return fmt::format("begins anew behind [{}]", node.engine().trap_name(task.trap));
    case TaskState::waiting: return "waits";
    case TaskState::trapped: break;
  }
  const std::string_view trap = node.engine().trap_name(task.trap);
  return trap == "stopped" ? std::string(trap) : fmt::format("trapped [{}]", trap);
}

std::uint8_t find_frame(const sim::Node& node, std::string_view name) {
  for (std::uint8_t slot = node.memory().frames; slot-- > 0;)
    if (!node.code(slot).empty() && node.frame(slot).name == name) return slot;
  return CompileOptions::no_frame;
}

std::string list_of_frames(const sim::Node& node, std::uint8_t lines,
                           const std::map<std::uint8_t, sim::Source>& sources) {
  std::string text;
  const MemoryReport memory = node.memory();
  for (std::uint8_t slot = 0; slot < memory.frames; ++slot) {
    if (node.code(slot).empty()) continue;
    const FrameReport frame = node.frame(slot);
    const auto source = sources.find(slot);
    const std::string file = source == sources.end() ? "(no name)" : source->second.file;
    std::string name = frame.name.empty() ? file : fmt::format("{} {}", frame.name, frame.version);
    if (slot == lines) name = frame.name.empty() ? "(lines)" : name + " (lines)";
    text += fmt::format("{:<24} code {:<6} data {:<6} {}\n", name, frame.code_bytes, frame.data_bytes,
                        state_of(node, node.main_task(slot)));
    text += list_of_tasks(node, slot);
  }
  if (lines != CompileOptions::no_frame)
    text +=
        "Your lines are one frame. Unless they begin with a header it keeps half of the memory that was free, for\n"
        "lines to come; :unload (lines) gives that back, with all that they have defined.\n";
  return text + fmt::format("{} of {} bytes are free, {} of {} frames, {} of {} tasks\n", memory.free_bytes,
                            memory.bytes, memory.frames_free, memory.frames, tasks_to_start(node), memory.tasks);
}

std::string use_of(const sim::Node& node, std::uint8_t slot, const std::map<std::uint8_t, sim::Source>& sources) {
  const std::string_view name = node.frame(slot).name;
  for (const auto& [other, source] : sources)
    if (other != slot && imports_from(source.text, name))
      return fmt::format("the frame '{}' imports from '{}'; unload that one first", node.frame(other).name, name);
  return fmt::format("a frame imports from '{}'; unload that one first", name);
}

std::string stack_of(const sim::Node& node, std::uint8_t task) {
  static constexpr std::uint32_t cells_max = 16;
  const std::uint32_t depth = node.engine().depth(node.instance(), task);
  if (depth == 0) return {};
  const std::uint32_t shown = std::min(depth, cells_max);
  std::string text = depth > shown ? fmt::format("( {} more", depth - shown) : "(";
  for (std::uint32_t k = shown; k-- > 0;) text += fmt::format(" {}", node.engine().cell(node.instance(), task, k));
  return text + " )\n";
}

std::string name_in_header(std::string_view text) {
  const std::vector<std::string> tokens = header_of(text);
  return tokens.size() > 1 ? tokens[1] : std::string{};
}

bool imports_from(std::string_view text, std::string_view name) {
  const std::vector<std::string> tokens = header_of(text);
  for (std::size_t k = 3; k + 1 < tokens.size(); ++k)
    if (tokens[k] == "imports" && tokens[k + 1].starts_with(std::string(name) + ".")) return true;
  return false;
}

}  // namespace mica::pc
