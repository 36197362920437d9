#include "ml/kernels/spectrum.hpp"

#include "ml/kernels/cosine.hpp"
#include "ml/kernels/roots.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t taper_work = 18, power_work = 4, magnitude_work = 45;

// constant - first * cos(angle) + second * cos(2 * angle), with 16 bits behind the point.
struct Terms {
  std::int32_t constant, first, second;
};

constexpr Terms terms_of(WindowShape shape) {
  switch (shape) {
    case WindowShape::hann: return {32768, 32768, 0};
    case WindowShape::hamming: return {35389, 30147, 0};      // 0.54, 0.46
    case WindowShape::blackman: return {27525, 32768, 5243};  // 0.42, 0.5, 0.08
    case WindowShape::rectangle: break;
  }
  return {65536, 0, 0};
}

std::int32_t factor_at(const Terms& terms, std::uint32_t angle) {
  std::int32_t sum = terms.first * rotation_of_angle(angle).cosine;
  if (terms.second != 0) sum -= terms.second * rotation_of_angle(2 * angle).cosine;
  return terms.constant - ((sum + (1 << 14)) >> 15);
}

std::uint32_t power_of(const std::byte* pair) {
  const std::int32_t real = load<std::int16_t>(pair), imaginary = load<std::int16_t>(pair + 2);
  return static_cast<std::uint32_t>(real * real) + static_cast<std::uint32_t>(imaginary * imaginary);
}

}  // namespace

bool taper(const Tapering& layer, const std::byte* input, std::byte* output, ElementPlace& place) {
  const Terms terms = terms_of(layer.shape);
  const std::uint64_t turn = (std::uint64_t{1} << 48) / layer.columns;  // from sample to sample, 2^48 being a turn
  return walk_pairs<taper_work>(layer.count, layer.columns, place, [&](std::uint32_t index, std::uint32_t column) {
    const std::int32_t x = load<std::int16_t>(input + 2 * std::size_t{index});
    const std::int32_t factor = factor_at(terms, static_cast<std::uint32_t>(column * turn >> 16));
    store(output + 2 * std::size_t{index}, static_cast<std::int16_t>((x * factor + (1 << 15)) >> 16));
  });
}

bool find_powers(const Sizes& layer, const std::byte* input, std::byte* output, ElementPlace& place) {
  return walk_elements<power_work>(layer.count, place, [&](std::uint32_t index) {
    constexpr std::uint32_t most = 0x7fffffff;
    const std::uint32_t power = power_of(input + 4 * std::size_t{index});
    store(output + 4 * std::size_t{index}, power > most ? most : power);
  });
}

bool find_magnitudes(const Sizes& layer, const std::byte* input, std::byte* output, ElementPlace& place) {
  return walk_elements<magnitude_work>(layer.count, place, [&](std::uint32_t index) {
    const std::uint32_t power = power_of(input + 4 * std::size_t{index}), root = root_of(power);
    store(output + 4 * std::size_t{index}, root + (power - root * root > root ? 1 : 0));
  });
}

}  // namespace mica::ml
