// Files of TensorFlow Lite that are wrong, or not for us: each is refused by name, and nothing in a file does any harm.
// What single operators refuse is in tflite_operators_test.cpp.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "ml/import/costs.hpp"
#include "tests/import/refusal.hpp"
#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using Code = tfl::OperatorCode;
using Type = tfl::ElementType;

struct Refusal {
  const char* what;
  std::function<void(TfliteBuilder&)> spoil;  // the small model of integers
  const char* name;
  const char* message;  // a part of it
};

void make_float(TfliteBuilder& b, int tensor) {
  b.tensor(tensor).type = Type::FLOAT32;
  b.tensor(tensor).quantisation = nullptr;
}

void set_code(TfliteBuilder& b, std::size_t type, Code code) {
  b.model.operator_types[type]->code = code;
  b.model.operator_types[type]->old_code = static_cast<std::int8_t>(std::min(static_cast<int>(code), 127));
}

tfl::Conv2DOptionsT& convolution(TfliteBuilder& b) { return *b.op(0).options.AsConv2DOptions(); }

const Refusal refusals[] = {
    // The file
    {"other version", [](TfliteBuilder& b) { b.model.version = 2; }, "unsupported_version", "is of version 2"},
    {"no subgraph", [](TfliteBuilder& b) { b.model.subgraphs.clear(); }, "unsupported_graph", "has 0 subgraphs"},
    {"two subgraphs", [](TfliteBuilder& b) { b.model.subgraphs.push_back(std::make_unique<tfl::SubgraphT>()); },
     "unsupported_graph", "has 2 subgraphs"},
    {"no input", [](TfliteBuilder& b) { b.graph().inputs.clear(); }, "missing_tensor", "has no input"},
    {"no output", [](TfliteBuilder& b) { b.graph().outputs.clear(); }, "missing_tensor", "has no output"},
    {"many inputs", [](TfliteBuilder& b) { b.graph().inputs.resize(300); }, "too_large", "has 300 inputs"},
    {"many outputs", [](TfliteBuilder& b) { b.graph().outputs.resize(300); }, "too_large", "has 300 outputs"},
    {"input twice",
     [](TfliteBuilder& b) {
       b.graph().inputs = {0, 0};
     },
     "unsupported_graph", "is an input twice"},
    {"input that is none", [](TfliteBuilder& b) { b.graph().inputs = {11}; }, "missing_tensor", "tensor 11 is not"},
    {"input below 0", [](TfliteBuilder& b) { b.graph().inputs = {-1}; }, "missing_tensor", "tensor -1 is not"},
    {"input with data", [](TfliteBuilder& b) { b.graph().inputs = {small::filter}; }, "unsupported_graph",
     "m.tflite: error: tensor 1 'filter': is an input with data"},
    {"output that is the input", [](TfliteBuilder& b) { b.graph().outputs = {small::x}; }, "missing_tensor",
     "tensor 0 'x': is an output that no layer computes"},
    {"output that nothing computes", [](TfliteBuilder& b) { b.graph().operators.pop_back(); }, "missing_tensor", "'y'"},
    {"batch", [](TfliteBuilder& b) { b.tensor(small::x).shape[0] = 2; }, "bad_shape",
     "tensor 0 'x': is an input of shape 2x6x5x2; export the model with a batch of 1"},
    {"open size",
     [](TfliteBuilder& b) {
       b.tensor(small::x).shape_signature = {-1, 6, -1, 2};
     },
     "bad_shape", "its size 2 is open"},
    {"open batch",
     [](TfliteBuilder& b) {
       b.tensor(small::x).shape_signature = {-1, 6, 5, 2};
     },
     "", ""},

    // Tensors
    {"half floats", [](TfliteBuilder& b) { b.tensor(small::filter).type = Type::FLOAT16; }, "unsupported_type",
     "operator 0 'convolved' (CONV_2D): tensor 1 'filter': its elements are of type FLOAT16"},
    {"int4", [](TfliteBuilder& b) { b.tensor(small::filter).type = Type::INT4; }, "unsupported_type", "type INT4"},
    {"type that is none", [](TfliteBuilder& b) { b.tensor(small::filter).type = static_cast<Type>(77); },
     "unsupported_type", "type 77"},
    {"variable", [](TfliteBuilder& b) { b.tensor(small::pooled).is_variable = true; }, "unsupported_graph",
     "keeps its value"},
    {"sparse", [](TfliteBuilder& b) { b.tensor(small::filter).sparsity = std::make_unique<tfl::UnreadT>(); },
     "unsupported_type", "is sparse"},
    {"nine axes", [](TfliteBuilder& b) { b.tensor(small::x).shape.assign(9, 1); }, "bad_shape", "has 9 axes"},
    {"size of 0", [](TfliteBuilder& b) { b.tensor(small::filter).shape[1] = 0; }, "bad_shape", "has shape 4x0x2x2"},
    {"size below 0", [](TfliteBuilder& b) { b.tensor(small::filter).shape[1] = -3; }, "bad_shape", "4x-3x2x2"},
    {"sizes whose product wraps",
     [](TfliteBuilder& b) {
       b.tensor(small::x).shape = {1, 1 << 30, 1 << 30, 16};
     },
     "bad_shape", "1x1073741824x"},
    {"too little data", [](TfliteBuilder& b) { b.buffer_of(small::filter).data.pop_back(); }, "wrong_size",
     "tensor 1 'filter': has 47 bytes of data instead of 48"},
    {"too much data", [](TfliteBuilder& b) { b.buffer_of(small::bias).data.resize(20); }, "wrong_size", "20 bytes"},
    {"weights without data", [](TfliteBuilder& b) { b.buffer_of(small::filter).data.clear(); }, "missing_tensor",
     "takes tensor 1 'filter', which nothing before it computes"},
    {"buffer that is none", [](TfliteBuilder& b) { b.tensor(small::filter).buffer = 99; }, "missing_tensor",
     "its data is buffer 99"},
    {"data elsewhere", [](TfliteBuilder& b) { b.tensor(small::filter).external_buffer = 1; }, "external_data", ""},
    {"data behind", [](TfliteBuilder& b) { b.buffer_of(small::filter).offset = 4096; }, "external_data", "behind"},

    // Quantisation
    {"scales of another kind", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->details_type = 1; },
     "unsupported_type", "in a way of its own"},
    {"fewer zero points", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->zero_point.pop_back(); },
     "bad_quantisation", "4 scales and 3 zero points"},
    {"more zero points",
     [](TfliteBuilder& b) {
       b.tensor(small::x).quantisation->zero_point = {3, 3};
     },
     "bad_quantisation", "1 scales and 2 zero points"},
    {"no zero points", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->zero_point.clear(); }, "", ""},
    {"fewer scales than channels",
     [](TfliteBuilder& b) {
       b.tensor(small::filter).quantisation->scale.pop_back();
       b.tensor(small::filter).quantisation->zero_point.pop_back();
     },
     "bad_quantisation", "has 3 scales along axis 0 of shape 4x3x2x2"},
    {"axis that is none", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->axis = 4; }, "bad_quantisation",
     "along axis 4"},
    {"axis below 0", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->axis = -1; }, "bad_quantisation",
     "along no axis"},
    {"other axis",
     [](TfliteBuilder& b) {
       b.tensor(small::filter).quantisation->scale = {0.1f, 0.2f};
       b.tensor(small::filter).quantisation->zero_point = {0, 0};
       b.tensor(small::filter).quantisation->axis = 3;
     },
     "bad_quantisation", "with scales along axis 3; they must be along 0"},
    {"scale that is no number", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->scale = {NAN}; },
     "bad_quantisation", "scale of nan"},
    {"endless scale", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->scale = {INFINITY}; }, "bad_quantisation",
     "scale of inf"},
    {"scale below 0", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->scale[2] = -1; }, "bad_quantisation",
     "scale of -1"},
    {"scale of 0", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->scale = {0}; }, "bad_quantisation",
     "'x' has a scale of 0"},
    {"channel of zeros",
     [](TfliteBuilder& b) {
       b.tensor(small::filter).quantisation->scale[1] = 0;
       b.tensor(small::bias).quantisation->scale[1] = 0;
     },
     "", ""},
    {"one scale for all channels of a bias, which are alike",
     [](TfliteBuilder& b) {
       b.tensor(small::filter).quantisation->scale.assign(4, 0.1f);
       b.tensor(small::bias).quantisation->scale = {0.05f};
       b.tensor(small::bias).quantisation->zero_point = {0};
     },
     "", ""},
    {"axis of a single scale", [](TfliteBuilder& b) { b.tensor(small::weights).quantisation->axis = 1; }, "", ""},
    {"activations without scales", [](TfliteBuilder& b) { b.tensor(small::pooled).quantisation = nullptr; },
     "bad_quantisation", "'pooled' is int8 with 0 scales"},
    {"activations with scales for channels",
     [](TfliteBuilder& b) {
       b.tensor(small::pooled).quantisation->scale.assign(4, 0.25f);
       b.tensor(small::pooled).quantisation->zero_point.assign(4, -128);
       b.tensor(small::pooled).quantisation->axis = 3;
     },
     "bad_quantisation", "'pooled' is int8 with 4 scales"},
    {"weights without scales", [](TfliteBuilder& b) { b.tensor(small::weights).quantisation = nullptr; },
     "bad_quantisation", "int8 without a scale"},
    {"zero point of another type", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->zero_point = {128}; },
     "bad_quantisation", "zero point of 128"},
    {"zero point below its type", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->zero_point = {-129}; },
     "bad_quantisation", "zero point of -129"},
    {"zero point beyond all", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->zero_point = {1ll << 40}; },
     "bad_quantisation", "zero point of 1099511627776"},
    {"zero point far below all", [](TfliteBuilder& b) { b.tensor(small::x).quantisation->zero_point = {-(1ll << 40)}; },
     "bad_quantisation", "zero point of -1099511627776"},
    {"no axis of a single scale", [](TfliteBuilder& b) { b.tensor(small::weights).quantisation->axis = -1; }, "", ""},
    {"axis of the scales of a row", [](TfliteBuilder& b) { b.tensor(small::bias).quantisation->axis = 3; }, "", ""},
    {"zero point of weights", [](TfliteBuilder& b) { b.tensor(small::filter).quantisation->zero_point[3] = 1; },
     "bad_quantisation", "weights with a zero point of 1"},
    {"zero point of a bias", [](TfliteBuilder& b) { b.tensor(small::bias).quantisation->zero_point[3] = 1; },
     "bad_quantisation", "bias with a zero point of 1"},
    {"scale of a bias", [](TfliteBuilder& b) { b.tensor(small::bias).quantisation->scale[2] = 0.16f; },
     "bad_quantisation", "bias with scale 0.16 in channel 2; input and weights give 0.15"},
    {"bias without scales", [](TfliteBuilder& b) { b.tensor(small::bias).quantisation = nullptr; }, "bad_quantisation",
     "a bias with 0 scales for weights with 4"},
    {"factor beyond all", [](TfliteBuilder& b) { b.tensor(small::convolved).quantisation->scale = {1e-12f}; },
     "bad_quantisation", "which is too much"},
    {"pool that scales", [](TfliteBuilder& b) { b.tensor(small::pooled).quantisation->scale = {0.2501f}; },
     "bad_quantisation", "operator 1 'pooled' (MAX_POOL_2D): takes 'convolved' with scale 0.25, zero point -128"},
    {"pool that moves", [](TfliteBuilder& b) { b.tensor(small::pooled).quantisation->zero_point = {-127}; },
     "bad_quantisation", "both must be the same"},
    {"reshape that scales", [](TfliteBuilder& b) { b.tensor(small::flat).quantisation->scale = {0.26f}; },
     "bad_quantisation", "operator 2 'flat' (RESHAPE)"},
    {"softmax that scales", [](TfliteBuilder& b) { b.tensor(small::y).quantisation->scale = {1.0f / 255}; },
     "bad_quantisation", "it must be scale 0.00390625, zero point -128"},
    {"softmax that moves", [](TfliteBuilder& b) { b.tensor(small::y).quantisation->zero_point = {0}; },
     "bad_quantisation", "zero point 0; it must be"},

    // Operators
    {"unknown operator", [](TfliteBuilder& b) { set_code(b, 1, Code::SVDF); }, "unsupported_operator",
     "operator 1 'pooled' (SVDF): this operator cannot be converted; there are ADD, ARG_MAX, "},
    {"custom operator",
     [](TfliteBuilder& b) {
       set_code(b, 1, Code::CUSTOM);
       b.model.operator_types[1]->custom_code = "Their\nOwn";
     },
     "unsupported_operator", "(custom 'Their?Own'): custom operators"},
    {"operator without a name", [](TfliteBuilder& b) { set_code(b, 1, static_cast<Code>(204)); },
     "unsupported_operator", "(number 204)"},
    {"operator of an old file", [](TfliteBuilder& b) { b.model.operator_types[1]->code = Code::ADD; }, "", ""},
    {"operator of a new file", [](TfliteBuilder& b) { b.model.operator_types[1]->old_code = 0; }, "", ""},
    {"type of an operator that is none", [](TfliteBuilder& b) { b.op(3).type = 5; }, "missing_operator",
     "operator 3 'scores' (?): is of type 5"},
    {"no result", [](TfliteBuilder& b) { b.op(3).outputs.clear(); }, "wrong_count",
     "operator 3 (FULLY_CONNECTED): has 0"},
    {"two results", [](TfliteBuilder& b) { b.op(3).outputs.push_back(small::y); }, "wrong_count", "has 2 outputs"},
    {"result that is none", [](TfliteBuilder& b) { b.op(3).outputs = {99}; }, "missing_tensor", "tensor 99"},
    {"result that is a constant",
     [](TfliteBuilder& b) {
       const int constant = b.add("", bytes({1, 3, 5, 4}, quantised(0.25f, -128)));
       b.tensor(small::convolved).buffer = b.tensor(constant).buffer;
     },
     "duplicate_name", "operator 0 'convolved' (CONV_2D): computes tensor 3 'convolved', a constant"},
    {"result that is an input", [](TfliteBuilder& b) { b.graph().inputs.push_back(small::convolved); },
     "duplicate_name", "computes tensor 3 'convolved' once more"},
    {"result twice",
     [](TfliteBuilder& b) {
       b.op(2).inputs[0] = small::convolved;
       b.op(1).outputs = {small::convolved};
     },
     "bad_shape", ""},
    {"cycle", [](TfliteBuilder& b) { b.op(0).inputs[0] = small::convolved; }, "missing_tensor",
     "operator 0 'convolved' (CONV_2D): takes tensor 3 'convolved', which nothing before it computes"},
    {"later result", [](TfliteBuilder& b) { b.op(2).inputs[0] = small::y; }, "missing_tensor",
     "takes tensor 10 'y', which nothing before it computes"},
    {"input of an operator that is none", [](TfliteBuilder& b) { b.op(2).inputs[0] = 11; }, "missing_tensor",
     "operator 2 'flat' (RESHAPE): tensor 11 is not"},
    {"input of an operator below -1", [](TfliteBuilder& b) { b.op(0).inputs[2] = -2; }, "missing_tensor", "tensor -2"},
    {"no weights", [](TfliteBuilder& b) { b.op(0).inputs[1] = -1; }, "missing_tensor", "lacks its input 1"},
    {"no inputs", [](TfliteBuilder& b) { b.op(0).inputs.clear(); }, "wrong_count", "has 0 inputs; it needs 2 to 3"},
    {"four inputs", [](TfliteBuilder& b) { b.op(0).inputs.push_back(small::x); }, "wrong_count", "has 4 inputs"},
    {"inputs without end", [](TfliteBuilder& b) { b.op(4).inputs.resize(1000, small::scores); }, "wrong_count", "1000"},
    {"weights that are computed", [](TfliteBuilder& b) { b.op(3).inputs[1] = small::flat; }, "unsupported_graph",
     "takes 'flat', which is computed, where a constant should be"},
    {"constants only", [](TfliteBuilder& b) { b.op(0).inputs[0] = small::filter; }, "unsupported_graph",
     "constants only"},
    {"hybrid",
     [](TfliteBuilder& b) {
       make_float(b, small::x);
       make_float(b, small::convolved);
     },
     "unsupported_type", "operator 0 'convolved' (CONV_2D): has weights of int8 for float32 activations (a hybrid"},
    {"weights of floats",
     [](TfliteBuilder& b) {
       make_float(b, small::filter);
       b.buffer_of(small::filter).data.resize(192);
     },
     "unsupported_type", "has weights of float32 for activations of int8"},
    {"16x8", [](TfliteBuilder& b) { b.tensor(small::x).type = Type::INT16; }, "unsupported_type",
     "works on int16; float32 and int8 can be converted: quantise the model to int8"},
    {"old unsigned model", [](TfliteBuilder& b) { b.tensor(small::x).type = Type::UINT8; }, "unsupported_type",
     "works on uint8"},
    {"bias of another type", [](TfliteBuilder& b) { b.op(0).inputs[2] = small::weights; }, "unsupported_type",
     "has a bias of int8"},
    {"result of another type", [](TfliteBuilder& b) { make_float(b, small::convolved); }, "unsupported_type",
     "makes float32 of int8"},
    {"result of another shape", [](TfliteBuilder& b) { b.tensor(small::convolved).shape[1] = 4; }, "bad_shape",
     "its result has shape 1x4x5x4 in the file; from its inputs follows 1x3x5x4"},
    {"options of another operator", [](TfliteBuilder& b) { b.op(0).options.Set(tfl::Pool2DOptionsT()); },
     "unsupported_attribute", "options"},
    {"no options", [](TfliteBuilder& b) { b.op(0).options.Reset(); }, "unsupported_attribute", "its options lack"},
    {"stride of 0", [](TfliteBuilder& b) { convolution(b).stride_h = 0; }, "bad_attribute", "has a stride of 0"},
    {"stride below 0", [](TfliteBuilder& b) { convolution(b).stride_w = -1; }, "bad_attribute", "has a stride of -1"},
    {"dilation of 0", [](TfliteBuilder& b) { convolution(b).dilation_h = 0; }, "bad_attribute", "has a dilation of 0"},
    {"dilation beyond all", [](TfliteBuilder& b) { convolution(b).dilation_w = 1 << 30; }, "bad_attribute", ""},
    {"padding that is none", [](TfliteBuilder& b) { convolution(b).padding = static_cast<tfl::Padding>(7); },
     "unsupported_attribute", "padding of kind 7"},
    {"fused tanh", [](TfliteBuilder& b) { convolution(b).fused = tfl::Fused::TANH; }, "unsupported_attribute",
     "its fused activation TANH is not supported"},
    {"fused activation that is none", [](TfliteBuilder& b) { convolution(b).fused = static_cast<tfl::Fused>(99); },
     "unsupported_attribute", "activation 99"},
    {"pool of size 0", [](TfliteBuilder& b) { b.op(1).options.AsPool2DOptions()->filter_w = 0; }, "bad_attribute",
     "has a window of 0"},
    {"pool larger than all", [](TfliteBuilder& b) { b.op(1).options.AsPool2DOptions()->filter_w = 6; }, "bad_shape",
     "reaches over 6 where there are 5"},
    {"shuffled weights",
     [](TfliteBuilder& b) { b.op(3).options.AsFullyConnectedOptions()->weights_format = tfl::WeightsFormat::SHUFFLED; },
     "unsupported_attribute", "shuffled"},
    {"beta of 0", [](TfliteBuilder& b) { b.op(4).options.AsSoftmaxOptions()->beta = 0; }, "bad_attribute", "beta of 0"},
    {"beta that is no number", [](TfliteBuilder& b) { b.op(4).options.AsSoftmaxOptions()->beta = NAN; },
     "bad_attribute", "beta of nan"},
    {"batch inside",
     [](TfliteBuilder& b) {
       const int shape = b.add("", integers({4, 2, 1, 2}));
       b.tensor(small::shape) = b.tensor(shape);
       b.tensor(small::flat).shape = {4, 2, 1, 2};
       set_code(b, 3, Code::MAX_POOL_2D);
       b.op(3).inputs = {small::flat};
       b.op(3).options.Set(tfl::Pool2DOptionsT(*b.op(1).options.AsPool2DOptions()));
     },
     "bad_shape", "operator 3 'scores' (MAX_POOL_2D): takes a batch of 4, of shape 4x2x1x2"},
    {"shape that does not fit", [](TfliteBuilder& b) { b.buffer_of(small::shape).data[0] = 3; }, "bad_shape",
     "makes shape 3x5 of a tensor of shape 1x1x4x4"},
    {"two open sizes",
     [](TfliteBuilder& b) { b.buffer_of(small::shape).data = {255, 255, 255, 255, 255, 255, 255, 255}; }, "bad_shape",
     "makes shape 1x-1"},
    {"shape that is too long",
     [](TfliteBuilder& b) {
       const int shape = b.add("", integers(std::vector<int>(65, 1)));
       b.tensor(small::shape) = b.tensor(shape);
     },
     "unsupported_type", "list of integers"},
    {"two shapes", [](TfliteBuilder& b) { b.op(2).inputs.push_back(small::shape); }, "wrong_count",
     "has 3 inputs; at most 2 are read"},
    {"shape that is computed", [](TfliteBuilder& b) { b.op(2).inputs[1] = small::convolved; }, "unsupported_graph",
     "takes tensor 3 'convolved' where a constant should be"},
    {"shape of bytes", [](TfliteBuilder& b) { b.op(2).inputs[1] = small::weights; }, "unsupported_type",
     "list of integers"},
};

TEST_CASE("files are refused by name") {
  for (const Refusal& one : refusals) {
    CAPTURE(one.what);
    TfliteBuilder builder = small_tflite();
    one.spoil(builder);
    check_refusal(builder, one.name, one.message);
  }
}

TEST_CASE("floats that are none") {
  TfliteBuilder builder = small_tflite(false);
  const float none = NAN;
  std::memcpy(builder.buffer_of(small::offsets).data.data() + 4, &none, sizeof none);
  check_refusal(builder, "not_finite", "operator 3 'scores' (FULLY_CONNECTED): tensor 8 'offsets'");
}

TEST_CASE("what is in a file and not used does not matter") {
  TfliteBuilder builder = small_tflite();
  builder.add("text", {{-5}, number(Type::STRING)});
  builder.model.buffers.push_back(std::make_unique<tfl::BufferT>());
  builder.model.buffers.back()->offset = 4096;
  std::string name;
  CHECK(refusal_of(builder.bytes(), name) == "");
}

// A file in which one constant is there two hundred times, which takes it four bytes each.
std::string shared_constant(bool has_scales) {
  flatbuffers::FlatBufferBuilder builder;
  const int elements = 1 << 16;
  const auto quantisation = [&](int scales) {
    const auto scale = builder.CreateVector(std::vector<float>(static_cast<std::size_t>(scales), 1));
    const auto zero = builder.CreateVector(std::vector<std::int64_t>(static_cast<std::size_t>(scales)));
    return tfl::CreateQuantisation(builder, scale, zero);
  };
  const auto tensor = [&](int size, std::uint32_t buffer, int scales) {
    const auto shape = builder.CreateVector(std::vector<int>{size});
    return tfl::CreateTensor(builder, shape, Type::INT8, buffer, 0, quantisation(scales));
  };
  std::vector<flatbuffers::Offset<tfl::Tensor>> tensors = {tensor(1, 0, 1), tensor(1 + 200 * elements, 0, 1)};
  tensors.resize(202, tensor(elements, 1, has_scales ? elements : 1));
  std::vector<int> inputs = {0};
  for (int k = 2; k < 202; ++k) inputs.push_back(k);
  const std::vector<int> x = {0}, y = {1};
  const auto options = tfl::CreateConcatenationOptions(builder).Union();
  const std::vector operators = {
      tfl::CreateOperatorDirect(builder, 0, &inputs, &y, tfl::Options::ConcatenationOptions, options)};
  const std::vector subgraphs = {tfl::CreateSubgraphDirect(builder, &tensors, &x, &y, &operators)};
  const std::vector types = {tfl::CreateOperatorTypeDirect(builder, 2, nullptr, 1, Code::CONCATENATION)};
  const std::vector<std::uint8_t> data(elements);
  const std::vector buffers = {tfl::CreateBufferDirect(builder), tfl::CreateBufferDirect(builder, &data)};
  tfl::FinishModelBuffer(builder, tfl::CreateModelDirect(builder, 3, &types, &subgraphs, &buffers));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

// A file with this many tensors, four bytes each, that all are taken.
std::string many_tensors(int count) {
  flatbuffers::FlatBufferBuilder builder;
  constexpr int taken = 250;
  const std::vector<int> one = {1};
  std::vector<flatbuffers::Offset<tfl::Tensor>> tensors = {tfl::CreateTensorDirect(builder, &one)};
  const auto constant = tfl::CreateTensorDirect(builder, &one, Type::FLOAT32, 1);
  const std::vector<int> joined = {taken + 1};
  const auto result = tfl::CreateTensorDirect(builder, &joined);
  std::vector<flatbuffers::Offset<tfl::Operator>> operators;
  for (int left = count; left > 0; left -= taken) {
    std::vector<int> inputs = {0};
    for (int k = 0; k < taken; ++k) inputs.push_back(static_cast<int>(tensors.size()) + k);
    tensors.resize(tensors.size() + taken, constant);
    const std::vector<int> outputs = {static_cast<int>(tensors.size())};
    tensors.push_back(result);
    const auto options = tfl::CreateConcatenationOptions(builder).Union();
    operators.push_back(
        tfl::CreateOperatorDirect(builder, 0, &inputs, &outputs, tfl::Options::ConcatenationOptions, options));
  }
  const std::vector<int> x = {0}, y = {static_cast<int>(tensors.size()) - 1};
  const std::vector subgraphs = {tfl::CreateSubgraphDirect(builder, &tensors, &x, &y, &operators)};
  const std::vector types = {tfl::CreateOperatorTypeDirect(builder, 2, nullptr, 1, Code::CONCATENATION)};
  const std::vector<std::uint8_t> data(4);
  const std::vector buffers = {tfl::CreateBufferDirect(builder), tfl::CreateBufferDirect(builder, &data)};
  tfl::FinishModelBuffer(builder, tfl::CreateModelDirect(builder, 3, &types, &subgraphs, &buffers));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

TEST_CASE("a small file does not fill the memory") {
  for (const bool has_scales : {true, false}) {
    std::string name;
    const char* const what = has_scales ? "with its scales there are more" : "with its data there is more";
    CHECK(refusal_of(shared_constant(has_scales), name).find(what) != std::string::npos);
    CHECK(name == "too_large");
  }
  std::string name;
  CHECK(refusal_of(many_tensors(60000), name) == "");
  CHECK(refusal_of(many_tensors(70000), name).find("takes more than 65536 tensors") != std::string::npos);
  CHECK(name == "too_large");
  TfliteBuilder many = small_tflite();
  for (int k = 0; k < 8192; ++k) many.graph().operators.push_back(std::make_unique<tfl::OperatorT>());
  check_refusal(many, "too_large", "has 8197 operators, at most 8192 are read");
}

// Reads bytes that may be anything, and what it has read; true when they are a model.
bool read(const std::string& bytes) {
  try {
    const ml::Graph graph = ml::read_tflite(bytes, "m.tflite");
    unsigned sum = 0;
    for (const ml::Tensor& tensor : graph.tensors)
      for (const std::byte byte : tensor.data) sum += static_cast<unsigned>(byte);
    return ml::cost_of(graph).constant_bytes + sum > 0;
  } catch (const ml::ImportError&) {
    return false;
  }
}

TEST_CASE("files that are damaged are read or refused, nothing else") {
  const std::string whole = small_tflite().bytes();
  REQUIRE(read(whole));
  int models = 0, refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(!read(std::string(whole.data(), size)));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const int mask : {1, 0x80, 0xff}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ mask);
      ++(read(bytes) ? models : refused);
    }
  oracle::Random random(7);
  for (int k = 0; k < 20000; ++k) {
    std::string bytes = whole;
    for (std::uint32_t n = random.below(4) + 1; n > 0; --n) {
      const std::size_t at = random.below(bytes.size());
      const std::size_t from = random.below(bytes.size());
      switch (random.below(4)) {
        case 0: bytes[at] = static_cast<char>(random.below(256)); break;
        case 1: bytes[at] = bytes[from]; break;
        case 2: bytes.replace(at & ~std::size_t{3}, 4, bytes.substr(from & ~std::size_t{3}, 4)); break;
        default: bytes[at] = static_cast<char>(random.below(5)); break;
      }
    }
    ++(read(bytes) ? models : refused);
  }
  MESSAGE(models << " read, " << refused << " refused");
  CHECK(models > 1000);
  CHECK(refused > 1000);
}

}  // namespace
