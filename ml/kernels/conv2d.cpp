#include "ml/kernels/conv2d.hpp"

#include "ml/kernels/conv2d_results.hpp"

namespace mica::ml {
namespace {

// One output channel takes each of its elements alone, four share them.
std::uint32_t add_products(std::uint32_t sum, const std::int8_t* input, std::int32_t zero, const std::int8_t* filter,
                           std::uint32_t count) {
  for (std::uint32_t j = 0; j < count; ++j) sum += static_cast<std::uint32_t>((input[j] - zero) * filter[j]);
  return sum;
}

void add_four_products(std::int32_t* sums, const std::int8_t* input, std::int32_t zero, const std::int8_t* filter,
                       std::size_t pitch, std::uint32_t count) {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  const std::int8_t *const second = filter + pitch, *const third = second + pitch, *const fourth = third + pitch;
  for (std::uint32_t j = 0; j < count; ++j) {
    const std::int32_t x = input[j] - zero;
    a += static_cast<std::uint32_t>(x * filter[j]);
    b += static_cast<std::uint32_t>(x * second[j]);
    c += static_cast<std::uint32_t>(x * third[j]);
    d += static_cast<std::uint32_t>(x * fourth[j]);
  }
  sums[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[0]) + a);
  sums[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[1]) + b);
  sums[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[2]) + c);
  sums[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[3]) + d);
}

struct Kernel {
  static constexpr std::uint32_t result_work = 18;
  static constexpr bool sums_channels = false;

  const Conv2d& layer;
  const Conv2dArrays& arrays;

  Block block(std::uint32_t channel) const {
    return block_of_group(channel, layer.channels, layer.output_channels, layer.groups);
  }

  std::uint32_t tap_work(const Block& block) const { return block.outputs == channel_block ? 4 : 2 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const {
    return block.outputs == channel_block ? 32 : 20 + 10 * block.outputs;
  }

  void begin(const Block& block, Conv2dPlace& place) const { begin_with_bias(arrays, block, place); }

  // Wraps modulo 2^32.
  void accumulate(Conv2dPlace& place, const Block& block, std::size_t input, std::size_t filter, std::size_t pitch,
                  std::uint32_t run) const {
    const std::int8_t* const elements = arrays.input + input;
    const std::int8_t* weights = arrays.filter + filter;
    if (block.outputs == channel_block) return add_four_products(place.sums, elements, layer.zero, weights, pitch, run);
    for (std::uint32_t k = 0; k < block.outputs; ++k, weights += pitch)
      place.sums[k] = static_cast<std::int32_t>(
          add_products(static_cast<std::uint32_t>(place.sums[k]), elements, layer.zero, weights, run));
  }

  void finish(const Block& block, const Conv2dPlace& place, std::size_t output) const {
    store_rescaled(layer, arrays, block, place, output);
  }
};

}  // namespace

bool convolve(const Conv2d& layer, const Conv2dArrays& arrays, Conv2dPlace& place) {
  return walk_windows(Kernel{layer, arrays}, layer.output_channels, place);
}

}  // namespace mica::ml
