// Shapes of results.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ml/import/graph_checks.hpp"

namespace mica::ml {
namespace {

constexpr std::int64_t window_max =
    65535;  // of sizes, strides and dilations; larger ones are mistakes, and products fit

[[noreturn]] void refuse(const std::string& sentence, const char* name = "bad_shape") {
  throw GraphError{sentence, name};
}

const Tensor& input(const Graph& graph, const Operator& one, std::size_t k) {
  return graph.tensors[static_cast<std::size_t>(one.inputs[k])];
}

bool has_input(const Operator& one, std::size_t k) { return k < one.inputs.size() && one.inputs[k] >= 0; }

// Height, width and channels of an image.
const Shape& image(const Graph& graph, const Operator& one) {
  const Shape& x = input(graph, one, 0).shape;
  if (x.size() != 4) refuse(fmt::format("takes a tensor of shape {}; it needs 1xHxWxC", shape_text(x)));
  if (x[0] != 1)
    refuse(fmt::format("takes a batch of {}, of shape {}; export the model with a batch of 1", x[0], shape_text(x)));
  return x;
}

void check_window(const Window& w) {
  const auto within = [](std::int64_t least, std::initializer_list<std::int64_t> numbers, const char* what) {
    for (std::int64_t number : numbers)
      if (number < least || number > window_max)
        refuse(fmt::format("{} of {}; {} to {} are read", what, number, least, window_max), "bad_attribute");
  };
  within(1, {w.kernel_height, w.kernel_width}, "has a window");
  within(1, {w.stride_height, w.stride_width}, "has a stride");
  within(1, {w.dilation_height, w.dilation_width}, "has a dilation");
  constexpr std::int64_t pad_max = window_max * window_max;  // SAME pads at most a window with its dilation
  for (std::int64_t pad : {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right})
    if (pad < 0 || pad > pad_max) refuse(fmt::format("has a padding of {}", pad), "bad_attribute");
}

// Positions of a window along one axis.
std::int64_t positions(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t dilation,
                       std::int64_t padding) {
  const std::int64_t reach = (kernel - 1) * dilation + 1;
  if (size + padding < reach)
    refuse(fmt::format("has a window that reaches over {} where there are {}, with padding", reach, size + padding));
  return (size + padding - reach) / stride + 1;
}

Shape windows(const Shape& x, const Window& w, std::int64_t channels) {
  return {1, positions(x[1], w.kernel_height, w.stride_height, w.dilation_height, w.pad_top + w.pad_bottom),
          positions(x[2], w.kernel_width, w.stride_width, w.dilation_width, w.pad_left + w.pad_right), channels};
}

void check_bias(const Graph& graph, const Operator& one, std::int64_t channels) {
  if (!has_input(one, 2)) return;
  const Shape& bias = input(graph, one, 2).shape;
  if (elements_of(bias) != channels || bias.empty() || bias.back() != channels)
    refuse(fmt::format("has a bias of shape {} for {} channels", shape_text(bias), channels));
}

Shape convolution(const Graph& graph, const Operator& one) {
  const Shape& x = image(graph, one);
  const Shape& filter = input(graph, one, 1).shape;
  const Attributes& a = one.attributes;
  const bool depthwise = one.kind == OperatorKind::depthwise_conv2d;
  if (filter.size() != 4)
    refuse(fmt::format("has a filter of shape {}; it needs {}", shape_text(filter), depthwise ? "1xHxWxO" : "OxHxWxI"));
  if (a.window.kernel_height != filter[1] || a.window.kernel_width != filter[2])
    refuse(fmt::format("has a window of {}x{} and a filter of shape {}", a.window.kernel_height, a.window.kernel_width,
                       shape_text(filter)));
  check_window(a.window);
  const std::int64_t channels = filter[depthwise ? 3 : 0];
  const auto refuse_filter = [&] {
    refuse(fmt::format("has a filter of shape {} for {} channels{}", shape_text(filter), x[3],
                       a.groups == 1 ? "" : fmt::format(" in {} groups", a.groups)));
  };
  if (depthwise) {
    if (filter[0] != 1 || channels % x[3] != 0) refuse_filter();
  } else if (a.groups < 1 || x[3] % a.groups != 0 || filter[3] != x[3] / a.groups || channels % a.groups != 0) {
    refuse_filter();
  }
  check_bias(graph, one, channels);
  return windows(x, a.window, channels);
}

Shape pool(const Graph& graph, const Operator& one) {
  const Shape& x = image(graph, one);
  const Window& w = one.attributes.window;
  check_window(w);
  if (w.dilation_height != 1 || w.dilation_width != 1) refuse("has a dilation, which pools have not", "bad_attribute");
  // Each window must have something in it: its mean and its largest are of what is there.
  if (std::max(w.pad_top, w.pad_bottom) >= w.kernel_height || std::max(w.pad_left, w.pad_right) >= w.kernel_width)
    refuse("is padded by a whole window or more", "bad_attribute");
  return windows(x, w, x[3]);
}

Shape fully_connected(const Graph& graph, const Operator& one) {
  const Shape& x = input(graph, one, 0).shape;
  const Shape& weights = input(graph, one, 1).shape;
  if (weights.size() != 2) refuse(fmt::format("has weights of shape {}; it needs OxI", shape_text(weights)));
  const std::int64_t count = elements_of(x);
  const bool keeps = one.attributes.keeps_axes;
  if (count % weights[1] != 0 || (keeps && (x.empty() || x.back() != weights[1])))
    refuse(fmt::format("multiplies a tensor of shape {} with weights of shape {}", shape_text(x), shape_text(weights)));
  check_bias(graph, one, weights[0]);
  if (!keeps) return {count / weights[1], weights[0]};
  Shape shape = x;
  shape.back() = weights[0];
  return shape;
}

// Of two that are combined element by element.
Shape stretched(const Graph& graph, const Operator& one) {
  const Shape &a = input(graph, one, 0).shape, &b = input(graph, one, 1).shape;
  Shape shape(std::max(a.size(), b.size()));
  for (std::size_t k = 0; k < shape.size(); ++k) {  // from the last axis on
    const std::int64_t left = k < a.size() ? a[a.size() - 1 - k] : 1, right = k < b.size() ? b[b.size() - 1 - k] : 1;
    if (left != right && left != 1 && right != 1)
      refuse(fmt::format("combines tensors of shapes {} and {}", shape_text(a), shape_text(b)));
    shape[shape.size() - 1 - k] = std::max(left, right);
  }
  return shape;
}

void need_axis(std::size_t axis, const Shape& shape) {
  if (axis >= shape.size())
    refuse(fmt::format("works along axis {} of a tensor of shape {}", axis, shape_text(shape)), "bad_attribute");
}

Shape mean_hw(const Graph& graph, const Operator& one) {
  const Shape& x = image(graph, one);
  return one.attributes.keeps_axes ? Shape{1, 1, 1, x[3]} : Shape{1, x[3]};
}

Shape softmax(const Graph& graph, const Operator& one) {
  const Shape& x = input(graph, one, 0).shape;
  if (x.empty()) refuse("works on one number");
  if (!(one.attributes.beta > 0 && one.attributes.beta < 1e6f))  // not a number is none of both
    refuse(fmt::format("has a beta of {}", one.attributes.beta), "bad_attribute");
  return x;
}

// What works on each number by itself.
Shape elementwise(const Graph& graph, const Operator& one) {
  const Attributes& a = one.attributes;
  for (float number : {a.alpha, a.low, a.high, a.epsilon})
    if (!std::isfinite(number)) refuse(fmt::format("has an attribute of {}", number), "bad_attribute");
  if (a.low > a.high) refuse(fmt::format("clips to {} to {}", a.low, a.high), "bad_attribute");
  return input(graph, one, 0).shape;
}

Shape pad(const Graph& graph, const Operator& one) {
  Shape shape = input(graph, one, 0).shape;
  const auto& pads = one.attributes.pads;
  if (pads.size() != shape.size())
    refuse(fmt::format("pads {} axes of a tensor of shape {}", pads.size(), shape_text(shape)));
  for (std::size_t k = 0; k < shape.size(); ++k) {
    constexpr std::int64_t pad_max = std::int64_t{1} << 31;
    if (std::min(pads[k][0], pads[k][1]) < 0 || std::max(pads[k][0], pads[k][1]) > pad_max)
      refuse(fmt::format("pads axis {} by {} and {}", k, pads[k][0], pads[k][1]), "bad_attribute");
    shape[k] += pads[k][0] + pads[k][1];
  }
  return shape;
}

Shape reshape(const Graph& graph, const Operator& one) {
  const Shape &x = input(graph, one, 0).shape, &shape = one.attributes.shape;
  if (elements_of(shape) != elements_of(x))
    refuse(fmt::format("makes shape {} of a tensor of shape {}", shape_text(shape), shape_text(x)));
  return shape;
}

Shape concat(const Graph& graph, const Operator& one) {
  Shape shape = input(graph, one, 0).shape;
  const std::size_t axis = one.attributes.axis;
  need_axis(axis, shape);
  for (std::size_t k = 1; k < one.inputs.size(); ++k) {
    Shape next = input(graph, one, k).shape;
    const std::int64_t size = axis < next.size() ? next[axis] : 0;
    if (axis < next.size()) next[axis] = shape[axis];
    if (next != shape)
      refuse(fmt::format("joins tensors of shapes {} and {} along axis {}", shape_text(input(graph, one, 0).shape),
                         shape_text(input(graph, one, k).shape), axis));
    shape[axis] += size;
  }
  return shape;
}

Shape argmax(const Graph& graph, const Operator& one) {
  Shape shape = input(graph, one, 0).shape;
  const std::size_t axis = one.attributes.axis;
  need_axis(axis, shape);
  if (one.attributes.keeps_axes)
    shape[axis] = 1;
  else
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
  return shape;
}

Shape transpose(const Graph& graph, const Operator& one) {
  const Shape& x = input(graph, one, 0).shape;
  const std::vector<std::size_t>& permutation = one.attributes.permutation;
  std::vector<bool> taken(x.size());
  Shape shape;
  for (std::size_t axis : permutation) {
    if (axis >= x.size() || taken[axis]) break;
    taken[axis] = true;
    shape.push_back(x[axis]);
  }
  if (shape.size() != x.size() || permutation.size() != x.size())
    refuse(fmt::format("orders the axes of a tensor of shape {} as {}", shape_text(x), fmt::join(permutation, ",")),
           "bad_attribute");
  return shape;
}

Shape batch_norm(const Graph& graph, const Operator& one) {
  const Shape& x = input(graph, one, 0).shape;
  for (std::size_t k = 1; k < one.inputs.size(); ++k)
    if (x.empty() || input(graph, one, k).shape != Shape{x.back()})
      refuse(fmt::format("has a parameter of shape {} for a tensor of shape {}", shape_text(input(graph, one, k).shape),
                         shape_text(x)));
  return x;
}

Shape mat_mul(const Graph& graph, const Operator& one) {
  const Shape &a = input(graph, one, 0).shape, &b = input(graph, one, 1).shape;
  const bool fits = a.size() >= 2 && a.size() == b.size() && a.back() == b[b.size() - 2] &&
                    std::equal(a.begin(), a.end() - 2, b.begin());
  if (!fits) refuse(fmt::format("multiplies tensors of shapes {} and {}", shape_text(a), shape_text(b)));
  Shape shape = a;
  shape.back() = b.back();
  return shape;
}

Shape shape_of(const Graph& graph, const Operator& one) {
  switch (one.kind) {
    case OperatorKind::conv2d:
    case OperatorKind::depthwise_conv2d: return convolution(graph, one);
    case OperatorKind::fully_connected: return fully_connected(graph, one);
    case OperatorKind::add:
    case OperatorKind::sub:
    case OperatorKind::mul: return stretched(graph, one);
    case OperatorKind::average_pool:
    case OperatorKind::max_pool: return pool(graph, one);
    case OperatorKind::mean_hw: return mean_hw(graph, one);
    case OperatorKind::softmax: return softmax(graph, one);
    case OperatorKind::pad: return pad(graph, one);
    case OperatorKind::reshape: return reshape(graph, one);
    case OperatorKind::concat: return concat(graph, one);
    case OperatorKind::argmax: return argmax(graph, one);
    case OperatorKind::transpose: return transpose(graph, one);
    case OperatorKind::batch_norm: return batch_norm(graph, one);
    case OperatorKind::mat_mul: return mat_mul(graph, one);
    default: return elementwise(graph, one);
  }
}

}  // namespace

std::array<std::int64_t, 2> same_pads(std::int64_t size, std::int64_t kernel, std::int64_t stride,
                                      std::int64_t dilation) {
  const std::int64_t last = (size - 1) / stride * stride;  // where the last window would begin without padding
  const std::int64_t total = std::max<std::int64_t>(last + (kernel - 1) * dilation + 1 - size, 0);
  return {total / 2, total - total / 2};
}

Shape infer_shape(const Graph& graph, const Operator& one) {
  Shape shape = shape_of(graph, one);
  if (elements_of(shape) < 0)
    refuse(fmt::format("has a result of shape {}, which is too large", shape_text(shape)), "too_large");
  return shape;
}

}  // namespace mica::ml
