#include "hosts/pc/infer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <span>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/model_input.hpp"
#include "ml/import/comparison.hpp"

namespace mica::pc {
namespace {

// The index of the highest score, the first of equal ones; of a single one whether it is at least a half.
std::size_t class_of(std::span<const std::int64_t> outputs, const NumberScale& scale) {
  if (scale.scale != 0) return ml::class_of_units(outputs, scale.scale);
  if (outputs.size() == 1) return scale.real(outputs[0]) >= 0.5 ? 1 : 0;
  const auto is_less = [&scale](std::int64_t a, std::int64_t b) { return scale.real(a) < scale.real(b); };
  return static_cast<std::size_t>(std::max_element(outputs.begin(), outputs.end(), is_less) - outputs.begin());
}

void print_outputs(std::span<const std::int64_t> outputs, std::size_t found, const NumberScale& scale, bool raw) {
  std::string line = raw ? "" : fmt::format("{}", found);
  for (std::int64_t output : outputs) {
    if (!line.empty()) line += ' ';
    line += raw ? fmt::format("{}", output) : fmt::format("{:.6g}", scale.real(output));
  }
  fmt::print("{}\n", line);
}

}  // namespace

int infer(const InferOptions& options) {
  const Engine& engine = find_engine(options.profile);
  refuse_second_standard_input({options.frame, options.input});
  ModelFrame frame(engine, read_source(options.frame), options.ticks_max);
  ModelInput input(options.input, frame, options.labels);
  std::size_t samples = 0, hits = 0;
  while (const std::optional<ModelSample> sample = input.next()) {
    const std::vector<std::int64_t> outputs = frame.predict(sample->numbers);
    const std::size_t found = frame.class_number(class_of(outputs, frame.output_scale()));
    print_outputs(outputs, found, frame.output_scale(), options.raw);
    ++samples;
    hits += found == sample->label;
  }
  std::fflush(stdout);
  const double count = static_cast<double>(samples);
  if (options.labels)
    fmt::print(stderr, "accuracy: {:.4f} ({} of {})\n", static_cast<double>(hits) / count, hits, samples);
  fmt::print(stderr, "time: {:.1f} us and {:.0f} ticks per inference\n", frame.seconds() * 1e6 / count,
             static_cast<double>(frame.ticks()) / count);
  return 0;
}

}  // namespace mica::pc
