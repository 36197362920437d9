#include "hosts/pc/infer.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/model_frame.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/fixed_network.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/samples.hpp"

namespace mica::pc {
namespace {

using Cells = std::vector<std::int64_t>;

// Counts what the predictions come to.
struct Score {
  std::size_t samples = 0;
  std::size_t hits = 0;
};

// The features of a sample in units; refused where they do not fit a cell.
void add_cells(const ml::Sample& sample, const ml::SampleReader& reader, const ModelFrame& frame, unsigned cell_bits,
               Cells& cells) {
  const double cell_max = std::ldexp(1.0, static_cast<int>(cell_bits) - 1) - 1;
  for (std::size_t k = 0; k < sample.features.size(); ++k) {
    const double feature = sample.features[k];
    if (std::abs(feature) * frame.input_scale() > cell_max)
      throw ml::ImportError(reader.place_of(k),
                            fmt::format("{} is too large: times the input-scale of the frame, {}, it does not fit a "
                                        "cell of {} bits",
                                        feature, frame.input_scale(), cell_bits),
                            "out_of_range");
    cells.push_back(ml::to_units(feature, frame.input_scale()));
  }
}

void print_outputs(std::span<const std::int64_t> outputs, std::size_t found, std::int32_t scale, bool raw) {
  std::string line = raw ? "" : fmt::format("{}", found);
  for (std::int64_t output : outputs) {
    if (!line.empty()) line += ' ';
    line += raw ? fmt::format("{}", output) : fmt::format("{:.6g}", static_cast<double>(output) / scale);
  }
  fmt::print("{}\n", line);
}

// Reads, predicts and prints a batch; false at the end of the samples.
bool infer_batch(ModelFrame& frame, ml::SampleReader& reader, const InferOptions& options, unsigned cell_bits,
                 Score& score) {
  Cells cells;
  std::vector<std::size_t> labels;
  while (labels.size() < frame.batch()) {
    const std::optional<ml::Sample> sample = reader.next();
    if (!sample) break;
    add_cells(*sample, reader, frame, cell_bits, cells);
    labels.push_back(sample->label);
  }
  if (labels.empty()) return false;
  const Cells outputs = frame.predict(cells, options.ticks_max);
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const auto one = std::span(outputs).subspan(k * frame.outputs(), frame.outputs());
    const std::size_t found = ml::class_of<std::int64_t>(one, (frame.output_scale() + 1) / 2);
    print_outputs(one, found, frame.output_scale(), options.raw);
    ++score.samples;
    score.hits += found == labels[k];
  }
  return true;
}

}  // namespace

int infer(const InferOptions& options) {
  const Engine& engine = find_engine(options.profile);
  ModelFrame frame(engine, options.frame);
  std::ifstream file;
  errno = 0;
  if (options.input != "-") {
    file.open(options.input, std::ios::binary);
    if (file) file.peek();
    if (errno != 0)
      throw ml::ImportError(options.input, fmt::format("cannot be read: {}", std::strerror(errno)), "unreadable");
  }
  ml::SampleReader reader(options.input == "-" ? std::cin : file, options.input, frame.inputs(), options.labels);
  Score score;
  while (infer_batch(frame, reader, options, engine.cell_bits, score)) {
  }
  std::fflush(stdout);
  if (options.labels)
    fmt::print(stderr, "accuracy: {:.4f} ({} of {})\n",
               static_cast<double>(score.hits) / static_cast<double>(score.samples), score.hits, score.samples);
  fmt::print(stderr, "time: {:.1f} us per inference\n", frame.seconds() * 1e6 / static_cast<double>(score.samples));
  return 0;
}

}  // namespace mica::pc
