#include "hosts/pc/infer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/model_input.hpp"
#include "hosts/pc/progress.hpp"
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
    if (raw && scale.is_float)
      line += fmt::format("{}", std::bit_cast<float>(static_cast<std::int32_t>(output)));
    else
      line += raw ? fmt::format("{}", output) : fmt::format("{:.6g}", scale.real(output));
  }
  fmt::print("{}\n", line);
}

// How often samples of a class were taken for which.
class Confusion {
 public:
  void add(std::size_t label, std::size_t found) {
    ++counts_[{label, found}];
    classes_ = std::max({classes_, label + 1, found + 1});
  }
  void print() const;

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> counts_;
  std::size_t classes_ = 0;
};

void Confusion::print() const {
  constexpr std::size_t classes_max = 40;
  if (classes_ > classes_max) return fmt::print(stderr, "confusion: {} classes, which is too many to show\n", classes_);
  fmt::print(stderr, "confusion, a row for each class, a column for what it was taken for:\n      ");
  for (std::size_t k = 0; k < classes_; ++k) fmt::print(stderr, " {:>5}", k);
  for (std::size_t row = 0; row < classes_; ++row) {
    fmt::print(stderr, "\n{:>5}:", row);
    for (std::size_t column = 0; column < classes_; ++column) {
      const auto found = counts_.find({row, column});
      fmt::print(stderr, " {:>5}", found == counts_.end() ? 0 : found->second);
    }
  }
  fmt::print(stderr, "\n");
}

}  // namespace

int infer(const InferOptions& options) {
  const Engine& engine = find_engine(options.profile);
  if (options.confusion && !options.input.labels) throw std::invalid_argument("--confusion needs --labels");
  refuse_second_standard_input({options.frame, options.input.file});
  ModelFrame frame(engine, read_source(options.frame), options.ticks_max);
  ModelInput input(options.input, frame);
  std::size_t samples = 0, hits = 0;
  Confusion confusion;
  {
    ProgressLine progress("samples");
    const bool shows_progress = isatty(STDOUT_FILENO) == 0;  // otherwise the results tell
    while (const std::optional<ModelSample> sample = input.next()) {
      const std::vector<std::int64_t> outputs = frame.predict(sample->numbers);
      const std::size_t found = frame.class_number(class_of(outputs, frame.output_scale()));
      print_outputs(outputs, found, frame.output_scale(), options.raw);
      ++samples;
      hits += found == sample->label;
      if (sample->label) confusion.add(*sample->label, found);
      if (shows_progress) progress.show(samples, 0);
    }
  }
  std::fflush(stdout);
  const double count = static_cast<double>(samples);
  if (options.input.labels)
    fmt::print(stderr, "accuracy: {:.4f} ({} of {})\n", static_cast<double>(hits) / count, hits, samples);
  if (options.confusion) confusion.print();
  fmt::print(stderr, "time: {:.1f} us and {:.0f} ticks per inference\n", frame.seconds() * 1e6 / count,
             static_cast<double>(frame.ticks()) / count);
  return 0;
}

}  // namespace mica::pc
