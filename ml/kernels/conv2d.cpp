#include "ml/kernels/conv2d.hpp"

#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

// What belongs to a stretch of products, and to a result, in products.
constexpr std::uint32_t stretch_work = 20, result_work = 10;

// sums[k] + the products of `count` elements with the weights of output channel k, `pitch` apart. Wraps modulo 2^32.
void accumulate(std::int32_t* sums, std::uint32_t outputs, const std::int8_t* input, std::int32_t zero,
                const std::int8_t* filter, std::size_t pitch, std::uint32_t count) {
  if (outputs == channel_block) {
    std::uint32_t a = 0, b = 0, c = 0, d = 0;
    for (std::uint32_t j = 0; j < count; ++j) {
      const std::int32_t x = input[j] - zero;
      const std::int8_t* const w = filter + j;
      a += static_cast<std::uint32_t>(x * w[0]);
      b += static_cast<std::uint32_t>(x * w[pitch]);
      c += static_cast<std::uint32_t>(x * w[2 * pitch]);
      d += static_cast<std::uint32_t>(x * w[3 * pitch]);
    }
    sums[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[0]) + a);
    sums[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[1]) + b);
    sums[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[2]) + c);
    sums[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums[3]) + d);
    return;
  }
  for (std::uint32_t k = 0; k < outputs; ++k, filter += pitch) {
    std::uint32_t sum = static_cast<std::uint32_t>(sums[k]);
    for (std::uint32_t j = 0; j < count; ++j) sum += static_cast<std::uint32_t>((input[j] - zero) * filter[j]);
    sums[k] = static_cast<std::int32_t>(sum);
  }
}

// The output channels in work, and what they see of the input.
struct Block {
  std::uint32_t outputs;      // at most channel_block
  std::uint32_t channels;     // of the group
  std::uint32_t first_input;  // channel of the input
};

Block block_of(const Conv2d& layer, std::uint32_t channel) {
  std::uint32_t channels = layer.channels, group_end = layer.output_channels, first_input = 0;
  if (layer.groups > 1) {
    const std::uint32_t outputs = layer.output_channels / layer.groups;
    const std::uint32_t group = channel / outputs;
    channels = layer.channels / layer.groups;
    group_end = (group + 1) * outputs;
    first_input = group * channels;
  }
  const std::uint32_t left = group_end - channel;
  return {left < channel_block ? left : channel_block, channels, first_input};
}

// Goes on with the products of the window and block in work. False: the unit's work is used up.
bool sum_up(const Conv2d& layer, const Conv2dArrays& arrays, const Block& block, Conv2dPlace& place, Work& work) {
  const Taps down = taps_of(layer.rows, place.row), across = taps_of(layer.columns, place.column);
  if (across.count == 0) return true;
  // Without groups and gaps the elements under a row of taps lie one behind another.
  const bool in_one = layer.groups == 1 && layer.columns.dilation == 1;
  const std::uint32_t stretches = in_one ? 1 : across.count;
  const std::uint32_t length = in_one ? across.count * block.channels : block.channels;
  const std::uint32_t filter_row = layer.columns.kernel * block.channels;
  const std::size_t pitch = std::size_t{layer.rows.kernel} * filter_row;
  for (; place.tap_row < down.count; ++place.tap_row, place.tap_column = 0) {
    const std::size_t row = down.place + place.tap_row * layer.rows.dilation;
    for (; place.tap_column < stretches; ++place.tap_column, place.tap = 0) {
      const std::size_t column = across.place + place.tap_column * layer.columns.dilation;
      const std::int8_t* const input =
          arrays.input + (row * layer.columns.size + column) * layer.channels + block.first_input;
      const std::int8_t* const filter = arrays.filter + place.channel * pitch +
                                        std::size_t{down.first + place.tap_row} * filter_row +
                                        std::size_t{across.first + place.tap_column} * block.channels;
      while (place.tap < length) {
        if (work.is_used_up()) return false;
        const std::uint32_t room = work.left() / block.outputs + 1, rest = length - place.tap;
        const std::uint32_t run = rest < room ? rest : room;
        accumulate(place.sums, block.outputs, input + place.tap, layer.zero, filter + place.tap, pitch, run);
        place.tap += run;
        work.spend(run * block.outputs + stretch_work);
      }
    }
  }
  return true;
}

void begin_sums(const Conv2dArrays& arrays, const Block& block, Conv2dPlace& place) {
  for (std::uint32_t k = 0; k < block.outputs; ++k)
    place.sums[k] = load<std::int32_t>(arrays.bias + 4 * std::size_t{place.channel + k});
}

void store_results(const Conv2d& layer, const Conv2dArrays& arrays, const Block& block, const Conv2dPlace& place) {
  std::int8_t* const output =
      arrays.output + (std::size_t{place.row} * layer.columns.windows + place.column) * layer.output_channels;
  for (std::uint32_t k = 0; k < block.outputs; ++k) {
    const std::size_t channel = place.channel + k, scale = layer.scales == 1 ? 0 : channel;
    const Scale factor = {load<std::int32_t>(arrays.multiplier + 4 * scale), arrays.shift[scale]};
    output[channel] = to_int8(rescale(place.sums[k], factor, layer.rounding), layer.range);
  }
}

// The next block, window or row. False: there is none.
bool step(const Conv2d& layer, const Block& block, Conv2dPlace& place) {
  place.tap_row = place.tap_column = place.tap = 0;
  place.channel += block.outputs;
  if (place.channel < layer.output_channels) return true;
  place.channel = 0;
  if (++place.column < layer.columns.windows) return true;
  place.column = 0;
  return ++place.row < layer.rows.windows;
}

}  // namespace

bool convolve(const Conv2d& layer, const Conv2dArrays& arrays, Conv2dPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    const Block block = block_of(layer, place.channel);
    if (place.tap_row == 0 && place.tap_column == 0 && place.tap == 0) begin_sums(arrays, block, place);
    if (!sum_up(layer, arrays, block, place, work)) return false;
    store_results(layer, arrays, block, place);
    work.spend(block.outputs * result_work);
    if (!step(layer, block, place)) return true;
  }
  return false;
}

}  // namespace mica::ml
