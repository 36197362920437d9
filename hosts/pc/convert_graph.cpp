#include "hosts/pc/convert_graph.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "hosts/pc/convert_steps.hpp"
#include "hosts/pc/engines.hpp"
#include "ml/import/costs.hpp"
#include "ml/import/frame_writer.hpp"
#include "ml/import/graph_frame.hpp"
#include "ml/import/tflite_reader.hpp"
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
  hook.group = "layer";
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

}  // namespace

bool is_tflite(std::string_view bytes) { return bytes.size() >= 8 && bytes.substr(4, 4) == "TFL3"; }

int convert_tflite(const Engine& engine, const ConvertOptions& options, const std::string& bytes) {
  const ml::Graph graph = ml::read_tflite(bytes, options.model);
  const ml::GraphFrame frame = ml::write_graph_frame(
      graph, {.name = ml::frame_name(options.model), .origin = origin_of(options.model, bytes)}, options.model);
  sim::Node node(engine, (std::size_t{1} << 20) + 2 * frame.text.size());
  load_frame(node, frame.text, options);
  write_text(options.output, frame.text);
  report(graph, frame, node.frame(0));
  return 0;
}

}  // namespace mica::pc
