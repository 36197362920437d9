#include "ml/kernels/fixed_conv2d.hpp"

#include "ml/kernels/fold.hpp"
#include "ml/kernels/scale.hpp"

namespace mica::ml {
namespace {

ArrayView part_of(const ArrayView& array, std::size_t first, std::uint32_t count) {
  return {array.elements + first * bytes_of(array.type), count, array.type, true};
}

void store_element(std::byte* elements, std::size_t index, ElementType type, std::int32_t value) {
  switch (type) {
    case ElementType::int8: store(elements + index, static_cast<std::int8_t>(value)); return;
    case ElementType::int16: store(elements + 2 * index, static_cast<std::int16_t>(value)); return;
    case ElementType::int32:
    case ElementType::float32: break;
  }
  store(elements + 4 * index, value);
}

template <class Sum>
struct Kernel {
  // Results can be divided by 64 bits, which takes microcontrollers long.
  static constexpr std::uint32_t result_work = 80;
  static constexpr bool sums_channels = false;
  using Place = WindowPlace<Sum>;

  const FixedConv2d& layer;
  const FixedArrays& arrays;

  Block block(std::uint32_t channel) const {
    return block_of_group(channel, layer.channels, layer.output_channels, layer.groups);
  }

  std::uint32_t tap_work(const Block& block) const { return 2 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const { return 20 + 15 * block.outputs; }

  void begin(const Block& block, Place& place) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k)
      place.sums[k] = arrays.bias.count == 0 ? 0 : element(arrays.bias, place.channel + k);
  }

  void accumulate(Place& place, const Block& block, std::size_t input, std::size_t filter, std::size_t pitch,
                  std::uint32_t run) const {
    const ArrayView elements = part_of(arrays.input, input, run);
    for (std::uint32_t k = 0; k < block.outputs; ++k)
      place.sums[k] = multiply_accumulate(place.sums[k], elements, part_of(arrays.filter, filter + k * pitch, run));
  }

  void finish(const Block& block, const Place& place, std::size_t output) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      std::int32_t factor = arrays.factors.count == 0 ? layer.scale : element(arrays.factors, place.channel + k);
      // The one factor below 0 that has no positive counterpart in a double of 32 bits.
      if (factor == std::numeric_limits<std::int32_t>::min()) ++factor;
      const bool leaves = arrays.factors.count == 0 && factor == 0;
      Sum value = leaves ? place.sums[k] : scale<Sum>(place.sums[k], factor, layer.rounding, layer.saturation);
      if (layer.saturation) value = fit(value, arrays.output_type);
      store_element(arrays.output, output + k, arrays.output_type, static_cast<std::int32_t>(value));
    }
  }
};

}  // namespace

bool convolve(const FixedConv2d& layer, const FixedArrays& arrays, WindowPlace<std::int32_t>& place) {
  return walk_windows(Kernel<std::int32_t>{layer, arrays}, layer.output_channels, place);
}

bool convolve(const FixedConv2d& layer, const FixedArrays& arrays, WindowPlace<std::int64_t>& place) {
  return walk_windows(Kernel<std::int64_t>{layer, arrays}, layer.output_channels, place);
}

}  // namespace mica::ml
