// Operators of TensorFlow Lite with attributes, shapes or scales that are wrong, or not for us: refused by name.
#include <cmath>

#include "tests/import/refusal.hpp"

namespace {

using namespace mica::tests;
using Code = tfl::OperatorCode;
using Type = tfl::ElementType;

const Number in8 = quantised(0.5f, 3), out8 = quantised(0.25f, -7);

void refuses(const char* what, const TfliteBuilder& builder, const char* name, const char* message) {
  CAPTURE(what);
  check_refusal(builder, name, message);
}

template <typename Options>
Options with(void (*set)(Options&)) {
  Options options;
  set(options);
  return options;
}

tfl::ConcatenationOptionsT along(int axis) {
  tfl::ConcatenationOptionsT options;
  options.axis = axis;
  return options;
}

tfl::Conv2DOptionsT steps_of_one() {
  return with<tfl::Conv2DOptionsT>([](tfl::Conv2DOptionsT& o) { o.stride_h = o.stride_w = 1; });
}

tfl::DepthwiseConv2DOptionsT depthwise() {
  return with<tfl::DepthwiseConv2DOptionsT>([](tfl::DepthwiseConv2DOptionsT& o) { o.stride_h = o.stride_w = 1; });
}

tfl::LeakyReluOptionsT leaky(float alpha) {
  tfl::LeakyReluOptionsT options;
  options.alpha = alpha;
  return options;
}

TEST_CASE("convolutions and matrices are refused by name") {
  refuses("filter with other channels",
          one_operator(Code::CONV_2D, steps_of_one(), {{{1, 3, 3, 4}}, floats({6, 1, 1, 3})}, {{1, 3, 3, 6}}),
          "bad_shape", "has a filter of shape 6x1x1x3 for 4 channels");
  refuses("filters that no groups divide",
          one_operator(Code::CONV_2D, steps_of_one(), {{{1, 3, 3, 4}}, floats({5, 1, 1, 2})}, {{1, 3, 3, 5}}),
          "bad_shape", "for 4 channels in 2 groups");
  refuses(
      "bias with other channels",
      one_operator(Code::CONV_2D, steps_of_one(), {{{1, 3, 3, 4}}, floats({6, 1, 1, 4}), floats({5})}, {{1, 3, 3, 6}}),
      "bad_shape", "has a bias of shape 5 for 6 channels");
  refuses("batch inside", one_operator(Code::CONV_2D, steps_of_one(), {{{3}}, floats({6, 1, 1, 4})}, {{1, 3, 3, 6}}),
          "bad_shape", "it needs 1xHxWxC");
  refuses("filter of three axes",
          one_operator(Code::CONV_2D, steps_of_one(), {{{1, 3, 3, 4}}, floats({6, 1, 4})}, {{1, 3, 3, 6}}), "bad_shape",
          "it needs OxHxWxI");
  refuses("depthwise filter that is no multiple",
          one_operator(Code::DEPTHWISE_CONV_2D, depthwise(), {{{1, 3, 3, 4}}, floats({1, 2, 2, 6})}, {{1, 3, 3, 6}}),
          "bad_shape", "has a filter of shape 1x2x2x6 for 4 channels");
  refuses("depthwise filter of a batch",
          one_operator(Code::DEPTHWISE_CONV_2D, depthwise(), {{{1, 3, 3, 4}}, floats({2, 2, 2, 4})}, {{1, 3, 3, 4}}),
          "bad_shape", "filter");
  refuses("depthwise scales along the inputs",
          one_operator(Code::DEPTHWISE_CONV_2D, depthwise(),
                       {{{1, 3, 3, 4}, in8}, bytes({1, 2, 2, 4}, by_channel({1, 2}, 1))}, {{1, 3, 3, 4}, out8}),
          "bad_quantisation", "along axis 1; they must be along 3");
  refuses("matrix that does not fit",
          one_operator(Code::FULLY_CONNECTED, tfl::FullyConnectedOptionsT(), {{{1, 7}}, floats({2, 3})}, {{1, 2}}),
          "bad_shape", "multiplies a tensor of shape 1x7 with weights of shape 2x3");
  refuses("matrix of three axes",
          one_operator(Code::FULLY_CONNECTED, tfl::FullyConnectedOptionsT(), {{{1, 6}}, floats({2, 3, 1})}, {{1, 2}}),
          "bad_shape", "it needs OxI");
}

TEST_CASE("arithmetic is refused by name") {
  refuses("shapes that cannot be added",
          one_operator(Code::ADD, tfl::AddOptionsT(), {{{1, 2, 3}}, {{1, 2, 2}}}, {{1, 2, 3}}), "bad_shape",
          "of shapes 1x2x3 and 1x2x2");
  refuses("int8 and float", one_operator(Code::ADD, tfl::AddOptionsT(), {{{1, 2}, in8}, {{1, 2}}}, {{1, 2}, in8}),
          "unsupported_type", "takes int8 together with float32");
  refuses("addend that lacks", one_operator(Code::ADD, tfl::AddOptionsT(), {{{1, 2}, in8}}, {{1, 2}, in8}),
          "wrong_count", "has 1 inputs; it needs 2");
  refuses("sum that is lost",
          one_operator(Code::ADD, tfl::AddOptionsT(), {{{1, 2}, quantised(600000, 0)}, {{1, 2}, in8}},
                       {{1, 2}, quantised(1, 0)}),
          "bad_quantisation", "adds numbers of scale 600000");
  refuses("sum that is just lost",
          one_operator(Code::SUB, tfl::SubOptionsT(), {{{1, 2}, in8}, {{1, 2}, quantised(524288, 0)}},
                       {{1, 2}, quantised(1, 0)}),
          "bad_quantisation", "adds numbers of scale 524288 to get 1");
  refuses("product that is lost",
          one_operator(Code::MUL, tfl::MulOptionsT(), {{{1, 2}, quantised(1e6f, 0)}, {{1, 2}, quantised(1e6f, 0)}},
                       {{1, 2}, in8}),
          "bad_quantisation", "too much");
  refuses("product whose bits are lost",
          one_operator(Code::MUL, tfl::MulOptionsT(), {{{1, 2}, quantised(32768, 0)}, {{1, 2}, quantised(1, 0)}},
                       {{1, 2}, quantised(1, 0)}),
          "bad_quantisation", "multiplies integers by 3.277e+04");
  refuses("number whose bits are lost",
          one_operator(Code::RELU, {{{1, 2}, quantised(8388608, 0)}}, {{1, 2}, quantised(1, 0)}), "bad_quantisation",
          "multiplies integers by 8.389e+06");
  refuses("mean over channels",
          one_operator(Code::MEAN, tfl::ReducerOptionsT(), {{{1, 2, 3, 4}}, integers({3})}, {{1, 2, 3}}),
          "unsupported_attribute", "is a mean over the axes 3 of");
  refuses("mean over an axis twice",
          one_operator(Code::MEAN, tfl::ReducerOptionsT(), {{{1, 2, 3, 4}}, integers({1, 2, -2})}, {{1, 4}}),
          "unsupported_attribute", "over the axes 1,2,2");
  refuses("mean over an axis that is none",
          one_operator(Code::MEAN, tfl::ReducerOptionsT(), {{{1, 2, 3, 4}}, integers({1, 4})}, {{1, 4}}),
          "bad_attribute", "axis of 4, of 4");
  refuses("mean over nothing said", one_operator(Code::MEAN, tfl::ReducerOptionsT(), {{{1, 2, 3, 4}}}, {{1, 4}}),
          "missing_tensor", "lacks its input 1");
  refuses("softmax of one number", one_operator(Code::SOFTMAX, tfl::SoftmaxOptionsT(), {{{}}}, {{}}), "bad_shape",
          "works on one number");
  refuses("relu6 that scales", one_operator(Code::RELU6, {{{1, 2}, in8}}, {{1, 2}, out8}), "bad_quantisation",
          "both must be the same");
  refuses("sigmoid with another scale", one_operator(Code::LOGISTIC, {{{1, 2}, in8}}, {{1, 2}, out8}),
          "bad_quantisation", "it must be scale 0.00390625");
  refuses("tanh with another zero point", one_operator(Code::TANH, {{{1, 2}, in8}}, {{1, 2}, quantised(1.0f / 128, 1)}),
          "bad_quantisation", "scale 0.0078125, zero point 0");
  refuses("hard swish that scales too much",
          one_operator(Code::HARD_SWISH, {{{1, 2}, quantised(1, 0)}}, {{1, 2}, quantised(1.0f / 128, 0)}),
          "bad_quantisation", "128 times smaller");
  refuses("slope that is no number", one_operator(Code::LEAKY_RELU, leaky(NAN), {{{1, 2}}}, {{1, 2}}), "bad_attribute",
          "nan");
  refuses("scale beyond all above 0",
          one_operator(Code::LEAKY_RELU, leaky(1e-9f), {{{1, 2}, quantised(1e10f, 0)}}, {{1, 2}, out8}),
          "bad_quantisation", "too much");
  refuses("slope beyond all", one_operator(Code::LEAKY_RELU, leaky(1e10f), {{{1, 2}, in8}}, {{1, 2}, out8}),
          "bad_quantisation", "too much");
}

TEST_CASE("what moves numbers is refused by name") {
  refuses("too few pads", one_operator(Code::PAD, {{{1, 2, 3}}, integers({0, 0, 1, 1})}, {{1, 4, 3}}), "bad_shape",
          "has 4 pads for shape 1x2x3");
  refuses("pads below 0", one_operator(Code::PAD, {{{1, 2}}, integers({0, 0, -1, 1})}, {{1, 2}}), "bad_attribute",
          "pads axis 1 by -1 and 1");
  refuses("pads beyond all", one_operator(Code::PAD, {{{1, 2}}, integers({0, 2147483647, 2147483647, 0})}, {{1, 2}}),
          "too_large", "2147483648x2147483649");
  refuses("pad that scales", one_operator(Code::PAD, {{{1, 2}, in8}, integers({0, 0, 0, 1})}, {{1, 3}, out8}),
          "bad_quantisation", "both must be the same");
  refuses("pad with a number of another scale",
          one_operator(Code::PADV2, {{{1, 2}, in8}, integers({0, 0, 0, 1}), bytes({1}, out8)}, {{1, 3}, in8}),
          "unsupported_graph", "no constant number like its result");
  refuses("pad with two numbers", one_operator(Code::PADV2, {{{1, 2}}, integers({0, 0, 0, 1}), floats({2})}, {{1, 3}}),
          "unsupported_graph", "no constant number");
  refuses("squeezed axis that is not 1",
          one_operator(Code::SQUEEZE, with<tfl::SqueezeOptionsT>([](tfl::SqueezeOptionsT& o) { o.axes = {1}; }),
                       {{{1, 2}}}, {{1}}),
          "bad_shape", "makes shape 1 of");
  refuses("two new axes", one_operator(Code::EXPAND_DIMS, {{{1, 2}}, integers({0, 1})}, {{1, 1, 1, 2}}),
          "bad_attribute", "has 2 axes");
  refuses("joined along an axis that is none",
          one_operator(Code::CONCATENATION, along(-3), {{{1, 2}}, {{1, 2}}}, {{1, 4}}), "bad_attribute", "axis of -3");
  refuses("joined tensors of other shapes",
          one_operator(Code::CONCATENATION, along(1), {{{1, 2, 3}}, {{1, 2, 4}}}, {{1, 4, 3}}), "bad_shape",
          "joins tensors of shapes 1x2x3 and 1x2x4 along axis 1");
  refuses("joined tensors of other axes", one_operator(Code::CONCATENATION, along(1), {{{1, 2}}, {{1}}}, {{1, 3}}),
          "bad_shape", "joins tensors of shapes 1x2 and 1 ");
  refuses("joined tensors of other scales",
          one_operator(Code::CONCATENATION, along(1), {{{1, 2}, in8}, {{1, 2}, out8}}, {{1, 4}, in8}),
          "bad_quantisation", "takes 'b' with scale 0.25");
  TfliteBuilder lacking = one_operator(Code::CONCATENATION, along(1), {{{1, 2}}, {{1, 2}}}, {{1, 4}});
  lacking.op(0).inputs[1] = -1;
  refuses("joined tensor that lacks", lacking, "missing_tensor", "lacks its input 1");
  refuses("joined with an activation",
          one_operator(Code::CONCATENATION, with<tfl::ConcatenationOptionsT>([](tfl::ConcatenationOptionsT& o) {
                         o.fused = tfl::Fused::RELU;
                       }),
                       {{{1, 2}}, {{1, 2}}}, {{2, 2}}),
          "unsupported_attribute", "fused activation");
}

TEST_CASE("argmax, transpose and changes of type are refused by name") {
  refuses("largest along two axes",
          one_operator(Code::ARG_MAX, {{{1, 2}}, integers({0, 1})}, {{1}, number(Type::INT32)}), "bad_attribute",
          "has 2 axes");
  refuses("largest as a float", one_operator(Code::ARG_MAX, {{{1, 2}}, integers({1})}, {{1}}), "unsupported_type",
          "makes float32 of float32");
  refuses("axis twice", one_operator(Code::TRANSPOSE, {{{1, 2, 3}}, integers({0, 1, 1})}, {{1, 2, 2}}), "bad_attribute",
          "orders the axes of a tensor of shape 1x2x3 as 0,1,1");
  refuses("axis too few", one_operator(Code::TRANSPOSE, {{{1, 2, 3}}, integers({0, 1})}, {{1, 2}}), "bad_attribute",
          "as 0,1");
  refuses("quantised as int16", one_operator(Code::QUANTIZE, {{{1, 2}, in8}}, {{1, 2}, quantised(1, 0, Type::INT16)}),
          "unsupported_type", "makes int16 of int8");
  refuses("floats that are made real", one_operator(Code::DEQUANTIZE, {{{1, 2}}}, {{1, 2}}), "unsupported_type",
          "works on float32; int8 and uint8");
  refuses("weights that are made real", one_operator(Code::DEQUANTIZE, {bytes({1, 2}, in8)}, {{1, 2}}),
          "missing_tensor", "has no input");
}

}  // namespace
