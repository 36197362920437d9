#include "hosts/pc/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "hosts/pc/convert_classic.hpp"
#include "hosts/pc/convert_graph.hpp"
#include "hosts/pc/convert_steps.hpp"
#include "hosts/pc/engines.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/outputs.hpp"
#include "ml/import/comparison.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/graph_network.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/onnx_classic.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/quantise.hpp"
#include "ml/import/samples.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

// All that the steps of a conversion hand on.
struct Conversion {
  ml::Network network;
  ml::FixedNetwork fixed;
  ml::Comparison comparison;
  ml::FrameNotes notes;
  std::string text;
  FrameReport frame;
  std::uint64_t ticks_most = 0;  // of one prediction
  double ticks_mean = 0;
};

bool compiles(const Engine& engine, std::string_view text) {
  sim::Node node(engine);
  return node.load(text).error == 0;
}

std::string accuracy(std::size_t hits, std::size_t samples) {
  return fmt::format("{:.4f} ({} of {})", static_cast<double>(hits) / static_cast<double>(samples), hits, samples);
}

std::vector<std::string> notes_of(const Conversion& conversion, const ConvertOptions& options, bool dropped_softmax) {
  const ml::Comparison& comparison = conversion.comparison;
  std::vector<std::string> notes;
  notes.push_back(
      fmt::format("Both find the same class for {} of these {}.", comparison.same_class, comparison.samples));
  if (options.graph.labels)
    notes.push_back(fmt::format("Accuracy: float {}, fixed point {}.",
                                accuracy(comparison.float_hits, comparison.samples),
                                accuracy(comparison.fixed_hits, comparison.samples)));
  if (dropped_softmax) notes.push_back("The scores are those before the softmax of the model, which was left out.");
  return notes;
}

// Compiles the text, as the profile will, and computes with the samples; tells how much that takes. What does not
// compile is not written.
void try_frame(const Engine& engine, const ConvertOptions& options, std::span<const ml::Sample> samples,
               Conversion& conversion) {
  // Constants are smaller than their text.
  sim::Node node(engine, (std::size_t{1} << 20) + 2 * conversion.text.size());
  load_frame(node, conversion.text, options);
  conversion.frame = node.frame(0);
  ModelFrame model(engine, {options.model, conversion.text}, 0);
  for (const ml::Sample& sample : samples) {
    const std::uint64_t before = model.ticks();
    model.predict(ml::inputs_of(conversion.fixed, sample));
    conversion.ticks_most = std::max(conversion.ticks_most, model.ticks() - before);
  }
  conversion.ticks_mean = static_cast<double>(model.ticks()) / static_cast<double>(samples.size());
}

void report(const Conversion& conversion, const Engine& engine) {
  const ml::Comparison& comparison = conversion.comparison;
  fmt::print(stderr, "{:<12} {:>12} {:>8} {:>10} {:>11} {:>11} {:>11}  {}\n", "layer", "shape", "weights", "units",
             "largest", "mean error", "worst error", "activation");
  std::size_t products = 0;
  for (std::size_t k = 0; k < conversion.fixed.stages.size(); ++k) {
    const ml::FixedStage& stage = conversion.fixed.stages[k];
    const ml::Difference& difference = comparison.stages[k];
    products += stage.weights.size();
    fmt::print(stderr, "{:<12} {:>12} {:>8} {:>10} {:>11.4g} {:>11.2g} {:>11.2g}  {}\n", stage.name,
               fmt::format("{} -> {}", stage.inputs, stage.outputs), ml::element_type(stage.weights), stage.units,
               difference.magnitude, difference.mean, difference.largest, ml::activation_names(stage));
  }
  fmt::print(stderr, "scales: input {} units for 1.0 of a feature, output {} for 1.0 of a score\n",
             conversion.fixed.input_scale, conversion.fixed.output_scale());
  fmt::print(stderr, "sizes: constants {} bytes, code {}, data {}, text {}\n",
             ml::constant_bytes(conversion.fixed, conversion.notes.tables, engine.cell_bits),
             conversion.frame.code_bytes, conversion.frame.data_bytes, conversion.text.size());
  fmt::print(stderr, "work: {} products, {:.0f} ticks for each of these samples, at most {}\n", products,
             conversion.ticks_mean, conversion.ticks_most);
  for (const std::string& note : conversion.notes.notes) fmt::print(stderr, "{}\n", note);
}

}  // namespace

int convert(const ConvertOptions& options) {
  const Engine& engine = find_engine(options.profile);
  if (options.output != "-") check_outputs({options.output}, {options.model, options.graph.calibrate});
  std::string bytes = ml::read_model_file(options.model);
  if (!is_tflite(bytes) && ml::is_classic_onnx(bytes)) return convert_classic(engine, options, bytes);
  if (is_tflite(bytes)) return convert_graph(engine, options, std::move(bytes));
  const std::string& arithmetic = options.graph.arithmetic;
  if (arithmetic != "fixed" && !(arithmetic.empty() && !options.graph.calibrate.empty()))
    return convert_graph(engine, options, std::move(bytes));
  ml::Graph graph = ml::read_onnx_graph(bytes, options.model);
  if (arithmetic.empty() && !is_perceptron(graph)) {
    graph = {};  // its memory is needed
    return convert_graph(engine, options, std::move(bytes));
  }
  if (options.graph.calibrate.empty()) throw std::invalid_argument("fixed point needs samples: --calibrate FILE.csv");
  Conversion conversion;
  conversion.network = ml::network_of(graph, options.model);
  const bool has_softmax =
      !conversion.network.layers.empty() && conversion.network.layers.back().operation == ml::Operation::softmax;
  if (options.logits && has_softmax) conversion.network.layers.pop_back();
  const auto samples = ml::read_samples(options.graph.calibrate, conversion.network.inputs, options.graph.labels);
  const ml::Calibration calibration = ml::calibrate(conversion.network, samples, options.graph.input_scale);
  conversion.fixed = ml::quantise(conversion.network, calibration,
                                  {.weight_bits = options.weights == "int8" ? 8u : 16u,
                                   .cell_bits = engine.cell_bits,
                                   .input_factor = options.graph.input_scale},
                                  options.model);
  conversion.comparison = ml::compare(conversion.network, conversion.fixed, samples);
  conversion.notes = {.name = ml::frame_name(options.model),
                      .origin = origin_of(options.model, bytes),
                      .notes = notes_of(conversion, options, options.logits && has_softmax),
                      .packed = options.packed,
                      .tables = compiles(engine, "table a int8 { 1 }")};
  if (options.packed && !conversion.notes.tables)
    throw std::invalid_argument("profile " + options.profile + " has no packed constants");
  conversion.text = ml::write_frame(conversion.fixed, conversion.comparison, conversion.notes);
  try_frame(engine, options, samples, conversion);
  const std::vector<std::string> boards = verdicts(options, conversion.text);
  write_text(options.output, conversion.text);
  report(conversion, engine);
  for (const std::string& line : boards) fmt::print(stderr, "{}\n", line);
  return 0;
}

}  // namespace mica::pc
