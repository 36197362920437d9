#include "ml/kernels/depthwise.hpp"

#include "ml/kernels/conv2d_results.hpp"

namespace mica::ml {
namespace {

// Where the elements of a run of taps lie: each `step` behind the one before it.
struct Column {
  const std::int8_t* at;
  std::size_t step;
};

std::int32_t add_products(std::int32_t sum, Column input, std::int32_t zero, Column filter, std::uint32_t count) {
  std::uint32_t total = static_cast<std::uint32_t>(sum);
  for (; count > 0; --count, input.at += input.step, filter.at += filter.step)
    total += static_cast<std::uint32_t>((*input.at - zero) * *filter.at);
  return static_cast<std::int32_t>(total);
}

// Four outputs, of four input channels that lie one behind another.
void add_four_products(std::int32_t* sums, Column input, std::int32_t zero, Column filter, std::uint32_t count) {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  for (; count > 0; --count, input.at += input.step, filter.at += filter.step) {
    a += static_cast<std::uint32_t>((input.at[0] - zero) * filter.at[0]);
    b += static_cast<std::uint32_t>((input.at[1] - zero) * filter.at[1]);
    c += static_cast<std::uint32_t>((input.at[2] - zero) * filter.at[2]);
    d += static_cast<std::uint32_t>((input.at[3] - zero) * filter.at[3]);
  }
  sums[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[0]) + a);
  sums[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[1]) + b);
  sums[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[2]) + c);
  sums[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[3]) + d);
}

struct Kernel {
  static constexpr std::uint32_t result_work = 10;
  static constexpr bool sums_channels = true;

  const Depthwise& layer;
  const Conv2dArrays& arrays;
  std::uint32_t outputs;
  // Several outputs of a channel are not done together.
  std::uint32_t product_work = layer.multiplier == 1 ? 2 : 4, stretch_work = layer.multiplier == 1 ? 40 : 80;

  Block block(std::uint32_t channel) const { return block_of_channels(channel, outputs); }

  void begin(const Block& block, Conv2dPlace& place) const { begin_with_bias(arrays, block, place); }

  // Wraps modulo 2^32.
  void accumulate(Conv2dPlace& place, const Block& block, std::size_t input, std::size_t step, std::size_t tap,
                  std::uint32_t run) const {
    const std::int8_t* const elements = arrays.input + input;
    const std::int8_t* const weights = arrays.filter + tap * outputs + place.channel;
    if (layer.multiplier == 1 && block.outputs == channel_block)
      return add_four_products(place.sums, {elements + place.channel, step}, layer.zero, {weights, outputs}, run);
    std::uint32_t channel = place.channel / layer.multiplier, turn = place.channel % layer.multiplier;
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      place.sums[k] = add_products(place.sums[k], {elements + channel, step}, layer.zero, {weights + k, outputs}, run);
      if (++turn < layer.multiplier) continue;
      turn = 0;
      ++channel;
    }
  }

  void finish(const Block& block, const Conv2dPlace& place, std::size_t output) const {
    store_rescaled(layer, arrays, block, place, output);
  }
};

}  // namespace

bool convolve(const Depthwise& layer, const Conv2dArrays& arrays, DepthwisePlace& place) {
  const std::uint32_t outputs = layer.channels * layer.multiplier;
  return walk_windows(Kernel{layer, arrays, outputs}, outputs, place);
}

}  // namespace mica::ml
