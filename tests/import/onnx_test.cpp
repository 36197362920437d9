// Reading ONNX: what each operator becomes, against values worked out by hand and against PyTorch.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "ml/import/model_file.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/samples.hpp"
#include "tests/import/model_builder.hpp"
#include "tests/import/zoo.hpp"

namespace {

using namespace mica;
using namespace mica::tests;
using ml::Network;
using Numbers = std::vector<double>;

Network read(const ModelBuilder& builder) { return read_network(builder.bytes()); }

Numbers result(const Network& network, const Numbers& inputs) { return ml::evaluate(network, inputs).back(); }

void check_close(const Numbers& is, const Numbers& should_be, double tolerance = 1e-6) {
  REQUIRE(is.size() == should_be.size());
  for (std::size_t k = 0; k < is.size(); ++k) CHECK(std::abs(is[k] - should_be[k]) <= tolerance);
}

// One Gemm of an input of these sizes with a constant of those.
ModelBuilder gemm(const std::vector<std::int64_t>& input, const std::vector<std::int64_t>& matrix,
                  const std::vector<std::int64_t>& bias, const std::vector<float>& bias_numbers) {
  ModelBuilder builder;
  builder.input("x", input).output("y");
  builder.tensor("w", matrix, {1, 2, 3, 4, 5, 6});
  builder.tensor("b", bias, bias_numbers);
  builder.node("Gemm", {"x", "w", "b"}, "y");
  return builder;
}

onnx::NodeProto& node(ModelBuilder& builder) { return *builder.graph().mutable_node(0); }

TEST_CASE("Gemm multiplies a row with a matrix") {
  ModelBuilder plain = gemm({0, 3}, {3, 2}, {2}, {10, 20});  // rows 1 2, 3 4, 5 6
  CHECK(read(plain).inputs == 3);
  check_close(result(read(plain), {1, 10, 100}), {1 + 30 + 500 + 10, 2 + 40 + 600 + 20});

  SUBCASE("transB") {
    ModelBuilder builder = gemm({0, 3}, {2, 3}, {1, 2}, {10, 20});  // columns 1 2 3, 4 5 6
    set_integer(node(builder), "transB", 1);
    check_close(result(read(builder), {1, 10, 100}), {1 + 20 + 300 + 10, 4 + 50 + 600 + 20});
  }
  SUBCASE("alpha and beta") {
    set_real(node(plain), "alpha", 0.5f);
    set_real(node(plain), "beta", -2);
    check_close(result(read(plain), {1, 10, 100}), {0.5 * 531 - 20, 0.5 * 642 - 40});
  }
  SUBCASE("one bias for all") {
    check_close(result(read(gemm({0, 3}, {3, 2}, {}, {7})), {1, 10, 100}), {538, 649});
    check_close(result(read(gemm({0, 3}, {3, 2}, {1, 1}, {7})), {1, 10, 100}), {538, 649});
  }
  SUBCASE("no bias") {
    node(plain).mutable_input()->RemoveLast();
    check_close(result(read(plain), {1, 10, 100}), {531, 642});
    node(plain).add_input("");
    check_close(result(read(plain), {1, 10, 100}), {531, 642});
  }
}

TEST_CASE("MatMul, Add, Sigmoid and Softmax") {
  const Network network = read(small_model());
  CHECK(network.layers.size() == 4);
  const Numbers x = {0.5, -1, 2};
  const double h1 = 1 / (1 + std::exp(-(0.5 * 0.5 - 1 * 2.0 + 2 * -0.75 + 0.1f)));
  const double h2 = 1 / (1 + std::exp(-(0.5 * -1.5 - 1 * 0.25 + 2 * 1.0 - 0.2f)));
  const Numbers scores = {3 * h1 - h2, -2 * h1 + 4 * h2 + 0.5, 0.5 * h1 + 0.25 * h2 - 0.5, h1 - 3 * h2 + 1};
  double total = 0;
  Numbers expected;
  for (double score : scores) total += std::exp(score);
  for (double score : scores) expected.push_back(std::exp(score) / total);
  check_close(result(network, x), expected);
}

TEST_CASE("layers have the names of their nodes, or their results") {
  ModelBuilder builder = small_model();
  builder.graph().mutable_node(3)->clear_name();
  CHECK(read(builder).layers[0].name == "/m1");
  CHECK(read(builder).layers[2].name == "m2");
}

TEST_CASE("Relu, and softmax of large numbers") {
  ModelBuilder builder;
  builder.input("x", {0, 2}).output("y");
  builder.tensor("w", {2, 2}, {1, 0, 0, 1});
  builder.node("MatMul", {"x", "w"}, "m");
  builder.node("Relu", {"m"}, "r");
  builder.node("Softmax", {"r"}, "y");
  const auto results = ml::evaluate(read(builder), Numbers{-3, 1000});
  check_close(results[1], {0, 1000});
  check_close(results[2], {0, 1});
}

// A network whose input goes through shape operators to an Identity matrix: what comes out is what went in.
struct ShapeCase {
  const char* name;
  std::vector<std::int64_t> input;
  void (*add)(ModelBuilder&);  // makes "s" of "x"
};

TEST_CASE("operators that change nothing but the shape") {
  const ShapeCase cases[] = {
      {"Flatten", {0, 1, 2, 2}, [](ModelBuilder& b) { b.node("Flatten", {"x"}, "s"); }},
      {"Flatten from axis 2",
       {1, 1, 4},
       [](ModelBuilder& b) { set_integer(b.node("Flatten", {"x"}, "s"), "axis", 2); }},
      {"Flatten from axis -1", {1, 4}, [](ModelBuilder& b) { set_integer(b.node("Flatten", {"x"}, "s"), "axis", -1); }},
      {"Reshape with -1",
       {0, 2, 2},
       [](ModelBuilder& b) {
         b.integers("to", {1, -1});
         b.node("Reshape", {"x", "to"}, "s");
       }},
      {"Reshape with 0",
       {0, 4},
       [](ModelBuilder& b) {
         b.integers("to", {0, 4});
         b.node("Reshape", {"x", "to"}, "s");
       }},
      {"Reshape by a Constant",
       {0, 2, 2},
       [](ModelBuilder& b) {
         set_integers(b.node("Constant", {}, "to"), "value_ints", {-1, 4});
         b.node("Reshape", {"x", "to"}, "s");
       }},
      {"Squeeze by an attribute",
       {1, 1, 4},
       [](ModelBuilder& b) { set_integers(b.node("Squeeze", {"x"}, "s"), "axes", {0}); }},
      {"Squeeze by an input",
       {1, 4, 1},
       [](ModelBuilder& b) {
         b.integers("axes", {-1});
         b.node("Squeeze", {"x", "axes"}, "s");
       }},
      {"Squeeze all", {1, 4, 1}, [](ModelBuilder& b) { b.node("Squeeze", {"x"}, "s"); }},
      {"Identity", {1, 4}, [](ModelBuilder& b) { b.node("Identity", {"x"}, "s"); }},
  };
  for (const ShapeCase& one : cases) {
    CAPTURE(one.name);
    ModelBuilder builder;
    builder.input("x", one.input).output("y");
    builder.tensor("w", {4, 4}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
    one.add(builder);
    builder.node("MatMul", {"s", "w"}, "y");
    check_close(result(read(builder), {1, 2, 3, 4}), {1, 2, 3, 4});
  }
}

TEST_CASE("constants: raw bytes, double, a Constant node, a copy") {
  ModelBuilder builder;
  builder.input("x", {0, 2}).output("y");
  const float raw[] = {1, 2, 3, 4};
  onnx::TensorProto& first = builder.tensor("w1", {2, 2}, {});
  first.set_raw_data(raw, sizeof raw);
  onnx::AttributeProto& value = *builder.node("Constant", {}, "w2").add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::DOUBLE);
  value.mutable_t()->add_dims(2);
  value.mutable_t()->add_dims(1);
  value.mutable_t()->add_double_data(0.5);
  value.mutable_t()->add_double_data(-1);
  set_real(builder.node("Constant", {}, "b"), "value_float", 100);
  builder.node("Identity", {"w2"}, "copy");
  builder.node("MatMul", {"x", "w1"}, "m");
  builder.node("MatMul", {"m", "copy"}, "n");
  builder.node("Add", {"n", "b"}, "y");
  check_close(result(read(builder), {1, 10}), {0.5 * 31 - 42 + 100});
}

TEST_CASE("Softmax of older models takes all axes from the given one on together") {
  for (std::int64_t opset : {11, 13}) {
    ModelBuilder builder(opset);
    builder.input("x", {1, 2}).output("y");
    builder.tensor("w", {2, 4}, {1, 2, 3, 4, 0, 0, 0, 0});
    builder.integers("to", {1, 2, 2});
    builder.node("MatMul", {"x", "w"}, "m");
    builder.node("Reshape", {"m", "to"}, "s");
    builder.node("Softmax", {"s"}, "y");
    if (opset == 11)
      CHECK(result(read(builder), {1, 1})[3] == doctest::Approx(1 / (1 + std::exp(-1) + std::exp(-2) + std::exp(-3))));
    else
      CHECK_THROWS(read(builder));
  }
}

TEST_CASE("the digits: the scores that PyTorch computes") {
  const Network network = read_network(ml::read_model_file(zoo("digits-mlp.onnx")));
  const auto samples = ml::read_samples(zoo("digits-test.csv"), 64, true);
  const auto expected = ml::read_samples(zoo("digits-mlp-expected.csv"), 10, false);
  REQUIRE(samples.size() == 450);
  REQUIRE(expected.size() == 450);
  for (std::size_t k = 0; k < samples.size(); ++k) {
    Numbers inputs = samples[k].features;
    for (double& input : inputs) input /= 16;
    check_close(result(network, inputs), expected[k].features, 1e-4);
  }
}

}  // namespace
