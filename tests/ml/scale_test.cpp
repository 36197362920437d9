// Scaling of results against the same in wider arithmetic and in floating point.
#include "ml/kernels/scale.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using ml::ElementType;

template <class Sum>
using Limits = std::numeric_limits<Sum>;

// Interesting doubles: small ones, the ends, and some of each size.
template <class Sum>
std::vector<Sum> samples() {
  std::vector<Sum> result;
  for (int k = -40; k <= 40; ++k) result.push_back(k);
  for (int k = 0; k < 3; ++k) {
    result.push_back(static_cast<Sum>(Limits<Sum>::min() + k));
    result.push_back(static_cast<Sum>(Limits<Sum>::max() - k));
  }
  oracle::Random random(1);
  for (unsigned bits = 2; bits <= 8 * sizeof(Sum); ++bits)
    for (int k = 0; k < 8; ++k)
      result.push_back(static_cast<Sum>(static_cast<std::int64_t>(random.next()) >> (64 - bits)));
  return result;
}

template <class Sum>
unsigned wrong_divisions() {
  unsigned wrong = 0;
  for (const Sum value : samples<Sum>())
    for (const Sum divisor : samples<Sum>()) {
      if (divisor <= 0 || divisor > (Sum{1} << (4 * sizeof(Sum) - 1))) continue;  // an absolute value of a cell
      const __int128 wide = value;
      const __int128 twice = 2 * (wide < 0 ? -wide : wide) + divisor;
      const __int128 nearest = (twice - twice % (2 * divisor)) / (2 * divisor);
      wrong += ml::divide(value, divisor, false) != wide / divisor ? 1 : 0;
      wrong += ml::divide(value, divisor, true) != (wide < 0 ? -nearest : nearest) ? 1 : 0;
    }
  return wrong;
}

template <class Sum>
unsigned wrong_products() {
  unsigned wrong = 0;
  for (const Sum a : samples<Sum>())
    for (const Sum b : samples<Sum>()) {
      const __int128 product = static_cast<__int128>(a) * b;
      const __int128 held = product > Limits<Sum>::max()   ? Limits<Sum>::max()
                            : product < Limits<Sum>::min() ? Limits<Sum>::min()
                                                           : product;
      wrong += ml::multiply(a, b, false) != static_cast<Sum>(product) ? 1 : 0;
      wrong += ml::multiply(a, b, true) != held ? 1 : 0;
    }
  return wrong;
}

}  // namespace

TEST_CASE("division toward zero and to the nearest, halves away from zero") {
  CHECK(ml::divide(std::int32_t{5}, std::int32_t{2}, false) == 2);
  CHECK(ml::divide(std::int32_t{5}, std::int32_t{2}, true) == 3);
  CHECK(ml::divide(std::int32_t{-5}, std::int32_t{2}, false) == -2);
  CHECK(ml::divide(std::int32_t{-5}, std::int32_t{2}, true) == -3);
  CHECK(ml::divide(std::int32_t{-4}, std::int32_t{3}, true) == -1);
  CHECK(wrong_divisions<std::int32_t>() == 0);
  CHECK(wrong_divisions<std::int64_t>() == 0);
}

TEST_CASE("multiplication wraps or stays in the range") {
  CHECK(wrong_products<std::int32_t>() == 0);
  CHECK(wrong_products<std::int64_t>() == 0);
}

TEST_CASE("a negative factor divides") {
  CHECK(ml::scale(std::int32_t{-100}, std::int32_t{-7}, false, false) == -14);
  CHECK(ml::scale(std::int32_t{-100}, std::int32_t{7}, false, false) == -700);
  CHECK(ml::scale(std::int32_t{-100}, std::int32_t{0}, true, true) == 0);
  CHECK(ml::scale(Limits<std::int32_t>::min(), std::int32_t{-32768}, false, false) == 65536 * -1);
}

TEST_CASE("as the scale operand says") {
  constexpr std::int16_t numbers[] = {3, -3, 0};
  const ml::ArrayView factors{reinterpret_cast<const std::byte*>(numbers), 3, ElementType::int16, true};
  const auto result = [](std::int32_t operand, const ml::ArrayView& array, std::uint32_t k, bool rounding) {
    return ml::scale_result(std::int32_t{100}, operand, array, k, rounding, false);
  };
  CHECK(result(0, {}, 0, false) == 100);
  CHECK(result(-7, {}, 5, false) == 14);
  CHECK(result(-8, {}, 5, true) == 13);
  CHECK(result(7, {}, 0, false) == 700);
  CHECK(result(1000, factors, 0, false) == 300);
  CHECK(result(1000, factors, 1, false) == 33);
  CHECK(result(1000, factors, 2, false) == 0);
}

TEST_CASE("into the range of an element") {
  struct Type {
    ElementType type;
    std::int64_t low, high;
  };
  for (const Type& one : {Type{ElementType::int8, -128, 127}, Type{ElementType::int16, -32768, 32767},
                          Type{ElementType::int32, -2147483648LL, 2147483647LL}})
    for (const std::int64_t value : samples<std::int64_t>()) {
      CHECK(ml::fit(value, one.type) == std::min(one.high, std::max(one.low, value)));
    }
  CHECK(ml::fit(Limits<std::int32_t>::max(), ElementType::int32) == Limits<std::int32_t>::max());
  CHECK(ml::fit(Limits<std::int32_t>::min(), ElementType::int16) == -32768);
}
