// Functions on floats against the C library in a wider format, rounded once: every STRIDE-th argument of all that there
// are. With a stride of 1 it takes some minutes for each function.
//
//   float_sweep STRIDE [FUNCTION]
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "ml/kernels/float.hpp"

namespace {

using namespace mica;
using Real = long double;

struct Function {
  std::string_view name;
  std::uint32_t (*ours)(std::uint32_t);
  Real (*library)(Real);
};

const Function functions[] = {
    {"exponential", ml::exponential, [](Real x) { return std::exp(x); }},
    {"logarithm", ml::natural_logarithm, [](Real x) { return std::log(x); }},
    {"sine", ml::float_sine, [](Real x) { return std::sin(x); }},
    {"cosine", ml::float_cosine, [](Real x) { return std::cos(x); }},
    {"tangent", ml::hyperbolic_tangent, [](Real x) { return std::tanh(x); }},
    {"logistic", ml::logistic, [](Real x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }},
    {"root", ml::square_root, [](Real x) { return std::sqrt(x); }},
    {"round", ml::round_float, [](Real x) { return std::nearbyint(x); }},
    {"floor", ml::floor_float, [](Real x) { return std::floor(x); }}};

// The error in units in the last place of the result.
Real error_of(float result, Real exact) {
  if (std::isnan(result) || std::isinf(result) || result == exact) return 0;
  const float size = std::fabs(result);
  const Real unit = Real{std::nextafter(size, std::numeric_limits<float>::infinity())} - Real{size};
  return std::fabs(Real{result} - exact) / unit;
}

bool sweep(const Function& function, std::uint64_t stride) {
  std::uint64_t wrong = 0, count = 0;
  Real worst = 0;
  for (std::uint64_t at = 0; at < std::uint64_t{1} << 32; at += stride) {
    const std::uint32_t bits = static_cast<std::uint32_t>(at);
    const Real exact = function.library(std::bit_cast<float>(bits));
    const std::uint32_t expected = ml::float_bits(static_cast<float>(exact)), result = function.ours(bits);
    ++count;
    const Real error = error_of(std::bit_cast<float>(result), exact);
    if (error > worst) worst = error;
    if (result == expected || ++wrong > 10) continue;
    std::printf("%s(%08x) is %08x, not %08x\n", function.name.data(), bits, result, expected);
  }
  std::printf("%s: %llu of %llu wrong, at most %.9Lf units in the last place off\n", function.name.data(),
              static_cast<unsigned long long>(wrong), static_cast<unsigned long long>(count), worst);
  return wrong == 0;
}

}  // namespace

int main(int count, char** arguments) {
  static_assert(std::numeric_limits<Real>::digits >= 64);
  const std::uint64_t stride = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 0;
  if (stride == 0) return std::fprintf(stderr, "usage: float_sweep STRIDE [FUNCTION]\n"), 2;
  bool good = true;
  for (const Function& function : functions)
    if (count < 3 || function.name == arguments[2]) good = sweep(function, stride) && good;
  return good ? 0 : 1;
}
