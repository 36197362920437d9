// Models of TensorFlow Lite, made in a test.
#pragma once

#include <tflite_generated.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace mica::tests {

namespace tfl = mica::ml::tflite;

// What the elements of a tensor are.
struct Number {
  tfl::ElementType type = tfl::ElementType::FLOAT32;
  std::vector<float> scales = {};
  std::vector<std::int64_t> zero_points = {};
  int axis = 0;
};

inline Number number(tfl::ElementType type) { return {.type = type}; }

inline Number quantised(float scale, std::int64_t zero_point, tfl::ElementType type = tfl::ElementType::INT8) {
  return {.type = type, .scales = {scale}, .zero_points = {zero_point}};
}

inline Number by_channel(std::vector<float> scales, int axis, tfl::ElementType type = tfl::ElementType::INT8) {
  std::vector<std::int64_t> zeros(scales.size());
  return {.type = type, .scales = std::move(scales), .zero_points = std::move(zeros), .axis = axis};
}

// A tensor to be: with data a constant.
struct Given {
  std::vector<int> shape;
  Number number = {};
  std::vector<std::uint8_t> data = {};
};

template <typename Element>
Given constant(std::vector<int> shape, Number number, const std::vector<Element>& elements) {
  std::vector<std::uint8_t> data(elements.size() * sizeof(Element));
  std::memcpy(data.data(), elements.data(), data.size());
  return {std::move(shape), std::move(number), std::move(data)};
}

Given floats(std::vector<int> shape);                                           // all 0.5
Given bytes(std::vector<int> shape, Number number);                             // int8: 1, 2, 3 ..
Given sums(std::vector<int> shape, std::vector<float> scales);                  // a bias: 10, 20, 30 ..
Given integers(const std::vector<std::int32_t>& numbers, bool scalar = false);  // a shape, axes, pads

class TfliteBuilder {
 public:
  TfliteBuilder();

  tfl::ModelT model;

  tfl::SubgraphT& graph() { return *model.subgraphs[0]; }
  tfl::TensorT& tensor(int index) { return *graph().tensors[static_cast<std::size_t>(index)]; }
  tfl::OperatorT& op(int index) { return *graph().operators[static_cast<std::size_t>(index)]; }
  tfl::BufferT& buffer_of(int index) { return *model.buffers[tensor(index).buffer]; }

  int add(const std::string& name, const Given& given);
  // An operator without options, and its options after it.
  tfl::OperatorT& add_operator(tfl::OperatorCode code, std::vector<int> inputs, std::vector<int> outputs);
  std::string bytes() const;
};

// x 1x6x5x2, CONV_2D with ReLU, MAX_POOL_2D, RESHAPE, FULLY_CONNECTED, SOFTMAX of three. The indices of its tensors:
namespace small {
enum { x, filter, bias, convolved, pooled, shape, flat, weights, offsets, scores, y };
}
TfliteBuilder small_tflite(bool of_int8 = true);

// One operator that takes all of `inputs`, named a, b, c .., and gives y; those that are no constants are the inputs of
// the graph.
template <typename Options>
TfliteBuilder one_operator(tfl::OperatorCode code, Options options, const std::vector<Given>& inputs,
                           const Given& result) {
  TfliteBuilder builder;
  std::vector<int> taken;
  for (const Given& given : inputs) {
    taken.push_back(builder.add(std::string(1, static_cast<char>('a' + taken.size())), given));
    if (given.data.empty()) builder.graph().inputs.push_back(taken.back());
  }
  const int y = builder.add("y", result);
  builder.add_operator(code, taken, {y}).options.Set(std::move(options));
  builder.graph().outputs = {y};
  return builder;
}

// The same without options.
TfliteBuilder one_operator(tfl::OperatorCode code, const std::vector<Given>& inputs, const Given& result);

}  // namespace mica::tests
