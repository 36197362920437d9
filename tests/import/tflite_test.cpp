// Reading files of TensorFlow Lite: what each operator becomes, with the attributes that the file says or means.
#include <doctest/doctest.h>

#include <functional>

#include "ml/import/costs.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/tflite_reader.hpp"
#include "tests/import/tflite_builder.hpp"
#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using ml::Activation;
using ml::Graph;
using ml::OperatorKind;
using ml::Shape;
using Code = tfl::OperatorCode;

// A graph and the bytes in which its constants lie.
struct Read {
  std::string bytes;
  Graph graph;

  explicit Read(const TfliteBuilder& builder) : bytes(builder.bytes()) {
    try {
      graph = ml::read_tflite(bytes, "m.tflite");
    } catch (const ml::ImportError& error) {
      FAIL(error.what());
    }
  }

  const ml::Operator& op(std::size_t k = 0) const { return graph.operators.at(k); }
  const ml::Tensor& tensor(int k) const { return graph.tensors.at(static_cast<std::size_t>(k)); }
  const ml::Tensor& result(std::size_t k = 0) const { return tensor(op(k).outputs.at(0)); }
};

const Number in8 = quantised(0.5f, 3), out8 = quantised(0.25f, -7);

TEST_CASE("the small model, of integers and of floats") {
  for (const bool of_int8 : {true, false}) {
    const Read read(small_tflite(of_int8));
    CHECK(read.graph.operators.size() == 5);
    CHECK(read.graph.tensors.size() == 10);  // the shape of the reshape is none of them
    REQUIRE(read.graph.inputs.size() == 1);
    const ml::Tensor& x = read.tensor(read.graph.inputs[0]);
    CHECK(x.name == "x");
    CHECK(x.shape == Shape{1, 6, 5, 2});
    CHECK(x.type == (of_int8 ? ml::TensorType::int8 : ml::TensorType::float32));
    CHECK(!x.is_constant());
    CHECK(x.quantisation.scales == (of_int8 ? std::vector<float>{0.5f} : std::vector<float>{}));
    CHECK(x.quantisation.zero_points == (of_int8 ? std::vector<std::int32_t>{3} : std::vector<std::int32_t>{}));
    CHECK(read.graph.outputs == read.op(4).outputs);
    const char* const names[] = {"convolved", "pooled", "flat", "scores", "y"};
    const OperatorKind kinds[] = {OperatorKind::conv2d, OperatorKind::max_pool, OperatorKind::reshape,
                                  OperatorKind::fully_connected, OperatorKind::softmax};
    for (std::size_t k = 0; k < 5; ++k) {
      CHECK(read.op(k).kind == kinds[k]);
      CHECK(read.op(k).name == names[k]);
      CHECK(read.op(k).index == k);
      if (k > 0) CHECK(read.op(k).inputs[0] == read.op(k - 1).outputs[0]);
    }
    const ml::LayerCost cost = ml::cost_of(read.graph);
    CHECK(cost.products == 3 * 5 * 4 * (3 * 2 * 2) + 3 * 16);
    CHECK(cost.constant_bytes == (48 + 48) * (of_int8 ? 1 : 4) + (4 + 3) * 4);
  }
}

TEST_CASE("constants are those of the file, not copies") {
  const Read read(small_tflite());
  int constants = 0;
  for (const ml::Tensor& tensor : read.graph.tensors) {
    if (!tensor.is_constant()) continue;
    ++constants;
    const auto* at = reinterpret_cast<const char*>(tensor.data.data());
    CHECK(at >= read.bytes.data());
    CHECK(at + tensor.data.size() <= read.bytes.data() + read.bytes.size());
  }
  CHECK(constants == 4);
  const ml::Tensor &filter = read.tensor(read.op(0).inputs[1]), &bias = read.tensor(read.op(0).inputs[2]);
  CHECK(filter.quantisation == ml::Quantisation{{0.1f, 0.2f, 0.3f, 0.4f}, {0, 0, 0, 0}, 0});
  CHECK(filter.element<std::int8_t>(5) == 6);
  CHECK(bias.element<std::int32_t>(2) == 30);
}

tfl::Conv2DOptionsT convolution(tfl::Padding padding, int stride_h, int stride_w, int dilation_h = 1,
                                int dilation_w = 1) {
  tfl::Conv2DOptionsT options;
  options.padding = padding;
  options.stride_h = stride_h, options.stride_w = stride_w;
  options.dilation_h = dilation_h, options.dilation_w = dilation_w;
  return options;
}

TEST_CASE("convolutions") {
  auto options = convolution(tfl::Padding::SAME, 2, 1, 1, 3);
  options.fused = tfl::Fused::RELU6;
  const Read read(one_operator(Code::CONV_2D, options, {{{1, 7, 9, 4}, in8}, bytes({6, 4, 3, 4}, quantised(0.1f, 0))},
                               {{1, 4, 9, 6}, out8}));
  const ml::Attributes& a = read.op().attributes;
  // Rows: (4 - 1) * 2 + 4 - 7 = 3 around, one of them above. Columns: 3 * 2 = 6 around.
  CHECK(a.window == ml::Window{4, 3, 2, 1, 1, 3, 1, 3, 2, 3});
  CHECK(a.activation == Activation::relu6);
  CHECK(a.groups == 1);
  CHECK(read.op().inputs.size() == 2);

  const Read valid(one_operator(Code::CONV_2D, convolution(tfl::Padding::VALID, 3, 2, 2, 1),
                                {{{1, 10, 8, 6}}, floats({4, 3, 2, 3}), floats({4})}, {{1, 2, 4, 4}}));
  CHECK(valid.op().attributes.window == ml::Window{3, 2, 3, 2, 2, 1});
  CHECK(valid.op().attributes.groups == 2);
  CHECK(ml::cost_of(valid.graph).products == 2 * 4 * 4 * 3 * 2 * 3);

  TfliteBuilder without_bias = one_operator(Code::CONV_2D, convolution(tfl::Padding::VALID, 1, 1),
                                            {{{1, 3, 3, 1}}, floats({1, 3, 3, 1})}, {{1, 1, 1, 1}});
  without_bias.op(0).inputs.push_back(-1);
  CHECK(Read(without_bias).op().inputs == std::vector<int>{0, 1, -1});
}

TEST_CASE("depthwise convolutions") {
  tfl::DepthwiseConv2DOptionsT options;
  options.stride_h = options.stride_w = 1;
  options.dilation_h = 2;
  options.multiplier = 77;  // what counts are the shapes
  options.fused = tfl::Fused::RELU_N1_TO_1;
  const Read read(one_operator(Code::DEPTHWISE_CONV_2D, options,
                               {{{1, 5, 4, 2}, in8},
                                bytes({1, 3, 2, 4}, by_channel({0.5f, 0.25f, 1, 2}, 3)),
                                sums({4}, {0.25f, 0.125f, 0.5f, 1})},
                               {{1, 5, 4, 4}, out8}));
  CHECK(read.op().kind == OperatorKind::depthwise_conv2d);
  CHECK(read.op().attributes.window == ml::Window{3, 2, 1, 1, 2, 1, 2, 0, 2, 1});
  CHECK(read.op().attributes.activation == Activation::relu_n1_to_1);
  CHECK(read.tensor(1).quantisation.axis == 3);
  CHECK(ml::cost_of(read.graph).products == 5 * 4 * 4 * 6);
  const Read of_one_scale(one_operator(Code::DEPTHWISE_CONV_2D, options,
                                       {{{1, 5, 4, 2}, in8}, bytes({1, 3, 2, 2}, quantised(0.5f, 0))},
                                       {{1, 5, 4, 2}, out8}));
  CHECK(of_one_scale.tensor(1).quantisation.scales.size() == 1);
}

// The rule of TensorFlow, worked out in another way: windows begin at multiples of the stride, the first as far outside
// as the last, or one less.
TEST_CASE("SAME, whatever the sizes") {
  oracle::Random random(5);
  for (int k = 0; k < 400; ++k) {
    const auto size = [&](int most) { return static_cast<int>(random.between(1, most)); };
    const int h = size(12), w = size(12), kh = size(6), kw = size(6), sh = size(4), sw = size(4), dh = size(3),
              dw = size(3);
    int rows = 0, columns = 0;
    for (int y = 0; y < h; y += sh) ++rows;
    for (int x = 0; x < w; x += sw) ++columns;
    const auto around = [](int n, int count, int stride, int reach) {
      int needed = (count - 1) * stride + reach;
      return needed > n ? needed - n : 0;
    };
    const int vertical = around(h, rows, sh, (kh - 1) * dh + 1), horizontal = around(w, columns, sw, (kw - 1) * dw + 1);
    const Read read(one_operator(Code::CONV_2D, convolution(tfl::Padding::SAME, sh, sw, dh, dw),
                                 {{{1, h, w, 1}}, floats({2, kh, kw, 1})}, {{1, rows, columns, 2}}));
    CHECK(read.op().attributes.window ==
          ml::Window{kh, kw, sh, sw, dh, dw, vertical / 2, horizontal / 2, (vertical + 1) / 2, (horizontal + 1) / 2});
  }
}

TEST_CASE("fully connected") {
  tfl::FullyConnectedOptionsT options;
  const Read matrix(
      one_operator(Code::FULLY_CONNECTED, options, {{{1, 2, 3, 4}}, floats({5, 8}), floats({5})}, {{3, 5}}));
  CHECK(!matrix.op().attributes.keeps_axes);
  CHECK(ml::cost_of(matrix.graph).products == 3 * 5 * 8);
  options.keep_num_dims = true;
  const Read kept(one_operator(Code::FULLY_CONNECTED, options,
                               {{{1, 6, 4}, in8}, bytes({5, 4}, by_channel({1, 2, 3, 4, 5}, 0))}, {{1, 6, 5}, out8}));
  CHECK(kept.op().attributes.keeps_axes);
}

TEST_CASE("two tensors, element by element") {
  tfl::AddOptionsT add;
  add.fused = tfl::Fused::RELU;
  const Read sum(one_operator(Code::ADD, add, {{{1, 2, 3}, in8}, {{1, 2, 3}, in8}}, {{1, 2, 3}, out8}));
  CHECK(sum.op().kind == OperatorKind::add);
  CHECK(sum.op().attributes.activation == Activation::relu);
  CHECK(sum.graph.inputs.size() == 2);
  const Read difference(one_operator(Code::SUB, tfl::SubOptionsT(), {{{1, 4, 3}}, floats({3})}, {{1, 4, 3}}));
  CHECK(difference.op().kind == OperatorKind::sub);
  const Read product(
      one_operator(Code::MUL, tfl::MulOptionsT(), {{{1, 4, 1, 3}, in8}, {{1, 1, 5, 1}, in8}}, {{1, 4, 5, 3}, out8}));
  CHECK(product.op().kind == OperatorKind::mul);
}

TEST_CASE("pools") {
  tfl::Pool2DOptionsT options;
  options.stride_h = 2, options.stride_w = 3, options.filter_h = 3, options.filter_w = 4;
  options.fused = tfl::Fused::RELU;
  const Read mean(one_operator(Code::AVERAGE_POOL_2D, options, {{{1, 6, 7, 2}, in8}}, {{1, 3, 3, 2}, in8}));
  CHECK(mean.op().kind == OperatorKind::average_pool);
  CHECK(mean.op().attributes.window == ml::Window{3, 4, 2, 3, 1, 1, 0, 1, 1, 2});
  CHECK(!mean.op().attributes.counts_padding);
  options.padding = tfl::Padding::VALID;
  const Read most(one_operator(Code::MAX_POOL_2D, options, {{{1, 6, 7, 2}}}, {{1, 2, 2, 2}}));
  CHECK(most.op().kind == OperatorKind::max_pool);
  CHECK(most.op().attributes.window == ml::Window{3, 4, 2, 3});
  CHECK(most.op().attributes.activation == Activation::relu);
  for (const bool keeps : {true, false}) {
    tfl::ReducerOptionsT reducer;
    reducer.keep_dims = keeps;
    const std::vector<int> shape = keeps ? std::vector<int>{1, 1, 1, 2} : std::vector<int>{1, 2};
    const Read all(one_operator(Code::MEAN, reducer, {{{1, 6, 7, 2}, in8}, integers({-2, 1})}, {shape, out8}));
    CHECK(all.op().kind == OperatorKind::mean_hw);
    CHECK(all.op().attributes.keeps_axes == keeps);
    CHECK(all.op().inputs.size() == 1);
  }
}

TEST_CASE("softmax and activations") {
  tfl::SoftmaxOptionsT softmax;
  softmax.beta = 0.5f;
  CHECK(Read(one_operator(Code::SOFTMAX, softmax, {{{1, 4}}}, {{1, 4}})).op().attributes.beta == 0.5f);
  const Number probability = quantised(1.0f / 256, -128), tangent = quantised(1.0f / 128, 0);
  const struct {
    Code code;
    OperatorKind kind;
    Number x, y;
  } rows[] = {{Code::RELU, OperatorKind::relu, in8, out8},
              {Code::RELU6, OperatorKind::relu6, in8, in8},
              {Code::RELU_N1_TO_1, OperatorKind::relu_n1_to_1, in8, out8},
              {Code::RELU_0_TO_1, OperatorKind::clip, in8, out8},
              {Code::LOGISTIC, OperatorKind::sigmoid, in8, probability},
              {Code::TANH, OperatorKind::tanh, in8, tangent},
              {Code::HARD_SWISH, OperatorKind::hard_swish, in8, out8},
              {Code::QUANTIZE, OperatorKind::quantise, in8, out8},
              {Code::QUANTIZE, OperatorKind::quantise, Number{}, out8},
              {Code::QUANTIZE, OperatorKind::quantise, in8, quantised(0.5f, 131, tfl::ElementType::UINT8)},
              {Code::DEQUANTIZE, OperatorKind::dequantise, in8, Number{}}};
  for (const auto& row : rows) {
    CAPTURE(tfl::EnumNameOperatorCode(row.code));
    CHECK(Read(one_operator(row.code, {{{1, 3, 2}, row.x}}, {{1, 3, 2}, row.y})).op().kind == row.kind);
    if (row.code == Code::QUANTIZE || row.code == Code::DEQUANTIZE) continue;
    const Read real(one_operator(row.code, {{{1, 3, 2}}}, {{1, 3, 2}}));
    CHECK(real.op().kind == row.kind);
    if (row.kind != OperatorKind::clip) continue;
    CHECK(real.op().attributes.low == 0);
    CHECK(real.op().attributes.high == 1);
  }
  const Number unsigned8 = quantised(0.5f, 131, tfl::ElementType::UINT8);
  CHECK(Read(one_operator(Code::QUANTIZE, {{{2}, unsigned8}}, {{2}, in8})).op().kind == OperatorKind::quantise);
  CHECK(Read(one_operator(Code::DEQUANTIZE, {{{2}, unsigned8}}, {{2}})).op().kind == OperatorKind::dequantise);
  tfl::LeakyReluOptionsT leaky;
  leaky.alpha = 0.25f;
  CHECK(Read(one_operator(Code::LEAKY_RELU, leaky, {{{1, 4}, in8}}, {{1, 4}, out8})).op().attributes.alpha == 0.25f);
}

TEST_CASE("what moves numbers") {
  const Read padded(one_operator(Code::PAD, {{{1, 2, 3}, in8}, integers({0, 0, 1, 2, 0, 3})}, {{1, 5, 6}, in8}));
  CHECK(padded.op().attributes.pads == std::vector<std::array<std::int64_t, 2>>{{0, 0}, {1, 2}, {0, 3}});
  CHECK(padded.op().attributes.pad_value == 3);  // which stands for 0
  const Read zeros(one_operator(Code::PAD, {{{1, 2}}, integers({0, 0, 1, 0})}, {{1, 3}}));
  CHECK(zeros.op().attributes.pad_value == 0);
  const Read halves(one_operator(Code::PADV2, {{{1, 2}}, integers({0, 0, 1, 0}), floats({})}, {{1, 3}}));
  CHECK(halves.op().attributes.pad_value == 0.5);
  const Read lowest(one_operator(Code::PADV2, {{{1, 2}, in8}, integers({0, 0, 1, 0}), bytes({1}, in8)}, {{1, 3}, in8}));
  CHECK(lowest.op().attributes.pad_value == 1);

  tfl::ConcatenationOptionsT concat;
  concat.axis = -1;
  const Read joined(one_operator(Code::CONCATENATION, concat, {{{1, 2}}, floats({1, 3}), {{1, 4}}}, {{1, 9}}));
  CHECK(joined.op().attributes.axis == 1);
  CHECK(joined.op().inputs.size() == 3);

  concat.axis = -2;
  const Read stacked(one_operator(Code::CONCATENATION, concat, {{{1, 2}}, floats({3, 2})}, {{4, 2}}));
  CHECK(stacked.op().attributes.axis == 0);

  const Read turned(one_operator(Code::TRANSPOSE, {{{1, 2, 3}, in8}, integers({2, 0, -2})}, {{3, 1, 2}, in8}));
  CHECK(turned.op().attributes.permutation == std::vector<std::size_t>{2, 0, 1});

  for (const auto type : {tfl::ElementType::INT32, tfl::ElementType::INT64}) {
    const Read best(one_operator(Code::ARG_MAX, {{{1, 4, 5}, in8}, integers({-1}, true)}, {{1, 4}, number(type)}));
    CHECK(best.op().attributes.axis == 2);
    CHECK(!best.op().attributes.keeps_axes);
  }
}

TEST_CASE("what files need not have") {
  TfliteBuilder bare = one_operator(Code::RELU, {{{1, 1, 1, 1, 1, 1, 1, 6}}}, {{1, 1, 1, 1, 1, 1, 1, 6}});
  bare.model.buffers.clear();
  bare.tensor(1).name = "";
  CHECK(Read(bare).op().name == "relu 0");
  // Scales of floats are left behind where a model was quantised in part.
  TfliteBuilder scaled = one_operator(Code::RELU, {{{1, 6}, {.scales = {-1}, .zero_points = {7}}}}, {{1, 6}});
  CHECK(Read(scaled).tensor(0).quantisation == ml::Quantisation{});
}

TEST_CASE("reshapes") {
  CHECK(Read(small_tflite()).op(2).attributes.shape == Shape{1, 16});
  const Read by_result(one_operator(Code::RESHAPE, {{{1, 6}, in8}}, {{1, 3, 2}, in8}));
  CHECK(by_result.op().attributes.shape == Shape{1, 3, 2});
  tfl::ReshapeOptionsT reshape;
  reshape.new_shape = {2, -1};
  const Read by_option(one_operator(Code::RESHAPE, reshape, {{{1, 6}, in8}}, {{2, 3}, in8}));
  CHECK(by_option.op().attributes.shape == Shape{2, 3});
  const Read without(one_operator(Code::RESHAPE, tfl::ReshapeOptionsT(), {{{1, 6}, in8}}, {{3, 2}, in8}));
  CHECK(without.op().attributes.shape == Shape{3, 2});
  const TfliteBuilder other = one_operator(Code::RESHAPE, reshape, {{{1, 6}, in8}}, {{3, 2}, in8});
  CHECK_THROWS_WITH_AS(ml::read_tflite(other.bytes(), "m"), doctest::Contains("from its inputs follows 2x3"),
                       ml::ImportError);
  const Number whole = number(tfl::ElementType::INT32);
  const Read of_integers(one_operator(Code::RESHAPE, {{{1, 2}, whole}}, {{2}, whole}));
  CHECK(of_integers.result().type == ml::TensorType::int32);
  tfl::SqueezeOptionsT squeeze;
  squeeze.axes = {1, -2};
  const Read some(one_operator(Code::SQUEEZE, squeeze, {{{1, 1, 1, 6}}}, {{1, 6}}));
  CHECK(some.op().kind == OperatorKind::reshape);
  const Read all(one_operator(Code::SQUEEZE, tfl::SqueezeOptionsT(), {{{1, 1, 3, 1}}}, {{3}}));
  CHECK(all.op().attributes.shape == Shape{3});
  const Read wider(one_operator(Code::EXPAND_DIMS, {{{1, 3}}, integers({-1}, true)}, {{1, 3, 1}}));
  CHECK(wider.op().attributes.shape == Shape{1, 3, 1});
}

}  // namespace
