// Constants of an ONNX file, and values as the operators of a graph need them in memory.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ml/import/graph_checks.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/onnx_tensor.hpp"
#include "ml/import/onnx_walk.hpp"

namespace mica::ml {
std::vector<std::size_t> OnnxWalk::plain_order(std::size_t axes) {
  std::vector<std::size_t> order(axes);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

// Samples, height, width, channels.
std::vector<std::size_t> OnnxWalk::image_order(std::size_t axes) {
  std::vector<std::size_t> order = plain_order(axes);
  if (axes > 2) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return order;
}

std::span<std::byte> OnnxWalk::own(std::size_t bytes) {
  owned_bytes_ += bytes;
  if (owned_bytes_ > weight_bytes_max_)
    refuse_file(node_ == nullptr ? "the model" : node_text(),
                "constants are used so often that they take more memory than the file", "too_large");
  return graph_.own(bytes);
}

Tensor OnnxWalk::read_tensor(const onnx::TensorProto& proto, const std::string& what) {
  try {
    return tensor_of(proto, [this](std::size_t bytes) { return own(bytes); });
  } catch (const GraphError& error) {
    refuse_file(what, error.sentence, error.name);
  }
}

// A constant as a tensor of the graph, with its numbers in the order of the stretches.
int OnnxWalk::arranged(const Value& constant, const Stretches& stretches, Shape shape, const std::string& what,
                       std::size_t scale_axis) {
  Tensor tensor = constant.constant;
  tensor.shape = std::move(shape);
  if (!what.empty()) tensor.name += (tensor.name.empty() ? "" : " ") + what;
  if (!are_dense(stretches)) {
    const std::span<std::byte> to = own(tensor.data.size());
    gather(tensor.data, element_bytes(tensor.type), stretches, to.data());
    tensor.data = to;
  }
  const int index = add_tensor(std::move(tensor));
  if (constant.q) {
    graph_.wanted[index] = *constant.q;
    graph_.wanted[index].axis = scale_axis;
  }
  return index;
}

int OnnxWalk::constant_tensor(const std::vector<float>& numbers, const std::string& name) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = {static_cast<std::int64_t>(numbers.size())};
  const std::span<std::byte> to = own(numbers.size() * sizeof(float));
  std::memcpy(to.data(), numbers.data(), to.size());
  tensor.data = to;
  check_tensor(tensor);
  return add_tensor(std::move(tensor));
}

// The same numbers with another shape.
int OnnxWalk::shaped(int tensor, const Shape& shape) {
  if (graph_.tensors[static_cast<std::size_t>(tensor)].shape == shape) return tensor;
  Attributes attributes;
  attributes.shape = shape;
  return emit(OperatorKind::reshape, {tensor}, attributes);
}

// Makes the stretches of a value lie in this order.
void OnnxWalk::arrange(Value& value, const Stretches& order) {
  if (are_dense(order)) return;
  const Stretches lying = by_step(order);
  Attributes attributes;
  for (const Stretch& one : order)
    attributes.permutation.push_back(
        static_cast<std::size_t>(std::find(lying.begin(), lying.end(), one) - lying.begin()));
  const int shaped_tensor = shaped(value.tensor, sizes_of(lying));
  const auto wanted = graph_.wanted.find(value.tensor);
  const int moved = emit(OperatorKind::transpose, {shaped_tensor}, attributes);
  if (wanted != graph_.wanted.end()) graph_.wanted[moved] = wanted->second;
  std::int64_t step = 1;
  Axes axes = value.axes;
  for (std::size_t k = order.size(); k-- > 0;) {
    for (std::size_t axis = 0; axis < axes.size(); ++axis)
      for (std::size_t j = 0; j < axes[axis].size(); ++j)
        if (value.axes[axis][j] == order[k]) axes[axis][j].step = step;
    step *= order[k].size;
  }
  value.axes = std::move(axes);
  value.tensor = moved;
}

void OnnxWalk::arrange_axes(Value& value, const std::vector<std::size_t>& order) {
  arrange(value, stretches_of(value.axes, order));
}

Axes OnnxWalk::image_axes(const Shape& result, std::size_t axes) {
  Shape shape = axes == 4 ? Shape{1, result[3], result[1], result[2]} : Shape{1, result[3], result[2]};
  return ordered_axes(shape, image_order(axes));
}

// A value of three or four axes as 1xHxWxC.
int OnnxWalk::image(Value& value) {
  const Shape shape = value.shape();
  if (shape.size() != 3 && shape.size() != 4)
    refuse(
        fmt::format("takes a value of shape {}; one or two axes must follow samples and channels", shape_text(shape)),
        "bad_shape");
  if (shape[0] != 1) refuse(fmt::format("takes several samples, of shape {}", shape_text(shape)), "bad_shape");
  arrange_axes(value, image_order(shape.size()));
  return shaped(value.tensor, {1, shape.size() == 4 ? shape[2] : 1, shape.back(), shape[1]});
}

// A value of which the numbers along some axes are neighbours, in the order in which they lie; they are the last axis
// of the tensor.
int OnnxWalk::rows(Value& value, const std::vector<std::size_t>& along) {
  Stretches others;
  std::int64_t size = 1;
  for (std::size_t k = 0; k < value.axes.size(); ++k) {
    if (std::find(along.begin(), along.end(), k) == along.end())
      others.insert(others.end(), value.axes[k].begin(), value.axes[k].end());
    else
      size *= value.shape()[k];
  }
  const Stretches last = by_step(stretches_of(value.axes, along));
  Stretches in_memory = by_step(others);
  in_memory.insert(in_memory.end(), last.begin(), last.end());
  others.insert(others.end(), last.begin(), last.end());
  if (!are_dense(in_memory)) arrange(value, others);
  const Shape& shape = graph_.tensors[static_cast<std::size_t>(value.tensor)].shape;
  if (!shape.empty() && shape.back() == size) return value.tensor;
  return shaped(value.tensor, {elements_of(shape) / size, size});
}

// A row of constants in the order in which the numbers of an axis lie.
Stretches OnnxWalk::like(const Stretches& constant, const Stretches& axis) const {
  const auto parts = split(constant, sizes_of(axis));
  if (!parts) refuse("takes a constant whose parts are ordered in another way", "unsupported_graph");
  std::vector<std::size_t> order = plain_order(axis.size());
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return axis[a].step > axis[b].step; });
  return stretches_of(*parts, order);
}

}  // namespace mica::ml
