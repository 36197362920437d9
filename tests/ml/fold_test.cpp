// The products of vectors against a plain loop in wider arithmetic.
#include "ml/kernels/fold.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using ml::ArrayView;
using ml::ElementType;
using oracle::Random;

constexpr ElementType types[] = {ElementType::int8, ElementType::int16, ElementType::int32};
constexpr std::uint32_t length_max = 100;

std::int64_t lowest(ElementType type) { return -(std::int64_t{1} << (8 * ml::bytes_of(type) - 1)); }
std::int64_t highest(ElementType type) { return -lowest(type) - 1; }

// Elements as numbers, and as bytes from `shift` bytes behind a multiple of 8 on (that of new memory).
struct Elements {
  std::vector<std::int64_t> numbers;
  std::vector<std::uint8_t> memory;  // of exactly the size, so that a sanitizer sees who reads beyond
  ElementType type;
  unsigned shift;

  Elements(std::vector<std::int64_t> values, ElementType element_type, unsigned byte_shift)
      : numbers(std::move(values)), type(element_type), shift(byte_shift) {
    memory.assign(numbers.size() * ml::bytes_of(type) + shift, 0xAB);
    std::uint8_t* at = memory.data() + shift;
    for (const std::int64_t number : numbers)
      for (unsigned k = 0; k < ml::bytes_of(type); ++k) *at++ = static_cast<std::uint8_t>(number >> (8 * k));
  }

  ArrayView view(std::uint32_t count) const {
    return {reinterpret_cast<const std::byte*>(memory.data()) + shift, count, type, true};
  }
};

enum class Values { random, low, high, mixed_ends, small };
constexpr Values kinds[] = {Values::random, Values::low, Values::high, Values::mixed_ends, Values::small};

std::vector<std::int64_t> values(Random& random, ElementType type, Values kind, std::size_t count) {
  std::vector<std::int64_t> result;
  for (std::size_t k = 0; k < count; ++k) switch (kind) {
      case Values::random: result.push_back(random.between(lowest(type), highest(type))); break;
      case Values::low: result.push_back(lowest(type)); break;
      case Values::high: result.push_back(highest(type)); break;
      case Values::mixed_ends: result.push_back(random.percent(50) ? lowest(type) : highest(type)); break;
      case Values::small: result.push_back(random.between(-1, 1)); break;
    }
  return result;
}

// No sum of 100 products of 32-bit numbers comes near the end of 128 bits.
__int128 exact(__int128 sum, const Elements& a, const Elements& b, std::uint32_t count) {
  for (std::uint32_t k = 0; k < count; ++k) sum += static_cast<__int128>(a.numbers[k]) * b.numbers[k];
  return sum;
}

template <class Sum>
Sum cut(__int128 number) {
  using Unsigned = std::make_unsigned_t<Sum>;
  return static_cast<Sum>(static_cast<Unsigned>(number));
}

template <class Sum>
void check(const Elements& a, const Elements& b, std::uint32_t count, Sum start) {
  const Sum expected = cut<Sum>(exact(start, a, b, count));
  const Sum seen = ml::multiply_accumulate(start, a.view(count), b.view(count));
  if (seen == expected) return;  // a CHECK for each would take most of the time
  CAPTURE(ml::bytes_of(a.type));
  CAPTURE(ml::bytes_of(b.type));
  CAPTURE(a.shift);
  CAPTURE(b.shift);
  CAPTURE(count);
  CAPTURE(start);
  CHECK(seen == expected);
}

template <class Sum>
constexpr std::array<Sum, 5> starts() {
  using Limits = std::numeric_limits<Sum>;
  return {Sum{0}, Sum{1}, Sum{-1}, Limits::min(), Limits::max()};
}

void check_both_sums(const Elements& a, const Elements& b, std::uint32_t count, std::size_t start) {
  check<std::int32_t>(a, b, count, starts<std::int32_t>()[start]);
  check<std::int64_t>(a, b, count, starts<std::int64_t>()[start]);
}

}  // namespace

TEST_CASE("all types, all lengths, ordinary and extreme values") {
  Random random(1);
  std::size_t turn = 0;
  for (const ElementType a_type : types)
    for (const ElementType b_type : types)
      for (const Values a_kind : kinds)
        for (const Values b_kind : kinds) {
          const Elements a(values(random, a_type, a_kind, length_max), a_type, 0);
          const Elements b(values(random, b_type, b_kind, length_max), b_type, 0);
          for (std::uint32_t count = 0; count <= length_max; ++count) check_both_sums(a, b, count, turn++ % 5);
        }
}

TEST_CASE("any alignment") {
  Random random(2);
  std::size_t turn = 0;
  for (const ElementType a_type : types)
    for (const ElementType b_type : types)
      for (unsigned a_shift = 0; a_shift < 8; ++a_shift)
        for (unsigned b_shift = 0; b_shift < 8; ++b_shift) {
          const Elements a(values(random, a_type, Values::random, length_max), a_type, a_shift);
          const Elements b(values(random, b_type, Values::random, length_max), b_type, b_shift);
          for (const std::uint32_t count : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 31u, 32u, 33u, 64u, 100u})
            check_both_sums(a, b, count, turn++ % 5);
        }
}

TEST_CASE("the sum that comes in counts, and only the first array says how many there are") {
  const Elements a({1, 2, 3}, ElementType::int8, 0);
  const Elements b({10, 20, 30}, ElementType::int16, 0);
  CHECK(ml::multiply_accumulate(std::int32_t{5}, a.view(3), b.view(3)) == 145);
  CHECK(ml::multiply_accumulate(std::int64_t{-5}, a.view(2), b.view(3)) == 45);
  CHECK(ml::multiply_accumulate(std::int64_t{7}, a.view(0), b.view(0)) == 7);
}

TEST_CASE("elements one by one") {
  Random random(3);
  for (const ElementType type : types)
    for (unsigned shift = 0; shift < 8; ++shift) {
      std::vector<std::int64_t> numbers = values(random, type, Values::random, 20);
      numbers[3] = lowest(type);
      numbers[4] = highest(type);
      numbers[5] = -1;
      const Elements one(numbers, type, shift);
      for (std::uint32_t k = 0; k < 20; ++k) CHECK(ml::element(one.view(20), k) == numbers[k]);
    }
}

TEST_CASE("wrapping products") {
  constexpr std::int32_t ends32[] = {0,
                                     1,
                                     -1,
                                     2,
                                     46340,
                                     46341,
                                     -46341,
                                     65536,
                                     std::numeric_limits<std::int32_t>::max(),
                                     std::numeric_limits<std::int32_t>::min()};
  for (const std::int32_t a : ends32)
    for (const std::int32_t b : ends32)
      CHECK(ml::multiply_wrapping(a, b) == cut<std::int32_t>(static_cast<__int128>(a) * b));
  constexpr std::int64_t ends64[] = {0,
                                     1,
                                     -1,
                                     3037000499,
                                     3037000500,
                                     -3037000500,
                                     std::int64_t{1} << 32,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
  for (const std::int64_t a : ends64)
    for (const std::int64_t b : ends64)
      CHECK(ml::multiply_wrapping(a, b) == cut<std::int64_t>(static_cast<__int128>(a) * b));
  Random random(4);
  for (int k = 0; k < 1000; ++k) {
    const std::int64_t a = static_cast<std::int64_t>(random.next());
    const std::int64_t b = static_cast<std::int64_t>(random.next());
    CHECK(ml::multiply_wrapping(a, b) == cut<std::int64_t>(static_cast<__int128>(a) * b));
    const std::int32_t c = static_cast<std::int32_t>(a), d = static_cast<std::int32_t>(b);
    CHECK(ml::multiply_wrapping(c, d) == cut<std::int32_t>(static_cast<__int128>(c) * d));
  }
}
