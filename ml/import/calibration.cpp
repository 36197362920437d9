#include "ml/import/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mica::ml {

void NumberRange::include(double value) {
  if (!std::isfinite(value)) value = std::numeric_limits<double>::infinity();  // not a number is out of all ranges too
  least = std::min(least, value);
  most = std::max(most, value);
}

double NumberRange::magnitude() const { return std::max(-least, most); }

std::vector<double> model_inputs(const Sample& sample, double factor) {
  std::vector<double> inputs;
  for (double feature : sample.features) inputs.push_back(feature * factor);
  return inputs;
}

Calibration calibrate(const Network& network, std::span<const Sample> samples, double factor) {
  Calibration calibration;
  calibration.layers.resize(network.layers.size());
  for (const Sample& sample : samples) {
    for (double feature : sample.features) calibration.features.include(feature);
    const auto results = evaluate(network, model_inputs(sample, factor));
    for (std::size_t k = 0; k < results.size(); ++k)
      for (double number : results[k]) calibration.layers[k].include(number);
  }
  return calibration;
}

}  // namespace mica::ml
