// Cosine and sine with 15 bits behind the point, from a table of a quarter of a turn: 4096 steps are a turn. 1.0 is
// 32768, so that numbers are 17 bits wide.
#pragma once

#include <cstdint>

namespace mica::ml {

inline constexpr std::uint32_t quarter_steps = 1024;

// The integers nearest to 32768 * cos(2 pi k / 4096) for k in 0 .. 1024.
struct QuarterCosine {
  std::uint16_t values[quarter_steps + 1];
  constexpr std::int32_t operator[](std::uint32_t k) const { return values[k]; }
};
extern const QuarterCosine quarter_cosine;

struct Rotation {
  std::int32_t cosine, sine;
};

// Turns the first quarter to where the angle lies: quarter 0 .. 3.
constexpr Rotation in_quarter(std::uint32_t quarter, std::int32_t cosine, std::int32_t sine) {
  switch (quarter & 3) {
    case 0: return {cosine, sine};
    case 1: return {-sine, cosine};
    case 2: return {-cosine, -sine};
    default: return {sine, -cosine};
  }
}

// Of so many steps, all of which count.
inline Rotation rotation_of_steps(std::uint32_t steps) {
  const std::uint32_t k = steps & (quarter_steps - 1);
  return in_quarter(steps / quarter_steps, quarter_cosine[k], quarter_cosine[quarter_steps - k]);
}

// Of an angle of which 2^32 are a turn; between two steps on the straight line between them. At most 1.01 off.
inline Rotation rotation_of_angle(std::uint32_t angle) {
  const std::uint32_t k = angle >> 20 & (quarter_steps - 1);
  const std::int32_t rest = static_cast<std::int32_t>(angle & 0xfffff);
  const auto between = [rest](std::int32_t first, std::int32_t second) {
    return first + (((second - first) * rest + (1 << 19)) >> 20);
  };
  return in_quarter(angle >> 30, between(quarter_cosine[k], quarter_cosine[k + 1]),
                    between(quarter_cosine[quarter_steps - k], quarter_cosine[quarter_steps - 1 - k]));
}

}  // namespace mica::ml
