#include "ml/kernels/functions.hpp"

namespace mica::ml {
namespace {

// Element k is floor(100 * log10((k + 10) / 10)).
constexpr std::uint8_t logarithms[90] = {0,  4,  7,  11, 14, 17, 20, 23, 25, 27, 30, 32, 34, 36, 38, 39, 41, 43,
                                         44, 46, 47, 49, 50, 51, 53, 54, 55, 56, 57, 59, 60, 61, 62, 63, 64, 65,
                                         66, 67, 68, 69, 69, 70, 71, 72, 73, 74, 74, 75, 76, 77, 77, 78, 79, 79,
                                         80, 81, 81, 82, 83, 83, 84, 85, 85, 86, 86, 87, 88, 88, 89, 89, 90, 90,
                                         91, 91, 92, 92, 93, 93, 94, 94, 95, 95, 96, 96, 97, 97, 98, 98, 99, 99};

// sigmoid(x) - 731 for x from 1000 to 3000, at steps of the logarithm.
constexpr std::uint8_t middle[24] = {0,   9,   19,  28,  37,  54,  63,  71,  78,  93,  101, 114,
                                     120, 133, 144, 149, 159, 169, 177, 189, 199, 206, 211, 219};

// sigmoid(x) - 952 for x from 3000 to 10000, at coarser steps.
constexpr std::uint8_t upper[6] = {0, 8, 30, 42, 46, 47};

// A whole turn is 2 pi * 1000 = 6283 + 0.185307... thousandths; the part behind the point in 2^-32.
constexpr std::uint32_t turn = 6283;
constexpr std::uint64_t turn_rest = 795888276;
constexpr std::uint64_t turns_in_one = 683565;  // 2^32 / turn

// The remainder of x and whole turns, give or take one turn: the polynomial takes care of the last ones.
std::uint32_t within_turns(std::uint32_t x) {
  const std::uint32_t turns = static_cast<std::uint32_t>((x * turns_in_one) >> 32);
  return x - turns * turn - static_cast<std::uint32_t>((turns * turn_rest) >> 32);
}

// sin of 0 .. 2^13 for a quarter of a turn, as 0 .. 4096: a polynomial of fifth order with coefficients in fixed point
// of 2^-31 and so on; all products wrap to 32 bits by design and lose nothing that is kept.
std::uint32_t quarter_sine(std::uint32_t i) {
  constexpr std::uint32_t a1 = 3370945099u, b1 = 2746362156u, c1 = 292421u;
  constexpr unsigned n = 13, p = 32, q = 31, r = 3, a = 12;
  std::uint32_t y = (c1 * i) >> n;
  y = b1 - ((i * y) >> r);
  y = i * (y >> n);
  y = i * (y >> n);
  y = a1 - (y >> (p - q));
  y = i * (y >> n);
  return (y + (1u << (q - a - 1))) >> (q - a);
}

// sigmoid for x >= 0
std::int32_t upper_sigmoid(std::int32_t x) {
  if (x >= 10000) return 1000;
  if (x <= 1000) return 500 + x * 231 / 1000;
  if (x < 3000) return 731 + middle[logarithm(x / 5) / 2 - 65];
  return 952 + upper[logarithm(x / 10) / 10 - 14];
}

}  // namespace

std::int32_t logarithm(std::int32_t x) {
  if (x < 10) return 0;
  std::int32_t hundreds = 0;
  for (; x >= 100; x /= 10) hundreds += 100;
  return hundreds + logarithms[x - 10];
}

std::int32_t sigmoid(std::int32_t x) {
  if (x <= -10000) return 0;
  return x < 0 ? 1000 - upper_sigmoid(-x) : upper_sigmoid(x);
}

std::int32_t sine(std::int32_t x) {
  // Angles of 16 bits go to the formula as they are: results are compared bit for bit with other implementations of it.
  if (x > 32767) x = static_cast<std::int32_t>(within_turns(static_cast<std::uint32_t>(x)));
  if (x < -32768) x = -static_cast<std::int32_t>(within_turns(0u - static_cast<std::uint32_t>(x)));
  // 2^16 is a turn: bit 15 is the sign, bit 14 says that the quarter runs backwards.
  const std::uint32_t angle = static_cast<std::uint32_t>(x * 5215 / 1000) << 1;
  const std::uint32_t rising = (angle & 0x4000) != 0 ? 0x8000 - angle : angle;
  const std::int32_t y = static_cast<std::int32_t>(quarter_sine((rising & 0x7fff) >> 1));
  // An arithmetic shift: rounds toward minus infinity.
  return ((angle & 0x8000) != 0 ? -y * 250 : y * 250) >> 10;
}

}  // namespace mica::ml
