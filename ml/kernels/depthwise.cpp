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

// Four outputs, of four input channels that lie one behind another or all of one.
template <bool of_one>
void add_four_products(std::int32_t* sums, Column input, std::int32_t zero, Column filter, std::uint32_t count) {
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  for (; count > 0; --count, input.at += input.step, filter.at += filter.step) {
    a += static_cast<std::uint32_t>((input.at[0] - zero) * filter.at[0]);
    b += static_cast<std::uint32_t>((input.at[of_one ? 0 : 1] - zero) * filter.at[1]);
    c += static_cast<std::uint32_t>((input.at[of_one ? 0 : 2] - zero) * filter.at[2]);
    d += static_cast<std::uint32_t>((input.at[of_one ? 0 : 3] - zero) * filter.at[3]);
  }
  sums[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[0]) + a);
  sums[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[1]) + b);
  sums[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[2]) + c);
  sums[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[3]) + d);
}

struct Kernel {
  static constexpr std::uint32_t result_work = 18;
  static constexpr bool sums_channels = true;

  const Depthwise& layer;
  const Conv2dArrays& arrays;
  std::uint32_t outputs;

  Block block(std::uint32_t channel) const { return block_of_channels(channel, outputs); }

  // Four outputs of four channels, or of one.
  bool is_together(const Block& block) const {
    if (block.outputs < channel_block) return false;
    return layer.multiplier == 1 || block.first_input % layer.multiplier + channel_block <= layer.multiplier;
  }

  std::uint32_t tap_work(const Block& block) const { return is_together(block) ? 8 : 3 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const { return is_together(block) ? 32 : 20 + 15 * block.outputs; }

  void begin(const Block& block, Conv2dPlace& place) const { begin_with_bias(arrays, block, place); }

  // Wraps modulo 2^32.
  void accumulate(Conv2dPlace& place, const Block& block, std::size_t input, std::size_t step, std::size_t tap,
                  std::uint32_t run) const {
    const std::int8_t* const elements = arrays.input + input;
    const std::int8_t* const weights = arrays.filter + tap * outputs + place.channel;
    std::uint32_t channel = place.channel / layer.multiplier, turn = place.channel % layer.multiplier;
    if (is_together(block)) {
      if (layer.multiplier == 1)
        return add_four_products<false>(place.sums, {elements + channel, step}, layer.zero, {weights, outputs}, run);
      return add_four_products<true>(place.sums, {elements + channel, step}, layer.zero, {weights, outputs}, run);
    }
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
