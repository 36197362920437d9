#include "ml/import/fixed_network.hpp"

#include <algorithm>
#include <cmath>

#include "ml/import/curve.hpp"

namespace mica::ml {
namespace {

using Cells = std::vector<std::int64_t>;

// Wraps like the doubles of the machine.
std::int64_t row_sum(const FixedStage& stage, std::size_t row, std::span<const std::int64_t> inputs) {
  std::uint64_t sum = 0;
  for (std::size_t j = 0; j < stage.inputs; ++j)
    sum += static_cast<std::uint64_t>(stage.weights[row * stage.inputs + j] * inputs[j]);
  return static_cast<std::int64_t>(sum);
}

void apply_sigmoid(Cells& cells, std::int32_t units) {
  const Curve curve = sigmoid_curve(units);
  for (std::int64_t& cell : cells) cell = cell < 0 ? curve_one - curve.at(-cell) : curve.at(cell);
}

void apply_softmax(Cells& cells, std::int32_t units) {
  const Curve curve = exponential_curve(units);
  const std::int64_t highest = *std::max_element(cells.begin(), cells.end());
  std::int64_t total = 0;
  for (std::int64_t& cell : cells) total += cell = curve.at(highest - cell);
  for (std::int64_t& cell : cells) cell = cell * curve_one / total;
}

void apply(Operation activation, Cells& cells, std::int32_t units) {
  if (activation == Operation::relu)
    for (std::int64_t& cell : cells) cell = std::max<std::int64_t>(cell, 0);
  if (activation == Operation::sigmoid) apply_sigmoid(cells, units);
  if (activation == Operation::softmax) apply_softmax(cells, units);
}

Cells evaluate_stage(const FixedStage& stage, std::span<const std::int64_t> inputs) {
  Cells cells;
  for (std::size_t o = 0; o < stage.outputs; ++o)
    cells.push_back(row_sum(stage, o, inputs) / stage.divisors[o] + stage.bias[o]);
  std::int32_t units = stage.product_units;
  for (Operation activation : stage.activations) {
    apply(activation, cells, units);
    if (activation != Operation::relu) units = curve_one;
  }
  return cells;
}

}  // namespace

std::int64_t to_units(double feature, std::int32_t scale) { return std::llround(feature * scale); }

std::vector<std::int64_t> inputs_of(const FixedNetwork& network, const Sample& sample) {
  std::vector<std::int64_t> inputs;
  for (double feature : sample.features) inputs.push_back(to_units(feature, network.input_scale));
  return inputs;
}

std::vector<Cells> evaluate(const FixedNetwork& network, std::span<const std::int64_t> inputs) {
  std::vector<Cells> results;
  for (const FixedStage& stage : network.stages)
    results.push_back(evaluate_stage(stage, results.empty() ? inputs : std::span<const std::int64_t>(results.back())));
  return results;
}

}  // namespace mica::ml
