#include "ml/kernels/bands.hpp"

#include "ml/kernels/roots.hpp"
#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t bin_work = 4, run_work = 25, result_work = 90, logarithm_work = 40;

// The bins of a band: `rising` from `left` on, then `falling` from `centre` on.
struct Triangle {
  std::uint32_t left, centre, rising, falling;
};

Triangle triangle_of(const Bands& layer, const std::byte* edges, std::uint32_t band) {
  const auto edge = [&](std::uint32_t k) {
    const std::int32_t bin = load<std::int16_t>(edges + 2 * std::size_t{band + k});
    const auto size = static_cast<std::uint32_t>(bin < 0 ? 0 : bin);
    return size < layer.columns ? size : layer.columns;
  };
  const std::uint32_t left = edge(0), centre = edge(1), right = edge(2);
  return {left, centre, left < centre ? centre - left : 0, centre < right ? right - centre : 0};
}

// Bins from number `bin` on with a weight that grows by `slope`.
std::int64_t weighted_sum(std::int64_t sum, const std::byte* bins, std::uint32_t bin, std::uint32_t count,
                          std::int32_t weight, std::int32_t slope) {
  const std::byte* at = bins + 4 * std::size_t{bin};
  for (; count > 0; --count, at += 4, weight += slope)
    sum = wrapping_sum(sum, std::int64_t{load<std::int32_t>(at)} * weight);
  return sum;
}

void add(const Triangle& triangle, const std::byte* bins, std::uint32_t end, BandsPlace& place) {
  if (place.index < triangle.rising) {
    const std::uint32_t last = end < triangle.rising ? end : triangle.rising;
    place.rising = weighted_sum(place.rising, bins, triangle.left + place.index, last - place.index,
                                static_cast<std::int32_t>(place.index), 1);
    place.index = last;
  }
  if (place.index < end) {
    const std::uint32_t behind = place.index - triangle.rising;  // the centre
    place.falling = weighted_sum(place.falling, bins, triangle.centre + behind, end - place.index,
                                 static_cast<std::int32_t>(triangle.falling - behind), -1);
    place.index = end;
  }
}

std::int32_t result_of(const Triangle& triangle, const BandsPlace& place, bool logarithm) {
  constexpr std::int64_t most = 0x7fffffff;
  std::int64_t sum = 0;
  if (triangle.rising > 0) sum = nearest_quotient(place.rising, triangle.rising);
  if (triangle.falling > 0) sum = wrapping_sum(sum, nearest_quotient(place.falling, triangle.falling));
  const auto held = static_cast<std::int32_t>(sum > most ? most : sum < -most - 1 ? -most - 1 : sum);
  return logarithm ? binary_logarithm(held) : held;
}

}  // namespace

bool add_bands(const Bands& layer, const BandsArrays& arrays, BandsPlace& place) {
  const std::uint32_t ending = result_work + (layer.logarithm ? logarithm_work : 0);
  Work work;
  while (!work.is_used_up()) {
    const std::uint32_t row = place.result / layer.bands, band = place.result % layer.bands;
    const Triangle triangle = triangle_of(layer, arrays.edges, band);
    const std::uint32_t bins = triangle.rising + triangle.falling;
    if (place.index == 0) place.rising = place.falling = 0;
    if (place.index < bins) {
      const std::uint32_t end = place.index + work.take(bin_work, bins - place.index);
      work.spend(run_work);
      add(triangle, arrays.input + 4 * std::size_t{row} * layer.columns, end, place);
    }
    // A result that no longer fits into this unit begins the next.
    if (place.index < bins || work.left() < ending) return false;
    store(arrays.output + 4 * std::size_t{place.result}, result_of(triangle, place, layer.logarithm));
    work.spend(ending);
    place.index = 0;
    if (++place.result >= layer.rows * layer.bands) return true;
  }
  return false;
}

}  // namespace mica::ml
