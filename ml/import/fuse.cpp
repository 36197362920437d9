#include "ml/import/fuse.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

namespace mica::ml {
namespace {

bool is_weighted(OperatorKind kind) {
  return kind == OperatorKind::conv2d || kind == OperatorKind::depthwise_conv2d ||
         kind == OperatorKind::fully_connected;
}

using Pads = std::vector<std::array<std::int64_t, 2>>;

const Pads none_in_excess = {{0, 0}, {0, 0}, {0, 0}, {0, 0}};

// Padding by a window or more, as a pad of an image: layers want each window to reach the image.
Pads excess_of(const Window& window) {
  const auto excess = [](std::int64_t pad, std::int64_t kernel, std::int64_t dilation) {
    return std::max<std::int64_t>(0, pad - (kernel - 1) * dilation);
  };
  return {{0, 0},
          {excess(window.pad_top, window.kernel_height, window.dilation_height),
           excess(window.pad_bottom, window.kernel_height, window.dilation_height)},
          {excess(window.pad_left, window.kernel_width, window.dilation_width),
           excess(window.pad_right, window.kernel_width, window.dilation_width)},
          {0, 0}};
}

class Fusing {
 public:
  explicit Fusing(Graph& graph) : graph_(graph) {}

  void run();

 private:
  void find_uses();
  bool change_one();
  bool join_batch_norm(Operator& one);
  bool join_factor(Operator& one);
  bool join_activation(Operator& one);
  bool join_pad(Operator& one);
  bool find_hard_swish(Operator& one);
  bool join_reshape(Operator& one);
  bool drop_reshape(Operator& one);
  bool still_transpose(Operator& one);
  bool replace_batch_norm(Operator& one);
  bool part_pad(Operator& one);

  const Tensor& input(const Operator& one, std::size_t k) const { return graph_.tensor(one.inputs[k]); }
  Operator* producer(int tensor) const { return producers_[static_cast<std::size_t>(tensor)]; }
  Operator* only_before(const Operator& one, std::size_t k) const;
  bool is_said(int tensor) const { return graph_.wanted.count(tensor) != 0; }
  std::optional<std::vector<double>> channels(const Operator& one, std::size_t constant, std::size_t count) const;
  std::optional<double> number(const Operator& one, OperatorKind kind, int& other) const;
  void scale(Operator& weighted, const std::vector<double>& factors, const std::vector<double>& summands);
  void scale_as_norm(Operator& weighted, const Operator& norm);
  void take_over(Operator& from, Operator& into);
  void remove(Operator& one) { one.outputs.clear(); }

  Graph& graph_;
  std::vector<Operator*> producers_;  // of each tensor
  std::vector<std::size_t> uses_;     // of each tensor; an output of the graph counts
};

void Fusing::find_uses() {
  const auto gone = [](const Operator& one) { return one.outputs.empty(); };
  std::erase_if(graph_.operators, gone);
  for (;;) {  // what nobody takes
    uses_.assign(graph_.tensors.size(), 0);
    for (const Operator& one : graph_.operators)
      for (const int index : one.inputs)
        if (index >= 0) ++uses_[static_cast<std::size_t>(index)];
    for (const int index : graph_.outputs) ++uses_[static_cast<std::size_t>(index)];
    const auto before = graph_.operators.size();
    std::erase_if(graph_.operators,
                  [this](const Operator& one) { return uses_[static_cast<std::size_t>(one.outputs[0])] == 0; });
    if (graph_.operators.size() == before) break;
  }
  producers_.assign(graph_.tensors.size(), nullptr);
  for (Operator& one : graph_.operators) producers_[static_cast<std::size_t>(one.outputs[0])] = &one;
}

// Rules see what those before them have left, until none changes anything.
void Fusing::run() {
  do find_uses();
  while (change_one());
  bool changed = true;
  while (changed) {
    find_uses();
    changed = std::any_of(graph_.operators.begin(), graph_.operators.end(),
                          [this](Operator& one) { return replace_batch_norm(one) || part_pad(one); });
  }
}

bool Fusing::change_one() {
  for (std::size_t k = 0; k < graph_.operators.size(); ++k) {
    Operator& one = graph_.operators[k];
    if (one.outputs.empty()) continue;
    if (drop_reshape(one) || still_transpose(one) || join_reshape(one) || join_pad(one)) return true;
    if (graph_.tensor(one.outputs[0]).type != TensorType::float32) continue;
    if (join_batch_norm(one) || join_factor(one) || join_activation(one) || find_hard_swish(one)) return true;
  }
  return false;
}

// The operator that computes input k, when no one else takes its result.
Operator* Fusing::only_before(const Operator& one, std::size_t k) const {
  if (k >= one.inputs.size() || one.inputs[k] < 0) return nullptr;
  return uses_[static_cast<std::size_t>(one.inputs[k])] == 1 ? producer(one.inputs[k]) : nullptr;
}

// `into` computes what `from` did, right behind it.
void Fusing::take_over(Operator& from, Operator& into) {
  into.outputs = from.outputs;
  remove(from);
}

// A constant input as one number for each of the channels, which are the last axis of the other input.
std::optional<std::vector<double>> Fusing::channels(const Operator& one, std::size_t constant,
                                                    std::size_t count) const {
  const Tensor& tensor = input(one, constant);
  if (!tensor.is_constant() || tensor.type != TensorType::float32) return std::nullopt;
  const std::size_t elements = tensor.elements();
  if (elements != 1 && (elements != count || static_cast<std::size_t>(tensor.shape.back()) != count))
    return std::nullopt;
  std::vector<double> numbers(count);
  for (std::size_t k = 0; k < count; ++k) numbers[k] = tensor.element<float>(elements == 1 ? 0 : k);
  return numbers;
}

// result * factor + summand, for each channel of the result.
void Fusing::scale(Operator& weighted, const std::vector<double>& factors, const std::vector<double>& summands) {
  const Tensor weights = input(weighted, 1);
  const std::size_t outputs = factors.size(), count = weights.elements();
  const bool last = weighted.kind == OperatorKind::depthwise_conv2d;
  std::vector<float> turned(count), bias(outputs);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t channel = last ? k % outputs : k / (count / outputs);
    turned[k] = static_cast<float>(static_cast<double>(weights.element<float>(k)) * factors[channel]);
  }
  const bool has_bias = weighted.inputs.size() > 2 && weighted.inputs[2] >= 0;
  for (std::size_t k = 0; k < outputs; ++k) {
    const double before = has_bias ? static_cast<double>(input(weighted, 2).element<float>(k)) : 0;
    bias[k] = static_cast<float>(before * factors[k] + summands[k]);
  }
  const std::string name = has_bias ? input(weighted, 2).name : weights.name + " bias";
  const bool is_scaled = std::any_of(factors.begin(), factors.end(), [](double factor) { return factor != 1; });
  const auto finite = [](float number) { return std::isfinite(number); };
  if (!std::all_of(turned.begin(), turned.end(), finite) || !std::all_of(bias.begin(), bias.end(), finite))
    throw GraphError{"its weights, with those of the layer behind it, are beyond all floats", "not_finite"};
  weighted.inputs.resize(3, -1);
  if (is_scaled) weighted.inputs[1] = graph_.add_constant(weights.name, weights.shape, turned);
  weighted.inputs[2] = graph_.add_constant(name, {static_cast<std::int64_t>(outputs)}, bias);
}

void Fusing::scale_as_norm(Operator& weighted, const Operator& norm) {
  const std::size_t count = input(norm, 1).elements();
  std::vector<double> factors(count), summands(count);
  for (std::size_t k = 0; k < count; ++k) {
    const auto parameter = [&](std::size_t which) { return static_cast<double>(input(norm, which).element<float>(k)); };
    factors[k] = parameter(1) / std::sqrt(parameter(4) + static_cast<double>(norm.attributes.epsilon));
    summands[k] = parameter(2) - parameter(3) * factors[k];
  }
  scale(weighted, factors, summands);
}

// Of a layer whose weights may change: without an activation, not quantised by the file.
bool Fusing::join_batch_norm(Operator& one) {
  if (one.kind != OperatorKind::batch_norm) return false;
  Operator* before = only_before(one, 0);
  if (before == nullptr || !is_weighted(before->kind) || before->attributes.activation != Activation::none ||
      is_said(one.inputs[0]) || is_said(before->inputs[1]))
    return false;
  scale_as_norm(*before, one);
  take_over(one, *before);
  return true;
}

bool Fusing::join_factor(Operator& one) {
  const bool is_factor = one.kind == OperatorKind::mul;
  if (!is_factor && one.kind != OperatorKind::add && one.kind != OperatorKind::sub) return false;
  if (one.attributes.activation != Activation::none) return false;
  const std::size_t constant = input(one, 0).is_constant() ? 0 : 1;
  Operator* before = only_before(one, 1 - constant);
  if (before == nullptr || !is_weighted(before->kind) || before->attributes.activation != Activation::none ||
      is_said(before->outputs[0]))
    return false;
  const Shape& shape = graph_.tensor(before->outputs[0]).shape;
  const auto numbers = channels(one, constant, static_cast<std::size_t>(shape.back()));
  if (!numbers || graph_.tensor(one.outputs[0]).shape != shape) return false;
  std::vector<double> factors(numbers->size(), 1), summands(numbers->size(), 0);
  for (std::size_t k = 0; k < numbers->size(); ++k) {
    if (is_factor)
      factors[k] = (*numbers)[k];
    else if (one.kind == OperatorKind::add || constant == 0)
      summands[k] = (*numbers)[k];
    else
      summands[k] = -(*numbers)[k];
    if (one.kind == OperatorKind::sub && constant == 0) factors[k] = -1;
  }
  const bool is_scaled = is_factor || (one.kind == OperatorKind::sub && constant == 0);
  if (is_scaled && is_said(before->inputs[1])) return false;
  scale(*before, factors, summands);
  take_over(one, *before);
  return true;
}

bool Fusing::join_activation(Operator& one) {
  Activation activation = Activation::none;
  if (one.kind == OperatorKind::relu) activation = Activation::relu;
  if (one.kind == OperatorKind::relu6) activation = Activation::relu6;
  if (one.kind == OperatorKind::relu_n1_to_1) activation = Activation::relu_n1_to_1;
  if (activation == Activation::none) return false;
  Operator* before = only_before(one, 0);
  if (before == nullptr || before->attributes.activation != Activation::none || is_said(one.inputs[0])) return false;
  const bool may_have = is_weighted(before->kind) || before->kind == OperatorKind::add ||
                        before->kind == OperatorKind::sub || before->kind == OperatorKind::mul ||
                        before->kind == OperatorKind::average_pool || before->kind == OperatorKind::max_pool;
  if (!may_have) return false;
  before->attributes.activation = activation;
  take_over(one, *before);
  return true;
}

// `one` is a convolution: what it takes may have been padded with what it pads with itself.
bool Fusing::join_pad(Operator& one) {
  if (one.kind != OperatorKind::conv2d && one.kind != OperatorKind::depthwise_conv2d) return false;
  Operator* before = only_before(one, 0);
  if (before == nullptr || before->kind != OperatorKind::pad) return false;
  const auto& pads = before->attributes.pads;
  const Quantisation& q = input(*before, 0).quantisation;
  const double zero = q.zero_points.empty() ? 0 : q.zero_points[0];
  const std::array<std::int64_t, 2> none = {0, 0};
  if (pads.size() != 4 || pads[0] != none || pads[3] != none || before->attributes.pad_value != zero) return false;
  Window window = one.attributes.window;
  window.pad_top += pads[1][0], window.pad_bottom += pads[1][1];
  window.pad_left += pads[2][0], window.pad_right += pads[2][1];
  if (excess_of(window) != none_in_excess) return false;
  one.attributes.window = window;
  one.inputs[0] = before->inputs[0];
  remove(*before);
  return true;
}

// The other input of an operator with one constant number.
std::optional<double> Fusing::number(const Operator& one, OperatorKind kind, int& other) const {
  if (one.kind != kind || one.attributes.activation != Activation::none) return std::nullopt;
  for (std::size_t k = 0; k < 2; ++k) {
    const Tensor& tensor = input(one, k);
    if (!tensor.is_constant() || tensor.elements() != 1 || tensor.type != TensorType::float32) continue;
    other = one.inputs[1 - k];
    return static_cast<double>(tensor.element<float>(0));
  }
  return std::nullopt;
}

// x * clip(x * 1/6 + 1/2, 0, 1), or x * relu6(x + 3) * 1/6.
bool Fusing::find_hard_swish(Operator& one) {
  if (one.kind != OperatorKind::mul) return false;
  constexpr double sixth = 1.0 / 6, tolerance = 1e-6;
  const auto is = [](std::optional<double> number, double wanted) {
    return number && std::abs(*number - wanted) < tolerance;
  };
  int rest = 0, x = 0;
  Operator* product = &one;
  const bool divides_last = is(number(one, OperatorKind::mul, rest), sixth);
  if (divides_last) product = uses_[static_cast<std::size_t>(rest)] == 1 ? producer(rest) : nullptr;
  if (product == nullptr || product->kind != OperatorKind::mul || product->attributes.activation != Activation::none)
    return false;
  for (std::size_t k = 0; k < 2; ++k) {
    Operator* gate = only_before(*product, k);
    const int source = product->inputs[1 - k];
    if (gate == nullptr) continue;
    Operator* sum = nullptr;
    if (divides_last) {
      const bool activated = gate->kind == OperatorKind::add && gate->attributes.activation == Activation::relu6;
      if (gate->kind != OperatorKind::relu6 && !activated) continue;
      sum = activated ? gate : only_before(*gate, 0);
      if (sum == nullptr) continue;
      Operator plain = *sum;
      if (activated) plain.attributes.activation = Activation::none;
      if (!is(number(plain, OperatorKind::add, x), 3) || x != source) continue;
    } else {
      if (gate->kind != OperatorKind::clip || gate->attributes.low != 0 || gate->attributes.high != 1) continue;
      sum = only_before(*gate, 0);
      if (sum == nullptr || !is(number(*sum, OperatorKind::add, rest), 0.5)) continue;
      const Operator* scaled = uses_[static_cast<std::size_t>(rest)] == 1 ? producer(rest) : nullptr;
      if (scaled == nullptr || !is(number(*scaled, OperatorKind::mul, x), sixth) || x != source) continue;
    }
    one.kind = OperatorKind::hard_swish;
    one.inputs = {source};
    one.attributes = {};
    return true;
  }
  return false;
}

// A reshape of a reshape.
bool Fusing::join_reshape(Operator& one) {
  if (one.kind != OperatorKind::reshape) return false;
  const Operator* before = producer(one.inputs[0]);
  if (before == nullptr || before->kind != OperatorKind::reshape) return false;
  one.inputs[0] = before->inputs[0];
  return true;
}

// To the shape that it has already; the tensor stays when the graph gives it away.
bool Fusing::drop_reshape(Operator& one) {
  if (one.kind != OperatorKind::reshape || input(one, 0).shape != graph_.tensor(one.outputs[0]).shape) return false;
  const int from = one.inputs[0], to = one.outputs[0];
  if (std::find(graph_.outputs.begin(), graph_.outputs.end(), to) != graph_.outputs.end()) return false;
  for (Operator& other : graph_.operators) std::replace(other.inputs.begin(), other.inputs.end(), to, from);
  if (is_said(to)) graph_.wanted.emplace(from, graph_.wanted.at(to));
  remove(one);
  return true;
}

// A transposition that moves only axes of size 1.
bool Fusing::still_transpose(Operator& one) {
  if (one.kind != OperatorKind::transpose) return false;
  std::vector<std::size_t> long_axes;
  for (const std::size_t axis : one.attributes.permutation)
    if (input(one, 0).shape[axis] != 1) long_axes.push_back(axis);
  if (!std::is_sorted(long_axes.begin(), long_axes.end())) return false;
  one.kind = OperatorKind::reshape;
  one.attributes = {};
  one.attributes.shape = graph_.tensor(one.outputs[0]).shape;
  return true;
}

// What no layer could take: a depthwise convolution of 1x1 over an image of one row.
bool Fusing::replace_batch_norm(Operator& one) {
  if (one.kind != OperatorKind::batch_norm) return false;
  const Tensor x = input(one, 0), y = graph_.tensor(one.outputs[0]);
  const std::int64_t channels = x.shape.back(), cells = elements_of(x.shape) / channels;
  std::vector<float> ones(static_cast<std::size_t>(channels), 1);
  Operator layer = one;
  layer.kind = OperatorKind::depthwise_conv2d;
  layer.attributes = {};
  layer.inputs = {one.inputs[0], graph_.add_constant(one.name + " factors", {1, 1, 1, channels}, ones)};
  const bool is_image = x.shape.size() == 4 && x.shape[0] == 1;
  const auto computed = [&](const Shape& shape, const std::string& name) {
    Tensor tensor = y;
    tensor.name = name;
    tensor.shape = shape;
    graph_.tensors.push_back(tensor);
    return static_cast<int>(graph_.tensors.size()) - 1;
  };
  Operator before, behind;
  if (!is_image) {
    const Shape image = {1, 1, cells, channels};
    before = behind = one;
    before.kind = behind.kind = OperatorKind::reshape;
    before.attributes = behind.attributes = {};
    before.attributes.shape = image;
    before.inputs = {one.inputs[0]};
    before.outputs = {computed(image, x.name)};
    layer.inputs[0] = before.outputs[0];
    layer.outputs = {computed(image, y.name)};
    behind.attributes.shape = y.shape;
    behind.inputs = {layer.outputs[0]};
  }
  Operator norm = one;
  const auto at = graph_.operators.begin() + (&one - graph_.operators.data());
  scale_as_norm(layer, norm);
  *at = layer;
  if (!is_image) {
    const auto place = graph_.operators.insert(at, before);
    graph_.operators.insert(place + 2, behind);
  }
  return true;
}

// A convolution that is padded by more than its window: the rest becomes an operator in front of it.
bool Fusing::part_pad(Operator& one) {
  if (one.kind != OperatorKind::conv2d && one.kind != OperatorKind::depthwise_conv2d) return false;
  const Pads pads = excess_of(one.attributes.window);
  if (pads == none_in_excess) return false;
  Tensor padded = input(one, 0);
  padded.shape[1] += pads[1][0] + pads[1][1], padded.shape[2] += pads[2][0] + pads[2][1];
  Operator pad = one;
  pad.kind = OperatorKind::pad;
  pad.attributes = {};
  pad.attributes.pads = pads;
  pad.attributes.pad_value = padded.quantisation.zero_points.empty() ? 0 : padded.quantisation.zero_points[0];
  pad.inputs = {one.inputs[0]};
  graph_.tensors.push_back(std::move(padded));
  pad.outputs = {static_cast<int>(graph_.tensors.size()) - 1};
  Window& window = one.attributes.window;
  window.pad_top -= pads[1][0], window.pad_bottom -= pads[1][1];
  window.pad_left -= pads[2][0], window.pad_right -= pads[2][1];
  one.inputs[0] = pad.outputs[0];
  graph_.operators.insert(graph_.operators.begin() + (&one - graph_.operators.data()), std::move(pad));
  return true;
}

}  // namespace

void fuse(Graph& graph) { Fusing(graph).run(); }

}  // namespace mica::ml
