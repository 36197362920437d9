#include "hosts/pc/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include "hosts/pc/engines.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

bool load(sim::Node& node, const sim::Source& source, bool fuse) {
  const CompileStatus status = node.load(source.text, {.fuse = fuse});
  if (status.error == 0) return true;
  fmt::print(stderr, "{}", node.diagnose(source, status));
  return false;
}

// Runs all tasks in turn; false when the ticks were used up before. The last slice gets what is left of them.
bool run_to_end(sim::Node& node, const RunOptions& options) {
  std::uint64_t used = 0;
  for (RunReport report{.idle = false}; !report.idle;) {
    if (options.ticks_max != 0 && used >= options.ticks_max) return false;
    const std::uint64_t left = options.ticks_max == 0 ? options.slice : options.ticks_max - used;
    report = node.run(static_cast<std::uint32_t>(std::min<std::uint64_t>(options.slice, left)));
    used += report.ticks;
  }
  return options.ticks_max == 0 || used <= options.ticks_max;
}

// Tells what became of the task of one file; true when it ended. A last slice that ran over counts as used up, so that
// the answer does not depend on the slices.
bool report_task(const sim::Node& node, const sim::Source& source, std::uint8_t index, bool used_up) {
  const TaskReport task = node.task(index);
  if (task.state == TaskState::trapped)
    fmt::print(stderr, "{}", node.diagnose(source, task));
  else if (used_up)
    fmt::print(stderr, "{}",
               sim::diagnostic(source, node.place(task.frame, task.offset, 0),
                               "the ticks are used up; give more with --ticks", "budget"));
  return task.state == TaskState::ended && !used_up;
}

void print_stats(const sim::Node& node, const std::string& file, std::uint8_t index) {
  const TaskReport task = node.task(index);
  const FrameReport frame = node.frame(task.frame);
  fmt::print(stderr, "{}: ticks={} digest={:08x} code={} data={} names={} instructions={} of {} before fusing\n", file,
             task.ticks, task.digest, frame.code_bytes, frame.data_bytes, frame.names, frame.instructions,
             frame.source_instructions);
}

}  // namespace

std::string read_text(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  if (std::filesystem::is_directory(file)) throw std::runtime_error(file + ": is a directory");
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw std::runtime_error(file + ": cannot be read: " + std::strerror(errno));
  return text;
}

int run(const RunOptions& options) {
  const Engine& engine = find_engine(options.profile);
  sim::Node node(engine);
  node.on_output([](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  if (!options.form.empty())
    node.choose_form(options.form);
  else if (options.stats)  // only these make the digest
    node.choose_form(std::string(engine.forms[engine.default_form]) + "-observed");
  std::vector<sim::Source> sources;
  for (const std::string& file : options.files) {
    sources.push_back({file, read_text(file)});
    if (!load(node, sources.back(), options.fuse)) return 1;
  }
  const bool used_up = !run_to_end(node, options);
  std::fflush(stdout);
  bool good = true;
  for (std::size_t k = 0; k < sources.size(); ++k) {
    const std::uint8_t index = static_cast<std::uint8_t>(k);
    if (options.stats) print_stats(node, options.files[k], index);
    good = report_task(node, sources[k], index, used_up) && good;
  }
  return good ? 0 : 1;
}

int disassemble(const DisasmOptions& options) {
  const Engine& engine = find_engine(options.profile);
  sim::Node node(engine);
  if (!load(node, {options.file, read_text(options.file)}, options.fuse)) return 1;
  const std::size_t end = node.code(0).size();
  for (std::uint32_t offset = 0; offset < end;) {
    char line[96];
    const std::uint32_t next = engine.disassemble(node.instance(), 0, offset, std::span<char>(line));
    if (next == 0) break;
    const sim::Place place = node.place(0, offset, 0);
    // What no source word stands for is a header or constants.
    if (place.line == 0)
      fmt::print("{:6}  {:02x}\n", offset, node.code(0)[offset]);
    else
      fmt::print("{:6}  {:<40} \\ {}:{}\n", offset, line, place.line, place.column);
    offset = place.line == 0 ? offset + 1 : next;
  }
  return 0;
}

}  // namespace mica::pc
