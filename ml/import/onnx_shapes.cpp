// Nodes that change shapes, compute with shapes, or say how values are quantised. None of them computes with numbers of
// the network.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ml/import/graph_checks.hpp"
#include "ml/import/onnx_walk.hpp"

namespace mica::ml {

const OnnxWalk::Reader OnnxWalk::readers[] = {
    {"Add", &OnnxWalk::read_add, 2, 2, ""},
    {"ArgMax", &OnnxWalk::read_argmax, 1, 1, "axis keepdims select_last_index "},
    {"AveragePool", &OnnxWalk::read_average_pool, 1, 1,
     "auto_pad ceil_mode count_include_pad dilations kernel_shape pads strides "},
    {"BatchNormalization", &OnnxWalk::read_batch_normalization, 5, 5, "epsilon momentum spatial training_mode "},
    {"Cast", &OnnxWalk::read_cast, 1, 1, "to "},
    {"Clip", &OnnxWalk::read_clip, 1, 3, "min max "},
    {"Concat", &OnnxWalk::read_concat, 1, 256, "axis "},
    {"Constant", &OnnxWalk::read_constant, 0, 0, "value value_float value_floats value_int value_ints "},
    {"ConstantOfShape", &OnnxWalk::read_constant_of_shape, 1, 1, "value "},
    {"Conv", &OnnxWalk::read_conv, 2, 3, "auto_pad dilations group kernel_shape pads strides "},
    {"DequantizeLinear", &OnnxWalk::read_dequantize, 2, 3, "axis "},
    {"Div", &OnnxWalk::read_div, 2, 2, ""},
    {"Dropout", &OnnxWalk::read_identity, 1, 3, "ratio seed "},
    {"Flatten", &OnnxWalk::read_flatten, 1, 1, "axis "},
    {"Gather", &OnnxWalk::read_gather, 2, 2, "axis "},
    {"Gemm", &OnnxWalk::read_gemm, 2, 3, "alpha beta transA transB "},
    {"GlobalAveragePool", &OnnxWalk::read_global_average_pool, 1, 1, ""},
    {"GlobalMaxPool", &OnnxWalk::read_global_max_pool, 1, 1, ""},
    {"HardSigmoid", &OnnxWalk::read_hard_sigmoid, 1, 1, "alpha beta "},
    {"HardSwish", &OnnxWalk::read_hard_swish, 1, 1, ""},
    {"Identity", &OnnxWalk::read_identity, 1, 1, ""},
    {"LeakyRelu", &OnnxWalk::read_leaky_relu, 1, 1, "alpha "},
    {"MatMul", &OnnxWalk::read_mat_mul, 2, 2, ""},
    {"MaxPool", &OnnxWalk::read_max_pool, 1, 1,
     "auto_pad ceil_mode dilations kernel_shape pads storage_order strides "},
    {"Mul", &OnnxWalk::read_mul, 2, 2, ""},
    {"PRelu", &OnnxWalk::read_prelu, 2, 2, ""},
    {"Pad", &OnnxWalk::read_pad, 1, 4, "mode pads value "},
    {"QuantizeLinear", &OnnxWalk::read_quantize, 2, 3, "axis saturate "},
    {"ReduceMean", &OnnxWalk::read_reduce_mean, 1, 2, "axes keepdims noop_with_empty_axes "},
    {"Relu", &OnnxWalk::read_relu, 1, 1, ""},
    {"Reshape", &OnnxWalk::read_reshape, 2, 2, "allowzero "},
    {"Shape", &OnnxWalk::read_shape, 1, 1, "start end "},
    {"Sigmoid", &OnnxWalk::read_sigmoid, 1, 1, ""},
    {"Slice", &OnnxWalk::read_slice, 1, 5, "axes ends starts "},
    {"Softmax", &OnnxWalk::read_softmax, 1, 1, "axis "},
    {"Squeeze", &OnnxWalk::read_squeeze, 1, 2, "axes "},
    {"Sub", &OnnxWalk::read_sub, 2, 2, ""},
    {"Tanh", &OnnxWalk::read_tanh, 1, 1, ""},
    {"Transpose", &OnnxWalk::read_transpose, 1, 1, "perm "},
    {"Unsqueeze", &OnnxWalk::read_unsqueeze, 1, 2, "axes "},
    {nullptr, nullptr, 0, 0, ""},
};

// The same numbers with another shape. Where their order in memory stands against that, they are moved.
void OnnxWalk::change_shape(Value& x, const Shape& shape) {
  if (elements_of(shape) < 1 || elements_of(shape) != elements_of(x.shape()))
    refuse(fmt::format("makes shape {} of a value of shape {}", shape_text(shape), shape_text(x.shape())), "bad_shape");
  if (x.q && x.q->scales.size() > 1) refuse("reshapes a constant with scales along an axis", "unsupported_graph");
  auto axes = reshaped(x.axes, shape);
  if (!axes && x.is_constant()) refuse("reshapes a constant that has been transposed", "unsupported_graph");
  if (!axes) {
    arrange_axes(x, plain_order(x.axes.size()));
    axes = reshaped(x.axes, shape);
  }
  Value y = x;
  y.axes = std::move(*axes);
  result(std::move(y));
}

void OnnxWalk::read_identity() { result(value(0)); }

void OnnxWalk::read_reshape() {
  Value& x = value(0);
  const Shape own = x.shape();
  Shape shape = integers(1);
  const std::int64_t count = elements_of(own);
  std::int64_t known = 1, open = -1;
  for (std::size_t k = 0; k < shape.size(); ++k) {
    if (shape[k] == 0 && k < own.size() && integer("allowzero", 0) == 0) shape[k] = own[k];
    if (shape[k] == -1 && open < 0)
      open = static_cast<std::int64_t>(k);
    else
      known = shape[k] < 1 || shape[k] > count || known > count ? 0 : known * shape[k];
  }
  if (open >= 0 && known > 0) shape[static_cast<std::size_t>(open)] = count / known;
  change_shape(x, shape);
}

void OnnxWalk::read_flatten() {
  Value& x = value(0);
  const Shape own = x.shape();
  const auto from = static_cast<std::ptrdiff_t>(integer("axis", 1) == static_cast<std::int64_t>(own.size())
                                                    ? own.size()
                                                    : axis_of(integer("axis", 1), own.size()));
  change_shape(
      x, {elements_of(Shape(own.begin(), own.begin() + from)), elements_of(Shape(own.begin() + from, own.end()))});
}

// Takes out sizes of 1: all of them, or those of the axes given.
void OnnxWalk::read_squeeze() {
  Value& x = value(0);
  const Shape own = x.shape();
  std::vector<bool> out(own.size());
  const std::vector<std::int64_t> axes = axes_given(1);
  for (std::size_t k = 0; axes.empty() && k < own.size(); ++k) out[k] = own[k] == 1;
  for (const std::int64_t one : axes) {
    const std::size_t axis = axis_of(one, own.size());
    if (own[axis] != 1) refuse(fmt::format("cannot squeeze a value of shape {} so", shape_text(own)), "bad_shape");
    out[axis] = true;
  }
  Shape shape;
  for (std::size_t k = 0; k < own.size(); ++k)
    if (!out[k]) shape.push_back(own[k]);
  change_shape(x, shape);
}

void OnnxWalk::read_unsqueeze() {
  Value& x = value(0);
  const Shape own = x.shape();
  const std::vector<std::int64_t> axes = axes_given(1);
  const std::size_t count = own.size() + axes.size();
  std::vector<bool> is_new(count);
  for (const std::int64_t one : axes) {
    const std::size_t axis = axis_of(one, count);
    if (is_new[axis]) refuse("names an axis twice", "bad_attribute");
    is_new[axis] = true;
  }
  Shape shape;
  auto next = own.begin();
  for (std::size_t k = 0; k < count; ++k) shape.push_back(is_new[k] ? 1 : *next++);
  change_shape(x, shape);
}

void OnnxWalk::read_transpose() {
  const Value& x = value(0);
  std::vector<std::int64_t> order = attribute_integers("perm");
  if (order.empty())
    for (std::size_t k = x.axes.size(); k-- > 0;) order.push_back(static_cast<std::int64_t>(k));
  Value y = x;
  std::vector<bool> taken(x.axes.size());
  for (std::size_t k = 0; k < order.size() && order.size() == x.axes.size(); ++k) {
    const std::size_t axis = axis_of(order[k], x.axes.size());
    if (taken[axis]) break;
    taken[axis] = true;
    y.axes[k] = x.axes[axis];
    if (x.q && x.q->axis == axis) y.q->axis = k;
  }
  if (order.size() != x.axes.size() || std::find(taken.begin(), taken.end(), false) != taken.end())
    refuse(fmt::format("orders the axes of shape {} as {}", shape_text(x.shape()), fmt::join(order, ",")),
           "bad_attribute");
  result(std::move(y));
}

void OnnxWalk::read_cast() {
  const Value& x = value(0);
  const std::int64_t to = integer("to", 0);
  if (to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE) {
    if (!x.is_constant() || x.constant.type == TensorType::float32) return result(x);
    Value y;
    std::vector<float> numbers;
    for (const std::int64_t one : integers(x)) numbers.push_back(static_cast<float>(one));
    y.axes = plain_axes(x.shape());
    y.constant = graph_.tensors[static_cast<std::size_t>(constant_tensor(numbers, x.constant.name))];
    y.constant.shape = x.shape();
    return result(std::move(y));
  }
  if ((to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32) && x.is_constant()) return result(x);
  refuse(fmt::format("makes elements of type {} of a value", to), "unsupported_type");
}

void OnnxWalk::read_constant() {
  if (node_->attribute_size() != 1) refuse("has not one value", "unsupported_attribute");
  const std::string& kind = node_->attribute(0).name();
  Value y;
  if (kind == "value") {
    y.constant = read_tensor(attribute(kind, onnx::AttributeProto::TENSOR)->t(), node_text());
    y.axes = plain_axes(y.constant.shape);
    return result(std::move(y));
  }
  if (kind == "value_int") return fold({integer(kind, 0)}, true);
  if (kind == "value_ints") return fold(attribute_integers(kind));
  std::vector<float> numbers;
  if (kind == "value_float") {
    numbers = {real(kind, 0)};
  } else {
    const auto& floats = attribute(kind, onnx::AttributeProto::FLOATS)->floats();
    numbers.assign(floats.begin(), floats.end());
  }
  if (numbers.empty()) refuse("its value is empty", "bad_shape");
  y.constant = graph_.tensors[static_cast<std::size_t>(constant_tensor(numbers, printable(node_->output(0))))];
  if (kind == "value_float") y.constant.shape.clear();
  y.axes = plain_axes(y.constant.shape);
  result(std::move(y));
}

// The result is a constant: integers, as shapes are.
void OnnxWalk::fold(std::vector<std::int64_t> numbers, bool is_scalar) {
  if (numbers.empty()) refuse("makes an empty list", "bad_shape");
  Value y;
  y.constant.name = printable(node_->output(0));
  y.constant.type = TensorType::int64;
  if (!is_scalar) y.constant.shape = {static_cast<std::int64_t>(numbers.size())};
  const std::span<std::byte> to = own(numbers.size() * sizeof(std::int64_t));
  std::memcpy(to.data(), numbers.data(), to.size());
  y.constant.data = to;
  y.axes = plain_axes(y.constant.shape);
  result(std::move(y));
}

void OnnxWalk::read_shape() {
  const Shape shape = value(0).shape();
  const auto size = static_cast<std::int64_t>(shape.size());
  const auto place = [size](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size); };
  const std::int64_t start = place(integer("start", 0)), end = place(integer("end", size));
  fold(Shape(shape.begin() + start, shape.begin() + std::max(start, end)));
}

void OnnxWalk::read_gather() {
  const Value& indices = constant(1);
  if (!value(0).is_constant()) refuse("takes parts of a computed value", "unsupported_operator");
  const std::vector<std::int64_t> numbers = integers(0);
  if (value(0).axes.size() != 1) refuse("takes parts of what is no list", "unsupported_graph");
  std::vector<std::int64_t> taken;
  for (const std::int64_t index : integers(indices)) taken.push_back(numbers[axis_of(index, numbers.size())]);
  fold(std::move(taken), indices.axes.empty());
}

void OnnxWalk::read_constant_of_shape() {
  const std::vector<std::int64_t> shape = integers(0);
  constexpr std::int64_t count_max = 64;
  const std::int64_t count = elements_of(shape);
  if (shape.size() != 1 || count < 1 || count > count_max)
    refuse(fmt::format("makes a constant of shape {}; short lists can be made", shape_text(shape)),
           "unsupported_shape");
  std::int64_t number = 0;
  if (const auto* given = attribute("value", onnx::AttributeProto::TENSOR)) {
    Value one;
    one.constant = read_tensor(given->t(), node_text());
    one.axes = plain_axes(one.constant.shape);
    number = integers(one).front();
  }
  fold(std::vector<std::int64_t>(static_cast<std::size_t>(count), number));
}

void OnnxWalk::fold_concat(std::size_t axis) {
  std::vector<std::int64_t> numbers;
  if (axis != 0) refuse("joins constants along another axis than the first", "unsupported_graph");
  for (int k = 0; k < node_->input_size(); ++k)
    for (const std::int64_t one : integers(k)) numbers.push_back(one);
  fold(std::move(numbers));
}

// Of integers, element by element; one number is for all.
void OnnxWalk::fold_numbers(std::int64_t (*function)(std::int64_t, std::int64_t)) {
  const std::vector<std::int64_t> a = integers(0), b = integers(1);
  if (a.size() != b.size() && a.size() != 1 && b.size() != 1)
    refuse(fmt::format("combines {} numbers with {}", a.size(), b.size()), "bad_shape");
  std::vector<std::int64_t> numbers(std::max(a.size(), b.size()));
  for (std::size_t k = 0; k < numbers.size(); ++k)
    numbers[k] = function(a[a.size() == 1 ? 0 : k], b[b.size() == 1 ? 0 : k]);
  fold(std::move(numbers), value(0).axes.empty() && value(1).axes.empty());
}

void OnnxWalk::fold_pair(OperatorKind kind) {
  if (kind == OperatorKind::add)
    fold_numbers([](std::int64_t x, std::int64_t y) { return x + y; });
  else if (kind == OperatorKind::sub)
    fold_numbers([](std::int64_t x, std::int64_t y) { return x - y; });
  else
    fold_numbers([](std::int64_t x, std::int64_t y) { return x * y; });
}

void OnnxWalk::fold_division() {
  const std::vector<std::int64_t> divisors = integers(1);
  if (std::find(divisors.begin(), divisors.end(), 0) != divisors.end()) refuse("divides by 0", "bad_attribute");
  fold_numbers([](std::int64_t x, std::int64_t y) { return x / y; });
}

// Of a constant list, or of the rows of a constant matrix, as exporters compute pads with them.
void OnnxWalk::read_slice() {
  if (!value(0).is_constant()) refuse("takes a part of a computed value", "unsupported_operator");
  const Value& x = value(0);
  const bool as_attributes = opset_ < 10;
  const std::vector<std::int64_t> starts = as_attributes ? attribute_integers("starts") : integers(1),
                                  ends = as_attributes ? attribute_integers("ends") : integers(2);
  std::vector<std::int64_t> axes = as_attributes  ? attribute_integers("axes")
                                   : has_input(3) ? integers(3)
                                                  : std::vector<std::int64_t>{};
  if (axes.empty()) axes = {0};
  const std::int64_t step = !as_attributes && has_input(4) ? integers(4).front() : 1;
  const Shape shape = x.shape();
  if (starts.size() != 1 || ends.size() != 1 || axes.size() != 1 || step == 0 || shape.empty() || shape.size() > 2 ||
      axis_of(axes[0], shape.size()) != 0)
    refuse("takes a part of a constant in a way that is not supported", "unsupported_attribute");
  const std::vector<std::int64_t> numbers = integers(x);
  const std::int64_t rows = shape[0], columns = elements_of(shape) / rows;
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rows : at, step < 0 ? -1 : 0, step < 0 ? rows - 1 : rows);
  };
  // -1 as an end is the last row; what is far below is in front of the first.
  const std::int64_t start = place(starts[0]), end = place(ends[0]);
  std::vector<std::int64_t> taken;
  for (std::int64_t row = start; step > 0 ? row < end : row > end; row += step)
    for (std::int64_t column = 0; column < columns; ++column)
      taken.push_back(numbers[static_cast<std::size_t>(row * columns + column)]);
  const auto left = static_cast<std::int64_t>(taken.size()) / columns;
  fold(std::move(taken));
  if (shape.size() == 2) {
    Value& y = values_.at(node_->output(0));
    y.constant.shape = {left, columns};
    y.axes = plain_axes(y.constant.shape);
  }
}

// Scale and zero point of the node, for int8: files may have them for uint8.
Quantisation OnnxWalk::quantisation_given() {
  const Tensor& scales = constant(1).constant;
  if (scales.type != TensorType::float32) refuse("has a scale that is no float", "unsupported_type");
  Quantisation q;
  for (std::size_t k = 0; k < scales.elements(); ++k) q.scales.push_back(scales.element<float>(k));
  q.zero_points.assign(q.scales.size(), has_input(2) ? 0 : -128);  // without one it is 0 of uint8
  if (has_input(2)) {
    const Tensor& zeros = constant(2).constant;
    if (zeros.elements() != scales.elements())
      refuse(fmt::format("has {} scales and {} zero points", scales.elements(), zeros.elements()), "bad_quantisation");
    for (std::size_t k = 0; k < zeros.elements(); ++k) {
      if (zeros.type == TensorType::int8)
        q.zero_points[k] = zeros.element<std::int8_t>(k);
      else if (zeros.type == TensorType::uint8)
        q.zero_points[k] = zeros.element<std::uint8_t>(k) - 128;
      else if (zeros.type == TensorType::int32)
        q.zero_points[k] = zeros.element<std::int32_t>(k);
      else
        refuse(fmt::format("quantises to {}", type_name(zeros.type)), "unsupported_type");
    }
  }
  for (const float scale : q.scales)
    if (!(scale > 0) || !std::isfinite(scale)) refuse(fmt::format("has a scale of {}", scale), "bad_quantisation");
  return q;
}

// Says how a computed value is to be quantised.
void OnnxWalk::read_quantize() {
  const Value& x = computed(0);
  const Quantisation q = quantisation_given();
  if (q.scales.size() != 1) refuse("quantises a computed value with several scales", "bad_quantisation");
  const auto [found, is_new] = graph_.wanted.emplace(x.tensor, q);
  if (!is_new && !(found->second == q)) refuse("quantises a value in another way than before", "unsupported_graph");
  result(x);
}

// Real numbers of a quantised constant, which stay known to be that; a value is what it was before it was quantised.
void OnnxWalk::read_dequantize() {
  const Value& x = value(0);
  Quantisation q = quantisation_given();
  if (!x.is_constant()) {
    const auto found = graph_.wanted.find(x.tensor);
    if (found == graph_.wanted.end() || !(found->second == q))
      refuse("takes a value that was not quantised so", "unsupported_graph");
    return result(x);
  }
  const Tensor& source = x.constant;
  const bool is_bias = source.type == TensorType::int32, is_unsigned = source.type == TensorType::uint8;
  if (!is_bias && !is_unsigned && source.type != TensorType::int8)
    refuse(fmt::format("takes constants of {}", type_name(source.type)), "unsupported_type");
  if (!is_unsigned && !has_input(2)) q.zero_points.assign(q.scales.size(), 0);
  q.axis = q.scales.size() == 1 ? 0 : axis_of(integer("axis", 1), x.axes.size());
  const Shape shape = x.shape();
  std::int64_t inner = 1;
  for (std::size_t k = q.axis + 1; k < shape.size(); ++k) inner *= shape[k];
  if (q.scales.size() > 1 && static_cast<std::size_t>(shape[q.axis]) != q.scales.size())
    refuse(fmt::format("has {} scales along axis {} of shape {}", q.scales.size(), q.axis, shape_text(shape)),
           "bad_quantisation");
  if (!are_dense(stretches_of(x.axes, plain_order(x.axes.size()))))
    refuse("takes a constant that has been transposed", "unsupported_graph");
  std::vector<float> numbers(source.elements());
  for (std::size_t k = 0; k < numbers.size(); ++k) {
    const std::size_t part = q.scales.size() == 1 ? 0 : k / static_cast<std::size_t>(inner) % q.scales.size();
    const double number = is_bias       ? source.element<std::int32_t>(k)
                          : is_unsigned ? source.element<std::uint8_t>(k) - 128
                                        : source.element<std::int8_t>(k);
    numbers[k] = static_cast<float>((number - q.zero_points[part]) * static_cast<double>(q.scales[part]));
  }
  Value y;
  y.axes = plain_axes(shape);
  y.constant = graph_.tensors[static_cast<std::size_t>(constant_tensor(numbers, source.name))];
  y.constant.shape = shape;
  if (!is_bias) y.q = std::move(q);  // the scale of a bias follows from those of the input and the weights
  result(std::move(y));
}

}  // namespace mica::ml
