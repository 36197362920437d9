// What writers of layers have in common, whatever the numbers are.
#pragma once

#include <utility>
#include <vector>

#include "ml/import/block_text.hpp"
#include "ml/import/graph.hpp"

namespace mica::ml {

// An image behind the axis of samples: height, width and channels.
struct Image {
  std::int64_t height = 1, width = 1, channels = 1;
};

// GraphError: the tensor is no image.
Image image_of(const Tensor& tensor);

// The fields of a layer with windows over its first input.
void write_window(BlockText& block, const Graph& graph, const Operator& one);

// Which input of a sum or a product comes first: the second begins anew when it ends. GraphError: none does.
std::pair<std::size_t, std::size_t> operands_of(const Graph& graph, const Operator& one);

// GraphError: it does not work along the last axis, or does not give int32.
void check_argmax(const Graph& graph, const Operator& one);

// GraphError: the average counts what is padded.
void check_pool(const Operator& one);

// All elements of a constant of that type.
template <typename Number>
std::vector<Number> numbers_of(const Tensor& tensor) {
  std::vector<Number> numbers(tensor.elements());
  for (std::size_t k = 0; k < numbers.size(); ++k) numbers[k] = tensor.element<Number>(k);
  return numbers;
}

}  // namespace mica::ml
