#include "hosts/pc/convert_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hosts/pc/convert_steps.hpp"
#include "hosts/pc/engines.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/model_graph.hpp"
#include "hosts/pc/progress.hpp"
#include "ml/import/costs.hpp"
#include "ml/import/evaluate.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/graph_frame.hpp"
#include "sim/node.hpp"

namespace mica::pc {
namespace {

// Ticks of each block of the frame, in their order, of one prediction. They are the same in every profile, and do not
// depend on the numbers; the form of the interpreter that can see them is that of the profile node32.
std::vector<std::uint64_t> ticks_of_blocks(const std::string& text) {
  constexpr std::uint32_t slice = 1 << 20;
  std::vector<std::uint64_t> ticks;
  sim::Node node(find_engine("node32"), (std::size_t{1} << 20) + 2 * text.size());
  node.choose_form("traced");
  Hook hook;
  hook.group = "*layer";  // of int8 and of floats
  hook.when = static_cast<std::uint8_t>(Phase::after);
  hook.context = &ticks;
  hook.call = [](void* context, Call& call) {
    static_cast<std::vector<std::uint64_t>*>(context)->push_back(call.ticks);
    return Verdict::proceed;
  };
  node.engine().hook(node.instance(), hook);
  std::uint8_t task = 0;
  const bool loaded = node.load(text).error == 0;
  while (loaded && !node.run(slice).idle) {
  }
  if (loaded && node.engine().start(node.instance(), 0, "predict", {}, task))
    while (!node.run(slice).idle) {
    }
  node.engine().unhook(node.instance(), hook);
  return ticks;
}

void report(const ml::Graph& graph, const ml::GraphFrame& frame, const FrameReport& loaded) {
  const std::vector<std::uint64_t> blocks = ticks_of_blocks(frame.text);
  fmt::print(stderr, "{:>5}  {:<18} {:>14} {:>14} {:>10} {:>10} {:>10}  {}\n", "layer", "operator", "input", "output",
             "products", "constants", "ticks", "name");
  std::uint64_t products = 0, ticks = 0;
  std::size_t block = 0;
  for (const ml::GraphFrame::Layer& layer : frame.layers) {
    const ml::Operator& one = *layer.source;
    std::uint64_t own = 0;
    for (std::size_t k = 0; k < layer.words.size() && block < blocks.size(); ++k) own += blocks[block++];
    const ml::LayerCost cost = ml::cost_of(graph, one);
    products += cost.products;
    ticks += own;
    const auto shape = [&](int tensor) {
      return ml::shape_text(graph.tensors[static_cast<std::size_t>(tensor)].shape);
    };
    fmt::print(stderr, "{:>5}  {:<18} {:>14} {:>14} {:>10} {:>10} {:>10}  {}\n", one.index, ml::kind_name(one.kind),
               shape(one.inputs[0]), shape(one.outputs[0]), cost.products, layer.constant_bytes, own, one.name);
  }
  fmt::print(stderr, "work: {} products, {} ticks\n", products, ticks);
  fmt::print(stderr, "sizes: constants {} bytes, code {}, data {}, text {}\n", frame.constant_bytes, loaded.code_bytes,
             loaded.data_bytes, frame.text.size());
  fmt::print(stderr, "memory of all tensors: {} bytes; no plan needs less than {}\n", frame.arena.bytes,
             frame.arena.lower_bound);
}

// The classes that the model and the frame find for the samples of the calibration.
struct Agreement {
  std::size_t samples = 0, same = 0, model_hits = 0, frame_hits = 0;
};

std::size_t class_of(const std::vector<double>& scores) {
  if (scores.size() == 1) return scores[0] >= 0.5 ? 1 : 0;
  return static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

Agreement compare(const Engine& engine, const ConvertOptions& options, const ModelGraph& model,
                  const std::string& text) {
  Agreement result;
  ModelFrame frame(engine, {options.model, text}, 0);
  ProgressLine progress("comparison with the model");
  for (const ml::Sample& sample : model.samples) {
    const auto inputs = inputs_of(sample, options.graph);
    const auto values = ml::evaluate(model.source, {inputs});
    const std::size_t wanted = class_of(values[static_cast<std::size_t>(model.source.outputs[0])]);
    std::vector<double> scores;
    std::vector<std::int64_t> numbers;
    for (const double feature : sample.features)
      numbers.push_back(frame.input_scale().quantised(feature, frame.input_bits()));
    for (const std::int64_t number : frame.predict(numbers)) scores.push_back(frame.output_scale().real(number));
    const std::size_t found = class_of(scores);
    ++result.samples;
    result.same += found == wanted;
    result.model_hits += wanted == sample.label;
    result.frame_hits += found == sample.label;
    progress.show(result.samples, model.samples.size());
  }
  return result;
}

void report(const Agreement& agreement, bool labels) {
  if (agreement.samples == 0) return;
  fmt::print(stderr, "classes: both find the same for {} of these {} samples\n", agreement.same, agreement.samples);
  const auto accuracy = [&](std::size_t hits) {
    return fmt::format("{:.4f} ({} of {})", static_cast<double>(hits) / static_cast<double>(agreement.samples), hits,
                       agreement.samples);
  };
  if (labels)
    fmt::print(stderr, "accuracy: model {}, frame {}\n", accuracy(agreement.model_hits),
               accuracy(agreement.frame_hits));
}

}  // namespace

int convert_graph(const Engine& engine, const ConvertOptions& options, std::string bytes) {
  const ModelGraph model = make_graph(options.model, std::move(bytes), options.graph);
  const ml::GraphFrame frame = ml::write_graph_frame(
      model.graph,
      {.name = ml::frame_name(options.model), .origin = model.origin, .input_scale = options.graph.input_scale},
      options.model);
  sim::Node node(engine, (std::size_t{1} << 20) + 2 * frame.text.size());
  load_frame(node, frame.text, options);
  const Agreement agreement = compare(engine, options, model, frame.text);
  write_text(options.output, frame.text);
  report(model.graph, frame, node.frame(0));
  if (model.dead_channels != 0)
    fmt::print(stderr, "dead channels: {} are left out, which no result depends on\n", model.dead_channels);
  report(agreement, options.graph.labels);
  return 0;
}

}  // namespace mica::pc
