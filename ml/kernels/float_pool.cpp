#include "ml/kernels/float_windows.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

float add(float sum, float element) { return sum + element; }
float greater(float a, float b) { return a < b ? b : a; }

// What both poolings share: the elements of a channel become one number, by way of `combine`.
template <float (*combine)(float, float), std::uint32_t start>
struct Kernel {
  static constexpr std::uint32_t result_work = 18;
  static constexpr bool sums_channels = true;

  const FloatPool& layer;
  const FloatArrays& arrays;

  Block block(std::uint32_t channel) const { return block_of_channels(channel, layer.channels); }

  std::uint32_t tap_work(const Block& block) const { return 3 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const { return 20 + 8 * block.outputs; }

  void begin(const Block& block, FloatPlace& place) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) place.sums[k] = start;
  }

  void accumulate(FloatPlace& place, const Block& block, std::size_t input, std::size_t step, std::size_t,
                  std::uint32_t run) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      const std::byte* at = arrays.input + 4 * (input + place.channel + k);
      float result = float_of(place.sums[k]);
      for (std::uint32_t left = run; left > 0; --left, at += 4 * step) result = combine(result, load<float>(at));
      place.sums[k] = float_bits(result);
    }
  }
};

struct Average : Kernel<add, 0> {
  void finish(const Block& block, const FloatPlace& place, std::size_t output) const {
    const std::uint32_t count = taps_of(layer.rows, place.row).count * taps_of(layer.columns, place.column).count;
    const std::uint32_t divisor = float_of_integer(static_cast<std::int32_t>(count == 0 ? 1 : count));
    for (std::uint32_t k = 0; k < block.outputs; ++k)
      store(arrays.output + 4 * (output + k), hold_float(divide_floats(place.sums[k], divisor), layer.range));
  }
};

struct Greatest : Kernel<greater, sign_bit | infinity> {
  void finish(const Block& block, const FloatPlace& place, std::size_t output) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k)
      store(arrays.output + 4 * (output + k), hold_float(place.sums[k], layer.range));
  }
};

}  // namespace

bool pool_average(const FloatPool& layer, const FloatArrays& arrays, FloatPlace& place) {
  return walk_windows(Average{{layer, arrays}}, layer.channels, place);
}

bool pool_greatest(const FloatPool& layer, const FloatArrays& arrays, FloatPlace& place) {
  return walk_windows(Greatest{{layer, arrays}}, layer.channels, place);
}

}  // namespace mica::ml
