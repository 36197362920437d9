#include "ml/import/layer_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mica::ml {

Image image_of(const Tensor& tensor) {
  const Shape& shape = tensor.shape;
  if (shape.size() != 4) throw GraphError{fmt::format("takes a tensor of shape {}", shape_text(shape)), "bad_shape"};
  return {shape[1], shape[2], shape[3]};
}

void write_window(BlockText& block, const Graph& graph, const Operator& one) {
  const Window& window = one.attributes.window;
  const Image image = image_of(graph.tensor(one.inputs[0]));
  block.numbers("size", {image.height, image.width, image.channels})
      .numbers("kernel", {window.kernel_height, window.kernel_width})
      .numbers("stride", {window.stride_height, window.stride_width}, {1, 1})
      .numbers("dilation", {window.dilation_height, window.dilation_width}, {1, 1})
      .numbers("pads", {window.pad_top, window.pad_left, window.pad_bottom, window.pad_right}, {0, 0, 0, 0});
}

std::pair<std::size_t, std::size_t> operands_of(const Graph& graph, const Operator& one) {
  const auto input = [&](std::size_t k) -> const Tensor& { return graph.tensor(one.inputs[k]); };
  const Tensor& output = graph.tensor(one.outputs[0]);
  const auto repeats = [&](std::size_t first, std::size_t second) {
    if (input(first).shape != output.shape && input(first).elements() != output.elements()) return false;
    Shape whole = input(first).shape, part = input(second).shape;
    while (!part.empty() && part.front() == 1) part.erase(part.begin());
    return part.size() <= whole.size() && std::equal(part.rbegin(), part.rend(), whole.rbegin());
  };
  if (repeats(0, 1)) return {0, 1};
  if (repeats(1, 0)) return {1, 0};
  throw GraphError{fmt::format("joins shapes {} and {}; one must repeat along the front of the other",
                               shape_text(input(0).shape), shape_text(input(1).shape)),
                   "unsupported_shape"};
}

void check_argmax(const Graph& graph, const Operator& one) {
  const Tensor& output = graph.tensor(one.outputs[0]);
  if (one.attributes.axis + 1 != graph.tensor(one.inputs[0]).shape.size())
    throw GraphError{fmt::format("works along axis {}; only the last one can be converted", one.attributes.axis),
                     "unsupported_attribute"};
  if (output.type != TensorType::int32)
    throw GraphError{fmt::format("gives {}; only int32 can be converted", type_name(output.type)), "unsupported_type"};
}

void check_pool(const Operator& one) {
  if (one.attributes.counts_padding)
    throw GraphError{"counts padding among the cells of its average", "unsupported_attribute"};
}

}  // namespace mica::ml
