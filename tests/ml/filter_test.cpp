// The filters against the same in floating point.
#include "ml/kernels/filter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using oracle::Random;

enum class Signal { noise, step, sine, ends };
constexpr Signal signals[] = {Signal::noise, Signal::step, Signal::sine, Signal::ends};

std::vector<std::int64_t> signal_of(Signal kind, double height, Random& random) {
  std::vector<std::int64_t> result;
  for (int k = 0; k < 3000; ++k) switch (kind) {
      case Signal::noise:
        result.push_back(random.between(static_cast<std::int64_t>(-height), static_cast<std::int64_t>(height)));
        break;
      case Signal::step: result.push_back(k < 100 ? 0 : static_cast<std::int64_t>(height)); break;
      case Signal::sine: result.push_back(static_cast<std::int64_t>(height * std::sin(k / 40.0))); break;
      case Signal::ends: result.push_back(static_cast<std::int64_t>(random.percent(50) ? height : -height)); break;
    }
  return result;
}

// The largest distance of the states to y + factor * (x - y) in floating point.
double distance(const std::vector<std::int64_t>& signal, std::int64_t coefficient, double factor) {
  std::int64_t state = signal[0] * ml::filter_one;
  double y = static_cast<double>(signal[0]);
  double largest = 0;
  for (const std::int64_t x : signal) {
    state = ml::smooth(state, x, coefficient);
    y += factor * (static_cast<double>(x) - y);
    largest = std::max(largest, std::abs(static_cast<double>(ml::filtered(state)) - y));
  }
  return largest;
}

}  // namespace

// What is rounded in a step is half of the last bit at most and fades with the factor: 2^-13 / factor. The result is
// rounded by half of one.
TEST_CASE("the recursion follows that of the coefficient") {
  Random random(1);
  for (const Signal kind : signals)
    for (const double height : {100.0, 32767.0, 2147483647.0})
      for (const std::int32_t thousandths : {1, 2, 5, 17, 100, 333, 500, 900, 999, 1000}) {
        const std::int64_t coefficient = ml::filter_coefficient(thousandths);
        const double factor = static_cast<double>(coefficient) / (1 << ml::coefficient_bits);
        const double bound = 0.5 + std::ldexp(1, -13) / factor + height * 1e-9;
        CHECK(distance(signal_of(kind, height, random), coefficient, factor) <= bound);
      }
}

// The coefficient is at most 2^-19 off; what that moves is less than height * 2^-18 / factor.
TEST_CASE("and that of the factor itself") {
  Random random(2);
  for (const Signal kind : signals)
    for (const std::int32_t thousandths : {1, 2, 5, 17, 100, 333, 500, 900, 999, 1000}) {
      constexpr double height = 32767;
      const double factor = thousandths / 1000.0;
      const double bound = 0.5 + std::ldexp(1, -13) / factor + height * std::ldexp(1, -18) / factor;
      CHECK(distance(signal_of(kind, height, random), ml::filter_coefficient(thousandths), factor) <= bound);
    }
}

TEST_CASE("ends of the factor") {
  CHECK(ml::filter_coefficient(0) == 0);
  CHECK(ml::filter_coefficient(1000) == 1 << ml::coefficient_bits);
  CHECK(ml::filtered(ml::smooth(7 * ml::filter_one, 100, ml::filter_coefficient(0))) == 7);
  CHECK(ml::filtered(ml::smooth(7 * ml::filter_one, 100, ml::filter_coefficient(1000))) == 100);
  // As far as it can go with cells of 32 bits, up and down.
  constexpr std::int64_t low = -2147483648LL, high = 2147483648LL;
  CHECK(ml::filtered(ml::smooth(low * ml::filter_one, high, ml::filter_coefficient(1000))) == high);
  CHECK(ml::filtered(ml::smooth(high * ml::filter_one, low, ml::filter_coefficient(1000))) == low);
}
