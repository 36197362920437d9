// Ranges of the numbers that flow through a network, from samples.
#pragma once

#include <span>
#include <vector>

#include "ml/import/network.hpp"
#include "ml/import/samples.hpp"

namespace mica::ml {

struct NumberRange {
  double least = 0;
  double most = 0;

  void include(double value);
  double magnitude() const;
};

struct Calibration {
  NumberRange features;             // as they stand in the file
  std::vector<NumberRange> layers;  // of the results of each layer
};

// `factor` is the model's input for 1.0 of a feature.
Calibration calibrate(const Network& network, std::span<const Sample> samples, double factor);

// The inputs of the model for a sample.
std::vector<double> model_inputs(const Sample& sample, double factor);

}  // namespace mica::ml
