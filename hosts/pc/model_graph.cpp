#include "hosts/pc/model_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "hosts/pc/convert_steps.hpp"
#include "hosts/pc/progress.hpp"
#include "ml/import/dead_channels.hpp"
#include "ml/import/fuse.hpp"
#include "ml/import/graph_int8.hpp"
#include "ml/import/graph_ranges.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/tflite_reader.hpp"

namespace mica::pc {
namespace {

// The ranges are those that the graph has with the samples.
ml::Graph quantised(const ml::Graph& graph, const std::vector<ml::Sample>& samples, const GraphOptions& options) {
  std::vector<ml::Reals> inputs;
  for (const ml::Sample& sample : samples) inputs.push_back(inputs_of(sample, options));
  ProgressLine progress("calibration");
  const auto ranges = ml::find_ranges(graph, inputs, options.percentile,
                                      [&](std::size_t done, std::size_t all) { progress.show(done, all); });
  return ml::quantise_graph(graph, ranges);
}

}  // namespace

bool is_tflite(std::string_view bytes) { return bytes.size() >= 8 && bytes.substr(4, 4) == "TFL3"; }

bool is_perceptron(const ml::Graph& graph) {
  return std::all_of(graph.operators.begin(), graph.operators.end(), [](const ml::Operator& one) {
    switch (one.kind) {
      case ml::OperatorKind::fully_connected:
      case ml::OperatorKind::add:
      case ml::OperatorKind::relu:
      case ml::OperatorKind::sigmoid:
      case ml::OperatorKind::softmax:
      case ml::OperatorKind::reshape: return true;
      default: return false;
    }
  });
}

std::vector<double> inputs_of(const ml::Sample& sample, const GraphOptions& options) {
  std::vector<double> inputs = sample.features;
  for (double& one : inputs) one *= options.input_scale;
  return inputs;
}

ModelGraph make_graph(const std::string& file, std::string bytes, const GraphOptions& options) {
  ModelGraph model;
  model.origin = origin_of(file, bytes);
  model.bytes = std::move(bytes);
  try {
    const bool is_quantised = is_tflite(model.bytes);
    model.source = is_quantised ? ml::read_tflite(model.bytes, file) : ml::read_onnx_graph(model.bytes, file);
    if (!is_quantised) model.bytes = {};  // ONNX is unpacked, and takes memory of its own
    model.simple = model.source;
    ml::fuse(model.simple);
    model.dead_channels = ml::remove_dead_channels(model.simple);
    model.graph = model.simple;
    if (is_quantised) return model;
    if (model.graph.inputs.size() != 1)
      throw ml::ImportError(file,
                            fmt::format("the model has {} inputs; one can be converted", model.graph.inputs.size()),
                            "unsupported_graph");
    const bool has_samples = !options.calibrate.empty();
    const bool has_floats = options.arithmetic.empty() ? !has_samples : options.arithmetic == "float";
    if (!has_samples && !has_floats)
      throw std::invalid_argument("an ONNX model needs samples to be quantised: --calibrate FILE.csv");
    const std::size_t inputs = model.graph.tensor(model.graph.inputs[0]).elements();
    if (has_samples) model.samples = ml::read_samples(options.calibrate, inputs, options.labels);
    if (!has_floats) model.graph = quantised(model.simple, model.samples, options);
  } catch (const ml::GraphError& error) {
    throw ml::ImportError(file, error.sentence, error.name);
  }
  return model;
}

}  // namespace mica::pc
