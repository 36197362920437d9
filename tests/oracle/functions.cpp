#include "tests/oracle/functions.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

namespace mica::oracle {

std::int64_t function_log(std::int64_t x) {
  if (x < 10) return 0;
  std::int64_t decades = 0;
  while (x > 99) {
    ++decades;
    x /= 10;
  }
  // Only x = 10 gives a whole number, and there the library is exact.
  return 100 * decades + static_cast<std::int64_t>(std::floor(100 * std::log10(static_cast<double>(x) / 10)));
}

std::int64_t function_sigmoid(std::int64_t x) {
  // What the page lists, as differences from one step to the next.
  static constexpr std::array<int, 24> near_steps{731, 9,  10, 9, 9,  17, 9, 8,  7,  15, 8, 13,
                                                  6,   13, 11, 5, 10, 10, 8, 12, 10, 7,  5, 8};
  static constexpr std::array<int, 6> far_steps{952, 8, 22, 12, 4, 1};
  if (x < 0) return 1000 - function_sigmoid(-x);
  if (x > 9999) return 1000;
  if (x < 1001) return 500 + x * 231 / 1000;
  const bool near = x < 3000;
  const std::int64_t last = near ? function_log(x / 5) / 2 - 65 : function_log(x / 10) / 10 - 14;
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k <= last; ++k)
    sum += near ? near_steps.at(static_cast<std::size_t>(k)) : far_steps.at(static_cast<std::size_t>(k));
  return sum;
}

namespace {

// x less whole turns of 6283 + 795888276 / 2^32 thousandths.
std::int64_t without_turns(std::int64_t x) {
  constexpr std::int64_t one = std::int64_t{1} << 32;
  const std::int64_t turns = x * 683565 / one;
  return x - turns * 6283 - turns * 795888276 / one;
}

constexpr std::uint64_t low32 = 0xFFFFFFFF;

// The polynomial of the page for an angle of 0 .. 8192 in a quarter of a turn.
std::int64_t polynomial(std::uint64_t i) {
  std::uint64_t y = (292421 * i & low32) / 8192;
  y = (2746362156 - (i * y & low32) / 8) & low32;
  y = i * (y / 8192) & low32;
  y = i * (y / 8192) & low32;
  y = (3370945099 - y / 2) & low32;
  y = i * (y / 8192) & low32;
  return static_cast<std::int64_t>(((y + 262144) & low32) / 524288);
}

}  // namespace

std::int64_t function_sin(std::int64_t x) {
  if (x > 32767) x = without_turns(x);
  if (x < -32768) x = -without_turns(-x);
  const std::int64_t turns = x * 5215 / 1000 * 2;
  const std::int64_t place = ((turns % 65536) + 65536) % 65536;  // in the turn
  const std::int64_t half = place % 32768;
  const std::int64_t quarter = half < 16384 ? half : 32768 - half;
  const std::int64_t y = polynomial(static_cast<std::uint64_t>(quarter / 2));
  const std::int64_t scaled = (place < 32768 ? y : -y) * 250;
  return static_cast<std::int64_t>(std::floor(static_cast<double>(scaled) / 1024));
}

std::int64_t apply_function(std::int64_t number, std::int64_t x) {
  switch (number) {
    case 0: return x > 0 ? x : 0;
    case 1: return function_sin(x);
    case 2: return function_log(x);
    default: return function_sigmoid(x);
  }
}

}  // namespace mica::oracle
