// What quantising costs: the fixed-point network against the float one, on samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ml/import/fixed_network.hpp"
#include "ml/import/network.hpp"
#include "ml/import/samples.hpp"

namespace mica::ml {

struct Difference {
  double largest = 0;  // of a result of the stage, in the numbers of the model
  double mean = 0;
  double magnitude = 0;  // largest result of the float network
};

struct Comparison {
  std::size_t samples = 0;
  std::vector<Difference> stages;
  std::size_t same_class = 0;  // samples for which both find the same
  std::size_t float_hits = 0;  // samples for which it finds the label
  std::size_t fixed_hits = 0;
};

// The class that scores stand for: the index of the highest, the first of equal ones. A single score is a yes, class 1,
// from `half` on.
template <typename Number>
std::size_t class_of(std::span<const Number> scores, Number half) {
  if (scores.size() == 1) return scores[0] >= half ? 1 : 0;
  std::size_t best = 0;
  for (std::size_t k = 1; k < scores.size(); ++k)
    if (scores[k] > scores[best]) best = k;
  return best;
}

// The same of scores in units, `scale` of which are 1.0.
inline std::size_t class_of_units(std::span<const std::int64_t> scores, std::int32_t scale) {
  return class_of<std::int64_t>(scores, (std::int64_t{scale} + 1) / 2);  // the smallest that is not below a half
}

Comparison compare(const Network& network, const FixedNetwork& fixed, std::span<const Sample> samples);

}  // namespace mica::ml
