#include "ml/import/curve.hpp"

#include <cmath>

namespace mica::ml {
namespace {

constexpr std::int32_t points_per_one = 16;

template <typename Function>
Curve make_curve(std::int32_t units, std::int32_t ones, Function function) {
  Curve curve{units / points_per_one, {}};
  for (std::int32_t k = 0; k <= ones * points_per_one; ++k)
    curve.points.push_back(static_cast<std::int16_t>(std::lround(curve_one * function(double(k) / points_per_one))));
  return curve;
}

}  // namespace

std::int64_t Curve::at(std::int64_t argument) const {
  if (argument >= limit()) return points.back();
  const auto place = static_cast<std::size_t>(argument / step);
  const std::int64_t rest = argument - static_cast<std::int64_t>(place) * step;
  return points[place] + rest * (points[place + 1] - points[place]) / step;
}

Curve sigmoid_curve(std::int32_t units) {
  return make_curve(units, 8, [](double x) { return 1 / (1 + std::exp(-x)); });
}

Curve exponential_curve(std::int32_t units) {
  return make_curve(units, 12, [](double x) { return std::exp(-x); });
}

}  // namespace mica::ml
