// Networks of ONNX as graphs: models of this project, and random ones, against a computation in the order of the file.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ml/import/evaluate.hpp"
#include "ml/import/model_file.hpp"
#include "ml/import/onnx_reader.hpp"
#include "ml/import/samples.hpp"
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

TEST_CASE("random networks compute what the file says, whatever the order of its axes") {
  std::size_t operators = 0;
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
    operators += graph.operators.size();
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k)
      REQUIRE(std::abs(found[k] - expected[k]) <= 1e-4 * (1 + std::abs(expected[k])));
  }
  CHECK(operators > 2000);
}

}  // namespace
