// Nodes that work on numbers one by one, or move them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ml/import/onnx_walk.hpp"

namespace mica::ml {
namespace {

constexpr float float_max = std::numeric_limits<float>::max();

// Whether a value of the small shape can be combined with one of the large shape without making it larger.
bool covers(const Shape& large, const Shape& small) {
  for (std::size_t k = 0; k < small.size(); ++k) {  // from the last axis on
    const std::int64_t size = small[small.size() - 1 - k];
    if (size != 1 && (k >= large.size() || size != large[large.size() - 1 - k])) return false;
  }
  return true;
}

}  // namespace

void OnnxWalk::read_each(OperatorKind kind, const Attributes& attributes) {
  const Value& x = computed(0);
  Value y;
  y.axes = x.axes;
  y.tensor = emit(kind, {x.tensor}, attributes);
  result(std::move(y));
}

void OnnxWalk::read_leaky_relu() {
  Attributes attributes;
  attributes.alpha = real("alpha", 0.01f);
  read_each(OperatorKind::leaky_relu, attributes);
}

void OnnxWalk::read_prelu() {
  const Tensor& slope = constant(1).constant;
  if (slope.elements() != 1)
    refuse(fmt::format("has {} slopes; one can be converted", slope.elements()), "unsupported_attribute");
  Attributes attributes;
  attributes.alpha = number(1);
  read_each(OperatorKind::leaky_relu, attributes);
}

int OnnxWalk::clipped(int tensor, float low, float high) {
  const auto is = [&](float a, float b) { return low == a && high == b; };
  if (low == 0 && high == float_max) return emit(OperatorKind::relu, {tensor});
  if (is(0, 6)) return emit(OperatorKind::relu6, {tensor});
  if (is(-1, 1)) return emit(OperatorKind::relu_n1_to_1, {tensor});
  Attributes attributes;
  attributes.low = low, attributes.high = high;
  return emit(OperatorKind::clip, {tensor}, attributes);
}

// Limits came as attributes before opset 11.
void OnnxWalk::read_clip() {
  const Value& x = computed(0);
  float low = -float_max, high = float_max;
  if (opset_ < 11) {
    low = real("min", low), high = real("max", high);
  } else {
    if (has_input(1)) low = number(1);
    if (has_input(2)) high = number(2);
  }
  Value y;
  y.axes = x.axes;
  y.tensor = clipped(x.tensor, low, high);
  result(std::move(y));
}

void OnnxWalk::read_hard_sigmoid() {
  const Value& x = computed(0);
  const int product =
      emit(OperatorKind::mul, {x.tensor, constant_tensor({real("alpha", 0.2f)}, printable(node_->name()) + " alpha")});
  const int sum =
      emit(OperatorKind::add, {product, constant_tensor({real("beta", 0.5f)}, printable(node_->name()) + " beta")});
  Value y;
  y.axes = x.axes;
  y.tensor = clipped(sum, 0, 1);
  result(std::move(y));
}

void OnnxWalk::read_pair(OperatorKind kind) {
  Value &a = value(0), &b = value(1);
  if (a.is_constant() && b.is_constant()) return fold_pair(kind);
  if (!a.is_constant() && covers(a.shape(), b.shape()))
    pair(kind, a, b, true);
  else if (!b.is_constant() && covers(b.shape(), a.shape()))
    pair(kind, b, a, false);
  else
    refuse(fmt::format("combines shapes {} and {}; one must cover the other", shape_text(a.shape()),
                       shape_text(b.shape())),
           "unsupported_shape");
}

// A constant divisor becomes a factor.
void OnnxWalk::read_div() {
  const Value& divisor = value(1);
  if (value(0).is_constant() && divisor.is_constant()) return fold_division();
  const Tensor& tensor = constant(1).constant;
  if (tensor.type != TensorType::float32) refuse("divides by a constant that is no float", "unsupported_type");
  std::vector<float> numbers(tensor.elements());
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = 1 / tensor.element<float>(k);
  Value inverse;
  inverse.axes = divisor.axes;
  const int index = constant_tensor(numbers, "1 / " + tensor.name);
  inverse.constant = graph_.tensors[static_cast<std::size_t>(index)];
  inverse.constant.shape = tensor.shape;
  if (!covers(computed(0).shape(), inverse.shape()))
    refuse(fmt::format("divides shape {} by shape {}", shape_text(value(0).shape()), shape_text(inverse.shape())),
           "unsupported_shape");
  pair(OperatorKind::mul, value(0), inverse, true);
}

// The numbers of the small one are put in the order of the large one. `small` may be the same as `large`.
void OnnxWalk::pair(OperatorKind kind, Value& large, Value& small, bool large_first) {
  Axes axes = large.axes;
  if (small.axes.size() > axes.size()) axes.insert(axes.begin(), small.axes.size() - axes.size(), {});
  const std::size_t skipped = axes.size() - small.axes.size();
  struct Part {
    Stretch large, small;  // a size of 0: is not in the small one
  };
  const auto parts_of = [&]() -> std::optional<std::vector<Part>> {
    std::vector<Part> parts;
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const bool is_in = k >= skipped && !small.axes[k - skipped].empty();
      const auto pieces = is_in ? split(small.axes[k - skipped], sizes_of(axes[k])) : Axes(axes[k].size());
      if (!pieces) return std::nullopt;
      for (std::size_t j = 0; j < axes[k].size(); ++j) {
        const Stretches& piece = (*pieces)[j];
        if (piece.size() > 1) return std::nullopt;
        parts.push_back({axes[k][j], piece.empty() ? Stretch{} : piece[0]});
      }
    }
    return parts;
  };
  auto parts = parts_of();
  if (!parts && !small.is_constant()) {  // finer, or ordered within an axis: then plainly
    arrange_axes(small, plain_order(small.axes.size()));
    for (Stretches& one : small.axes) one = joined(one);
    parts = parts_of();
  }
  if (!parts) refuse("combines values that are ordered in different ways", "unsupported_shape");
  std::sort(parts->begin(), parts->end(), [](const Part& a, const Part& b) { return a.large.step > b.large.step; });
  Shape sizes, small_sizes;
  Stretches order;
  for (const Part& one : *parts) {
    sizes.push_back(one.large.size);
    small_sizes.push_back(one.small.size == 0 ? 1 : one.small.size);
    if (one.small.size != 0) order.push_back(one.small);
  }
  int second = 0;
  if (small.is_constant()) {
    second = arranged(small, order, small_sizes);
  } else {
    Value moved = small;
    if (!are_dense(order)) {
      moved.axes = {order};
      arrange(moved, order);
    }
    second = moved.tensor;
  }
  Value y;
  const auto [first, other] = fitted(large.tensor, sizes, second, small_sizes);
  y.axes = std::move(axes);
  y.tensor = emit(kind, large_first ? std::vector<int>{first, other} : std::vector<int>{other, first});
  result(std::move(y));
}

// Both with shapes in which the second is stretched as it should be: the large one keeps its own where that goes.
std::pair<int, int> OnnxWalk::fitted(int large, const Shape& sizes, int small, const Shape& small_sizes) {
  const Shape own = graph_.tensors[static_cast<std::size_t>(large)].shape;
  Shape without_ones, wanted;
  for (const std::int64_t size : own) {
    if (size != 1) without_ones.push_back(size);
    wanted.push_back(size == 1 || without_ones.size() > small_sizes.size() ? 1 : small_sizes[without_ones.size() - 1]);
  }
  const bool keeps = without_ones == sizes;
  const auto turned = [&](int tensor, const Shape& shape) {
    Tensor& one = graph_.tensors[static_cast<std::size_t>(tensor)];
    if (!one.is_constant()) return shaped(tensor, shape);
    one.shape = shape;
    return tensor;
  };
  if (keeps && small_sizes == sizes) return {large, turned(small, own)};
  if (keeps) return {large, turned(small, wanted)};
  if (small_sizes == sizes) return {large, turned(small, own)};
  return {shaped(large, sizes), turned(small, small_sizes)};
}

// As images, where the value has three or four axes and lies so, otherwise in the order of the file.
bool OnnxWalk::lies_as_image(const Value& value) {
  const std::size_t axes = value.axes.size();
  if (axes == 4) return value.shape()[0] == 1;
  return axes == 3 && value.shape()[0] == 1 && are_dense(stretches_of(value.axes, image_order(3)));
}

int OnnxWalk::placed(Value& value, bool as_image) {
  if (as_image) return image(value);
  arrange_axes(value, plain_order(value.axes.size()));
  return shaped(value.tensor, value.shape());
}

// Of the tensor in which an axis of the file lies.
std::size_t OnnxWalk::placed_axis(std::size_t axis, std::size_t axes, bool as_image) {
  if (!as_image || axis == 0) return axis;
  return axis == 1 ? 3 : axes == 4 ? axis - 1 : 2;
}

OnnxWalk::Value OnnxWalk::placed_result(int tensor, std::size_t axes, bool as_image) const {
  Value y;
  const Shape& shape = graph_.tensors[static_cast<std::size_t>(tensor)].shape;
  y.tensor = tensor;
  y.axes = as_image ? image_axes(shape, axes) : plain_axes(shape);
  return y;
}

void OnnxWalk::read_pad() {
  Value& x = computed(0);
  const std::size_t axes = x.axes.size();
  const std::string mode = text("mode", "constant");
  if (mode != "constant")
    refuse(fmt::format("pads by '{}'; constants can be converted", printable(mode)), "unsupported_attribute");
  const std::vector<std::int64_t> pads = opset_ < 11 ? attribute_integers("pads") : integers(1);
  std::vector<std::size_t> over;
  if (has_input(3)) {
    for (const std::int64_t axis : integers(3)) over.push_back(axis_of(axis, axes));
  } else {
    over = plain_order(axes);
  }
  if (pads.size() != 2 * over.size())
    refuse(fmt::format("has {} pads for shape {}", pads.size(), shape_text(x.shape())), "bad_shape");
  const bool as_image = lies_as_image(x);
  const int source = placed(x, as_image);
  Attributes attributes;
  attributes.pads.resize(graph_.tensors[static_cast<std::size_t>(source)].shape.size());
  for (std::size_t k = 0; k < over.size(); ++k)
    attributes.pads[placed_axis(over[k], axes, as_image)] = {pads[k], pads[k + over.size()]};
  attributes.pad_value = opset_ < 11 ? real("value", 0) : has_input(2) ? number(2) : 0;
  result(placed_result(emit(OperatorKind::pad, {source}, attributes), axes, as_image));
}

void OnnxWalk::read_concat() {
  bool constant_only = true, as_image = true;
  const std::size_t axes = value(0).axes.size();
  for (int k = 0; k < node_->input_size(); ++k) {
    const Value& one = value(k);
    constant_only = constant_only && one.is_constant();
    if (one.axes.size() != axes)
      refuse(fmt::format("joins shapes {} and {}", shape_text(value(0).shape()), shape_text(one.shape())), "bad_shape");
    if (!one.is_constant()) as_image = as_image && lies_as_image(one);
  }
  if (attribute("axis", onnx::AttributeProto::INT) == nullptr) refuse("lacks the attribute 'axis'", "bad_attribute");
  const std::size_t axis = axis_of(integer("axis", 0), axes);
  if (constant_only) return fold_concat(axis);
  Attributes attributes;
  attributes.axis = placed_axis(axis, axes, as_image);
  std::vector<int> inputs;
  for (int k = 0; k < node_->input_size(); ++k) {
    Value& one = value(k);
    if (!one.is_constant()) {
      inputs.push_back(placed(one, as_image));
      continue;
    }
    const std::vector<std::size_t> order = as_image ? image_order(axes) : plain_order(axes);
    Shape shape;
    for (const std::size_t each : order) shape.push_back(one.shape()[each]);
    if (as_image && axes == 3) shape.insert(shape.begin() + 1, 1);
    inputs.push_back(arranged(one, stretches_of(one.axes, order), shape));
  }
  result(placed_result(emit(OperatorKind::concat, inputs, attributes), axes, as_image));
}

}  // namespace mica::ml
