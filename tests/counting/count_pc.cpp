// Runs programs under callgrind, which counts the instructions of each part:
//
//   valgrind --tool=callgrind mica_count_pc PROGRAM...
//
// Each program is compiled as a line delivers it to a board and run to its end in every plain form. Around each of
// these parts the counters are cleared and dumped; the dumps are named "compile N" and "FORM N", N being the place of
// the program on the command line from 0. For each program one line says what it came to, alike in all forms:
//
//   N ticks=T source_instructions=S instructions=I output=...
#include <valgrind/callgrind.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include "jit/engine.hpp"

namespace mica {
const Engine& node32_engine();
}

namespace {

using namespace mica;

// As in hosts/stm32/firmware.cpp.
constexpr std::uint32_t slice_ticks = 1000;
constexpr std::size_t piece_max = 64;

// At the same place in all runs.
alignas(64) std::array<std::byte, 98304> instance_memory;

constexpr std::array<std::string_view, 2> forms = {"switch", "goto"};

struct Outcome {
  std::uint64_t ticks = 0;
  FrameReport frame;
  std::string output;
  bool operator==(const Outcome& other) const { return ticks == other.ticks && output == other.output; }
};

// Of the running program. As little work as possible: it is counted with the program.
struct Output {
  std::array<char, 1024> text;
  std::size_t size = 0;
} printed;

void collect_output(void*, const char* text, std::size_t size) {
  if (size > printed.text.size() - printed.size) return;
  std::memcpy(printed.text.data() + printed.size, text, size);
  printed.size += size;
}

std::string_view take_piece(std::string_view& text) {
  const std::size_t line = text.find('\n');
  const std::size_t size = std::min({text.size(), piece_max, line == text.npos ? text.npos : line + 1});
  const std::string_view piece = text.substr(0, size);
  text.remove_prefix(size);
  return piece;
}

void compile(const Engine& engine, Instance* instance, std::string_view text) {
  CompileStatus status = engine.begin(instance, {.fuse = true, .needs_trailer = true});
  while (status.error == 0 && !text.empty()) status = feed_all(engine, instance, take_piece(text));
  if (status.error == 0) status = finish_all(engine, instance);
  if (status.error != 0)
    throw std::runtime_error(std::to_string(status.line) + ":" + std::to_string(status.column) + ": " +
                             std::string(engine.error_text(status.error)));
}

std::string dump_name(std::string_view part, std::size_t number) {
  std::string name(part);
  name += ' ';
  return name += std::to_string(number);
}

Outcome count(const Engine& engine, std::string_view text, std::string_view form, std::size_t number) {
  instance_memory.fill(std::byte{0});
  printed.size = 0;
  Instance* instance = engine.create(instance_memory, {nullptr, collect_output, nullptr});
  const auto found = std::find(engine.forms.begin(), engine.forms.end(), form);
  if (instance == nullptr || found == engine.forms.end()) throw std::runtime_error("the engine lacks memory or a form");
  engine.choose_form(instance, static_cast<std::size_t>(found - engine.forms.begin()));
  const std::string compiled = dump_name("compile", number);
  const std::string ran = dump_name(form, number);

  CALLGRIND_ZERO_STATS;
  compile(engine, instance, text);
  if (form == forms.front()) CALLGRIND_DUMP_STATS_AT(compiled.c_str());

  CALLGRIND_ZERO_STATS;
  while (!engine.run(instance, slice_ticks).idle) {
  }
  CALLGRIND_DUMP_STATS_AT(ran.c_str());

  const TaskReport task = engine.task(instance, 0);
  if (task.state != TaskState::ended) throw std::runtime_error("trap " + std::string(engine.trap_name(task.trap)));
  return {task.ticks, engine.frame(instance, 0), std::string(printed.text.data(), printed.size)};
}

std::string escaped(std::string text) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += 2) text.replace(at, 1, "\\n");
  return text;
}

void count_file(const char* path, std::size_t number) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read the file");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  const Outcome outcome = count(node32_engine(), text, forms[0], number);
  for (std::size_t form = 1; form < forms.size(); ++form)
    if (!(count(node32_engine(), text, forms[form], number) == outcome))
      throw std::runtime_error("another outcome in the form " + std::string(forms[form]));
  std::printf("%zu ticks=%llu source_instructions=%u instructions=%u output=%s\n", number,
              static_cast<unsigned long long>(outcome.ticks), static_cast<unsigned>(outcome.frame.source_instructions),
              static_cast<unsigned>(outcome.frame.instructions), escaped(outcome.output).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  for (int k = 1; k < argc; ++k) {
    try {
      count_file(argv[k], static_cast<std::size_t>(k - 1));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "mica_count_pc: %s: %s\n", argv[k], error.what());
      return 1;
    }
  }
}
