// What the tests of signals share: random samples, and running a kernel on memory with guards.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "tests/ml/layers.hpp"

namespace mica::signals {

using layers::Random;
using Samples = std::vector<std::int16_t>;
using Numbers = std::vector<std::int32_t>;

inline constexpr double pi = 3.14159265358979323846;

// Noise of any size, tones, and nothing but the ends, where sums are greatest.
inline Samples random_samples(Random& random, std::size_t count) {
  Samples samples(count);
  const auto kind = random.below(4);
  const std::int64_t size = std::int64_t{1} << random.below(16);
  const double pace = static_cast<double>(random.between(1, 1000000)) / 1000000 * pi;
  for (std::size_t k = 0; k < count; ++k) {
    std::int64_t value = random.between(-size, size - 1);
    if (kind == 0) value = random.percent(50) ? -32768 : 32767;
    if (kind == 1) value = std::lround(static_cast<double>(size - 1) * std::sin(pace * static_cast<double>(k)));
    samples[k] = static_cast<std::int16_t>(value);
  }
  return samples;
}

// Runs unit by unit into guarded memory of so many results; then once more from a forged place, which may end anyhow
// but must stay inside.
template <class Place, class Result, class Unit, class Inside>
std::vector<Result> run(Random& random, std::size_t results, const Unit& unit, const Inside& inside) {
  layers::Guarded<Result> output(results);
  const auto one = [&](Place& place) { return unit(output.bytes(), place); };
  CHECK(layers::run_layer(Place{}, one, inside) > 0);
  std::vector<Result> found = output.elements();
  const auto forged = layers::random_place<Place>(random);
  if (inside(forged)) CHECK(layers::run_layer(forged, one, inside) > 0);
  CHECK(output.is_unhurt());
  return found;
}

}  // namespace mica::signals
