#include "tests/import/tflite_builder.hpp"

#include <numeric>

namespace mica::tests {
namespace {

std::size_t count(const std::vector<int>& shape) {
  return static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), 1, std::multiplies<>()));
}

}  // namespace

Given floats(std::vector<int> shape) {
  const std::vector<float> elements(count(shape), 0.5f);
  return constant(std::move(shape), {}, elements);
}

Given bytes(std::vector<int> shape, Number number) {
  std::vector<std::int8_t> elements(count(shape));
  for (std::size_t k = 0; k < elements.size(); ++k) elements[k] = static_cast<std::int8_t>(k % 127 + 1);
  return constant(std::move(shape), std::move(number), elements);
}

Given sums(std::vector<int> shape, std::vector<float> scales) {
  std::vector<std::int32_t> elements(count(shape));
  for (std::size_t k = 0; k < elements.size(); ++k) elements[k] = static_cast<std::int32_t>(10 * k + 10);
  return constant(std::move(shape), by_channel(std::move(scales), 0, tfl::ElementType::INT32), elements);
}

Given integers(const std::vector<std::int32_t>& numbers, bool scalar) {
  std::vector<int> shape;
  if (!scalar) shape.push_back(static_cast<int>(numbers.size()));
  return constant(std::move(shape), number(tfl::ElementType::INT32), numbers);
}

TfliteBuilder::TfliteBuilder() {
  model.version = 3;
  model.subgraphs.push_back(std::make_unique<tfl::SubgraphT>());
  model.buffers.push_back(std::make_unique<tfl::BufferT>());
}

int TfliteBuilder::add(const std::string& name, const Given& given) {
  auto tensor = std::make_unique<tfl::TensorT>();
  tensor->name = name;
  tensor->shape = given.shape;
  tensor->type = given.number.type;
  if (!given.number.scales.empty()) {
    tensor->quantisation = std::make_unique<tfl::QuantisationT>();
    tensor->quantisation->scale = given.number.scales;
    tensor->quantisation->zero_point = given.number.zero_points;
    tensor->quantisation->axis = given.number.axis;
  }
  if (!given.data.empty()) {
    tensor->buffer = static_cast<std::uint32_t>(model.buffers.size());
    model.buffers.push_back(std::make_unique<tfl::BufferT>());
    model.buffers.back()->data = given.data;
  }
  graph().tensors.push_back(std::move(tensor));
  return static_cast<int>(graph().tensors.size()) - 1;
}

tfl::OperatorT& TfliteBuilder::add_operator(tfl::OperatorCode code, std::vector<int> inputs, std::vector<int> outputs) {
  auto type = std::make_unique<tfl::OperatorTypeT>();
  type->code = code;
  type->old_code = static_cast<std::int8_t>(std::min(static_cast<int>(code), 127));
  model.operator_types.push_back(std::move(type));
  auto added = std::make_unique<tfl::OperatorT>();
  added->type = static_cast<std::uint32_t>(model.operator_types.size()) - 1;
  added->inputs = std::move(inputs);
  added->outputs = std::move(outputs);
  graph().operators.push_back(std::move(added));
  return *graph().operators.back();
}

std::string TfliteBuilder::bytes() const {
  flatbuffers::FlatBufferBuilder builder;
  tfl::FinishModelBuffer(builder, tfl::Model::Pack(builder, &model));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

TfliteBuilder one_operator(tfl::OperatorCode code, const std::vector<Given>& inputs, const Given& result) {
  TfliteBuilder builder = one_operator(code, tfl::AddOptionsT(), inputs, result);
  builder.op(0).options.Reset();
  return builder;
}

TfliteBuilder small_tflite(bool of_int8) {
  TfliteBuilder b;
  const auto value = [&](const char* name, std::vector<int> shape, float scale, int zero_point) {
    b.add(name, {std::move(shape), of_int8 ? quantised(scale, zero_point) : Number{}});
  };
  const auto weights = [&](const char* name, std::vector<int> shape, Number number) {
    b.add(name, of_int8 ? bytes(std::move(shape), std::move(number)) : floats(std::move(shape)));
  };
  const auto bias = [&](const char* name, std::vector<int> shape, std::vector<float> scales) {
    b.add(name, of_int8 ? sums(std::move(shape), std::move(scales)) : floats(std::move(shape)));
  };
  value("x", {1, 6, 5, 2}, 0.5f, 3);
  weights("filter", {4, 3, 2, 2}, by_channel({0.1f, 0.2f, 0.3f, 0.4f}, 0));
  bias("bias", {4}, {0.05f, 0.1f, 0.15f, 0.2f});
  value("convolved", {1, 3, 5, 4}, 0.25f, -128);
  value("pooled", {1, 1, 4, 4}, 0.25f, -128);
  b.add("shape", integers({1, -1}));
  value("flat", {1, 16}, 0.25f, -128);
  weights("weights", {3, 16}, quantised(0.05f, 0));
  bias("offsets", {3}, {0.0125f});
  value("scores", {1, 3}, 0.1f, 5);
  value("y", {1, 3}, 1.0f / 256, -128);

  tfl::Conv2DOptionsT convolution;
  convolution.stride_h = 2;
  convolution.stride_w = 1;
  convolution.fused = tfl::Fused::RELU;
  b.add_operator(tfl::OperatorCode::CONV_2D, {small::x, small::filter, small::bias}, {small::convolved})
      .options.Set(std::move(convolution));
  tfl::Pool2DOptionsT pool;
  pool.padding = tfl::Padding::VALID;
  pool.stride_h = pool.filter_h = pool.filter_w = 2;
  pool.stride_w = 1;
  b.add_operator(tfl::OperatorCode::MAX_POOL_2D, {small::convolved}, {small::pooled}).options.Set(std::move(pool));
  b.add_operator(tfl::OperatorCode::RESHAPE, {small::pooled, small::shape}, {small::flat});
  b.add_operator(tfl::OperatorCode::FULLY_CONNECTED, {small::flat, small::weights, small::offsets}, {small::scores})
      .options.Set(tfl::FullyConnectedOptionsT());
  tfl::SoftmaxOptionsT softmax;
  softmax.beta = 1;
  b.add_operator(tfl::OperatorCode::SOFTMAX, {small::scores}, {small::y}).options.Set(std::move(softmax));
  b.graph().inputs = {small::x};
  b.graph().outputs = {small::y};
  return b;
}

}  // namespace mica::tests
