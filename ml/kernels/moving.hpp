// Statistics of windows that move over a row of samples. A pure function on arrays that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::ml {

enum class Statistic : std::uint8_t { mean, deviation, rms, least, greatest, all };

// Window k begins at element k * step: (windows - 1) * step + length elements are there; length 1 .. 65535, so that
// sums fit. Of each window there is one result, or five in the order above.
struct Moving {
  std::uint32_t windows, length, step;
  Statistic statistic;
};

constexpr std::uint32_t results_of(Statistic statistic) { return statistic == Statistic::all ? 5 : 1; }

// Where a window has most elements of the one before, sums go on from there.
struct MovingPlace {
  std::uint32_t window, index;
  std::int64_t squares;
  std::int32_t sum;
  std::int16_t least, greatest;
};

constexpr bool is_inside(const Moving& layer, const MovingPlace& place) {
  return place.window < layer.windows && place.index <= layer.length;
}

// `input` and `output`: int16 at any alignment. Goes on from the place for a unit of work. True: that was the last.
bool move_statistics(const Moving& layer, const std::byte* input, std::byte* output, MovingPlace& place);

}  // namespace mica::ml
