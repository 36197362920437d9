#include "hosts/pc/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/load.hpp"
#include "hosts/pc/model_frame.hpp"
#include "hosts/pc/model_input.hpp"
#include "ml/import/evaluate.hpp"
#include "ml/import/graph_frame.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/model_file.hpp"

namespace mica::pc {
namespace {

using Numbers = std::vector<std::int32_t>;

// Of results in floats a step is this part of the largest of them, or of what is added up to them.
constexpr double float_step = 1e-5;

// How large the terms of the results are, if all have one sign.
ml::Reals terms_of(const ml::Graph& graph, ml::Operator one, std::vector<ml::Reals> inputs) {
  for (ml::Reals& input : inputs)
    for (double& number : input) number = std::abs(number);
  if (one.kind == ml::OperatorKind::sub) one.kind = ml::OperatorKind::add;
  if (one.kind == ml::OperatorKind::batch_norm)
    for (double& mean : inputs[3]) mean = -mean;
  one.attributes.activation = ml::Activation::none;
  return ml::evaluate(graph, one, inputs);
}

// The number in a cell: of floats it holds the bits.
double number_in(const ml::Tensor& tensor, std::int32_t cell) {
  return tensor.type == ml::TensorType::float32 ? static_cast<double>(std::bit_cast<float>(cell)) : cell;
}

// What rounding can make of a result: half a step, and a little for multipliers of 31 bits and sums that are rounded
// twice. Functions are approximated in fixed point; hard swish works with 16 bits.
double steps_allowed(ml::OperatorKind kind, const ml::Tensor& result) {
  if (result.type == ml::TensorType::float32) return 1;
  switch (kind) {
    case ml::OperatorKind::hard_swish: return 2.5;
    case ml::OperatorKind::sigmoid:
    case ml::OperatorKind::tanh:
    case ml::OperatorKind::softmax: return 1.1;
    default: return 0.75;
  }
}

// What a block has left in its field `output`.
struct Block {
  std::string word;
  Numbers output;
};

// The blocks of a prediction, in the order in which they were computed.
class BlockHook {
 public:
  explicit BlockHook(sim::Node& node) : node_(node) {
    hook_.group = "*layer";  // of int8 and of floats
    hook_.when = static_cast<std::uint8_t>(Phase::after);
    hook_.context = this;
    hook_.call = [](void* context, Call& call) {
      static_cast<BlockHook*>(context)->see(call);
      return Verdict::proceed;
    };
    node_.engine().hook(node_.instance(), hook_);
  }
  ~BlockHook() { node_.engine().unhook(node_.instance(), hook_); }

  std::vector<Block> blocks;

 private:
  void see(const Call& call) {
    Block block{std::string(call.word), {}};
    for (const OperandArray& one : call.arrays)
      for (std::uint32_t k = 0; one.field == "output" && k < one.view.count; ++k)
        block.output.push_back(ml::element(one.view, k));
    blocks.push_back(std::move(block));
  }

  sim::Node& node_;
  Hook hook_;
};

struct Difference {
  double steps = 0;  // largest, in steps of the result
  std::size_t element = 0;
  double expected = 0, found = 0;  // there, as numbers of the result
};

class Validation {
 public:
  Validation(const ml::Graph& graph, const ml::GraphFrame& model, const std::string& file)
      : graph_(graph), model_(model), file_(file), differences_(model.layers.size()) {}

  void compare(const ModelSample& sample, const std::vector<Block>& blocks);
  int report(std::size_t samples) const;

 private:
  const ml::Tensor& tensor(int index) const { return graph_.tensors[static_cast<std::size_t>(index)]; }
  std::string name_of(const ml::Operator& one) const {
    return fmt::format("layer {}, {} '{}'", one.index, ml::kind_name(one.kind), one.name);
  }
  void take_blocks(const std::vector<Block>& blocks, std::vector<Numbers>& values) const;
  void compare_layer(std::size_t layer, const std::vector<Numbers>& values);

  const ml::Graph& graph_;
  const ml::GraphFrame& model_;
  const std::string& file_;
  std::vector<Difference> differences_;
};

// What each layer has left. ImportError: the frame computes another thing than the model.
void Validation::take_blocks(const std::vector<Block>& blocks, std::vector<Numbers>& values) const {
  std::size_t block = 0;
  for (const ml::GraphFrame::Layer& layer : model_.layers) {
    const ml::Operator& one = *layer.source;
    Numbers& result = values[static_cast<std::size_t>(one.outputs[0])];
    if (layer.words.empty()) result = values[static_cast<std::size_t>(one.inputs[0])];
    for (const std::string& word : layer.words) {
      const std::string found = block < blocks.size() ? "`" + blocks[block].word + "`" : "nothing";
      if (block >= blocks.size() || blocks[block].word != word)
        throw ml::ImportError(file_,
                              fmt::format("{} is computed by `{}`, the frame has {} there", name_of(one), word, found),
                              "wrong_layer");
      result = blocks[block++].output;
    }
    if (result.size() != tensor(one.outputs[0]).elements())
      throw ml::ImportError(file_,
                            fmt::format("{} has {} results, the frame {}", name_of(one),
                                        tensor(one.outputs[0]).elements(), result.size()),
                            "wrong_layer");
  }
  if (block != blocks.size())
    throw ml::ImportError(file_, fmt::format("the frame goes on with `{}` behind the last layer", blocks[block].word),
                          "wrong_layer");
}

void Validation::compare_layer(std::size_t layer, const std::vector<Numbers>& values) {
  const ml::Operator& one = *model_.layers[layer].source;
  const ml::Tensor& result = tensor(one.outputs[0]);
  std::vector<ml::Reals> inputs;
  for (const int index : one.inputs) {
    ml::Reals reals;
    if (index >= 0 && tensor(index).is_constant()) reals = ml::reals_of(tensor(index));
    const Numbers empty, &numbers = index < 0 ? empty : values[static_cast<std::size_t>(index)];
    for (std::size_t k = 0; k < numbers.size(); ++k)
      reals.push_back(ml::real_of(tensor(index), k, number_in(tensor(index), numbers[k])));
    inputs.push_back(std::move(reals));
  }
  const ml::Reals expected = ml::evaluate(graph_, one, inputs);
  const Numbers& found = values[static_cast<std::size_t>(one.outputs[0])];
  const bool has_scale = !result.quantisation.scales.empty();
  double scale = has_scale ? static_cast<double>(result.quantisation.scales[0]) : 1;
  const bool is_real = result.type == ml::TensorType::float32;
  if (is_real) {
    scale = 1e-30;
    const ml::Reals terms = terms_of(graph_, one, inputs);
    for (const double number : terms) scale = std::max(scale, float_step * std::abs(number));
    for (const double number : expected) scale = std::max(scale, float_step * std::abs(number));
  }
  const double zero = has_scale ? result.quantisation.zero_points[0] : 0;
  Difference& worst = differences_[layer];
  for (std::size_t k = 0; k < expected.size(); ++k) {
    double number = expected[k] / scale + zero;
    if (result.type == ml::TensorType::int8) number = std::clamp(number, -128.0, 127.0);
    double has = number_in(result, found[k]);
    if (is_real) has /= scale;
    const double steps = std::abs(number - has);
    // What is no number is as wrong as can be.
    if (!(steps <= worst.steps))
      worst = {std::isnan(steps) ? INFINITY : steps, k, is_real ? expected[k] : number, is_real ? has * scale : has};
  }
}

void Validation::compare(const ModelSample& sample, const std::vector<Block>& blocks) {
  std::vector<Numbers> values(graph_.tensors.size());
  values[static_cast<std::size_t>(graph_.inputs[0])].assign(sample.numbers.begin(), sample.numbers.end());
  take_blocks(blocks, values);
  for (std::size_t layer = 0; layer < model_.layers.size(); ++layer) compare_layer(layer, values);
}

int Validation::report(std::size_t samples) const {
  fmt::print("{:>5}  {:<18} {:>14}  {}\n", "layer", "operator", "worst error", "name");
  const ml::Operator* wrong = nullptr;
  Difference first;
  for (std::size_t k = 0; k < model_.layers.size(); ++k) {
    const ml::Operator& one = *model_.layers[k].source;
    const bool is_wrong = differences_[k].steps > steps_allowed(one.kind, tensor(one.outputs[0]));
    if (is_wrong && wrong == nullptr) {
      wrong = &one;
      first = differences_[k];
    }
    fmt::print("{:>5}  {:<18} {:>9.3f} steps  {}{}\n", one.index, ml::kind_name(one.kind), differences_[k].steps,
               one.name, is_wrong ? "  <- wrong" : "");
  }
  if (wrong == nullptr) {
    fmt::print("All layers are right, over {} samples.\n", samples);
    return 0;
  }
  std::fflush(stdout);
  fmt::print(stderr, "{}: error: {} is wrong: element {} is {} where the model has {:.6g} [wrong_layer]\n", file_,
             name_of(*wrong), first.element, first.found, first.expected);
  return 1;
}

}  // namespace

namespace {

constexpr std::size_t simplified_samples = 5;  // are enough for what does not depend on them, and takes long

// The first layer whose results the fused and pruned graph has otherwise than the file has them; none: an empty text.
// Both are computed in real numbers. Where channels have been taken out, the layer behind them is held against it.
std::string first_difference(const ModelGraph& model, const ml::Reals& input) {
  const auto wanted = ml::evaluate(model.source, {input}), found = ml::evaluate(model.simple, {input});
  for (const ml::Operator& one : model.simple.operators) {
    const auto k = static_cast<std::size_t>(one.outputs[0]);
    if (k >= wanted.size() || wanted[k].size() != found[k].size()) continue;
    double largest = 0;
    for (const double number : wanted[k]) largest = std::max(largest, std::abs(number));
    for (std::size_t j = 0; j < wanted[k].size(); ++j)
      if (!(std::abs(wanted[k][j] - found[k][j]) <= 1e-4 * largest + 1e-9))
        return fmt::format(
            "layer {}, {} '{}' is wrong in the simplified model: element {} is {:.6g} where the file has {:.6g}",
            one.index, ml::kind_name(one.kind), one.name, j, found[k][j], wanted[k][j]);
  }
  return "";
}

}  // namespace

int validate(const ValidateOptions& options) {
  const ModelGraph source = make_graph(options.model, ml::read_model_file(options.model), options.graph);
  const ml::Graph& graph = source.graph;
  const ml::GraphFrame model = ml::write_graph_frame(graph, {.name = "model", .origin = ""}, options.model);
  ModelFrame frame(find_engine("node32"), read_source(options.frame), 0, "traced");
  if (frame.inputs() != graph.tensors[static_cast<std::size_t>(graph.inputs[0])].elements())
    throw ml::ImportError(options.frame,
                          fmt::format("takes {} numbers, the model {}", frame.inputs(),
                                      graph.tensors[static_cast<std::size_t>(graph.inputs[0])].elements()),
                          "wrong_layer");
  BlockHook hook(frame.node());
  ModelInput input(options.input, frame);
  Validation validation(graph, model, options.frame);
  std::size_t samples = 0;
  while (const std::optional<ModelSample> sample = input.next()) {
    hook.blocks.clear();
    frame.predict(sample->numbers);
    validation.compare(*sample, hook.blocks);
    if (samples++ >= simplified_samples) continue;
    ml::Reals reals;
    for (const std::int64_t number : sample->numbers)
      reals.push_back(frame.input_scale().real(number) * options.graph.input_scale);
    if (const std::string difference = first_difference(source, reals); !difference.empty())
      throw ml::ImportError(options.model, difference, "wrong_layer");
  }
  return validation.report(samples);
}

}  // namespace mica::pc
