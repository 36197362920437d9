#include "ml/import/graph.hpp"

#include <fmt/format.h>

#include <bit>
#include <limits>

namespace mica::ml {

static_assert(std::endian::native == std::endian::little, "constants are taken from files as they are");

std::string printable(const std::string& text) {
  constexpr std::size_t shown_max = 60;
  std::string shown;
  for (char c : text.substr(0, shown_max)) shown += c >= ' ' && c <= '~' ? c : '?';
  return shown + (text.size() > shown_max ? "..." : "");
}

std::string shape_text(const Shape& shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

std::int64_t elements_of(const Shape& shape) {
  constexpr std::int64_t elements_max = std::numeric_limits<std::int32_t>::max();
  std::int64_t count = 1;
  for (std::int64_t size : shape) {
    if (size < 1 || size > elements_max) return -1;
    count *= size;
    if (count > elements_max) return -1;
  }
  return count;
}

std::span<std::byte> Graph::own(std::size_t bytes) {
  const std::shared_ptr<std::byte[]> memory(new std::byte[bytes]());
  owned.push_back(memory);
  return {memory.get(), bytes};
}

namespace {

int add(Graph& graph, TensorType type, const std::string& name, const Shape& shape, std::span<const std::byte> bytes) {
  Tensor tensor;
  tensor.name = name;
  tensor.shape = shape;
  tensor.type = type;
  const std::span<std::byte> memory = graph.own(bytes.size());
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  tensor.data = memory;
  graph.tensors.push_back(std::move(tensor));
  return static_cast<int>(graph.tensors.size()) - 1;
}

}  // namespace

int Graph::add_constant(const std::string& name, const Shape& shape, std::span<const float> numbers) {
  return add(*this, TensorType::float32, name, shape, std::as_bytes(numbers));
}
int Graph::add_constant(const std::string& name, const Shape& shape, std::span<const std::int8_t> numbers) {
  return add(*this, TensorType::int8, name, shape, std::as_bytes(numbers));
}
int Graph::add_constant(const std::string& name, const Shape& shape, std::span<const std::int32_t> numbers) {
  return add(*this, TensorType::int32, name, shape, std::as_bytes(numbers));
}

const char* type_name(TensorType type) {
  constexpr const char* names[] = {"float32", "int8", "int16", "int32", "int64", "uint8", "bool"};
  return names[static_cast<std::size_t>(type)];
}

std::size_t element_bytes(TensorType type) {
  constexpr std::size_t bytes[] = {4, 1, 2, 4, 8, 1, 1};
  return bytes[static_cast<std::size_t>(type)];
}

const char* kind_name(OperatorKind kind) {
  constexpr const char* names[] = {"conv2d",
                                   "depthwise_conv2d",
                                   "fully_connected",
                                   "add",
                                   "sub",
                                   "mul",
                                   "average_pool",
                                   "max_pool",
                                   "mean_hw",
                                   "softmax",
                                   "pad",
                                   "reshape",
                                   "concat",
                                   "relu",
                                   "relu6",
                                   "relu_n1_to_1",
                                   "clip",
                                   "sigmoid",
                                   "tanh",
                                   "hard_swish",
                                   "leaky_relu",
                                   "argmax",
                                   "quantise",
                                   "dequantise",
                                   "transpose",
                                   "batch_norm",
                                   "mat_mul"};
  static_assert(std::size(names) == operator_kinds);
  return names[static_cast<std::size_t>(kind)];
}

const char* activation_name(Activation activation) {
  constexpr const char* names[] = {"none", "relu", "relu6", "relu_n1_to_1"};
  return names[static_cast<std::size_t>(activation)];
}

}  // namespace mica::ml
