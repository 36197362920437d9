#include "ml/import/dead_channels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <vector>

namespace mica::ml {
namespace {

using Channels = std::vector<bool>;

std::size_t size(std::int64_t number) { return static_cast<std::size_t>(number); }

// What happens to the channels of a tensor in an operator that takes it as its first input.
enum class Passage { ends, stops, passes };  // in weights; here, they must stay; one by one into the result

class Pruning {
 public:
  explicit Pruning(Graph& graph) : graph_(graph) {}

  std::size_t run();

 private:
  // From a layer to all that takes its channels.
  struct Path {
    std::vector<std::size_t> through;  // operators whose channels are those of the layer, behind it
    std::vector<std::size_t> ends;     // operators with weights for each channel
  };

  std::optional<Path> path_of(std::size_t layer) const;
  Passage passage(const Operator& one) const;
  Channels zeros_of(const Operator& one, const Channels* zeros_before) const;
  bool is_zero(const Operator& one, std::size_t channel) const;
  Channels unread(const Operator& end, std::size_t count) const;
  std::size_t prune(std::size_t layer);
  void keep(int& constant, std::size_t axis, const Channels& dead);
  void keep_parameters(Operator& one, std::size_t axis, const Channels& dead);

  Tensor& result(const Operator& one) { return graph_.tensor(one.outputs[0]); }
  const Tensor& result(const Operator& one) const { return graph_.tensor(one.outputs[0]); }
  const Tensor& input(const Operator& one, std::size_t k) const { return graph_.tensor(one.inputs[k]); }
  static bool has_bias(const Operator& one) { return one.inputs.size() > 2 && one.inputs[2] >= 0; }

  Graph& graph_;
};

std::size_t channels_of(const Tensor& tensor) { return tensor.shape.empty() ? 1 : size(tensor.shape.back()); }

Passage Pruning::passage(const Operator& one) const {
  const Tensor &x = input(one, 0), &y = result(one);
  switch (one.kind) {
    case OperatorKind::conv2d: return one.attributes.groups == 1 ? Passage::ends : Passage::stops;
    case OperatorKind::fully_connected:
      return x.shape.back() == input(one, 1).shape[1] ? Passage::ends : Passage::stops;
    case OperatorKind::depthwise_conv2d: return x.shape.back() == y.shape.back() ? Passage::passes : Passage::stops;
    case OperatorKind::relu:
    case OperatorKind::relu6:
    case OperatorKind::relu_n1_to_1:
    case OperatorKind::leaky_relu:
    case OperatorKind::max_pool:
    case OperatorKind::average_pool:
    case OperatorKind::mean_hw: return Passage::passes;
    case OperatorKind::reshape:  // of one cell, so that channels stay the last axis
      return x.elements() == channels_of(x) && channels_of(x) == channels_of(y) ? Passage::passes : Passage::stops;
    default: return Passage::stops;
  }
}

std::optional<Pruning::Path> Pruning::path_of(std::size_t layer) const {
  Path path;
  std::vector<int> tensors = {graph_.operators[layer].outputs[0]};
  for (std::size_t k = 0; k < tensors.size(); ++k) {
    if (std::find(graph_.outputs.begin(), graph_.outputs.end(), tensors[k]) != graph_.outputs.end())
      return std::nullopt;
    for (std::size_t j = layer + 1; j < graph_.operators.size(); ++j) {
      const Operator& one = graph_.operators[j];
      if (std::find(one.inputs.begin(), one.inputs.end(), tensors[k]) == one.inputs.end()) continue;
      const Passage passage = this->passage(one);
      if (passage == Passage::stops) return std::nullopt;
      if (passage == Passage::ends) {
        path.ends.push_back(j);
      } else {
        path.through.push_back(j);
        tensors.push_back(one.outputs[0]);
      }
    }
  }
  return path;
}

// Whether a channel of sums that are 0 becomes a real zero: its bias alone, as the kernel brings it to the result.
bool Pruning::is_zero(const Operator& one, std::size_t channel) const {
  if (!has_bias(one)) return true;
  const Tensor& bias = input(one, 2);
  // Nothing below 0 is left: by an activation, or because there are no integers for it.
  const std::vector<std::int32_t>& zero_points = result(one).quantisation.zero_points;
  const bool has_no_negatives = one.attributes.activation == Activation::relu ||
                                one.attributes.activation == Activation::relu6 ||
                                (zero_points.size() == 1 && zero_points[0] == -128);
  const double number = bias.type == TensorType::float32 ? static_cast<double>(bias.element<float>(channel))
                                                         : bias.element<std::int32_t>(channel);
  return has_no_negatives ? number <= 0 : number == 0;
}

// Of the results of a layer with weights, those that are real zeros whatever it takes. `zeros_before`: channels of the
// input that are, for a depthwise layer.
Channels Pruning::zeros_of(const Operator& one, const Channels* zeros_before) const {
  const Tensor& weights = input(one, 1);
  const std::size_t count = channels_of(result(one));
  const bool last = one.kind == OperatorKind::depthwise_conv2d;
  const std::size_t elements = weights.elements();
  Channels zeros(count, true);
  for (std::size_t k = 0; k < elements; ++k) {
    const bool is_zero_weight =
        weights.type == TensorType::float32 ? weights.element<float>(k) == 0 : weights.element<std::int8_t>(k) == 0;
    if (!is_zero_weight) zeros[last ? k % count : k / (elements / count)] = false;
  }
  for (std::size_t o = 0; o < count; ++o) {
    const bool is_fed_zeros = zeros_before != nullptr && (*zeros_before)[o];
    zeros[o] = (zeros[o] || is_fed_zeros) && is_zero(one, o);
  }
  return zeros;
}

// Channels for which the layer at the end of a path has nothing but zeros.
Channels Pruning::unread(const Operator& end, std::size_t count) const {
  const Tensor& weights = input(end, 1);
  Channels result(count, true);
  for (std::size_t k = 0, elements = weights.elements(); k < elements; ++k) {
    const bool is_zero_weight =
        weights.type == TensorType::float32 ? weights.element<float>(k) == 0 : weights.element<std::int8_t>(k) == 0;
    if (!is_zero_weight) result[k % count] = false;
  }
  return result;
}

// The constant without what is dead along an axis. Its scales along that axis go, too.
void Pruning::keep(int& constant, std::size_t axis, const Channels& dead) {
  const Tensor from = graph_.tensor(constant);
  const std::size_t bytes = element_bytes(from.type);
  std::size_t inner = bytes;
  for (std::size_t k = axis + 1; k < from.shape.size(); ++k) inner *= size(from.shape[k]);
  std::vector<std::byte> kept;
  const std::size_t count = dead.size();
  for (std::size_t k = 0; k * inner < from.data.size(); ++k)
    if (!dead[k % count])
      kept.insert(kept.end(), from.data.begin() + static_cast<std::ptrdiff_t>(k * inner),
                  from.data.begin() + static_cast<std::ptrdiff_t>((k + 1) * inner));
  Tensor to = from;
  to.shape[axis] -= std::count(dead.begin(), dead.end(), true);
  if (from.quantisation.scales.size() > 1 && from.quantisation.axis == axis) {
    to.quantisation.scales.clear(), to.quantisation.zero_points.clear();
    for (std::size_t k = 0; k < count; ++k) {
      if (dead[k]) continue;
      to.quantisation.scales.push_back(from.quantisation.scales[k]);
      to.quantisation.zero_points.push_back(from.quantisation.zero_points[k]);
    }
  }
  const std::span<std::byte> memory = graph_.own(kept.size());
  std::memcpy(memory.data(), kept.data(), kept.size());
  to.data = memory;
  graph_.tensors.push_back(std::move(to));
  constant = static_cast<int>(graph_.tensors.size()) - 1;
}

// Weights along an axis, and the bias.
void Pruning::keep_parameters(Operator& one, std::size_t axis, const Channels& dead) {
  keep(one.inputs[1], axis, dead);
  if (has_bias(one)) keep(one.inputs[2], input(one, 2).shape.size() - 1, dead);
}

std::size_t Pruning::prune(std::size_t layer) {
  Operator& one = graph_.operators[layer];
  if (one.kind != OperatorKind::conv2d && one.kind != OperatorKind::fully_connected) return 0;
  if (one.kind == OperatorKind::conv2d && one.attributes.groups != 1) return 0;
  const auto path = path_of(layer);
  if (!path || path->ends.empty()) return 0;
  const std::size_t count = channels_of(result(one));
  // Zeros of each tensor on the path, by the operator that computes it.
  std::vector<Channels> zeros(graph_.tensors.size());
  zeros[size(one.outputs[0])] = zeros_of(one, nullptr);
  for (const std::size_t k : path->through) {
    const Operator& next = graph_.operators[k];
    const Channels& before = zeros[size(next.inputs[0])];
    zeros[size(next.outputs[0])] = next.kind == OperatorKind::depthwise_conv2d ? zeros_of(next, &before) : before;
  }
  Channels dead(count, true);
  for (const std::size_t k : path->ends) {
    const Operator& end = graph_.operators[k];
    const Channels unread = this->unread(end, count), &zero = zeros[size(end.inputs[0])];
    for (std::size_t c = 0; c < count; ++c) dead[c] = dead[c] && (unread[c] || zero[c]);
  }
  if (std::find(dead.begin(), dead.end(), false) == dead.end()) dead[0] = false;
  const auto gone = static_cast<std::size_t>(std::count(dead.begin(), dead.end(), true));
  if (gone == 0) return 0;
  keep_parameters(one, 0, dead);
  const auto shrink = [&](Operator& any) { result(any).shape.back() -= static_cast<std::int64_t>(gone); };
  shrink(one);
  for (const std::size_t k : path->through) {
    Operator& next = graph_.operators[k];
    if (next.kind == OperatorKind::depthwise_conv2d) keep_parameters(next, 3, dead);
    if (next.kind == OperatorKind::reshape) next.attributes.shape.back() -= static_cast<std::int64_t>(gone);
    shrink(next);
  }
  for (const std::size_t k : path->ends) {
    Operator& end = graph_.operators[k];
    keep(end.inputs[1], end.kind == OperatorKind::conv2d ? 3 : 1, dead);
  }
  return gone;
}

// From the end: what nobody reads behind a layer makes channels in front of it dead, too.
std::size_t Pruning::run() {
  std::size_t all = 0;
  for (std::size_t k = graph_.operators.size(); k-- > 0;) all += prune(k);
  return all;
}

}  // namespace

std::size_t remove_dead_channels(Graph& graph) { return Pruning(graph).run(); }

}  // namespace mica::ml
