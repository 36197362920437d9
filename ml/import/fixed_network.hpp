// A network in fixed-point numbers: what a frame computes, cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ml/import/network.hpp"
#include "ml/import/samples.hpp"

namespace mica::ml {

// A dense layer and the activations behind it; its results are one array of the frame.
struct FixedStage {
  std::string name;  // of the dense layer in the model
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  std::vector<std::int32_t> weights;   // a row of `inputs` for each output
  std::vector<std::int32_t> divisors;  // of the sum of each row, at least 1; the division truncates
  std::vector<std::int32_t> bias;      // added after it
  std::vector<Operation> activations;
  std::size_t last_layer = 0;      // index of the last of these layers in the model
  std::int32_t product_units = 1;  // what stands for 1.0 before the activations
  std::int32_t units = 1;          // and behind them
  std::int64_t bound = 0;          // no result before the activations is further from 0, for inputs as calibrated
};

struct FixedNetwork {
  std::size_t inputs = 0;
  std::int32_t input_scale = 1;  // units for 1.0 of a feature
  double input_factor = 1;       // of the model's input for 1.0 of a feature
  std::vector<FixedStage> stages;

  std::int32_t output_scale() const { return stages.back().units; }
};

// A feature in units; rounded, half away from 0.
std::int64_t to_units(double feature, std::int32_t scale);

// The features of a sample in the units of the network's input.
std::vector<std::int64_t> inputs_of(const FixedNetwork& network, const Sample& sample);

// The results of each stage, in units. Sums are as wide as in the machine as long as features are as calibrated.
std::vector<std::vector<std::int64_t>> evaluate(const FixedNetwork& network, std::span<const std::int64_t> inputs);

}  // namespace mica::ml
