// Arithmetic on floats against binary64, which has room for what is exact; decimal text against the C++ library.
#include "ml/kernels/float.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "ml/kernels/float_text.hpp"
#include "ml/kernels/wide_float.hpp"
#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using oracle::Random;

float as_float(std::uint32_t bits) { return std::bit_cast<float>(bits); }

std::uint32_t rounded(double number) {
  const float result = static_cast<float>(number);
  return std::isnan(result) ? ml::not_a_number : std::bit_cast<std::uint32_t>(result);
}

// Any float, more often one at an edge or close to another.
std::uint32_t some_float(Random& random, std::uint32_t near) {
  static constexpr std::array<std::uint32_t, 10> edges{0,          0x80000000, 0x7f800000, 0xff800000, 0x7fc00000,
                                                       0x7f800001, 1,          0x00800000, 0x7f7fffff, 0x3f800000};
  const unsigned kind = random.below(4);
  if (kind == 0) return random.pick(edges) + random.below(3) - 1;
  if (kind == 1) return (near ^ (random.below(2) << 31)) + random.below(1 << 26) - (1 << 25);
  return static_cast<std::uint32_t>(random.next());
}

std::string text_of(std::uint32_t bits) {
  const ml::FloatText text = ml::write_float(bits);
  return {text.characters, text.size};
}

bool reads_as(const std::string& text, std::uint32_t bits) {
  std::uint32_t read = 0;
  return ml::scan_decimal(text).valid && ml::read_float(text, read) && read == bits;
}

// The digits without zeros around them.
std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char character : text.substr(0, text.find('e')))
    if (character >= '0' && character <= '9' && (character != '0' || !digits.empty())) digits += character;
  while (digits.ends_with('0')) digits.pop_back();
  return digits;
}

void check_text(std::uint32_t bits) {
  const std::string text = text_of(bits);
  CAPTURE(text);
  CHECK(reads_as(text, bits));
  CHECK(ml::scan_decimal(text).is_float);
  std::array<char, 40> shortest{};
  const char* const end =
      std::to_chars(shortest.data(), shortest.data() + shortest.size(), as_float(bits), std::chars_format::scientific)
          .ptr;
  CHECK(digits_of(text) == digits_of({shortest.data(), end}));
}

}  // namespace

TEST_CASE("operations are those of the standard") {
  Random random(1);
  for (int k = 0; k < 300000; ++k) {
    const std::uint32_t a = some_float(random, 0x3f800000), b = some_float(random, a);
    CAPTURE(a);
    CAPTURE(b);
    const double x = as_float(a), y = as_float(b);
    CHECK(ml::add_floats(a, b) == rounded(x + y));
    CHECK(ml::subtract_floats(a, b) == rounded(x - y));
    CHECK(ml::multiply_floats(a, b) == rounded(x * y));
    CHECK(ml::divide_floats(a, b) == rounded(x / y));
    CHECK(ml::is_less(a, b) == (x < y));
    CHECK(ml::is_equal(a, b) == (x == y));
    const bool none = std::isnan(x) || std::isnan(y);
    const bool below = x < y || (x == y && std::signbit(x));
    CHECK(ml::least_float(a, b) == (none ? ml::not_a_number : below ? a : b));
    CHECK(ml::greatest_float(a, b) == (none ? ml::not_a_number : below ? b : a));
    const double cut = std::trunc(x);
    CHECK(ml::integer_of_float(a) == (std::isnan(x)       ? 0
                                      : cut > 2147483647  ? 2147483647
                                      : cut < -2147483648 ? -2147483647 - 1
                                                          : static_cast<std::int32_t>(cut)));
    CHECK(ml::float_of_integer(static_cast<std::int32_t>(a)) == rounded(static_cast<std::int32_t>(a)));
  }
}

TEST_CASE("wide numbers") {
  Random random(2);
  for (int k = 0; k < 300000; ++k) {
    const std::uint64_t a = random.next(), b = random.next();
    CHECK(ml::multiply_high(a, b) == static_cast<std::uint64_t>((static_cast<unsigned __int128>(a) * b) >> 64));
    const std::int64_t c = static_cast<std::int64_t>(a), d = static_cast<std::int64_t>(b);
    CHECK(ml::multiply_high(c, d) == static_cast<std::int64_t>((static_cast<__int128>(c) * d) >> 64));
    const ml::Wide x = ml::normalise(a | 1, 0), y = ml::normalise(b | 1, 0), quotient = ml::divide(x, y);
    const long double exact = static_cast<long double>(a | 1) / static_cast<long double>(b | 1);
    const long double found = std::ldexp(static_cast<long double>(quotient.significand), quotient.exponent - 63);
    CHECK(std::fabs(found / exact - 1) < std::ldexp(1.0L, -60));
  }
}

TEST_CASE("decimals that are written read back the same, and none is shorter") {
  Random random(3);
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent)
    for (const std::uint32_t fraction : {0u, 1u, 2u, 3u, 0x7ffffeu, 0x7fffffu})
      if ((exponent << 23 | fraction) != 0) check_text(exponent << 23 | fraction);
  for (int k = 0; k < 100000; ++k) check_text(1 + random.below(ml::infinity - 1));
}

TEST_CASE("how floats are written") {
  for (const char* text : {"0.0", "1.5", "100.0", "0.0001", "0.00012", "1e-5", "1.5e-5", "123456790.0", "1e9", "1.5e10",
                           "1e-45", "3.4028235e38", "16777216.0"}) {
    std::uint32_t bits = 0;
    REQUIRE(ml::read_float(text, bits));
    CHECK(text_of(bits) == text);
    CHECK(text_of(bits | ml::sign_bit) == "-" + std::string(text));
  }
  CHECK(text_of(ml::infinity) == "inf");
  CHECK(text_of(ml::infinity | ml::sign_bit) == "-inf");
  CHECK(text_of(0xff812345) == "nan");
}

TEST_CASE("decimals are read to the nearest float, ties to even") {
  Random random(4);
  for (int k = 0; k < 30000; ++k) {
    // Right between two floats, a little above, a little below.
    const std::uint32_t bits = random.below(random.percent(30) ? 0x1000000 : ml::infinity - 1);
    const double middle = (double{as_float(bits)} + double{as_float(bits + 1)}) / 2;
    std::array<char, 200> digits{};
    const char* const end =
        std::to_chars(digits.data(), digits.data() + digits.size(), middle, std::chars_format::scientific, 112).ptr;
    std::string text(static_cast<const char*>(digits.data()), end);
    CAPTURE(text);
    CHECK(reads_as(text, bits + (bits & 1)));
    text.insert(text.find('e'), std::string(random.below(60), '0') + "1");
    CHECK(reads_as(text, bits + 1));
    const std::size_t last = text.find('e') - 1;
    text.replace(0, last + 1, std::string(digits.data(), 114));
    if (middle == 0) continue;
    std::size_t at = 113;
    while (text[at] == '0' || text[at] == '.') --at;
    --text[at];
    for (std::size_t behind = at + 1; behind < text.find('e'); ++behind)
      if (text[behind] == '0') text[behind] = '9';
    CAPTURE(text);
    if (digits_of(text).size() >= 100) CHECK(reads_as(text, bits));
  }
  for (int k = 0; k < 100000; ++k) {
    std::string text = random.percent(50) ? "-" : "";
    for (unsigned left = random.count(1, 30); left > 0; --left) text += static_cast<char>('0' + random.below(10));
    if (random.percent(70)) text += ".";
    if (text.ends_with('.'))
      for (unsigned left = random.count(1, 60); left > 0; --left) text += static_cast<char>('0' + random.below(10));
    if (random.percent(70)) text += "e" + std::to_string(random.between(-100, 40));
    CAPTURE(text);
    const float expected = std::strtof(text.c_str(), nullptr);
    std::uint32_t bits = 0;
    CHECK(ml::read_float(text, bits) == !std::isinf(expected));
    if (!std::isinf(expected)) CHECK(bits == std::bit_cast<std::uint32_t>(expected));
  }
}

TEST_CASE("the ends of the range, and long texts") {
  std::uint32_t bits = 0;
  CHECK(reads_as("340282346638528859811704183484516925440.0", 0x7f7fffff));
  CHECK(reads_as("340282356779733661637539395458142568447.0", 0x7f7fffff));
  CHECK_FALSE(ml::read_float("340282356779733661637539395458142568448.0", bits));
  CHECK_FALSE(ml::read_float("1e39", bits));
  CHECK_FALSE(ml::read_float("1e999999999999", bits));
  CHECK(reads_as("1e-999999999999", 0));
  CHECK(reads_as("-1e-46", ml::sign_bit));
  CHECK(reads_as("0e999999999999", 0));
  CHECK(reads_as("7.006492321624085e-46", 0));
  CHECK(reads_as("7.006492321624086e-46", 1));
  CHECK(reads_as("1" + std::string(5000, '0') + "e-5000", 0x3f800000));
  CHECK(reads_as("0." + std::string(5000, '0') + "1e5001", 0x3f800000));
  CHECK(reads_as("1." + std::string(5000, '0') + "1", 0x3f800000));
}

TEST_CASE("what reads as a decimal") {
  for (const char* text : {"1.5", "-1.5", "1e5", "1E5", "1e+5", "1e-5", "1.5e5", "00.50", "0e0"}) {
    CHECK(ml::scan_decimal(text).valid);
    CHECK(ml::scan_decimal(text).is_float);
  }
  for (const char* text : {"1", "-12", "007"}) {
    CHECK(ml::scan_decimal(text).valid);
    CHECK_FALSE(ml::scan_decimal(text).is_float);
  }
  for (const char* text : {"",      "-",     ".",    ".5",   "1.",    "1.e5", "e5",  "1e",  "1e+",  "1e5.",
                           "1.5.5", "--1.5", "+1.5", "1e5l", "0x1.5", "1_5",  "inf", "nan", "1.5f", "1e5e5"})
    CHECK_FALSE(ml::scan_decimal(text).valid);
}
