// Graphs of floats as frames: what they compute is what evaluate() says, for each kind of operator.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "ml/import/evaluate.hpp"
#include "ml/import/graph_frame.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/tflite_reader.hpp"
#include "tests/import/tflite_builder.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using Kind = ml::OperatorKind;

// Numbers from -2 to 2 with many digits, the same in each run.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed = 7) : state_(seed) {}

  float next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(state_ >> 40) / static_cast<float>(1 << 22) - 2;
  }
  std::vector<float> some(std::size_t count) {
    std::vector<float> numbers(count);
    for (float& one : numbers) one = next();
    return numbers;
  }

 private:
  std::uint64_t state_;
};

const ml::Quantisation steps{{0.0625f}, {3}, 0};

// A graph whose input is tensor 0.
class Net {
 public:
  explicit Net(ml::Shape shape) { graph.inputs = {tensor(std::move(shape), ml::TensorType::float32)}; }

  int tensor(ml::Shape shape, ml::TensorType type) {
    graph.tensors.push_back({"t" + std::to_string(graph.tensors.size()), std::move(shape), type, {}, {}});
    if (type == ml::TensorType::int8) graph.tensors.back().quantisation = steps;
    return static_cast<int>(graph.tensors.size()) - 1;
  }
  int constant(const ml::Shape& shape) {
    return graph.add_constant("c", shape, numbers.some(static_cast<std::size_t>(ml::elements_of(shape))));
  }
  // Works on what was computed before, and on constants of these shapes.
  Net& then(Kind kind, ml::Shape shape, ml::Attributes attributes = {}, const std::vector<ml::Shape>& constants = {},
            ml::TensorType type = ml::TensorType::float32) {
    ml::Operator one{kind, "op", graph.operators.size(), {last_}, {}, std::move(attributes)};
    for (const ml::Shape& own : constants) one.inputs.push_back(constant(own));
    last_ = tensor(std::move(shape), type);
    one.outputs = {last_};
    graph.operators.push_back(std::move(one));
    graph.outputs = {last_};
    return *this;
  }

  ml::Graph graph;
  Numbers numbers;

 private:
  int last_ = 0;
};

// Runs the frame with these numbers. Integers stand for themselves.
std::vector<double> computed(const std::string& frame, const std::vector<float>& input, const ml::Tensor& output) {
  std::ostringstream text;
  text.precision(9);
  text << std::scientific << frame;
  for (std::size_t k = 0; k < input.size(); ++k) text << input[k] << ' ' << k << " input write\n";
  text << "predict " << output.elements() << " 0 do i output read "
       << (output.type == ml::TensorType::float32 ? "f." : ".") << " loop\n";
  Bench bench(find_profile("node32"));
  const CompileStatus status = bench.load(text.str());
  REQUIRE_MESSAGE(status.error == 0, bench.error_name(status) << '\n' << text.str());
  REQUIRE(bench.run_to_end(1 << 20, 1 << 30));
  std::istringstream words(bench.output);
  std::vector<double> numbers;
  for (std::string word; words >> word;) numbers.push_back(std::stod(word));
  return numbers;
}

std::string check(const ml::Graph& graph, double tolerance = 1e-5) {
  const std::string text = ml::write_graph_frame(graph, {.name = "m", .origin = ""}, "m").text;
  CAPTURE(text);
  const std::vector<float> input = Numbers(1).some(graph.tensor(graph.inputs[0]).elements());
  const ml::Tensor& output = graph.tensor(graph.outputs[0]);
  const auto values = ml::evaluate(graph, {ml::Reals(input.begin(), input.end())});
  const ml::Reals& expected = values[static_cast<std::size_t>(graph.outputs[0])];
  std::vector<double> found = computed(text, input, output);
  REQUIRE(found.size() == expected.size());
  double largest = 0;
  for (const double one : expected) largest = std::max(largest, std::abs(one));
  CHECK(largest > 0);
  for (std::size_t k = 0; k < found.size(); ++k) {
    if (output.type == ml::TensorType::int8) found[k] = ml::real_of(output, k, found[k]);
    CHECK(std::abs(found[k] - expected[k]) <= tolerance * largest);
  }
  return text;
}

ml::Attributes window(std::int64_t size, std::int64_t stride, std::int64_t pad) {
  ml::Attributes attributes;
  attributes.window = {size, size, stride, stride, 1, 1, pad, pad, pad, pad};
  return attributes;
}

ml::Attributes with(ml::Activation activation, ml::Attributes attributes = {}) {
  attributes.activation = activation;
  return attributes;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("layers with windows and weights") {
  const ml::Shape image{1, 5, 6, 4};
  CHECK(contains(check(Net(image).then(Kind::conv2d, {1, 5, 6, 3}, window(3, 1, 1), {{3, 3, 3, 4}, {3}}).graph),
                 "fconv2d{"));
  ml::Attributes groups = with(ml::Activation::relu6, window(3, 2, 0));
  groups.groups = 2;
  CHECK(contains(check(Net(image).then(Kind::conv2d, {1, 2, 2, 6}, groups, {{6, 3, 3, 2}}).graph), "clamp 0 6"));
  check(Net(image).then(Kind::depthwise_conv2d, {1, 5, 6, 8}, with(ml::Activation::relu, window(3, 1, 1)),
                        {{1, 3, 3, 8}, {8}})
            .graph);
  check(Net(image).then(Kind::fully_connected, {30, 7}, with(ml::Activation::relu_n1_to_1), {{7, 4}, {7}}).graph);
  check(Net(image).then(Kind::average_pool, {1, 3, 3, 4}, window(3, 2, 1)).graph);
  check(Net(image).then(Kind::max_pool, {1, 3, 3, 4}, with(ml::Activation::relu, window(3, 2, 1))).graph);
  check(Net(image).then(Kind::mean_hw, {1, 4}).graph);
}

TEST_CASE("layers of single numbers") {
  const ml::Shape shape{1, 2, 3, 4};
  for (const Kind kind : {Kind::relu, Kind::relu6, Kind::relu_n1_to_1, Kind::sigmoid, Kind::tanh, Kind::hard_swish})
    check(Net(shape).then(kind, shape).graph);
  ml::Attributes some;
  some.low = -0.3f, some.high = 0.7f, some.alpha = 0.1f, some.epsilon = 1e-3f, some.beta = 0.7f;
  check(Net(shape).then(Kind::clip, shape, some).graph);
  check(Net(shape).then(Kind::leaky_relu, shape, some).graph);
  check(Net(shape).then(Kind::softmax, shape, some).graph);
  for (const Kind kind : {Kind::add, Kind::sub, Kind::mul}) {
    check(Net(shape).then(kind, shape, with(ml::Activation::relu), {{4}}).graph);
    check(Net(shape).then(kind, shape, {}, {{1, 2, 3, 4}}).graph);
  }
  Net turned(shape);
  turned.then(Kind::sub, shape, {}, {{4}});
  std::swap(turned.graph.operators[0].inputs[0], turned.graph.operators[0].inputs[1]);
  CHECK(contains(check(turned.graph), "negate a"));
  Net normal(shape);
  normal.then(Kind::batch_norm, shape, some, {{4}, {4}, {4}});
  const std::vector<float> variance{0.5f, 1.5f, 0.1f, 2.0f};
  normal.graph.operators[0].inputs.push_back(normal.graph.add_constant("v", {4}, variance));
  check(normal.graph);
}

TEST_CASE("what moves numbers, and the largest of a row") {
  ml::Attributes pads;
  pads.pads = {{0, 0}, {1, 0}, {0, 2}, {0, 0}};
  pads.pad_value = -1.5;
  check(Net({1, 2, 3, 4}).then(Kind::pad, {1, 3, 5, 4}, pads).graph);
  ml::Attributes axis;
  axis.axis = 3;
  check(Net({1, 2, 3, 4}).then(Kind::concat, {1, 2, 3, 6}, axis, {{1, 2, 3, 2}}).graph);
  ml::Attributes permutation;
  permutation.permutation = {0, 2, 1};
  check(Net({1, 1, 6}).then(Kind::transpose, {1, 6, 1}, permutation).graph);
  axis.axis = 1;
  CHECK(contains(check(Net({4, 9}).then(Kind::argmax, {4}, axis, {}, ml::TensorType::int32).graph), "fargmax{"));
}

TEST_CASE("int8 between floats") {
  Net net({1, 4, 4, 2});
  net.then(Kind::relu6, {1, 4, 4, 2}).then(Kind::quantise, {1, 4, 4, 2}, {}, {}, ml::TensorType::int8);
  net.then(Kind::max_pool, {1, 2, 2, 2}, window(2, 2, 0), {}, ml::TensorType::int8);
  net.then(Kind::dequantise, {1, 2, 2, 2}).then(Kind::softmax, {1, 2, 2, 2});
  const std::string text = check(net.graph, 0.02);  // half a step of 1 / 16
  CHECK(contains(text, "array arena int8 "));
  CHECK(contains(text, "array arena-float32 float32 "));
  CHECK(contains(text, "quantise{ input buffer-"));
  CHECK(contains(text, "scale 0.0625 zero 3"));
  Net ends({1, 8});
  ends.then(Kind::quantise, {1, 8}, {}, {}, ml::TensorType::int8);
  CHECK(contains(check(ends.graph, 0.02), "const output-step 0.0625"));
}

TEST_CASE("a network: results take the place of what is no longer needed") {
  Net net({1, 6, 6, 1});
  net.then(Kind::conv2d, {1, 6, 6, 4}, with(ml::Activation::relu, window(3, 1, 1)), {{4, 3, 3, 1}, {4}});
  net.then(Kind::hard_swish, {1, 6, 6, 4}).then(Kind::max_pool, {1, 3, 3, 4}, window(2, 2, 0));
  net.then(Kind::reshape, {1, 36}).then(Kind::fully_connected, {1, 5}, {}, {{5, 36}, {5}});
  net.then(Kind::softmax, {1, 5});
  CHECK(contains(check(net.graph), "memory of all tensors 720 bytes"));
  const std::string bytes = small_tflite(false).bytes();
  check(ml::read_tflite(bytes, "small"));
}

TEST_CASE("what floats cannot be converted") {
  const auto refused = [](const ml::Graph& graph) -> std::string {
    try {
      ml::write_graph_frame(graph, {.name = "m", .origin = ""}, "m");
    } catch (const ml::ImportError& error) {
      return error.what();
    }
    return "";
  };
  ml::Attributes counts = window(3, 1, 1);
  counts.counts_padding = true;
  CHECK(contains(refused(Net({1, 3, 3, 1}).then(Kind::average_pool, {1, 3, 3, 1}, counts).graph), "counts padding"));
  CHECK(contains(refused(Net({2, 3}).then(Kind::mat_mul, {2, 2}, {}, {{3, 2}}).graph), "for float32 yet"));
  ml::Attributes axis;
  axis.axis = 1;
  CHECK(contains(refused(Net({4, 9}).then(Kind::argmax, {4}, axis, {}, ml::TensorType::int64).graph), "is of int64"));
  CHECK(contains(refused(Net({4, 9}).then(Kind::relu, {4, 9}, {}, {}, ml::TensorType::int8).graph), "works on int8"));
}
