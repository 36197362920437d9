#include "tests/oracle/floats.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "tests/oracle/machine.hpp"

namespace mica::oracle {

namespace {

using Real = long double;
static_assert(std::numeric_limits<Real>::digits >= 64, "the functions are rounded from a format with 64 bits or more");
static_assert(std::numeric_limits<double>::digits >= 2 * 24 + 2, "so that rounding twice is rounding once");

float float_from(std::int64_t cell) { return std::bit_cast<float>(static_cast<std::uint32_t>(cell)); }

std::int64_t cell_from(float number) {
  const std::uint32_t bits = std::isnan(number) ? 0x7FC00000 : std::bit_cast<std::uint32_t>(number);
  return wrap(bits, 32);
}

Real function_of(Kind kind, Real x) {
  switch (kind) {
    case Kind::float_negate: return -x;
    case Kind::float_absolute: return std::fabs(x);
    case Kind::float_root: return std::sqrt(x);
    case Kind::float_exponential: return std::exp(x);
    case Kind::float_logarithm: return std::log(x);
    case Kind::float_sine: return std::sin(x);
    case Kind::float_cosine: return std::cos(x);
    case Kind::float_tangent: return std::tanh(x);
    case Kind::float_sigmoid: return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
    case Kind::float_round: return std::nearbyint(x);
    default: return std::floor(x);
  }
}

double pair_of(Kind kind, double a, double b) {
  switch (kind) {
    case Kind::float_plus: return a + b;
    case Kind::float_subtract: return a - b;
    case Kind::float_times: return a * b;
    case Kind::float_divide: return a / b;
    default: break;
  }
  if (std::isnan(a) || std::isnan(b)) return a + b;
  const bool first_below = a == b ? std::signbit(a) : a < b;
  return first_below == (kind == Kind::float_minimum) ? a : b;
}

// Truncated, within the range of cells.
std::int64_t integer_of(float number) {
  if (std::isnan(number)) return 0;
  return static_cast<std::int64_t>(std::clamp(std::trunc(double{number}), -2147483648.0, 2147483647.0));
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<Number> parse_float(std::string_view token) {
  std::string_view rest = token.substr(token.starts_with('-') ? 1 : 0);
  if (const std::size_t e = rest.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view exponent = rest.substr(e + 1);
    if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
    if (!all_digits(exponent)) return std::nullopt;
    rest = rest.substr(0, e);
  }
  if (const std::size_t point = rest.find('.'); point != std::string_view::npos) {
    if (!all_digits(rest.substr(point + 1))) return std::nullopt;
    rest = rest.substr(0, point);
  }
  if (!all_digits(rest)) return std::nullopt;
  const float number = std::strtof(std::string(token).c_str(), nullptr);
  return Number{cell_from(number), !std::isinf(number), false, true};
}

std::string float_text(std::uint32_t bits) {
  const float number = std::bit_cast<float>(bits);
  if (std::isnan(number)) return "nan";
  const std::string sign = std::signbit(number) ? "-" : "";
  if (std::isinf(number)) return sign + "inf";
  if (number == 0) return sign + "0.0";
  const float size = std::fabs(number);
  std::array<char, 64> text{};
  const bool plain = size >= 0.0001F && size < 1e9F;
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  char* const end = std::to_chars(text.data(), text.data() + text.size(), size, format).ptr;
  std::string digits(text.data(), end);
  if (!plain) {
    // d.ddde-07 has a sign and at least two digits behind the e.
    const std::size_t e = digits.find('e');
    const int exponent = std::atoi(digits.c_str() + e + 1);
    return sign + digits.substr(0, e) + "e" + std::to_string(exponent);
  }
  if (digits.find('.') != std::string::npos) return sign + digits;
  // The library writes all digits of an integer, the page the shortest ones and zeros.
  char* const short_end =
      std::to_chars(text.data(), text.data() + text.size(), size, std::chars_format::scientific).ptr;
  std::string shortest(text.data(), short_end);
  shortest.resize(shortest.find('e'));
  std::erase(shortest, '.');
  shortest.resize(digits.size(), '0');
  return sign + shortest + ".0";
}

std::uint64_t float_ticks(Kind kind) {
  switch (kind) {
    case Kind::float_negate:
    case Kind::float_absolute:
    case Kind::to_float: return 3;
    case Kind::float_divide: return 5;
    case Kind::float_root: return 24;
    case Kind::float_exponential: return 48;
    case Kind::float_logarithm: return 44;
    case Kind::float_dot:
    case Kind::float_sine:
    case Kind::float_cosine: return 36;
    case Kind::float_tangent: return 56;
    case Kind::float_sigmoid: return 56;
    default: return 4;
  }
}

double float_number(std::int64_t cell) { return double{float_from(cell)}; }

std::int64_t float_cell(double number) { return cell_from(static_cast<float>(number)); }

std::int64_t float_function(Kind kind, std::int64_t cell) {
  return cell_from(static_cast<float>(function_of(kind, float_from(cell))));
}

bool Machine::execute_float(Kind kind) {
  if (kind < Kind::float_plus || kind > Kind::float_dot) return false;
  if (kind <= Kind::float_maximum) {
    need(2);
    const float b = float_from(pop());
    const float a = float_from(pop());
    if (kind == Kind::float_less) return push(a < b ? 1 : 0), true;
    if (kind == Kind::float_equal) return push(a == b ? 1 : 0), true;
    return push(cell_from(static_cast<float>(pair_of(kind, a, b)))), true;
  }
  const std::int64_t cell = pop();
  const float number = float_from(cell);
  switch (kind) {
    case Kind::float_below_zero: push(number < 0 ? 1 : 0); break;
    case Kind::float_is_zero: push(number == 0 ? 1 : 0); break;
    case Kind::to_float: push(cell_from(static_cast<float>(static_cast<double>(cell)))); break;
    case Kind::from_float: push(integer_of(number)); break;
    case Kind::float_dot: write(float_text(static_cast<std::uint32_t>(cell)) + " "); break;
    default: push(float_function(kind, cell));
  }
  return true;
}

}  // namespace mica::oracle
