#include "ml/import/comparison.hpp"

#include <algorithm>
#include <cmath>

#include "ml/import/calibration.hpp"

namespace mica::ml {
namespace {

void add_difference(Difference& difference, std::span<const double> exact, std::span<const std::int64_t> cells,
                    std::int32_t units) {
  for (std::size_t k = 0; k < exact.size(); ++k) {
    const double error = std::abs(static_cast<double>(cells[k]) / units - exact[k]);
    difference.largest = std::max(difference.largest, error);
    difference.mean += error;
    difference.magnitude = std::max(difference.magnitude, std::abs(exact[k]));
  }
}

}  // namespace

Comparison compare(const Network& network, const FixedNetwork& fixed, std::span<const Sample> samples) {
  Comparison comparison;
  comparison.samples = samples.size();
  comparison.stages.resize(fixed.stages.size());
  for (const Sample& sample : samples) {
    const auto exact = evaluate(network, model_inputs(sample, fixed.input_factor));
    const auto cells = evaluate(fixed, inputs_of(fixed, sample));
    for (std::size_t k = 0; k < fixed.stages.size(); ++k)
      add_difference(comparison.stages[k], exact[fixed.stages[k].last_layer], cells[k], fixed.stages[k].units);
    const std::size_t float_class = class_of<double>(exact.back(), 0.5);
    const std::size_t fixed_class = class_of_units(cells.back(), fixed.output_scale());
    comparison.same_class += float_class == fixed_class;
    comparison.float_hits += float_class == sample.label;
    comparison.fixed_hits += fixed_class == sample.label;
  }
  for (std::size_t k = 0; k < fixed.stages.size(); ++k)
    comparison.stages[k].mean /= static_cast<double>(samples.size() * fixed.stages[k].outputs);
  return comparison;
}

}  // namespace mica::ml
