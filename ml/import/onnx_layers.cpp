// Nodes with windows and with weights.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ml/import/graph_checks.hpp"
#include "ml/import/onnx_walk.hpp"

namespace mica::ml {
namespace {

constexpr std::int64_t size_max = 65535;  // of windows, strides, dilations, so that products fit

}  // namespace

// Sizes, strides, dilations and paddings, for x as 1xHxWxC. A row has windows of height 1.
void OnnxWalk::read_window(const Shape& x, Window& window, std::size_t spatial) {
  const auto pair = [&](std::string_view name, std::int64_t& height, std::int64_t& width) {
    const std::vector<std::int64_t> given = attribute_integers(name);
    if (given.empty()) return;
    if (given.size() != spatial)
      refuse(fmt::format("the attribute '{}' has {} numbers; {} are needed", name, given.size(), spatial),
             "bad_attribute");
    for (const std::int64_t one : given)
      if (one < 1 || one > size_max)
        refuse(fmt::format("the attribute '{}' is {}; 1 to {} are read", name, one, size_max), "bad_attribute");
    if (spatial == 2) height = given[0];
    width = given.back();
  };
  pair("kernel_shape", window.kernel_height, window.kernel_width);
  pair("strides", window.stride_height, window.stride_width);
  pair("dilations", window.dilation_height, window.dilation_width);
  read_pads(x, window, spatial);
}

void OnnxWalk::read_pads(const Shape& x, Window& window, std::size_t spatial) {
  const std::vector<std::int64_t> pads = attribute_integers("pads");
  const std::string automatic = text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    auto rows = same_pads(x[1], window.kernel_height, window.stride_height, window.dilation_height);
    auto columns = same_pads(x[2], window.kernel_width, window.stride_width, window.dilation_width);
    if (automatic == "SAME_LOWER") std::swap(rows[0], rows[1]), std::swap(columns[0], columns[1]);
    window.pad_top = rows[0], window.pad_bottom = rows[1];
    window.pad_left = columns[0], window.pad_right = columns[1];
  } else if (automatic == "NOTSET" && !pads.empty()) {
    if (pads.size() != 2 * spatial)
      refuse(fmt::format("the attribute 'pads' has {} numbers; {} are needed", pads.size(), 2 * spatial),
             "bad_attribute");
    if (spatial == 2) window.pad_top = pads[0], window.pad_bottom = pads[2];
    window.pad_left = pads[spatial - 1], window.pad_right = pads.back();
  } else if (automatic != "NOTSET" && automatic != "VALID") {
    refuse(fmt::format("the attribute 'auto_pad' is '{}'", printable(automatic)), "unsupported_attribute");
  }
}

void OnnxWalk::read_conv() {
  Value& x = computed(0);
  const Value& filter = constant(1);
  const int source = image(x);
  const std::size_t axes = x.axes.size();
  const Shape shape = graph_.tensors[static_cast<std::size_t>(source)].shape, file_filter = filter.shape();
  if (file_filter.size() != axes)
    refuse(
        fmt::format("has a filter of shape {} for a value of shape {}", shape_text(file_filter), shape_text(x.shape())),
        "bad_shape");
  Attributes attributes;
  Window& window = attributes.window;
  const std::int64_t outputs = file_filter[0], depth = file_filter[1], height = axes == 4 ? file_filter[2] : 1,
                     width = file_filter.back();
  if (std::max(height, width) > size_max) refuse("has a window that is too large", "bad_shape");
  window.kernel_height = height, window.kernel_width = width;
  read_window(shape, window, axes - 2);
  attributes.groups = integer("group", 1);
  const bool is_depthwise = attributes.groups == shape[3] && shape[3] > 1 && depth == 1 && outputs % shape[3] == 0;
  std::vector<std::size_t> order = image_order(axes);                            // OHWI
  if (is_depthwise) std::rotate(order.begin(), order.begin() + 1, order.end());  // HWIO
  if (filter.q && filter.q->scales.size() > 1 && filter.q->axis != 0)
    refuse("has a filter with scales along another axis than that of the results", "bad_quantisation");
  std::vector<int> inputs = {source};
  inputs.push_back(arranged(filter, stretches_of(filter.axes, order),
                            is_depthwise ? Shape{1, height, width, outputs} : Shape{outputs, height, width, depth}, {},
                            is_depthwise ? 3 : 0));
  if (has_input(2)) inputs.push_back(arranged(constant(2), stretches_of(constant(2).axes, {{0}}), {outputs}));
  if (is_depthwise) attributes.groups = 1;
  Value y;
  y.tensor = emit(is_depthwise ? OperatorKind::depthwise_conv2d : OperatorKind::conv2d, inputs, attributes);
  y.axes = image_axes(graph_.tensors[static_cast<std::size_t>(y.tensor)].shape, axes);
  result(std::move(y));
}

// As many windows as when the division by the stride is rounded up: the last may reach over the end, but begins inside.
void OnnxWalk::round_up(const Shape& x, Window& window) {
  const auto more = [](std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t before,
                       std::int64_t& behind) {
    const std::int64_t room = size + before + behind - kernel;
    if (room < 0 || room % stride == 0) return;
    const std::int64_t start = (room / stride + 1) * stride;  // of the window more
    if (start < size + before) behind = start + kernel - size - before;
  };
  more(x[1], window.kernel_height, window.stride_height, window.pad_top, window.pad_bottom);
  more(x[2], window.kernel_width, window.stride_width, window.pad_left, window.pad_right);
}

void OnnxWalk::read_pool(OperatorKind kind) {
  Value& x = computed(0);
  int source = image(x);
  const std::size_t axes = x.axes.size();
  const Shape shape = graph_.tensors[static_cast<std::size_t>(source)].shape;
  Attributes attributes;
  Window& window = attributes.window;
  if (attribute_integers("kernel_shape").empty()) refuse("lacks the attribute 'kernel_shape'", "bad_attribute");
  if (integer("storage_order", 0) != 0) refuse("counts by columns", "unsupported_attribute");
  read_window(shape, window, axes - 2);
  const bool pads = std::max({window.pad_top, window.pad_bottom, window.pad_left, window.pad_right}) > 0;
  const bool counts = kind == OperatorKind::average_pool && pads && integer("count_include_pad", 0) != 0;
  if (integer("ceil_mode", 0) != 0) {
    if (counts) refuse("counts padding and rounds sizes up", "unsupported_attribute");
    round_up(shape, window);
  }
  if (counts) {  // then they are cells like all others
    Attributes around;
    around.pads = {{0, 0}, {window.pad_top, window.pad_bottom}, {window.pad_left, window.pad_right}, {0, 0}};
    source = emit(OperatorKind::pad, {source}, around);
    window.pad_top = window.pad_bottom = window.pad_left = window.pad_right = 0;
  }
  Value y;
  y.tensor = emit(kind, {source}, attributes);
  y.axes = image_axes(graph_.tensors[static_cast<std::size_t>(y.tensor)].shape, axes);
  result(std::move(y));
}

// Over all of height and width, which remain as sizes of 1, or do not.
void OnnxWalk::pool_all(OperatorKind kind, Value& x, bool keeps) {
  const int source = image(x);
  const Shape shape = graph_.tensors[static_cast<std::size_t>(source)].shape;
  Attributes attributes;
  attributes.keeps_axes = true;
  if (kind == OperatorKind::max_pool)
    attributes.window.kernel_height = shape[1], attributes.window.kernel_width = shape[2];
  Value y;
  y.tensor = emit(kind, {source}, attributes);
  Shape left = {1, shape[3]};
  if (keeps) left.resize(x.axes.size(), 1);
  y.axes = plain_axes(left);
  result(std::move(y));
}

void OnnxWalk::read_reduce_mean() {
  Value& x = computed(0);
  std::vector<std::size_t> over;
  for (const std::int64_t axis : axes_given(1)) over.push_back(axis_of(axis, x.axes.size()));
  std::sort(over.begin(), over.end());
  std::vector<std::size_t> spatial;
  for (std::size_t k = 2; k < x.axes.size(); ++k) spatial.push_back(k);
  if (over != spatial || spatial.empty())
    refuse(fmt::format("is a mean over the axes {} of shape {}; those behind the channels can be converted",
                       fmt::join(over, ","), shape_text(x.shape())),
           "unsupported_attribute");
  pool_all(OperatorKind::mean_hw, x, integer("keepdims", 1) != 0);
}

// y = factor * x * weights + bias_factor * bias along the last axis of x; `inputs_axis` of the weights is that of x.
void OnnxWalk::connect(Value& x, const Value& weights, std::size_t inputs_axis, float factor, const Value* bias,
                       float bias_factor) {
  Shape shape = x.shape();
  const Shape matrix = weights.shape();
  const std::size_t last = shape.size() - 1;
  if (shape.empty() || matrix.size() != 2 || matrix[inputs_axis] != shape[last])
    refuse(
        fmt::format("multiplies a value of shape {} with a matrix of shape {}", shape_text(shape), shape_text(matrix)),
        "bad_shape");
  if (weights.q && weights.q->scales.size() > 1 && weights.q->axis != 1 - inputs_axis)
    refuse("has a matrix with scales along another axis than that of the results", "bad_quantisation");
  Stretches lying;
  for (std::size_t k = 0; k < last; ++k) lying.insert(lying.end(), x.axes[k].begin(), x.axes[k].end());
  const Stretches columns = by_step(x.axes[last]);
  lying.insert(lying.end(), columns.begin(), columns.end());
  arrange(x, lying);
  Stretches order = weights.axes[1 - inputs_axis];
  const Stretches inner = like(weights.axes[inputs_axis], x.axes[last]);
  order.insert(order.end(), inner.begin(), inner.end());
  const std::int64_t outputs = matrix[1 - inputs_axis];
  int turned = arranged(weights, order, {outputs, shape[last]});
  if (factor != 1) turned = multiplied(turned, factor, {outputs, shape[last]});
  std::vector<int> inputs = {x.tensor, turned};
  if (bias != nullptr) inputs.push_back(bias_row(*bias, bias_factor, outputs));
  Value y;
  y.tensor = emit(OperatorKind::fully_connected, inputs);
  shape[last] = outputs;
  y.axes = plain_axes(shape);
  result(std::move(y));
}

int OnnxWalk::multiplied(int tensor, float factor, const Shape& shape) {
  const Tensor source = graph_.tensors[static_cast<std::size_t>(tensor)];
  if (source.type != TensorType::float32) refuse("has a factor and no floats", "unsupported_type");
  std::vector<float> numbers(source.elements());
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = source.element<float>(k) * factor;
  const int product = constant_tensor(numbers, source.name);
  graph_.tensors[static_cast<std::size_t>(product)].shape = shape;
  return product;
}

// One number for each result, from a row of them or one for all.
int OnnxWalk::bias_row(const Value& bias, float factor, std::int64_t outputs) {
  const Shape shape = bias.shape();
  const std::int64_t count = elements_of(shape);
  const bool is_row = count == 1 || (count == outputs && shape.back() == outputs);
  if (!is_row || bias.constant.type != TensorType::float32)
    refuse(fmt::format("adds a constant of shape {} to {} numbers", shape_text(shape), outputs), "bad_shape");
  if (count == outputs && factor == 1) return arranged(bias, bias.axes.back(), {outputs});
  std::vector<float> numbers(static_cast<std::size_t>(outputs));
  for (std::size_t k = 0; k < numbers.size(); ++k)
    numbers[k] = factor * bias.constant.element<float>(count == 1 ? 0 : k);
  return constant_tensor(numbers, bias.constant.name);
}

// y = alpha A B + beta C, with A the value, A and B turned round where transA and transB say so.
void OnnxWalk::read_gemm() {
  Value x = computed(0);
  if (x.axes.size() != 2)
    refuse(fmt::format("takes a value of shape {}; a matrix is needed, as Flatten makes it", shape_text(x.shape())),
           "bad_shape");
  if (integer("transA", 0) != 0) std::swap(x.axes[0], x.axes[1]);
  connect(x, constant(1), integer("transB", 0) != 0 ? 1 : 0, real("alpha", 1), has_input(2) ? &constant(2) : nullptr,
          real("beta", 1));
}

void OnnxWalk::read_mat_mul() {
  if (!value(0).is_constant() && !value(1).is_constant())
    refuse("multiplies two computed values; one must be a constant", "unsupported_operator");
  connect(computed(0), constant(1), 0, 1, nullptr, 1);
}

void OnnxWalk::read_batch_normalization() {
  Value& x = computed(0);
  if (integer("training_mode", 0) != 0) refuse("is in training", "unsupported_attribute");
  if (x.axes.size() < 2) refuse("takes a value without channels", "bad_shape");
  std::vector<int> inputs = {x.axes.size() == 2 ? rows(x, {1}) : image(x)};
  for (int k = 1; k < 5; ++k) {
    const Value& parameter = constant(k);
    if (parameter.shape() != Shape{x.shape()[1]})
      refuse(fmt::format("has a parameter of shape {} for {} channels", shape_text(parameter.shape()), x.shape()[1]),
             "bad_shape");
    inputs.push_back(arranged(parameter, like(parameter.axes[0], x.axes[1]), {x.shape()[1]}));
  }
  Attributes attributes;
  attributes.epsilon = real("epsilon", 1e-5f);
  const Tensor& variance = constant(4).constant;
  for (std::size_t k = 0; k < variance.elements(); ++k)
    if (variance.type == TensorType::float32 && !(variance.element<float>(k) + attributes.epsilon > 0))
      refuse(fmt::format("has a variance of {} in channel {}", variance.element<float>(k), k), "bad_attribute");
  Value y;
  y.axes = x.axes;
  y.tensor = emit(OperatorKind::batch_norm, inputs, attributes);
  result(std::move(y));
}

// Before opset 13, all axes from `axis` on are taken together.
void OnnxWalk::read_softmax() {
  Value& x = computed(0);
  const bool single = opset_ >= 13;
  std::vector<std::size_t> along = {axis_of(integer("axis", single ? -1 : 1), x.axes.size())};
  while (!single && along.back() + 1 < x.axes.size()) along.push_back(along.back() + 1);
  Value y;
  const int source = rows(x, along);
  y.axes = x.axes;
  y.tensor = emit(OperatorKind::softmax, {source});
  result(std::move(y));
}

void OnnxWalk::read_argmax() {
  Value& x = computed(0);
  if (integer("select_last_index", 0) != 0) refuse("takes the last of equal numbers", "unsupported_attribute");
  const std::size_t axis = axis_of(integer("axis", 0), x.axes.size());
  Shape shape = x.shape();
  if (!are_dense(x.axes[axis]) || elements_of(shape) != shape[axis])
    refuse(fmt::format("works along axis {} of shape {}", axis, shape_text(shape)), "unsupported_attribute");
  Attributes attributes;
  attributes.axis = 1;
  const int source = shaped(x.tensor, {1, shape[axis]});
  Value y;
  y.tensor = emit(OperatorKind::argmax, {source}, attributes);
  if (integer("keepdims", 1) != 0)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  y.axes = plain_axes(shape);
  result(std::move(y));
}

}  // namespace mica::ml
