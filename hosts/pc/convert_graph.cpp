#include "hosts/pc/convert_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hosts/pc/boards.hpp"
#include "hosts/pc/convert_steps.hpp"
#include "hosts/pc/engines.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/model_graph.hpp"
#include "hosts/pc/progress.hpp"
#include "ml/import/costs.hpp"
#include "ml/import/evaluate.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/graph_frame.hpp"
#include "ml/import/graph_int8.hpp"
#include "ml/import/import_error.hpp"
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

std::string layer_text(const ml::Operator& one) {
  return fmt::format("layer {}, {} '{}'", one.index, ml::kind_name(one.kind), one.name);
}

// What it reads and writes.
std::size_t tensor_bytes(const ml::Graph& graph, const ml::Operator& one) {
  return graph.tensor(one.inputs[0]).bytes() + graph.tensor(one.outputs[0]).bytes();
}

// The layer with the most constants, and the one that needs the most memory for its tensors.
std::string largest_layers(const ml::Graph& graph, const ml::GraphFrame& frame) {
  const ml::GraphFrame::Layer *constants = &frame.layers[0], *memory = constants;
  for (const ml::GraphFrame::Layer& layer : frame.layers) {
    if (layer.constant_bytes > constants->constant_bytes) constants = &layer;
    if (tensor_bytes(graph, *layer.source) > tensor_bytes(graph, *memory->source)) memory = &layer;
  }
  return fmt::format("{} has {} of {} bytes of constants, {} reads and writes {} of {} bytes of memory",
                     layer_text(*constants->source), constants->constant_bytes, frame.constant_bytes,
                     layer_text(*memory->source), tensor_bytes(graph, *memory->source), frame.arena.bytes);
}

// What the board would need for the same model in int8; the ranges do not matter to that.
std::string int8_verdict(const Board& board, const ModelGraph& model, const std::string& file) {
  const std::vector<ml::Range> ranges(model.simple.tensors.size(), ml::Range{-1, 1});
  const ml::Graph graph = ml::quantise_graph(model.simple, ranges);
  const ml::GraphFrame frame = ml::write_graph_frame(graph, {.name = "model", .origin = ""}, file);
  const Fit fit = fit_on(board, frame.text);
  return fmt::format("in int8 it would have {} bytes of constants and {} of memory, and {}", frame.constant_bytes,
                     frame.arena.bytes, fit.fits ? fmt::format("fit: {} bytes of {}", fit.used, fit.bytes) : "not fit");
}

// Before a text is made of a model that is far too large.
void refuse_too_large(const Engine& engine, const ConvertOptions& options, const ml::Graph& graph) {
  const std::size_t memory = ml::plan_arena(graph).bytes;
  std::size_t constants = 0;
  const ml::Operator *most = &graph.operators[0], *largest = most;
  const auto weights_of = [&](const ml::Operator& one) {
    std::size_t bytes = 0;
    for (const int index : one.inputs)
      if (index >= 0 && graph.tensor(index).is_constant()) bytes += graph.tensor(index).bytes();
    return bytes;
  };
  for (const ml::Operator& one : graph.operators) {
    constants += weights_of(one);
    if (weights_of(one) > weights_of(*most)) most = &one;
    if (tensor_bytes(graph, one) > tensor_bytes(graph, *largest)) largest = &one;
  }
  const auto refuse = [&](const std::string& where) {
    throw ml::ImportError(options.model,
                          fmt::format("does not fit: its tensors take {} bytes of memory, most of it {} with {}, its "
                                      "constants {} bytes, most of them {} with {}; {}",
                                      memory, layer_text(*largest), tensor_bytes(graph, *largest), constants,
                                      layer_text(*most), weights_of(*most), where),
                          "does_not_fit");
  };
  if (memory > engine.data_bytes)
    refuse(fmt::format("a frame of the profile {} has {} bytes of memory", engine.profile, engine.data_bytes));
  if (options.board.empty()) return;
  const Board& board = find_board(options.board);
  if (memory + constants > board.instance_bytes)
    refuse(fmt::format("{} has {} bytes for both", board.name, board.instance_bytes - board.machine_bytes));
}

}  // namespace

int convert_graph(const Engine& engine, const ConvertOptions& options, std::string bytes) {
  const ModelGraph model = make_graph(options.model, std::move(bytes), options.graph);
  refuse_too_large(engine, options, model.graph);
  const ml::GraphFrame frame = ml::write_graph_frame(
      model.graph,
      {.name = ml::frame_name(options.model), .origin = model.origin, .input_scale = options.graph.input_scale},
      options.model);
  sim::Node node(engine, (std::size_t{1} << 20) + 2 * frame.text.size());
  load_frame(node, frame.text, options);
  const std::vector<std::string> boards = verdicts(options, frame.text, [&](const Board& board) {
    const bool has_floats = model.graph.tensor(model.graph.inputs[0]).type == ml::TensorType::float32;
    const std::string layers = largest_layers(model.graph, frame);
    return has_floats ? layers + "; " + int8_verdict(board, model, options.model) : layers;
  });
  const Agreement agreement = compare(engine, options, model, frame.text);
  write_text(options.output, frame.text);
  report(model.graph, frame, node.frame(0));
  if (model.dead_channels != 0)
    fmt::print(stderr, "dead channels: {} are left out, which no result depends on\n", model.dead_channels);
  report(agreement, options.graph.labels);
  for (const std::string& line : boards) fmt::print(stderr, "{}\n", line);
  return 0;
}

}  // namespace mica::pc
