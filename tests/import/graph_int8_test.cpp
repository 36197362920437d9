// Graphs that are quantised after training, run as frames; and channels that are taken out of them without a change of
// any result.
#include "ml/import/graph_int8.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "ml/import/dead_channels.hpp"
#include "ml/import/evaluate.hpp"
#include "ml/import/fuse.hpp"
#include "ml/import/graph_frame.hpp"
#include "ml/import/import_error.hpp"
#include "ml/import/onnx_reader.hpp"
#include "tests/import/model_builder.hpp"
#include "tests/import/onnx_models.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

std::vector<ml::Reals> random_inputs(const ml::Graph& graph, std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<ml::Reals> inputs(count);
  for (ml::Reals& one : inputs)
    for (std::size_t k = graph.tensor(graph.inputs[0]).elements(); k > 0; --k)
      one.push_back(static_cast<double>(random.between(-100, 100)) / 50);
  return inputs;
}

std::int64_t quantised(double number, const ml::Tensor& tensor) {
  const double q =
      std::round(number / static_cast<double>(tensor.quantisation.scales[0])) + tensor.quantisation.zero_points[0];
  return static_cast<std::int64_t>(std::clamp(q, -128.0, 127.0));
}

// The results of a graph of int8 for each input, as its frame computes them.
std::vector<std::vector<int>> run(const ml::Graph& graph, const std::vector<ml::Reals>& inputs) {
  const ml::GraphFrame frame = ml::write_graph_frame(graph, {.name = "m", .origin = "A test."}, "m.onnx");
  const std::size_t outputs = graph.tensor(graph.outputs[0]).elements();
  std::ostringstream text;
  text << frame.text << ": show predict " << outputs << " 0 do i output read . loop ;\n";
  for (const ml::Reals& input : inputs) {
    for (std::size_t k = 0; k < input.size(); ++k)
      text << quantised(input[k], graph.tensor(graph.inputs[0])) << ' ' << k << " input write\n";
    text << "show\n";
  }
  Bench bench(find_profile("node32"));
  const CompileStatus status = bench.load(text.str());
  REQUIRE_MESSAGE(status.error == 0, bench.error_name(status) << " in line " << status.line << " of\n" << frame.text);
  REQUIRE(bench.run_to_end(1 << 20, 1000000000));
  REQUIRE(bench.state() == "ended");
  std::istringstream numbers(bench.output);
  std::vector<std::vector<int>> results(inputs.size(), std::vector<int>(outputs));
  for (std::vector<int>& one : results)
    for (int& number : one) numbers >> number;
  REQUIRE(!numbers.fail());
  return results;
}

ml::Graph quantised_graph(const ml::Graph& graph, const std::vector<ml::Reals>& samples) {
  return ml::quantise_graph(graph, ml::find_ranges(graph, samples));
}

TEST_CASE("random networks, quantised, stay close to what they were") {
  std::vector<double> noise;  // by power of the results
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    ml::Graph graph = ml::read_onnx_graph(random_onnx(seed, true).model.SerializeAsString(), "random.onnx");
    ml::fuse(graph);
    const auto samples = random_inputs(graph, 8, seed);
    const ml::Graph int8 = quantised_graph(graph, samples);
    const ml::Tensor& output = int8.tensor(int8.outputs[0]);
    const auto results = run(int8, samples);
    double own_noise = 0, own_power = 0;
    for (std::size_t k = 0; k < samples.size(); ++k) {
      const auto values = ml::evaluate(graph, {samples[k]});
      const ml::Reals& wanted = values[static_cast<std::size_t>(graph.outputs[0])];
      for (std::size_t j = 0; j < wanted.size(); ++j) {
        const double found = ml::real_of(output, j, results[k][j]);
        own_noise += (found - wanted[j]) * (found - wanted[j]);
        own_power += wanted[j] * wanted[j];
      }
    }
    if (own_power == 0) continue;
    noise.push_back(own_noise / own_power);
  }
  // Where a network subtracts what is nearly equal, what is left is noise: few of them do.
  REQUIRE(noise.size() > 100);
  std::sort(noise.begin(), noise.end());
  CHECK(noise[noise.size() / 2] < 1e-3);
  CHECK(noise[noise.size() * 95 / 100] < 0.03);
}

TEST_CASE("scales and zero points are those that the ranges ask for") {
  ModelBuilder b;
  b.input("x", {1, 2}).output("y");
  b.tensor("w", {2, 2}, {0.5f, -0.25f, 1, 2});  // columns are channels: 0.5 and 1, -0.25 and 2
  b.tensor("b", {2}, {0.75f, -1});
  b.node("Gemm", {"x", "w", "b"}, "1");
  b.node("Relu", {"1"}, "y");
  ml::Graph graph = ml::read_onnx_graph(b.bytes(), "m.onnx");
  ml::fuse(graph);
  const ml::Graph int8 = quantised_graph(graph, {{1, -1}, {2, 0.5}});
  const auto q = [&](int index) { return int8.tensor(index).quantisation; };
  const ml::Operator& layer = int8.operators.at(0);
  CHECK(q(int8.inputs[0]).scales[0] == 3.0f / 255);    // -1 to 2
  CHECK(q(int8.inputs[0]).zero_points[0] == -43);      // -128 + 85
  CHECK(q(int8.outputs[0]).zero_points[0] == -128);    // nothing below 0
  CHECK(q(int8.outputs[0]).scales[0] == 2.25f / 255);  // 2 * 0.5 + 0.5 * 1 + 0.75
  CHECK(q(layer.inputs[1]).scales == std::vector<float>{1.0f / 127, 2.0f / 127});
  CHECK(int8.tensor(layer.inputs[1]).element<std::int8_t>(0) == 64);  // 0.5 of 1: 63.5
  CHECK(int8.tensor(layer.inputs[1]).element<std::int8_t>(1) == 127);
  CHECK(int8.tensor(layer.inputs[2]).element<std::int32_t>(0) == 8096);  // 0.75 / (3 / 255 / 127), rounded
}

onnx::TensorProto& quantised_tensor(ModelBuilder& b, const std::string& name, const std::vector<std::int64_t>& sizes,
                                    int type, const std::vector<int>& numbers) {
  onnx::TensorProto& tensor = b.tensor(name, sizes, {});
  tensor.set_data_type(type);
  for (const int number : numbers) tensor.add_int32_data(number);
  return tensor;
}

// As quantisers of ONNX write it: each tensor goes through QuantizeLinear and DequantizeLinear, activations of uint8,
// weights of int8 with a scale for each channel.
TEST_CASE("a file that says how it is quantised is taken at its word") {
  ModelBuilder b;
  b.input("x", {1, 2, 2, 2}).output("y");
  b.tensor("sx", {}, {0.5f});
  quantised_tensor(b, "zx", {}, onnx::TensorProto::UINT8, {100});
  b.tensor("sy", {}, {0.25f});
  quantised_tensor(b, "zy", {}, onnx::TensorProto::UINT8, {0});
  b.tensor("sw", {3}, {0.125f, 0.5f, 2});
  quantised_tensor(b, "zw", {3}, onnx::TensorProto::INT8, {0, 0, 0});
  quantised_tensor(b, "qw", {3, 2, 1, 1}, onnx::TensorProto::INT8, {1, -2, 3, 100, -7, 5});
  b.tensor("sb", {3}, {0.0625f, 0.25f, 1});
  quantised_tensor(b, "zb", {3}, onnx::TensorProto::INT32, {0, 0, 0});
  quantised_tensor(b, "qb", {3}, onnx::TensorProto::INT32, {1000, -2000, 7});
  const auto twice = [&](const std::string& in, const std::string& scale, const std::string& zero,
                         const std::string& out) {
    b.node("QuantizeLinear", {in, scale, zero}, out + "q");
    b.node("DequantizeLinear", {out + "q", scale, zero}, out);
  };
  twice("x", "sx", "zx", "dx");
  set_integer(b.node("DequantizeLinear", {"qw", "sw", "zw"}, "w"), "axis", 0);
  set_integer(b.node("DequantizeLinear", {"qb", "sb", "zb"}, "b"), "axis", 0);
  b.node("Conv", {"dx", "w", "b"}, "c");
  twice("c", "sy", "zy", "y");
  SUBCASE("scales, zero points and weights are those of the file, whatever the samples") {
    ml::Graph graph = ml::read_onnx_graph(b.bytes(), "m.onnx");
    ml::fuse(graph);
    const ml::Graph int8 = quantised_graph(graph, {ml::Reals(8, 1)});
    REQUIRE(int8.operators.size() == 1);
    const ml::Operator& layer = int8.operators[0];
    CHECK(int8.tensor(int8.inputs[0]).quantisation == ml::Quantisation{{0.5f}, {-28}, 0});
    CHECK(int8.tensor(int8.outputs[0]).quantisation == ml::Quantisation{{0.25f}, {-128}, 0});
    const ml::Tensor &weights = int8.tensor(layer.inputs[1]), &bias = int8.tensor(layer.inputs[2]);
    CHECK(weights.quantisation.scales == std::vector<float>{0.125f, 0.5f, 2});
    for (std::size_t k = 0; k < 6; ++k)
      CHECK(weights.element<std::int8_t>(k) == std::vector<int>{1, -2, 3, 100, -7, 5}[k]);
    for (std::size_t k = 0; k < 3; ++k) CHECK(bias.element<std::int32_t>(k) == std::vector<int>{1000, -2000, 7}[k]);
  }
  const auto refused = [&] {
    try {
      ml::read_onnx_graph(b.bytes(), "m.onnx");
    } catch (const ml::ImportError& error) {
      return std::string(error.name);
    }
    return std::string();
  };
  SUBCASE("two ways for one tensor") {
    b.node("QuantizeLinear", {"x", "sy", "zy"}, "x2");
    CHECK(refused() == "unsupported_graph");
  }
  SUBCASE("scales of no number of channels") {
    b.graph().mutable_initializer(4)->set_dims(0, 2);
    b.graph().mutable_initializer(4)->mutable_float_data()->RemoveLast();
    CHECK(refused() == "bad_quantisation");
  }
  SUBCASE("a scale of 0") {
    b.graph().mutable_initializer(0)->set_float_data(0, 0);
    CHECK(refused() == "bad_quantisation");
  }
  SUBCASE("taken back with another scale") {
    b.graph().mutable_node(1)->set_input(1, "sy");
    CHECK(refused() == "unsupported_graph");
  }
}

// Convolutions with some channels that are zeros, or that no one reads, and padding behind them.
ModelBuilder network_with_dead_channels(std::uint64_t seed) {
  Random random(seed);
  ModelBuilder b;
  const std::int64_t channels = random.between(1, 3), first = random.between(2, 8), second = random.between(2, 8);
  const auto weights = [&](std::int64_t outputs, std::int64_t inner, unsigned dead_percent) {
    std::vector<float> numbers;
    for (std::int64_t o = 0; o < outputs; ++o) {
      const bool is_dead = random.percent(dead_percent);
      for (std::int64_t k = 0; k < inner; ++k)
        numbers.push_back(is_dead ? 0 : static_cast<float>(random.between(-100, 100)) / 100);
    }
    return numbers;
  };
  const auto zero_columns = [&](std::vector<float> numbers, std::int64_t inputs, std::int64_t cells) {
    const std::int64_t column = random.between(0, inputs - 1);
    for (std::size_t k = 0; k < numbers.size(); ++k)
      if (static_cast<std::int64_t>(k) / cells % inputs == column) numbers[k] = 0;
    return numbers;
  };
  const std::int64_t cells = random.percent(50) ? 1 : 9;
  const std::vector<std::int64_t> kernel(2, cells == 1 ? 1 : 3);
  b.input("x", {1, channels, 6, 5}).output("y");
  b.tensor("w1", {first, channels, 3, 3}, weights(first, channels * 9, 40));
  b.tensor("b1", {first}, weights(first, 1, 30));
  b.tensor("wd", {first, 1, 3, 3}, weights(first, 9, 30));
  b.tensor("bd", {first}, weights(first, 1, 50));
  b.tensor("w2", {second, first, kernel[0], kernel[1]}, zero_columns(weights(second, first * cells, 30), first, cells));
  b.tensor("b2", {second}, weights(second, 1, 50));
  b.tensor("w3", {3, second}, zero_columns(weights(3, second, 0), second, 1));
  b.tensor("b3", {3}, weights(3, 1, 0));
  const auto conv = [&](const std::vector<std::string>& inputs, const std::string& output, std::int64_t groups,
                        std::int64_t pad) {
    onnx::NodeProto& node = b.node("Conv", inputs, output);
    set_integer(node, "group", groups);
    set_integers(node, "pads", {pad, pad, pad, pad});
  };
  std::string value = "c1";
  conv({"x", "w1", "b1"}, "c1", 1, 1);
  if (random.percent(70)) b.node("Relu", {value}, "r1"), value = "r1";
  if (random.percent(70)) conv({value, "wd", "bd"}, "d", first, 1), value = "d";
  if (random.percent(50)) b.node("Relu", {value}, "r2"), value = "r2";
  const bool has_branch = random.percent(30);  // another layer takes the same channels
  if (has_branch) {
    b.tensor("w4", {3, first}, zero_columns(weights(3, first, 0), first, 1));
    b.node("GlobalAveragePool", {value}, "g4");
    b.node("Flatten", {"g4"}, "f4");
    set_integer(b.node("Gemm", {"f4", "w4", "b3"}, "y4"), "transB", 1);
  }
  conv({value, "w2", "b2"}, "c2", 1, cells == 1 ? 0 : 1);
  value = "c2";
  if (random.percent(70)) b.node("Relu", {value}, "r3"), value = "r3";
  if (random.percent(20)) b.node("Add", {value, "c2"}, "a"), value = "a";
  b.node("GlobalAveragePool", {value}, "g");
  b.node("Flatten", {"g"}, "f");
  set_integer(b.node("Gemm", {"f", "w3", "b3"}, has_branch ? "y3" : "y"), "transB", 1);
  if (has_branch) b.node("Add", {"y3", "y4"}, "y");
  return b;
}

TEST_CASE("dead channels are taken out, and no result changes by a bit") {
  std::size_t gone_float = 0, gone_int8 = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    ml::Graph graph = ml::read_onnx_graph(network_with_dead_channels(seed).bytes(), "dead.onnx");
    ml::fuse(graph);
    const auto samples = random_inputs(graph, 3, seed);
    ml::Graph int8 = quantised_graph(graph, samples);
    const auto before = run(int8, samples);
    ml::Graph smaller = graph;
    gone_float += ml::remove_dead_channels(smaller);
    gone_int8 += ml::remove_dead_channels(int8);
    REQUIRE(run(int8, samples) == before);
    for (const ml::Reals& sample : samples)
      REQUIRE(ml::evaluate(smaller, {sample})[static_cast<std::size_t>(smaller.outputs[0])] ==
              ml::evaluate(graph, {sample})[static_cast<std::size_t>(graph.outputs[0])]);
  }
  CHECK(gone_float > 300);
  CHECK(gone_int8 > 300);
}

}  // namespace
