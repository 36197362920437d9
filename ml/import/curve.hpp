// A function as a table of points with straight lines between them, as frames compute it.
#pragma once

#include <cstdint>
#include <vector>

namespace mica::ml {

// What stands for 1.0 in the results of curves; they fit an int16.
inline constexpr std::int32_t curve_one = 16384;

struct Curve {
  std::int32_t step = 1;             // units of the argument between two points
  std::vector<std::int16_t> points;  // from an argument of 0 on

  // First argument behind the table: there the value is the last point.
  std::int32_t limit() const { return step * (static_cast<std::int32_t>(points.size()) - 1); }
  // For arguments from 0; the division truncates.
  std::int64_t at(std::int64_t argument) const;
};

// Of arguments of `units` per 1.0, a power of two from 16 on: 1 / (1 + e^-x) for x from 0 to 8. The half below 0 is
// 1 minus it.
Curve sigmoid_curve(std::int32_t units);

// e^-x for x from 0 to 12.
Curve exponential_curve(std::int32_t units);

// Arguments of more units per 1.0 are no better, and their products with a step of a curve would not fit 16 bits.
inline constexpr std::int32_t curve_units_min = 16, curve_units_max = 2048;

}  // namespace mica::ml
