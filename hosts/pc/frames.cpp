#include "hosts/pc/frames.hpp"

#include <fmt/format.h>

#include <vector>

#include "hosts/pc/tokens.hpp"

namespace mica::pc {
namespace {

std::string state_of(const sim::Node& node, const TaskReport& task) {
  switch (task.state) {
    case TaskState::absent: return "gone";
    case TaskState::ready: return "runs";
    case TaskState::ended: return "has ended";
    case TaskState::sleeping: return "sleeps";
    case TaskState::waiting: return "waits";
    case TaskState::trapped: break;
  }
  return fmt::format("trapped [{}]", node.engine().trap_name(task.trap));
}

}  // namespace

std::uint8_t find_frame(const sim::Node& node, std::string_view name) {
  for (std::uint8_t slot = node.memory().frames; slot-- > 0;)
    if (!node.code(slot).empty() && node.frame(slot).name == name) return slot;
  return CompileOptions::no_frame;
}

std::string list_of_frames(const sim::Node& node) {
  std::string text;
  const MemoryReport memory = node.memory();
  for (std::uint8_t slot = 0; slot < memory.frames; ++slot) {
    if (node.code(slot).empty()) continue;
    const FrameReport frame = node.frame(slot);
    const std::string name = frame.name.empty() ? "(no name)" : fmt::format("{} {}", frame.name, frame.version);
    text += fmt::format("{:<24} code {:<6} data {:<6} {}\n", name, frame.code_bytes, frame.data_bytes,
                        state_of(node, node.main_task(slot)));
  }
  return text + fmt::format("{} of {} bytes are free, {} of {} frames, {} of {} tasks\n", memory.free_bytes,
                            memory.bytes, memory.frames_free, memory.frames, memory.tasks_free, memory.tasks);
}

std::string name_in_header(std::string_view text) {
  TokenScanner scanner;
  std::vector<std::string> tokens = scanner.feed(text.substr(0, text.find('\n')));
  for (std::string& last : scanner.feed("\n")) tokens.push_back(std::move(last));
  return tokens.size() > 1 && tokens[0] == "frame" ? tokens[1] : std::string{};
}

}  // namespace mica::pc
