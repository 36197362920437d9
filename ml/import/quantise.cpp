#include "ml/import/quantise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ml/import/curve.hpp"
#include "ml/import/import_error.hpp"

namespace mica::ml {
namespace {

constexpr double activation_max = 32767;
constexpr double headroom = 2;               // times what the samples gave
constexpr std::int64_t divisor_wanted = 16;  // a smaller one would leave too much of the range of weights unused

// The range that the inputs of a stage have, in units.
struct UnitRange {
  double least = 0;
  double most = 0;
};

struct Row {
  std::int64_t divisor = 1;
  std::vector<std::int32_t> weights;
  double bound = 0;  // of the sum
};

class Quantiser {
 public:
  Quantiser(const QuantiseOptions& options, const std::string& file) : options_(options), file_(file) {}

  std::int32_t units_for(double magnitude) const;
  FixedStage stage(const Layer& layer, double magnitude, bool feeds_curve, double input_units, UnitRange inputs) const;
  [[noreturn]] void refuse(const Layer& layer, const std::string& sentence, const char* error_name) const {
    throw ImportError(file_, fmt::format("layer '{}' ({}): {}", layer.name, operation_name(layer.operation), sentence),
                      error_name);
  }
  bool is_narrow() const { return options_.cell_bits == 16; }

 private:
  double cell_max() const { return is_narrow() ? 0x7fff : 0x7fffffff; }
  double weight_max() const { return options_.weight_bits == 8 ? 127 : 32767; }

  Row row(const float* weights, std::size_t count, std::int64_t divisor, double ratio, UnitRange inputs) const;
  std::optional<FixedStage> try_units(const Layer& layer, std::int32_t units, std::int64_t divisor_min,
                                      double input_units, UnitRange inputs) const;

  const QuantiseOptions& options_;
  const std::string& file_;
};

std::int32_t Quantiser::units_for(double magnitude) const {
  const std::int32_t units_max = is_narrow() ? 1 << 14 : 1 << 24;
  if (magnitude == 0) magnitude = 1;  // the samples say nothing
  std::int32_t units = 1;
  while (units < units_max && magnitude * headroom * units * 2 <= activation_max) units *= 2;
  return units;
}

// With the divisor fixed, one weight of 1.0 is divisor / ratio.
Row Quantiser::row(const float* weights, std::size_t count, std::int64_t divisor, double ratio,
                   UnitRange inputs) const {
  Row made{divisor, {}, 0};
  double least = 0, most = 0;
  for (std::size_t j = 0; j < count; ++j) {
    const double weight = std::round(weights[j] * (static_cast<double>(divisor) / ratio));
    made.weights.push_back(static_cast<std::int32_t>(weight));
    least += std::min(weight * inputs.least, weight * inputs.most);
    most += std::max(weight * inputs.least, weight * inputs.most);
  }
  made.bound = std::max(-least, most);
  return made;
}

// The stage with results of `units`; nothing if a divisor is too small or something may wrap.
std::optional<FixedStage> Quantiser::try_units(const Layer& layer, std::int32_t units, std::int64_t divisor_min,
                                               double input_units, UnitRange inputs) const {
  FixedStage stage;
  stage.product_units = units;
  const double ratio = input_units / units;
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const float* weights = layer.weights.data() + o * layer.inputs;
    double largest = 0;
    for (std::size_t j = 0; j < layer.inputs; ++j) largest = std::max(largest, std::abs(double{weights[j]}));
    const double divisor = largest == 0 ? static_cast<double>(divisor_min)
                                        : std::min(std::floor(weight_max() / largest * ratio), cell_max());
    if (divisor < static_cast<double>(divisor_min)) return std::nullopt;
    const Row made = row(weights, layer.inputs, static_cast<std::int64_t>(divisor), ratio, inputs);
    const double bias = std::round(double{layer.bias[o]} * units);
    const double bound = made.bound / static_cast<double>(made.divisor) + std::abs(bias);
    if (bound > cell_max()) return std::nullopt;  // otherwise the sum, smaller than divisor * bound, fits a double
    stage.weights.insert(stage.weights.end(), made.weights.begin(), made.weights.end());
    stage.divisors.push_back(static_cast<std::int32_t>(made.divisor));
    stage.bias.push_back(static_cast<std::int32_t>(bias));
    stage.bound = std::max(stage.bound, static_cast<std::int64_t>(std::ceil(bound)));
  }
  return stage;
}

FixedStage Quantiser::stage(const Layer& layer, double magnitude, bool feeds_curve, double input_units,
                            UnitRange inputs) const {
  const std::int32_t best =
      feeds_curve ? std::clamp(units_for(magnitude), curve_units_min, curve_units_max) : units_for(magnitude);
  const std::int32_t least = feeds_curve ? curve_units_min : 1;
  for (std::int64_t divisor_min : {divisor_wanted, std::int64_t{1}})
    for (std::int32_t units = best; units >= least; units /= 2)
      if (std::optional<FixedStage> made = try_units(layer, units, divisor_min, input_units, inputs)) {
        made->name = layer.name;
        made->inputs = layer.inputs;
        made->outputs = layer.outputs;
        made->units = units;
        return *made;
      }
  refuse(layer,
         fmt::format("its weights and the numbers that they meet (up to {:.3g} with these samples) differ too much in "
                     "size for {}-bit cells",
                     magnitude, options_.cell_bits),
         "out_of_range");
}

void add_activation(FixedStage& stage, const Layer& layer, bool is_last, const Quantiser& quantiser) {
  if (layer.operation == Operation::softmax && !is_last)
    quantiser.refuse(layer, "softmax is supported as the last layer only", "unsupported_graph");
  if (layer.operation == Operation::softmax && quantiser.is_narrow())
    quantiser.refuse(layer, "softmax needs 32-bit cells; leave it out with --logits", "unsupported_graph");
  constexpr std::int64_t softmax_bound = 0x3fffffff, softmax_outputs = 0xffff;  // differences and sums fit a cell
  if (layer.operation == Operation::softmax && (stage.bound > softmax_bound || stage.outputs > softmax_outputs))
    quantiser.refuse(layer, "its scores are too many or too large for softmax", "out_of_range");
  if (layer.operation != Operation::relu) {
    if (stage.units > curve_units_max && quantiser.is_narrow())
      quantiser.refuse(layer, "two such activations in a row need 32-bit cells", "unsupported_graph");
    stage.units = curve_one;
  }
  stage.activations.push_back(layer.operation);
}

bool feeds_curve(const Network& network, std::size_t layer) {
  std::size_t next = layer + 1;
  while (next < network.layers.size() && network.layers[next].operation == Operation::relu) ++next;
  return next < network.layers.size() && network.layers[next].operation != Operation::dense;
}

UnitRange range_of(const FixedStage& stage) {
  if (stage.activations.empty()) return {-static_cast<double>(stage.bound), static_cast<double>(stage.bound)};
  const bool plain = std::all_of(stage.activations.begin(), stage.activations.end(),
                                 [](Operation one) { return one == Operation::relu; });
  return {0, plain ? static_cast<double>(stage.bound) : curve_one};
}

}  // namespace

FixedNetwork quantise(const Network& network, const Calibration& calibration, const QuantiseOptions& options,
                      const std::string& file) {
  const Quantiser quantiser(options, file);
  if (network.layers.empty()) throw ImportError(file, "no layer has weights", "unsupported_graph");
  if (network.layers[0].operation != Operation::dense)
    quantiser.refuse(network.layers[0], "the first layer must be one with weights", "unsupported_graph");
  FixedNetwork fixed;
  fixed.inputs = network.inputs;
  fixed.input_factor = options.input_factor;
  fixed.input_scale = quantiser.units_for(calibration.features.magnitude());
  UnitRange inputs{std::floor(calibration.features.least * fixed.input_scale),
                   std::ceil(calibration.features.most * fixed.input_scale)};
  if (std::max(-inputs.least, inputs.most) * headroom > (quantiser.is_narrow() ? 0x7fff : 0x7fffffff))
    throw ImportError(file,
                      fmt::format("a feature of {:.3g} is too large for {}-bit cells; scale the samples down",
                                  calibration.features.magnitude(), options.cell_bits),
                      "out_of_range");
  double input_units = fixed.input_scale / options.input_factor;
  for (std::size_t k = 0; k < network.layers.size(); ++k) {
    const Layer& layer = network.layers[k];
    if (!std::isfinite(calibration.layers[k].magnitude()))
      quantiser.refuse(layer, "with these samples its results are not finite", "out_of_range");
    if (layer.operation == Operation::dense)
      fixed.stages.push_back(
          quantiser.stage(layer, calibration.layers[k].magnitude(), feeds_curve(network, k), input_units, inputs));
    else
      add_activation(fixed.stages.back(), layer, k + 1 == network.layers.size(), quantiser);
    fixed.stages.back().last_layer = k;
    input_units = fixed.stages.back().units;
    inputs = range_of(fixed.stages.back());
  }
  return fixed;
}

}  // namespace mica::ml
