#include "ml/import/graph_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mica::ml {
namespace {

[[noreturn]] void refuse(const std::string& sentence, const char* name) { throw GraphError{sentence, name}; }

bool has_input(const Operator& one, std::size_t k) { return k < one.inputs.size() && one.inputs[k] >= 0; }

const Tensor& input(const Graph& graph, const Operator& one, std::size_t k) {
  return graph.tensors[static_cast<std::size_t>(one.inputs[k])];
}

const Tensor& result(const Graph& graph, const Operator& one) {
  return graph.tensors[static_cast<std::size_t>(one.outputs[0])];
}

// What an operator takes. The first inputs are values or constants, those behind them constants, of which the last may
// lack when `least` is smaller than `most`.
struct Inputs {
  std::size_t least, most, values;
};

constexpr std::size_t inputs_max = 256;

Inputs inputs_of(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::conv2d:
    case OperatorKind::depthwise_conv2d:
    case OperatorKind::fully_connected: return {2, 3, 1};
    case OperatorKind::add:
    case OperatorKind::sub:
    case OperatorKind::mul:
    case OperatorKind::mat_mul: return {2, 2, 2};
    case OperatorKind::concat: return {1, inputs_max, inputs_max};
    case OperatorKind::batch_norm: return {5, 5, 1};
    default: return {1, 1, 1};
  }
}

bool is_weighted(OperatorKind kind) { return inputs_of(kind).most == 3; }

bool is_quantised(TensorType type) { return type == TensorType::int8 || type == TensorType::uint8; }

void check_type_of_x(const Operator& one, TensorType type) {
  bool fits = type == TensorType::float32 || type == TensorType::int8;
  std::string types = "float32 and int8";
  if (one.kind == OperatorKind::reshape) return;
  if (one.kind == OperatorKind::quantise) {
    fits = fits || type == TensorType::uint8;
    types = "float32, int8 and uint8";
  } else if (one.kind == OperatorKind::dequantise) {
    fits = is_quantised(type);
    types = "int8 and uint8";
  } else if (one.kind == OperatorKind::batch_norm) {
    fits = type == TensorType::float32;
    types = "float32";
  }
  if (!fits)
    refuse(fmt::format("works on {}; {} can be converted{}", type_name(type), types,
                       type == TensorType::int16 ? ": quantise the model to int8 activations" : ""),
           "unsupported_type");
}

void check_types_of_weights(const Graph& graph, const Operator& one, TensorType type) {
  const TensorType weights = input(graph, one, 1).type;
  if (type == TensorType::float32 && weights == TensorType::int8)
    refuse("has weights of int8 for float32 activations (a hybrid model); quantise the activations, too, or nothing",
           "unsupported_type");
  if (weights != type)
    refuse(fmt::format("has weights of {} for activations of {}", type_name(weights), type_name(type)),
           "unsupported_type");
  if (!has_input(one, 2)) return;
  const TensorType bias = input(graph, one, 2).type;
  if (bias != (type == TensorType::int8 ? TensorType::int32 : TensorType::float32))
    refuse(fmt::format("has a bias of {} for activations of {}", type_name(bias), type_name(type)), "unsupported_type");
}

std::int32_t lowest(TensorType type) { return type == TensorType::int8 ? -128 : 0; }

[[noreturn]] void refuse_quantisation(const std::string& sentence) { refuse(sentence, "bad_quantisation"); }

std::string quantisation_text(const Quantisation& q) {
  return q.scales.size() == 1 ? fmt::format("scale {}, zero point {}", q.scales[0], q.zero_points[0])
                              : fmt::format("{} scales", q.scales.size());
}

// A quantised tensor that is computed, or computed with: one scale.
void check_activation(const Tensor& tensor) {
  if (!is_quantised(tensor.type)) return;
  if (tensor.quantisation.scales.size() != 1)
    refuse_quantisation(fmt::format("'{}' is {} with {} scales; it needs one", tensor.name, type_name(tensor.type),
                                    tensor.quantisation.scales.size()));
  if (tensor.quantisation.scales[0] == 0) refuse_quantisation(fmt::format("'{}' has a scale of 0", tensor.name));
}

float scale_of(const Tensor& tensor) { return tensor.quantisation.scales[0]; }

// What integers are multiplied by, as m * 2^e: the shift to the left must not lose bits of a difference of two int8, or
// of a product of such. Of sums nothing is known; there e is at most 30.
constexpr double difference_factor_max = 1 << 23, product_factor_max = 1 << 15, sum_factor_max = 1 << 30;

void check_factor(double factor, double most) {
  if (!(std::abs(factor) < most))
    refuse_quantisation(fmt::format("multiplies integers by {:.4g} from its scales, which is too much", factor));
}

void check_bias(const Tensor& x, const Tensor& weights, const Tensor& bias) {
  const std::vector<float>& scales = bias.quantisation.scales;
  const std::vector<float>& factors = weights.quantisation.scales;
  if (scales.size() != factors.size() && scales.size() != 1)
    refuse_quantisation(fmt::format("has a bias with {} scales for weights with {}", scales.size(), factors.size()));
  for (std::int32_t zero : bias.quantisation.zero_points)
    if (zero != 0) refuse_quantisation(fmt::format("has a bias with a zero point of {}; it must be 0", zero));
  for (std::size_t k = 0; k < factors.size(); ++k) {
    const double product = static_cast<double>(scale_of(x)) * factors[k], scale = scales[scales.size() == 1 ? 0 : k];
    // The scale of the bias is that of the sums, but for rounding; of channels that are nothing but zeros it may
    // vanish.
    constexpr double tolerance = 1e-3;
    if (!(std::abs(scale - product) <= tolerance * product + std::numeric_limits<float>::min()))
      refuse_quantisation(
          fmt::format("has a bias with scale {:.6g} in channel {}; input and weights give {:.6g}", scale, k, product));
  }
}

void check_weights(const Graph& graph, const Operator& one) {
  const Tensor &x = input(graph, one, 0), &weights = input(graph, one, 1);
  const Quantisation& q = weights.quantisation;
  const std::size_t axis = one.kind == OperatorKind::depthwise_conv2d ? 3 : 0;
  if (q.scales.empty()) refuse_quantisation("has weights of int8 without a scale");
  if (q.scales.size() > 1 && q.axis != axis)
    refuse_quantisation(fmt::format("has weights with scales along axis {}; they must be along {}", q.axis, axis));
  for (std::int32_t zero : q.zero_points)
    if (zero != 0) refuse_quantisation(fmt::format("has weights with a zero point of {}; it must be 0", zero));
  for (float scale : q.scales)
    check_factor(static_cast<double>(scale_of(x)) * scale / scale_of(result(graph, one)), sum_factor_max);
  if (has_input(one, 2)) check_bias(x, weights, input(graph, one, 2));
}

void need_same(const Tensor& x, const Tensor& result) {
  constexpr float tolerance = 1e-6f;
  const Quantisation &a = x.quantisation, &b = result.quantisation;
  const bool same = a.scales.size() == b.scales.size() && a.zero_points == b.zero_points &&
                    (a.scales.size() != 1 || std::abs(a.scales[0] - b.scales[0]) <= tolerance * a.scales[0]);
  if (!same)
    refuse_quantisation(fmt::format("takes '{}' with {} and gives {}; both must be the same", x.name,
                                    quantisation_text(a), quantisation_text(b)));
}

// What the tables and shifts of the kernel are made for.
void need_result(const Tensor& result, float scale, std::int32_t zero_point) {
  if (scale_of(result) != scale || result.quantisation.zero_points[0] != zero_point)
    refuse_quantisation(fmt::format("gives {}; it must be scale {}, zero point {}",
                                    quantisation_text(result.quantisation), scale, zero_point));
}

void check_sum(const Tensor& a, const Tensor& b, const Tensor& result) {
  const double largest = std::max(scale_of(a), scale_of(b));
  constexpr double head_room = 1 << 19;  // both are shifted by 20 bits and have twice the larger scale
  if (largest >= head_room * scale_of(result))
    refuse_quantisation(fmt::format("adds numbers of scale {:.6g} to get {:.6g}", largest, scale_of(result)));
}

// Operators on quantised numbers.
void check_arithmetic(const Graph& graph, const Operator& one) {
  const Tensor &x = input(graph, one, 0), &y = result(graph, one);
  const double factor = static_cast<double>(scale_of(x)) / scale_of(y);
  switch (one.kind) {
    case OperatorKind::add:
    case OperatorKind::sub: check_sum(x, input(graph, one, 1), y); break;
    case OperatorKind::mul:
    case OperatorKind::mat_mul: check_factor(factor * scale_of(input(graph, one, 1)), product_factor_max); break;
    case OperatorKind::average_pool:
    case OperatorKind::max_pool:
    case OperatorKind::pad:
    case OperatorKind::transpose:
    case OperatorKind::relu6: need_same(x, y); break;
    case OperatorKind::concat:
      for (std::size_t k = 0; k < one.inputs.size(); ++k) need_same(input(graph, one, k), y);
      break;
    case OperatorKind::softmax:
    case OperatorKind::sigmoid: need_result(y, 1.0f / 256, -128); break;
    case OperatorKind::tanh: need_result(y, 1.0f / 128, 0); break;
    case OperatorKind::hard_swish:
      if (!(factor < 128)) refuse_quantisation(fmt::format("gives a scale that is {:.4g} times smaller", factor));
      break;
    case OperatorKind::leaky_relu:
      check_factor(factor, difference_factor_max);
      check_factor(factor * one.attributes.alpha, difference_factor_max);
      break;
    case OperatorKind::conv2d:
    case OperatorKind::depthwise_conv2d:
    case OperatorKind::fully_connected: check_weights(graph, one); break;
    default: check_factor(factor, difference_factor_max);
  }
}

}  // namespace

void check_tensor(const Tensor& tensor) {
  if (elements_of(tensor.shape) < 0) refuse(fmt::format("has shape {}", shape_text(tensor.shape)), "bad_shape");
  if (tensor.is_constant() && tensor.data.size() != tensor.bytes())
    refuse(fmt::format("has {} bytes of data instead of {}", tensor.data.size(), tensor.bytes()), "wrong_size");
  if (tensor.is_constant() && tensor.type == TensorType::float32)
    for (std::size_t k = 0; k < tensor.elements(); ++k)
      if (!std::isfinite(tensor.element<float>(k))) refuse("one of its numbers is not finite", "not_finite");
  const Quantisation& q = tensor.quantisation;
  if (q.scales.size() != q.zero_points.size())
    refuse_quantisation(fmt::format("has {} scales and {} zero points", q.scales.size(), q.zero_points.size()));
  if (q.scales.size() > 1) {
    if (q.axis >= tensor.shape.size() || static_cast<std::size_t>(tensor.shape[q.axis]) != q.scales.size())
      refuse_quantisation(
          fmt::format("has {} scales along axis {} of shape {}", q.scales.size(), q.axis, shape_text(tensor.shape)));
  }
  for (float scale : q.scales)
    if (!std::isfinite(scale) || scale < 0) refuse_quantisation(fmt::format("has a scale of {}", scale));
  if (!is_quantised(tensor.type)) return;
  for (std::int32_t zero : q.zero_points)
    if (zero < lowest(tensor.type) || zero > lowest(tensor.type) + 255)
      refuse_quantisation(fmt::format("has a zero point of {}, which is no {}", zero, type_name(tensor.type)));
}

void check_inputs(const Graph& graph, const Operator& one) {
  const Inputs inputs = inputs_of(one.kind);
  const std::size_t count = one.inputs.size();
  if (count < inputs.least || count > inputs.most)
    refuse(fmt::format("has {} inputs; it needs {}", count,
                       inputs.least == inputs.most ? std::to_string(inputs.least)
                                                   : fmt::format("{} to {}", inputs.least, inputs.most)),
           "wrong_count");
  const auto is_constant = [&graph](int k) {
    return k < 0 || graph.tensors[static_cast<std::size_t>(k)].is_constant();
  };
  const TensorType type = has_input(one, 0) ? input(graph, one, 0).type : TensorType::float32;
  for (std::size_t k = 0; k < count; ++k) {
    if (!has_input(one, k)) {
      if (k < inputs.least || inputs.most == inputs_max) refuse(fmt::format("lacks its input {}", k), "missing_tensor");
      continue;
    }
    if (k >= inputs.values && !input(graph, one, k).is_constant())
      refuse(fmt::format("takes '{}', which is computed, where a constant should be", input(graph, one, k).name),
             "unsupported_graph");
    if (!is_weighted(one.kind) && input(graph, one, k).type != type)
      refuse(fmt::format("takes {} together with {}", type_name(type), type_name(input(graph, one, k).type)),
             "unsupported_type");
  }
  if (std::all_of(one.inputs.begin(), one.inputs.end(), is_constant))
    refuse("works on constants only", "unsupported_graph");
  check_type_of_x(one, type);
  if (is_weighted(one.kind)) check_types_of_weights(graph, one, type);
}

void check_result(const Graph& graph, const Operator& one) {
  const Tensor &x = input(graph, one, 0), &y = result(graph, one);
  bool fits = y.type == x.type;
  if (one.kind == OperatorKind::argmax) fits = y.type == TensorType::int32 || y.type == TensorType::int64;
  if (one.kind == OperatorKind::quantise) fits = is_quantised(y.type);
  if (one.kind == OperatorKind::dequantise) fits = y.type == TensorType::float32;
  if (!fits) refuse(fmt::format("makes {} of {}", type_name(y.type), type_name(x.type)), "unsupported_type");
  for (std::size_t k = 0; k < (is_weighted(one.kind) ? 1 : one.inputs.size()); ++k)
    check_activation(input(graph, one, k));
  check_activation(y);
  if (one.kind == OperatorKind::reshape)
    need_same(x, y);
  else if (is_quantised(x.type) && is_quantised(y.type))
    check_arithmetic(graph, one);
}

}  // namespace mica::ml
