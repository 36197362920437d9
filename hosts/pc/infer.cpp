#include "hosts/pc/infer.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/model_frame.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/fixed_network.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/samples.hpp"

namespace mica::pc {
namespace {

using Cells = std::vector<std::int64_t>;

// The features of a sample in units; refused where they do not fit the elements of the input.
Cells cells_of(const ml::Sample& sample, const ml::SampleReader& reader, const ModelFrame& frame) {
  const double most = std::ldexp(1.0, static_cast<int>(frame.input_bits()) - 1) - 1;
  Cells cells;
  for (std::size_t k = 0; k < sample.features.size(); ++k) {
    const double feature = sample.features[k];
    if (std::abs(feature) * frame.input_scale() > most)
      throw ml::ImportError(reader.place_of(k),
                            fmt::format("{} is too large: times the input-scale of the frame, {}, it does not fit {} "
                                        "bits",
                                        feature, frame.input_scale(), frame.input_bits()),
                            "out_of_range");
    cells.push_back(ml::to_units(feature, frame.input_scale()));
  }
  return cells;
}

void print_outputs(std::span<const std::int64_t> outputs, std::size_t found, std::int32_t scale, bool raw) {
  std::string line = raw ? "" : fmt::format("{}", found);
  for (std::int64_t output : outputs) {
    if (!line.empty()) line += ' ';
    line += raw ? fmt::format("{}", output) : fmt::format("{:.6g}", static_cast<double>(output) / scale);
  }
  fmt::print("{}\n", line);
}

}  // namespace

int infer(const InferOptions& options) {
  const Engine& engine = find_engine(options.profile);
  refuse_second_standard_input({options.frame, options.input});
  ModelFrame frame(engine, read_source(options.frame), options.ticks_max);
  std::ifstream file;
  errno = 0;
  if (options.input != "-") {
    file.open(options.input, std::ios::binary);
    if (file) file.peek();
    if (errno != 0)
      throw ml::ImportError(options.input, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  ml::SampleReader reader(options.input == "-" ? std::cin : file, options.input, frame.inputs(), options.labels);
  std::size_t samples = 0, hits = 0;
  while (const std::optional<ml::Sample> sample = reader.next()) {
    const Cells outputs = frame.predict(cells_of(*sample, reader, frame));
    const std::size_t found = ml::class_of_units(outputs, frame.output_scale());
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
