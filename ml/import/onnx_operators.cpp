// The operators of ONNX that a multi-layer perceptron is made of.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ml/import/onnx_graph.hpp"

namespace mica::ml {
namespace {

constexpr const char* one_sample = "export the model with a batch of 1, or an open one";
constexpr std::size_t weights_max = std::size_t{1} << 23;  // of all layers; a tensor may be used more than once

// Whether all elements lie along the last axis.
bool is_row(const Shape& shape) { return !shape.empty() && shape.back() == element_count(shape); }

// Whether a tensor of this shape can be added to a row of n without making it larger.
bool fits_row(const Shape& shape, std::int64_t n) {
  for (std::size_t k = 0; k < shape.size(); ++k) {
    const bool last = k + 1 == shape.size();
    if (shape[k] != 1 && !(last && shape[k] == n)) return false;
  }
  return true;
}

template <typename Numbers>
bool all_finite(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](auto x) { return std::isfinite(x); });
}

}  // namespace

// y = alpha A B + beta C, with A the value, A and B turned round where transA and transB say so.
void GraphWalk::read_gemm() {
  need_inputs(2, 3);
  need_value(0);
  const Constant& matrix = need_constant(1);
  if (integer("transA", 0) != 0 && shape_.size() == 2) std::swap(shape_[0], shape_[1]);
  if (shape_.size() != 2)
    refuse_node(fmt::format("takes a value of shape {}; a matrix is needed, as Flatten makes it", shape_text(shape_)),
                "bad_shape");
  const Constant* bias = optional_constant(2);
  const bool transposed = integer("transB", 0) != 0;
  const std::int64_t columns = matrix.shape.size() == 2 ? matrix.shape[transposed ? 0 : 1] : 0;
  add_dense(matrix, transposed, real("alpha", 1), {1, columns});
  if (bias != nullptr) add_bias(*bias, real("beta", 1));
}

void GraphWalk::read_mat_mul() {
  need_inputs(2, 2);
  need_value(0);
  const Constant& matrix = need_constant(1);
  if (shape_.empty()) refuse_node("multiplies a single number", "bad_shape");
  Shape shape = shape_;
  shape.back() = matrix.shape.size() == 2 ? matrix.shape[1] : 0;
  add_dense(matrix, false, 1, std::move(shape));
}

// Adds a layer outputs = matrix * value. What is multiplied must be all of the sample: a row.
void GraphWalk::add_dense(const Constant& matrix, bool transposed, double factor, Shape result_shape) {
  if (matrix.shape.size() != 2)
    refuse_node(fmt::format("its constant is of shape {}; a matrix is needed", shape_text(matrix.shape)), "bad_shape");
  const auto inputs = static_cast<std::size_t>(matrix.shape[transposed ? 1 : 0]);
  const auto outputs = static_cast<std::size_t>(matrix.shape[transposed ? 0 : 1]);
  if (!is_row(shape_))
    refuse_node(
        fmt::format("takes a value of shape {}; one row, of one sample, is needed: {}", shape_text(shape_), one_sample),
        "bad_shape");
  if (static_cast<std::int64_t>(inputs) != shape_.back())
    refuse_node(fmt::format("multiplies {} numbers with a matrix for {}", shape_.back(), inputs), "bad_shape");
  weights_ += matrix.numbers.size();
  if (weights_ > weights_max)
    refuse_node(fmt::format("up to here the model has {} weights, at most {} are read", weights_, weights_max),
                "too_large");
  Layer layer{Operation::dense, layer_name(), inputs, outputs, {}, std::vector<float>(outputs)};
  layer.weights.resize(inputs * outputs);
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t j = 0; j < inputs; ++j)
      layer.weights[o * inputs + j] =
          static_cast<float>(factor * matrix.numbers[transposed ? o * inputs + j : j * outputs + o]);
  if (!all_finite(layer.weights)) refuse_node("a weight is too large for a float", "not_finite");
  network_.layers.push_back(std::move(layer));
  result(std::move(result_shape));
}

// Adds to the bias of the layer that was added last.
void GraphWalk::add_bias(const Constant& bias, double factor) {
  Layer& layer = network_.layers.back();
  const auto outputs = static_cast<std::int64_t>(layer.outputs);
  if (!fits_row(bias.shape, outputs))
    refuse_node(fmt::format("adds a constant of shape {} to {} numbers", shape_text(bias.shape), outputs), "bad_shape");
  for (std::size_t o = 0; o < layer.outputs; ++o)
    layer.bias[o] += static_cast<float>(factor * bias.numbers[bias.numbers.size() == 1 ? 0 : o]);
  if (!all_finite(layer.bias)) refuse_node("a bias is too large for a float", "not_finite");
}

void GraphWalk::read_add() {
  need_inputs(2, 2);
  const int constant = constants_.count(node_->input(0)) != 0 ? 0 : 1;
  need_value(1 - constant);
  const Constant& bias = need_constant(constant);
  if (network_.layers.empty() || network_.layers.back().operation != Operation::dense)
    refuse_node("adds to what is no product; only the bias of a layer can be added", "unsupported_graph");
  if (!is_row(shape_) && bias.numbers.size() != 1)
    refuse_node(fmt::format("adds to a value of shape {}; one row is needed: {}", shape_text(shape_), one_sample),
                "bad_shape");
  add_bias(bias, 1);
  result(shape_);
}

void GraphWalk::add_activation(Operation operation) {
  need_inputs(1, 1);
  need_value(0);
  const std::size_t count = network_.outputs();
  network_.layers.push_back({operation, layer_name(), count, count, {}, {}});
  result(shape_);
}

void GraphWalk::read_softmax() {
  constexpr std::int64_t single_axis_opset = 13;  // before it, all axes from `axis` on were taken together
  const bool single = opset_ >= single_axis_opset;
  const std::size_t from = axis(single ? -1 : 1, shape_.size());
  const Shape taken(shape_.begin() + static_cast<std::ptrdiff_t>(from),
                    single ? shape_.begin() + static_cast<std::ptrdiff_t>(from) + 1 : shape_.end());
  if (element_count(taken) != element_count(shape_))
    refuse_node(fmt::format("works along axis {} of a value of shape {}; it must work on the whole sample", from,
                            shape_text(shape_)),
                "bad_shape");
  add_activation(Operation::softmax);
}

void GraphWalk::read_flatten() {
  need_inputs(1, 1);
  need_value(0);
  const auto from = static_cast<std::ptrdiff_t>(axis(1, shape_.size() + 1));
  result({element_count(Shape(shape_.begin(), shape_.begin() + from)),
          element_count(Shape(shape_.begin() + from, shape_.end()))});
}

void GraphWalk::read_reshape() {
  need_inputs(2, 2);
  need_value(0);
  Shape shape = need_integers(1);
  const std::int64_t count = element_count(shape_);
  std::int64_t known = 1, open = -1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 0 && k < shape_.size() && integer("allowzero", 0) == 0) shape[k] = shape_[k];
    if (shape[k] == -1 && open < 0)
      open = static_cast<std::int64_t>(k);
    else if (shape[k] < 1 || shape[k] > count)
      known = 0;
    else
      known = known > count ? 0 : known * shape[k];
  }
  if (open >= 0 && known > 0) shape[static_cast<std::size_t>(open)] = count / known;
  if (known == 0 || element_count(shape) != count)
    refuse_node(fmt::format("makes shape {} of a value of shape {}", shape_text(shape), shape_text(shape_)),
                "bad_shape");
  result(std::move(shape));
}

// Takes out sizes of 1: all of them, or those of the axes given as attribute or, in later versions, as constant.
void GraphWalk::read_squeeze() {
  need_inputs(1, 2);
  need_value(0);
  std::vector<std::int64_t> axes;
  const onnx::AttributeProto* given = attribute("axes", onnx::AttributeProto::INTS);
  const bool all = given == nullptr && optional_constant(1) == nullptr;
  if (given != nullptr) axes.assign(given->ints().begin(), given->ints().end());
  if (optional_constant(1) != nullptr) axes = need_integers(1);
  const auto rank = static_cast<std::int64_t>(shape_.size());
  for (std::int64_t& one : axes) {
    if (one < 0) one += rank;
    if (one < 0 || one >= rank || shape_[static_cast<std::size_t>(one)] != 1)
      refuse_node(fmt::format("cannot squeeze a value of shape {} so", shape_text(shape_)), "bad_shape");
  }
  Shape shape;
  for (std::int64_t k = 0; k < rank; ++k) {
    const std::int64_t size = shape_[static_cast<std::size_t>(k)];
    const bool out = all ? size == 1 : std::find(axes.begin(), axes.end(), k) != axes.end();
    if (!out) shape.push_back(size);
  }
  result(std::move(shape));
}

void GraphWalk::read_identity() {
  need_inputs(1, 1);
  const auto constant = constants_.find(node_->input(0));
  if (constant != constants_.end()) {
    weights_ += constant->second.numbers.size();  // copies count like weights
    if (weights_ > weights_max) refuse_node("copies more than the weights of a model may be", "too_large");
    return add_constant(node_->output(0), constant->second);
  }
  need_value(0);
  result(shape_);
}

void GraphWalk::read_constant() {
  need_inputs(0, 0);
  if (node_->attribute_size() != 1) refuse_node("has not one value", "unsupported_attribute");
  const std::string& kind = node_->attribute(0).name();
  Constant constant;
  if (kind == "value") {
    const onnx::AttributeProto* tensor = attribute(kind, onnx::AttributeProto::TENSOR);
    constant = constant_of(tensor->t(), node_text());
  } else if (kind == "value_float") {
    constant.numbers = {real(kind, 0)};
  } else if (kind == "value_int") {
    constant = {{}, {static_cast<double>(integer(kind, 0))}, true};
  } else if (kind == "value_floats") {
    const auto& floats = attribute(kind, onnx::AttributeProto::FLOATS)->floats();
    constant = {{floats.size()}, {floats.begin(), floats.end()}, false};
  } else {
    const auto& integers = attribute(kind, onnx::AttributeProto::INTS)->ints();
    constant.shape = {integers.size()};
    for (std::int64_t one : integers) constant.numbers.push_back(static_cast<double>(one));
    constant.is_integer = true;
  }
  if (!all_finite(constant.numbers)) refuse_node("its value is not finite", "not_finite");
  if (constant.numbers.empty()) refuse_node("its value is empty", "bad_shape");
  add_constant(node_->output(0), std::move(constant));
}

}  // namespace mica::ml
