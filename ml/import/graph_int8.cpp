#include "ml/import/graph_int8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "ml/import/graph_checks.hpp"

namespace mica::ml {
namespace {

bool is_weighted(OperatorKind kind) {
  return kind == OperatorKind::conv2d || kind == OperatorKind::depthwise_conv2d ||
         kind == OperatorKind::fully_connected;
}

// The result has the scale of what it is made of.
bool keeps_scale(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::average_pool:
    case OperatorKind::max_pool:
    case OperatorKind::pad:
    case OperatorKind::reshape:
    case OperatorKind::transpose:
    case OperatorKind::concat: return true;
    default: return false;
  }
}

// What a kernel gives, whatever the numbers.
std::optional<Quantisation> fixed_result(OperatorKind kind) {
  if (kind == OperatorKind::softmax || kind == OperatorKind::sigmoid) return Quantisation{{1.0f / 256}, {-128}, 0};
  if (kind == OperatorKind::tanh) return Quantisation{{1.0f / 128}, {0}, 0};
  return std::nullopt;
}

Quantisation quantisation_over(const Range& range) {
  constexpr double steps = 255, least_scale = 1e-30;
  const double low = std::min(range.low, 0.0), high = std::max(range.high, 0.0);
  const auto scale = static_cast<float>(std::max((high - low) / steps, least_scale));
  if (high == low) return {{1.0f}, {0}, 0};
  const double zero = std::round(-128 - low / static_cast<double>(scale));
  return {{scale}, {static_cast<std::int32_t>(std::clamp(zero, -128.0, 127.0))}, 0};
}

template <typename Number>
Number rounded(double number) {
  constexpr double low = std::numeric_limits<Number>::min(), high = std::numeric_limits<Number>::max();
  return static_cast<Number>(std::clamp(std::round(number), low, high));
}

class Quantising {
 public:
  Quantising(const Graph& graph, std::span<const Range> ranges) : graph_(graph), ranges_(ranges) {}

  Graph run();

 private:
  std::size_t root(std::size_t tensor);
  void find_scales();
  void quantise(Operator one);
  void quantise_weights(Operator& one);
  int constant(int index);
  int with_scale(int index, const Quantisation& q, const Operator& one);

  const Graph& graph_;
  const std::span<const Range> ranges_;
  Graph result_;
  std::vector<std::size_t> group_;  // of each tensor: one with which it shares its scale
  std::vector<Quantisation> scales_;
};

std::size_t Quantising::root(std::size_t tensor) {
  while (group_[tensor] != tensor) tensor = group_[tensor] = group_[group_[tensor]];
  return tensor;
}

// Of all that is computed. What shares a scale is taken together first.
void Quantising::find_scales() {
  const std::size_t count = graph_.tensors.size();
  group_.resize(count);
  std::iota(group_.begin(), group_.end(), std::size_t{0});
  std::vector<std::optional<Quantisation>> given(count);
  for (const auto& [index, q] : graph_.wanted)
    if (!graph_.tensor(index).is_constant()) given[static_cast<std::size_t>(index)] = q;
  for (const Operator& one : graph_.operators) {
    const auto y = static_cast<std::size_t>(one.outputs[0]);
    if (fixed_result(one.kind)) given[y] = fixed_result(one.kind);
    if (!keeps_scale(one.kind)) continue;
    for (const int index : one.inputs) {
      const auto x = static_cast<std::size_t>(index);
      // Of several that are joined, those that have a scale keep it and are brought to that of the result.
      if (graph_.tensors[x].is_constant()) continue;
      const std::size_t of_x = root(x), of_y = root(y);
      const bool may_share = one.kind != OperatorKind::concat || !given[of_x];
      if (of_x == of_y || !may_share || (given[of_x] && given[of_y])) continue;
      if (!given[of_x]) given[of_x] = given[of_y];
      group_[of_y] = of_x;
    }
  }
  std::vector<Range> ranges(count);
  std::vector<bool> is_known(count);
  for (std::size_t k = 0; k < count; ++k) {
    if (graph_.tensors[k].is_constant()) continue;
    const std::size_t of = root(k);
    ranges[of] = is_known[of]
                     ? Range{std::min(ranges[of].low, ranges_[k].low), std::max(ranges[of].high, ranges_[k].high)}
                     : ranges_[k];
    is_known[of] = true;
  }
  scales_.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t of = root(k);
    scales_[k] = given[k] ? *given[k] : given[of] ? *given[of] : quantisation_over(ranges[of]);
  }
}

// A constant that is computed with like a value: one scale.
int Quantising::constant(int index) {
  const Tensor& tensor = graph_.tensor(index);
  Range range;
  for (std::size_t k = 0; k < tensor.elements(); ++k) {
    const double number = static_cast<double>(tensor.element<float>(k));
    range = k == 0 ? Range{number, number} : Range{std::min(range.low, number), std::max(range.high, number)};
  }
  const auto found = graph_.wanted.find(index);
  const Quantisation q = found != graph_.wanted.end() ? found->second : quantisation_over(range);
  std::vector<std::int8_t> numbers(tensor.elements());
  for (std::size_t k = 0; k < numbers.size(); ++k)
    numbers[k] = rounded<std::int8_t>(static_cast<double>(tensor.element<float>(k)) / static_cast<double>(q.scales[0]) +
                                      q.zero_points[0]);
  const int quantised = result_.add_constant(tensor.name, tensor.shape, numbers);
  result_.tensor(quantised).quantisation = q;
  return quantised;
}

void Quantising::quantise_weights(Operator& one) {
  const Tensor weights = graph_.tensor(one.inputs[1]);
  const bool last = one.kind == OperatorKind::depthwise_conv2d, has_bias = one.inputs.size() > 2 && one.inputs[2] >= 0;
  const auto outputs = static_cast<std::size_t>(last ? weights.shape.back() : weights.shape[0]);
  const std::size_t count = weights.elements(), inner = count / outputs;
  const auto channel = [&](std::size_t k) { return last ? k % outputs : k / inner; };
  const auto x = static_cast<std::size_t>(one.inputs[0]), y = static_cast<std::size_t>(one.outputs[0]);
  const double input_scale = static_cast<double>(scales_[x].scales[0]);
  const auto weight = [&](std::size_t k) { return static_cast<double>(weights.element<float>(k)); };
  const auto bias = [&](std::size_t o) {
    return has_bias ? static_cast<double>(graph_.tensor(one.inputs[2]).element<float>(o)) : 0;
  };
  Quantisation q = {std::vector<float>(outputs), std::vector<std::int32_t>(outputs), last ? 3u : 0u};
  if (const auto found = graph_.wanted.find(one.inputs[1]); found != graph_.wanted.end()) {
    q = found->second;
    if (q.scales.size() == 1) q.axis = 0;
    if (std::any_of(q.zero_points.begin(), q.zero_points.end(), [](std::int32_t zero) { return zero != 0; }))
      throw GraphError{"has weights with a zero point other than 0; quantise them symmetrically", "bad_quantisation"};
  } else {
    std::vector<double> largest(outputs);
    for (std::size_t k = 0; k < count; ++k) largest[channel(k)] = std::max(largest[channel(k)], std::abs(weight(k)));
    constexpr double bias_max = 1 << 30;  // a sum keeps room beside it
    for (std::size_t o = 0; o < outputs; ++o) {
      const double scale = std::max(largest[o] / 127, std::abs(bias(o)) / input_scale / bias_max);
      // A channel of zeros: any scale does.
      q.scales[o] = static_cast<float>(scale > 0 ? scale : static_cast<double>(scales_[y].scales[0]) / input_scale);
    }
  }
  const auto scale_of = [&](std::size_t o) { return static_cast<double>(q.scales[q.scales.size() == 1 ? 0 : o]); };
  std::vector<std::int8_t> numbers(count);
  for (std::size_t k = 0; k < count; ++k)
    numbers[k] = std::max<std::int8_t>(rounded<std::int8_t>(weight(k) / scale_of(channel(k))), -127);
  std::vector<std::int32_t> biases(outputs);
  for (std::size_t o = 0; o < outputs; ++o) biases[o] = rounded<std::int32_t>(bias(o) / (input_scale * scale_of(o)));
  const std::string bias_name = has_bias ? graph_.tensor(one.inputs[2]).name : weights.name + " bias";
  one.inputs.resize(3, -1);
  one.inputs[1] = result_.add_constant(weights.name, weights.shape, numbers);
  result_.tensor(one.inputs[1]).quantisation = q;
  one.inputs[2] = result_.add_constant(bias_name, {static_cast<std::int64_t>(outputs)}, biases);
  Quantisation& of_bias = result_.tensor(one.inputs[2]).quantisation;
  for (const float scale : q.scales)
    of_bias.scales.push_back(static_cast<float>(input_scale * static_cast<double>(scale)));
  of_bias.zero_points.assign(q.scales.size(), 0);
}

// The numbers of a tensor with another scale: what comes before is brought to it.
int Quantising::with_scale(int index, const Quantisation& q, const Operator& one) {
  if (result_.tensor(index).quantisation == q) return index;
  Tensor tensor = result_.tensor(index);
  tensor.quantisation = q;
  tensor.data = {};
  result_.tensors.push_back(std::move(tensor));
  Operator rescale;
  rescale.kind = OperatorKind::quantise;
  rescale.name = one.name + " scale";
  rescale.index = one.index;
  rescale.inputs = {index};
  rescale.outputs = {static_cast<int>(result_.tensors.size()) - 1};
  result_.operators.push_back(rescale);
  return rescale.outputs[0];
}

void Quantising::quantise(Operator one) {
  if (one.kind == OperatorKind::relu6) {  // which would keep its scale
    one.kind = OperatorKind::clip;
    one.attributes.low = 0, one.attributes.high = 6;
  }
  if (is_weighted(one.kind)) quantise_weights(one);
  const std::size_t values = is_weighted(one.kind) ? 1 : one.inputs.size();
  const Quantisation& q = scales_[static_cast<std::size_t>(one.outputs[0])];
  for (std::size_t k = 0; k < values; ++k) {
    if (graph_.tensor(one.inputs[k]).is_constant()) one.inputs[k] = constant(one.inputs[k]);
    if (keeps_scale(one.kind)) one.inputs[k] = with_scale(one.inputs[k], q, one);
  }
  if (one.kind == OperatorKind::pad)
    one.attributes.pad_value =
        rounded<std::int8_t>(one.attributes.pad_value / static_cast<double>(q.scales[0]) + q.zero_points[0]);
  check_inputs(result_, one);
  if (infer_shape(result_, one) != result_.tensor(one.outputs[0]).shape)
    throw GraphError{"has another shape when it is quantised", "bad_shape"};
  check_result(result_, one);
  result_.operators.push_back(std::move(one));
}

Graph Quantising::run() {
  find_scales();
  result_ = graph_;
  result_.operators.clear();
  result_.wanted.clear();
  for (std::size_t k = 0; k < graph_.tensors.size(); ++k) {
    Tensor& tensor = result_.tensors[k];
    if (tensor.is_constant() || tensor.type != TensorType::float32) continue;
    tensor.type = TensorType::int8;
    tensor.quantisation = scales_[k];
  }
  for (const Operator& one : graph_.operators) {
    try {
      quantise(one);
    } catch (const GraphError& error) {
      throw GraphError{
          fmt::format("operator {}, {} '{}': {}", one.index, kind_name(one.kind), one.name, error.sentence),
          error.name};
    }
  }
  return std::move(result_);
}

}  // namespace

Graph quantise_graph(const Graph& graph, std::span<const Range> ranges) { return Quantising(graph, ranges).run(); }

}  // namespace mica::ml
