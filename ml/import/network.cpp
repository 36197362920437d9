#include "ml/import/network.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mica::ml {
namespace {

std::vector<double> evaluate_dense(const Layer& layer, std::span<const double> inputs) {
  std::vector<double> outputs(layer.bias.begin(), layer.bias.end());
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const float* row = layer.weights.data() + o * layer.inputs;
    for (std::size_t j = 0; j < layer.inputs; ++j) outputs[o] += double{row[j]} * inputs[j];
  }
  return outputs;
}

std::vector<double> evaluate_softmax(std::span<const double> inputs) {
  const double highest = *std::max_element(inputs.begin(), inputs.end());
  std::vector<double> outputs;
  for (double input : inputs) outputs.push_back(std::exp(input - highest));  // of at most 0, so that none overflows
  const double total = std::accumulate(outputs.begin(), outputs.end(), 0.0);
  for (double& output : outputs) output /= total;
  return outputs;
}

template <typename Function>
std::vector<double> evaluate_each(std::span<const double> inputs, Function function) {
  std::vector<double> outputs;
  for (double input : inputs) outputs.push_back(function(input));
  return outputs;
}

}  // namespace

const char* operation_name(Operation operation) {
  switch (operation) {
    case Operation::dense: return "dense";
    case Operation::relu: return "relu";
    case Operation::sigmoid: return "sigmoid";
    case Operation::softmax: return "softmax";
  }
  return "";
}

std::vector<double> evaluate(const Layer& layer, std::span<const double> inputs) {
  switch (layer.operation) {
    case Operation::dense: return evaluate_dense(layer, inputs);
    case Operation::relu: return evaluate_each(inputs, [](double x) { return x > 0 ? x : 0; });
    case Operation::sigmoid: return evaluate_each(inputs, [](double x) { return 1 / (1 + std::exp(-x)); });
    case Operation::softmax: return evaluate_softmax(inputs);
  }
  return {};
}

std::vector<std::vector<double>> evaluate(const Network& network, std::span<const double> inputs) {
  std::vector<std::vector<double>> results;
  for (const Layer& layer : network.layers)
    results.push_back(evaluate(layer, results.empty() ? inputs : std::span<const double>(results.back())));
  return results;
}

}  // namespace mica::ml
