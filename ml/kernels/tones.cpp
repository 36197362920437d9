#include "ml/kernels/tones.hpp"

#include "ml/kernels/cosine.hpp"
#include "ml/kernels/roots.hpp"
#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t sample_work = 12, run_work = 45, result_work = 110;

// From sample to sample, 2^32 being a turn. Negative frequencies are as strong as positive ones.
std::uint32_t angle_of(std::int32_t frequency, std::uint32_t rate) {
  const std::uint32_t size =
      frequency < 0 ? 0 - static_cast<std::uint32_t>(frequency) : static_cast<std::uint32_t>(frequency);
  return static_cast<std::uint32_t>((std::uint64_t{size} << 32) / rate);
}

void add(const std::byte* samples, std::uint32_t angle, std::uint32_t end, TonesPlace& place) {
  std::int64_t cosines = place.cosines, sines = place.sines;
  std::uint32_t at = place.index * angle;
  for (; place.index < end; ++place.index, at += angle) {
    const std::int32_t x = load<std::int16_t>(samples + 2 * std::size_t{place.index});
    const Rotation w = rotation_of_angle(at);
    cosines = wrapping_sum(cosines, x * w.cosine);
    sines = wrapping_sum(sines, x * w.sine);
  }
  place.cosines = cosines;
  place.sines = sines;
}

// Means have 15 bits behind the point, so that squares have 30.
std::int32_t result_of(const TonesPlace& place, std::uint32_t count, ToneSize size) {
  const auto square = [count](std::int64_t sum) {
    const std::int64_t mean = static_cast<std::int32_t>(nearest_quotient(sum, count));
    return static_cast<std::uint64_t>(mean * mean);
  };
  const std::uint64_t power = square(place.cosines) + square(place.sines);
  if (size == ToneSize::magnitude) return static_cast<std::int32_t>(half_root(power >> 28));
  return static_cast<std::int32_t>((power + (1 << 29)) >> 30);
}

}  // namespace

bool find_tones(const Tones& layer, const TonesArrays& arrays, TonesPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    if (place.index < layer.columns) {
      if (place.index == 0) place.cosines = place.sines = 0;
      const std::uint32_t row = place.result / layer.frequencies, tone = place.result % layer.frequencies;
      const std::int32_t frequency = load<std::int32_t>(arrays.frequencies + 4 * std::size_t{tone});
      const std::uint32_t end = place.index + work.take(sample_work, layer.columns - place.index);
      work.spend(run_work);
      add(arrays.input + 2 * std::size_t{row} * layer.columns, angle_of(frequency, layer.rate), end, place);
    }
    // A result that no longer fits into this unit begins the next.
    if (place.index < layer.columns || work.left() < result_work) return false;
    store(arrays.output + 4 * std::size_t{place.result}, result_of(place, layer.columns, layer.size));
    work.spend(result_work);
    place.index = 0;
    if (++place.result >= layer.rows * layer.frequencies) return true;
  }
  return false;
}

}  // namespace mica::ml
