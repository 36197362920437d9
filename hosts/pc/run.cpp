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

// FILE:LINE:COLUMN: error: text [name]
void print_error(const std::string& file, std::uint32_t line, std::uint32_t column, std::string_view text,
                 std::string_view name) {
  std::fflush(stdout);
  fmt::print(stderr, "{}:{}:{}: error: {} [{}]\n", file, line, column, text, name);
}

bool load(sim::Node& node, const std::string& file, bool fuse) {
  const CompileStatus status = node.load(read_text(file), {.fuse = fuse});
  if (status.error == 0) return true;
  print_error(file, status.line, status.column, node.engine().error_text(status.error),
              node.engine().error_name(status.error));
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

// Tells what became of the task of one file; true when it ended.
bool report_task(const sim::Node& node, const std::string& file, std::uint8_t index) {
  const TaskReport task = node.task(index);
  if (task.state != TaskState::trapped) return task.state == TaskState::ended;
  const sim::Place place = node.place(task.frame, task.offset, task.component);
  print_error(file, place.line, place.column, node.engine().trap_text(task.trap), node.engine().trap_name(task.trap));
  return false;
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
  for (const std::string& file : options.files)
    if (!load(node, file, options.fuse)) return 1;

  const bool done = run_to_end(node, options);
  std::fflush(stdout);
  bool good = done;
  for (std::size_t k = 0; k < options.files.size(); ++k) {
    const std::uint8_t index = static_cast<std::uint8_t>(k);
    if (options.stats) print_stats(node, options.files[k], index);
    if (!done && node.task(index).state != TaskState::trapped) {
      const TaskReport task = node.task(index);
      const sim::Place place = node.place(task.frame, task.offset, 0);
      print_error(options.files[k], place.line, place.column, "the ticks are used up; give more with --ticks",
                  "budget");
    } else {
      good = report_task(node, options.files[k], index) && good;
    }
  }
  return good ? 0 : 1;
}

int disassemble(const DisasmOptions& options) {
  const Engine& engine = find_engine(options.profile);
  sim::Node node(engine);
  if (!load(node, options.file, options.fuse)) return 1;
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
