// The arithmetic of layers: products with fractions, and functions on numbers with a fixed point.
#include <array>

#include "tests/oracle/blocks.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

__extension__ using Wide = __int128;

Wide power(std::int64_t n) { return Wide{1} << n; }

Wide floor_of(Wide dividend, Wide divisor) {
  const Wide quotient = dividend / divisor;
  return quotient * divisor > dividend ? quotient - 1 : quotient;
}

std::int64_t in_32_bits(Wide value) { return wrap(static_cast<std::int64_t>(value), 32); }

std::int64_t times(std::int64_t value, std::int64_t factor) {
  return held(value * factor, -(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1);
}

}  // namespace

std::int64_t held(std::int64_t value, std::int64_t low, std::int64_t high) {
  return value < low ? low : value > high ? high : value;
}

std::int64_t product_high(std::int64_t a, std::int64_t b) {
  const Wide product = floor_of(Wide{a} * b + power(30), power(31));
  return product == power(31) ? static_cast<std::int64_t>(power(31) - 1) : static_cast<std::int64_t>(product);
}

std::int64_t divided_by_power(std::int64_t x, std::int64_t places) {
  const Wide size = floor_of(2 * Wide{x < 0 ? -x : x} + power(places), 2 * power(places));
  return static_cast<std::int64_t>(x < 0 ? -size : size);
}

std::int64_t rescale(std::int64_t x, std::int64_t m, std::int64_t e, bool once) {
  e = held(e, -31, 30);
  if (once) return in_32_bits(floor_of(Wide{x} * m + power(30 - e), power(31 - e)));
  if (e > 0) x = in_32_bits(x * power(e));
  const std::int64_t product = product_high(x, m);
  return e < 0 ? divided_by_power(product, -e) : product;
}

// e^x for x <= 0: a series of fourth order around -1/8 for what is left of a quarter, and a factor for each bit of the
// number of quarters.
std::int64_t fixed_exponential(std::int64_t x, unsigned integer_bits) {
  if (x >= 0) return 2147483647;
  static constexpr std::array<std::int64_t, 7> factors{1672461947, 1302514674, 790015084, 290630308,
                                                       39332535,   720401,     242};
  const std::int64_t quarter = static_cast<std::int64_t>(power(29 - integer_bits));
  // x = rest - quarters / 4, the rest below 0 and at least -1/4.
  std::int64_t quarters = (-x - 1) / quarter;
  const std::int64_t rest = x + quarters * quarter;
  const std::int64_t t = rest * static_cast<std::int64_t>(power(integer_bits)) + static_cast<std::int64_t>(power(28));
  const std::int64_t t2 = product_high(t, t), t3 = product_high(t2, t), t4 = product_high(t2, t2);
  const std::int64_t series = product_high(divided_by_power(t4, 2) + t3, 715827883) + t2;
  constexpr std::int64_t root = 1895147668;
  std::int64_t result = root + product_high(root, t + divided_by_power(series, 1));
  for (const std::int64_t factor : factors) {
    if (quarters % 2 == 1) result = product_high(result, factor);
    quarters /= 2;
  }
  return result;
}

std::int64_t fixed_inverse(std::int64_t x) {
  const auto half = static_cast<std::int64_t>(floor_of(Wide{x} + power(31), 2));
  std::int64_t y = in_32_bits(1515870810 + product_high(half, -1010580540));
  for (int step = 0; step < 3; ++step) {
    const std::int64_t rest = in_32_bits(power(29) - product_high(half, y));
    y = in_32_bits(y + times(product_high(y, rest), 4));
  }
  return y;
}

std::int64_t fixed_logistic(std::int64_t x) {
  if (x == 0) return 1 << 30;
  const std::int64_t upper = times(fixed_inverse(fixed_exponential(x > 0 ? -x : x, 4)), 2);
  return x > 0 ? upper : 2147483647 - upper;
}

std::int64_t fixed_tangent(std::int64_t x) {
  if (x == 0) return 0;
  const std::int64_t half = fixed_inverse(fixed_exponential(x > 0 ? -x : x, 5));
  const std::int64_t size = times(in_32_bits(half - power(29)), 4);
  return x > 0 ? size : -size;
}

}  // namespace mica::oracle
