#include "hosts/pc/model_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "sim/input.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

constexpr std::uint32_t slice = 1 << 20;  // ticks

std::string read_text(const std::string& file) {
  sim::Input input(file);
  std::string text;
  for (std::string_view piece = input.next(); !piece.empty(); piece = input.next()) text += piece;
  return text;
}

// A header asks for as much code as the frame needs; what is added to it here needs more.
void forget_sizes(std::string& text) {
  if (text.rfind("frame ", 0) != 0) return;
  std::size_t end = 0;
  for (int token = 0; token < 3; ++token)
    end = std::min(text.find_first_of(" \n", text.find_first_not_of(' ', end)), text.size());
  const std::size_t line_end = std::min(text.find('\n', end), text.size());
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(end), text.begin() + static_cast<std::ptrdiff_t>(line_end), ' ');
}

std::vector<std::int64_t> numbers_of(const std::string& output) {
  std::vector<std::int64_t> numbers;
  const char* at = output.c_str();
  for (char* end = nullptr;; at = end) {
    const long long number = std::strtoll(at, &end, 10);
    if (end == at) return numbers;
    numbers.push_back(number);
  }
}

sim::SourceError failure(const std::string& file, const std::string& sentence, const char* name) {
  return sim::SourceError(fmt::format("{}: error: {} [{}]\n", file, sentence, name));
}

// Each on a line of its own, so that the line of an error tells which name is missing.
constexpr std::string_view names[] = {"input", "output", "input-scale", "output-scale", "predict"};
constexpr std::string_view describe =
    "input -1 cell+ @ .\n"
    "output -1 cell+ @ .\n"
    "input-scale .\n"
    "output-scale .\n"
    "predict\n";

}  // namespace

ModelFrame::ModelFrame(const Engine& engine, const std::string& file)
    : engine_(engine), source_{file, read_text(file)} {
  forget_sizes(source_.text);
  source_.text += '\n';
  lines_ = static_cast<std::size_t>(std::count(source_.text.begin(), source_.text.end(), '\n'));
  const std::vector<std::int64_t> found = run(std::string(describe), 0);
  if (found.size() != 4 || found[0] < 1 || found[1] < 1 || found[2] < 1 || found[3] < 1)
    throw failure(file, "is no model: its input, output or scales are not above 0, or it prints", "no_model");
  inputs_ = static_cast<std::size_t>(found[0]);
  outputs_ = static_cast<std::size_t>(found[1]);
  input_scale_ = static_cast<std::int32_t>(found[2]);
  output_scale_ = static_cast<std::int32_t>(found[3]);
}

// The numbers that the frame prints with some more text behind its own.
std::vector<std::int64_t> ModelFrame::run(const std::string& driver, std::uint64_t ticks_max) {
  const sim::Source source{source_.file, source_.text + driver};
  sim::Node node(engine_, (std::size_t{1} << 20) + 2 * source.text.size());
  const CompileStatus status = node.load(source.text);
  if (status.error != 0 && status.line <= lines_) throw sim::SourceError(node.diagnose(source, status));
  const std::size_t name = status.line - lines_ - 1;
  if (status.error != 0 && inputs_ == 0 && name < std::size(names))
    throw failure(source.file, fmt::format("is no model: it has no '{}'", names[name]), "no_model");
  if (status.error != 0)
    throw failure(source.file, fmt::format("has no room for samples: {}", engine_.error_text(status.error)), "no_room");
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t ticks = 0;
  for (RunReport report{.idle = false}; !report.idle;) {
    if (ticks_max != 0 && ticks >= ticks_max)
      throw failure(source.file, "the ticks are used up; give more with --ticks", "budget");
    report = node.run(slice);
    ticks += report.ticks;
  }
  seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (node.task(0).state == TaskState::trapped) throw sim::SourceError(node.diagnose(source, node.task(0)));
  return numbers_of(node.output());
}

std::size_t ModelFrame::batch() const { return std::max<std::size_t>(1, 1024 / inputs_); }

std::vector<std::int64_t> ModelFrame::predict(std::span<const std::int64_t> cells, std::uint64_t ticks_max) {
  std::string driver = fmt::format(": infer-one  predict  {} 0 do  output i cell+ @ .  loop ;\n", outputs_);
  for (std::size_t k = 0; k < cells.size(); ++k) {
    driver += fmt::format("{} input {} cell+ !\n", cells[k], k % inputs_);
    if (k % inputs_ + 1 == inputs_) driver += "infer-one\n";
  }
  const std::size_t samples = cells.size() / inputs_;
  std::vector<std::int64_t> outputs = run(driver, ticks_max * samples);
  if (outputs.size() != samples * outputs_) throw failure(source_.file, "prints while it computes", "no_model");
  return outputs;
}

}  // namespace mica::pc
