// The discrete Fourier transform of rows of int16, by radix 2. Each stage halves, so that results are the transform
// divided by its number of points. A pure function on arrays that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::ml {

inline constexpr std::uint32_t most_points = 4096;

// Rows of `points` samples, a power of two, 2 .. 4096. Complex ones are pairs of int16, of which as many come out. Real
// ones are transformed as half as many complex ones, of which points / 2 + 1 are made: what would follow are their
// conjugates.
struct Fourier {
  std::uint32_t rows, points;
  bool is_real;
};

constexpr std::uint32_t source_elements(const Fourier& layer) { return layer.points * (layer.is_real ? 1 : 2); }
constexpr std::uint32_t target_elements(const Fourier& layer) {
  return layer.points * (layer.is_real ? 1 : 2) + (layer.is_real ? 2 : 0);
}

// Passes over a row: into the order of reversed bits, one for each stage, and one that takes real samples apart.
struct FourierPlace {
  std::uint32_t row, pass, index;
};

constexpr bool is_points(std::uint32_t points) {
  return points >= 2 && points <= most_points && (points & (points - 1)) == 0;
}

bool is_inside(const Fourier& layer, const FourierPlace& place);

// `input` and `output`: int16 at any alignment, apart. Goes on from the place for a unit of work. True: that was the
// last.
bool transform(const Fourier& layer, const std::byte* input, std::byte* output, FourierPlace& place);

}  // namespace mica::ml
