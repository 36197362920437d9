#include "ml/kernels/cosine.hpp"

namespace mica::ml {
namespace {

// Only compilers calculate here: the series leaves more than enough of the 53 bits of their numbers.
consteval QuarterCosine make_quarter() {
  QuarterCosine quarter = {};
  for (std::uint32_t k = 0; k <= quarter_steps; ++k) {
    const double angle = 1.57079632679489661923 * k / quarter_steps;
    double term = 1, sum = 1;
    for (int n = 2; n < 28; n += 2) {
      term *= -angle * angle / (n * (n - 1));
      sum += term;
    }
    quarter.values[k] = static_cast<std::uint16_t>(32768 * sum + 0.5);
  }
  return quarter;
}

}  // namespace

constexpr QuarterCosine quarter_cosine = make_quarter();

}  // namespace mica::ml
