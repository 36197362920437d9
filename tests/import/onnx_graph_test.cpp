// Networks of ONNX as graphs: models of this project, and random ones, against a computation in the order of the file.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ml/import/evaluate.hpp"
#include "ml/import/fuse.hpp"
#include "ml/import/graph_checks.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/samples.hpp"
#include "tests/import/model_builder.hpp"
#include "tests/import/onnx_models.hpp"
#include "tests/import/onnx_oracle.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// An image of the file, channels first, as the graph wants it.
ml::Reals channels_last(const OracleTensor& x) {
  if (x.shape.size() < 3) return x.numbers;
  const auto channels = static_cast<std::size_t>(x.shape[1]), cells = x.numbers.size() / channels;
  ml::Reals turned(x.numbers.size());
  for (std::size_t k = 0; k < turned.size(); ++k) turned[k % cells * channels + k / cells] = x.numbers[k];
  return turned;
}

ml::Reals evaluate(const ml::Graph& graph, const ml::Reals& input) {
  return ml::evaluate(graph, {input})[static_cast<std::size_t>(graph.outputs[0])];
}

TEST_CASE("networks of PyTorch give its logits") {
  const std::filesystem::path folder = std::filesystem::path(MICA_MODELS) / "small";
  if (!std::filesystem::exists(folder)) {
    MESSAGE("skipped: there are no models of others in " << MICA_MODELS);
    return;
  }
  for (const std::string name : {"digits-cnn", "digits-mlp"}) {
    CAPTURE(name);
    const std::string file = (folder / (name + ".onnx")).string();
    const ml::Graph graph = ml::read_onnx_graph(ml::read_model_file(file), file);
    const auto samples = ml::read_samples((folder / "digits-test.csv").string(), 64, true);
    std::ifstream expected(folder / (name + "-expected.csv"));
    REQUIRE(samples.size() == 450);
    double worst = 0;
    for (const ml::Sample& sample : samples) {
      ml::Reals input;
      for (const double x : sample.features) input.push_back(x / 16);
      const ml::Reals scores = evaluate(graph, input);
      std::string line;
      REQUIRE(std::getline(expected, line));
      std::istringstream numbers(line);
      for (const double score : scores) {
        double wanted = 0;
        char comma = 0;
        numbers >> wanted >> comma;
        worst = std::max(worst, std::abs(score - wanted));
      }
    }
    CHECK(worst < 1e-4);
  }
}

// What reader and checks would say to a graph that has been changed.
void check_graph(const ml::Graph& graph) {
  std::vector<bool> known(graph.tensors.size());
  for (const int index : graph.inputs) known[static_cast<std::size_t>(index)] = true;
  for (const ml::Operator& one : graph.operators) {
    CAPTURE(one.name);
    for (const int index : one.inputs)
      if (index >= 0) REQUIRE((known[static_cast<std::size_t>(index)] || graph.tensor(index).is_constant()));
    ml::check_inputs(graph, one);
    REQUIRE(ml::infer_shape(graph, one) == graph.tensor(one.outputs[0]).shape);
    REQUIRE(!known[static_cast<std::size_t>(one.outputs[0])]);
    known[static_cast<std::size_t>(one.outputs[0])] = true;
  }
  for (const int index : graph.outputs) REQUIRE(known[static_cast<std::size_t>(index)]);
}

TEST_CASE("random networks compute what the file says, whatever the order of its axes, fused or not") {
  std::size_t operators = 0, fused_operators = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    CAPTURE(seed);
    const RandomOnnx random = random_onnx(seed);
    OracleTensor input{random.input, {}};
    Random numbers(seed);
    std::int64_t count = 1;
    for (const std::int64_t one : input.shape) count *= one;
    for (std::int64_t k = 0; k < count; ++k)
      input.numbers.push_back(static_cast<double>(numbers.between(-100, 100)) / 50);
    const OracleTensor wanted = run_onnx(random.model, input);
    const ml::Graph graph = ml::read_onnx_graph(random.model.SerializeAsString(), "random.onnx");
    const ml::Reals turned = graph.tensors[static_cast<std::size_t>(graph.inputs[0])].shape.size() == 4
                                 ? channels_last(input)
                                 : input.numbers;
    const ml::Reals found = evaluate(graph, turned);
    const ml::Reals expected = wanted.shape.size() == 4 ? channels_last(wanted) : wanted.numbers;
    REQUIRE(wanted.shape == random.output);
    check_graph(graph);
    ml::Graph fused = graph;
    ml::fuse(fused);
    check_graph(fused);
    const ml::Reals fused_found = evaluate(fused, turned);
    const auto computes = [](const ml::Operator& one) { return one.kind != ml::OperatorKind::reshape; };
    operators += static_cast<std::size_t>(std::count_if(graph.operators.begin(), graph.operators.end(), computes));
    fused_operators +=
        static_cast<std::size_t>(std::count_if(fused.operators.begin(), fused.operators.end(), computes));
    REQUIRE(found.size() == expected.size());
    REQUIRE(fused_found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      REQUIRE(std::abs(found[k] - expected[k]) <= 1e-4 * (1 + std::abs(expected[k])));
      REQUIRE(std::abs(fused_found[k] - expected[k]) <= 1e-4 * (1 + std::abs(expected[k])));
    }
    for (const ml::Operator& one : fused.operators) CHECK(one.kind != ml::OperatorKind::batch_norm);
  }
  CHECK(operators > 2000);
  CHECK(fused_operators < operators);
}

// Names of the kinds of the operators of a small network, fused: an image of two channels in 3x3.
std::string fused_kinds(ModelBuilder& builder) {
  builder.input("x", {1, 2, 3, 3}).output("y");
  ml::Graph graph = ml::read_onnx_graph(builder.bytes(), "m.onnx");
  ml::fuse(graph);
  check_graph(graph);
  std::string kinds;
  for (const ml::Operator& one : graph.operators) {
    kinds += (kinds.empty() ? "" : " ") + std::string(ml::kind_name(one.kind));
    if (one.attributes.activation != ml::Activation::none)
      kinds += std::string("+") + ml::activation_name(one.attributes.activation);
  }
  return kinds;
}

// With constants that the nodes may take.
ModelBuilder constants() {
  ModelBuilder b;
  b.tensor("w", {2, 2, 1, 1}, {1, 2, 3, 4});
  b.tensor("c", {2}, {1, 2});
  b.tensor("c11", {2, 1, 1}, {3, -1});
  b.tensor("one", {}, {0.5f});
  b.tensor("v", {2}, {1, 4});
  return b;
}

TEST_CASE("what follows a layer becomes a part of it") {
  ModelBuilder b = constants();
  SUBCASE("batch normalisation, a factor and a summand of channels, an activation") {
    b.node("Conv", {"x", "w"}, "1");
    b.node("BatchNormalization", {"1", "c", "c", "c", "v"}, "2");
    b.node("Mul", {"2", "c11"}, "3");
    b.node("Sub", {"one", "3"}, "4");
    b.node("Relu", {"4"}, "y");
    CHECK(fused_kinds(b) == "conv2d+relu");
  }
  SUBCASE("nothing behind an activation") {
    b.node("Conv", {"x", "w"}, "1");
    b.node("Relu", {"1"}, "2");
    b.node("Mul", {"2", "c11"}, "y");
    CHECK(fused_kinds(b) == "conv2d+relu mul");
  }
  SUBCASE("nothing that another layer takes, too") {
    b.node("Conv", {"x", "w"}, "1");
    b.node("Relu", {"1"}, "2");
    b.node("Add", {"1", "2"}, "y");
    CHECK(fused_kinds(b) == "conv2d relu add");
  }
}

TEST_CASE("what is in front of a layer, and operators in several nodes") {
  ModelBuilder b = constants();
  SUBCASE("zeros around an image, but no other numbers, nor channels") {
    b.integers("p", {0, 0, 1, 2, 0, 0, 0, 1});
    b.integers("q", {0, 1, 0, 0, 0, 0, 0, 0});
    b.tensor("w3", {1, 3, 2, 2}, std::vector<float>(12, 1));
    b.tensor("w1", {1, 1, 2, 2}, {1, 2, 3, 4});
    b.tensor("w2", {2, 2, 3, 3}, std::vector<float>(36, 1));
    b.node("Pad", {"x", "p"}, "1");
    b.node("Conv", {"1", "w2"}, "2");
    b.node("Pad", {"2", "q"}, "3");
    b.node("Conv", {"3", "w3"}, "4");
    b.node("Pad", {"4", "p", "one"}, "5");
    b.node("Conv", {"5", "w1"}, "y");
    CHECK(fused_kinds(b) == "conv2d pad conv2d pad conv2d");
  }
  SUBCASE("padding by more than a window stays apart") {
    set_integers(b.node("Conv", {"x", "w"}, "y"), "pads", {0, 1, 0, 0});
    CHECK(fused_kinds(b) == "pad conv2d");
  }
  SUBCASE("hard swish as exporters write it") {
    b.tensor("3", {}, {3});
    b.tensor("6", {}, {6});
    b.tensor("0", {}, {0});
    set_real(b.node("HardSigmoid", {"x"}, "a"), "alpha", 1.0f / 6);
    b.node("Mul", {"x", "a"}, "b");
    b.node("Add", {"b", "3"}, "c6");
    b.node("Clip", {"c6", "0", "6"}, "d");
    b.node("Mul", {"b", "d"}, "e");
    b.node("Div", {"e", "6"}, "y");
    CHECK(fused_kinds(b) == "hard_swish hard_swish");
  }
  SUBCASE("batch normalisation behind no layer") {
    b.node("BatchNormalization", {"x", "c", "c", "c", "v"}, "1");
    b.node("Relu", {"1"}, "y");
    CHECK(fused_kinds(b) == "depthwise_conv2d relu");
  }
  SUBCASE("reshapes and transpositions of the file") {
    b.integers("s", {1, 9, 2, 1});
    b.node("Relu", {"x"}, "1");
    set_integers(b.node("Transpose", {"1"}, "2"), "perm", {0, 2, 3, 1});
    b.node("Reshape", {"2", "s"}, "3");
    b.node("Sigmoid", {"3"}, "4");
    b.node("Flatten", {"4"}, "y");
    CHECK(fused_kinds(b) == "relu sigmoid reshape");
  }
}

}  // namespace
