#include "ml/kernels/float_windows.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

// A run of floats, each `step` elements behind the one before it.
struct Run {
  const std::byte* at;
  std::size_t step;

  float take() {
    const float value = load<float>(at);
    at += sizeof(float) * step;
    return value;
  }
};

std::uint32_t add_products(std::uint32_t sum, Run input, Run filter, std::uint32_t count) {
  float total = float_of(sum);
  for (; count > 0; --count) total += input.take() * filter.take();
  return float_bits(total);
}

// Four outputs that share their elements; their weights lie `pitch` apart.
void add_shared(std::uint32_t* sums, Run input, const std::byte* filter, std::size_t pitch, std::uint32_t count) {
  float a = float_of(sums[0]), b = float_of(sums[1]), c = float_of(sums[2]), d = float_of(sums[3]);
  const std::size_t apart = sizeof(float) * pitch;
  const std::byte *second = filter + apart, *third = second + apart, *fourth = third + apart;
  for (std::size_t j = 0; j < sizeof(float) * count; j += sizeof(float)) {
    const float x = input.take();
    a += x * load<float>(filter + j);
    b += x * load<float>(second + j);
    c += x * load<float>(third + j);
    d += x * load<float>(fourth + j);
  }
  sums[0] = float_bits(a), sums[1] = float_bits(b), sums[2] = float_bits(c), sums[3] = float_bits(d);
}

// What both kinds of convolution do with their sums.
template <class Layer>
struct Results {
  static constexpr std::uint32_t result_work = 18;

  const Layer& layer;
  const FloatArrays& arrays;

  void begin(const Block& block, FloatPlace& place) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) place.sums[k] = 0;
  }

  void finish(const Block& block, const FloatPlace& place, std::size_t output) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      const std::size_t channel = std::size_t{place.channel} + k;
      const std::uint32_t bias = arrays.bias == nullptr ? 0 : load<std::uint32_t>(arrays.bias + 4 * channel);
      store(arrays.output + 4 * (output + k), hold_float(add_floats(place.sums[k], bias), layer.range));
    }
  }
};

struct Kernel : Results<FloatConv2d> {
  static constexpr bool sums_channels = false;

  std::uint32_t tap_work(const Block& block) const { return block.outputs == channel_block ? 8 : 3 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const { return 20 + 8 * block.outputs; }

  Block block(std::uint32_t channel) const {
    return block_of_group(channel, layer.channels, layer.output_channels, layer.groups);
  }

  void accumulate(FloatPlace& place, const Block& block, std::size_t input, std::size_t filter, std::size_t pitch,
                  std::uint32_t run) const {
    const Run elements = {arrays.input + 4 * input, 1};
    const std::byte* const weights = arrays.filter + 4 * filter;
    if (block.outputs == channel_block) return add_shared(place.sums, elements, weights, pitch, run);
    for (std::uint32_t k = 0; k < block.outputs; ++k)
      place.sums[k] = add_products(place.sums[k], elements, {weights + 4 * k * pitch, 1}, run);
  }
};

struct DepthwiseKernel : Results<FloatDepthwise> {
  static constexpr bool sums_channels = true;

  std::uint32_t outputs;

  std::uint32_t tap_work(const Block& block) const { return 3 * block.outputs; }
  std::uint32_t stretch_work(const Block& block) const { return 20 + 10 * block.outputs; }

  Block block(std::uint32_t channel) const { return block_of_channels(channel, outputs); }

  void accumulate(FloatPlace& place, const Block& block, std::size_t input, std::size_t step, std::size_t tap,
                  std::uint32_t run) const {
    const std::byte* const weights = arrays.filter + 4 * (tap * outputs + place.channel);
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      const std::size_t channel = (place.channel + k) / layer.multiplier;
      place.sums[k] =
          add_products(place.sums[k], {arrays.input + 4 * (input + channel), step}, {weights + 4 * k, outputs}, run);
    }
  }
};

}  // namespace

bool convolve(const FloatConv2d& layer, const FloatArrays& arrays, FloatPlace& place) {
  return walk_windows(Kernel{{layer, arrays}}, layer.output_channels, place);
}

bool convolve(const FloatDepthwise& layer, const FloatArrays& arrays, FloatPlace& place) {
  const std::uint32_t outputs = layer.channels * layer.multiplier;
  return walk_windows(DepthwiseKernel{{layer, arrays}, outputs}, outputs, place);
}

}  // namespace mica::ml
