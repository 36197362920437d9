// The functions in fixed point: over all arguments of 16 bits against a second version that shares nothing with them,
// and against the real functions with the bounds that their header names.
#include "ml/kernels/functions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/oracle/functions.hpp"
#include "tests/oracle/random.hpp"

namespace {

using namespace mica;

constexpr std::int32_t lowest = -32768, highest = 32767;
constexpr std::int32_t lowest32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest32 = std::numeric_limits<std::int32_t>::max();
constexpr double pi = 3.14159265358979323846;

// The largest distance to the real function, over all arguments from first to last.
template <class Function, class Real>
double distance(std::int32_t first, std::int32_t last, Function function, Real real) {
  double largest = 0;
  for (std::int32_t x = first; x <= last; ++x) largest = std::max(largest, std::abs(function(x) - real(x)));
  return largest;
}

double real_sine(std::int32_t x) { return 1000 * std::sin(x / 1000.0); }
double real_logarithm(std::int32_t x) { return 100 * std::log10(x / 10.0); }
double real_sigmoid(std::int32_t x) { return 1000 / (1 + std::exp(-x / 1000.0)); }

unsigned differences(std::int32_t x) {
  return static_cast<unsigned>(ml::sine(x) != oracle::function_sin(x)) +
         static_cast<unsigned>(ml::logarithm(x) != oracle::function_log(x)) +
         static_cast<unsigned>(ml::sigmoid(x) != oracle::function_sigmoid(x));
}

}  // namespace

TEST_CASE("all arguments of 16 bits, bit for bit") {
  unsigned different = 0;
  for (std::int32_t x = lowest; x <= highest; ++x) different += differences(x);
  CHECK(different == 0);
}

TEST_CASE("arguments of 32 bits: the ends, and some between") {
  unsigned different = 0;
  for (std::int32_t k = 0; k < 70000; ++k) different += differences(lowest32 + k) + differences(highest32 - k);
  oracle::Random random(1);
  for (int k = 0; k < 200000; ++k) different += differences(static_cast<std::int32_t>(random.next()));
  CHECK(different == 0);
}

TEST_CASE("how far from the real functions") {
  CHECK(distance(-6283, 6283, ml::sine, real_sine) <= 1.5);
  CHECK(distance(lowest, highest, ml::sine, real_sine) <= 2.5);
  CHECK(distance(10, highest, ml::logarithm, real_logarithm) <= 4.4);
  CHECK(distance(lowest, highest, ml::sigmoid, real_sigmoid) <= 22);
  // Beyond 16 bits the whole turns that are taken away leave at most a thousandth.
  CHECK(distance(highest32 - 100000, highest32 - 1, ml::sine, real_sine) <= 3.5);
  CHECK(distance(lowest32, lowest32 + 100000, ml::sine, real_sine) <= 3.5);
  CHECK(distance(highest, highest + 1000000, ml::sine, real_sine) <= 3.5);
  CHECK(distance(highest32 - 100000, highest32 - 1, ml::logarithm, real_logarithm) <= 4.4);
}

TEST_CASE("values of the page") {
  CHECK(ml::sine(0) == 0);
  CHECK(ml::sine(-9) == -9);
  CHECK(ml::sine(static_cast<std::int32_t>(500 * pi)) == 1000);
  CHECK(ml::logarithm(10) == 0);
  CHECK(ml::logarithm(100) == 100);
  CHECK(ml::logarithm(9) == 0);
  CHECK(ml::logarithm(-5) == 0);
  CHECK(ml::sigmoid(0) == 500);
  CHECK(ml::sigmoid(lowest) == 0);
  CHECK(ml::sigmoid(lowest32) == 0);
  CHECK(ml::sigmoid(highest32) == 1000);
}

TEST_CASE("sigmoid never falls, and is the same on both sides") {
  unsigned wrong = 0;
  for (std::int32_t x = lowest; x <= highest; ++x) {
    wrong += x > lowest && ml::sigmoid(x) < ml::sigmoid(x - 1) ? 1 : 0;
    wrong += x != lowest && ml::sigmoid(x) + ml::sigmoid(-x) != 1000 ? 1 : 0;
  }
  CHECK(wrong == 0);
}
