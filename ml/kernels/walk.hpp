// The walk of a layer whose windows go over an image: window by window, a few output channels at a time, tap by tap,
// until the work of a unit is used up. What is done with the elements is the business of a kernel, a class:
//
//   tap_work(block), stretch_work(block)                            of a tap with all outputs of the block, of a run
//   static constexpr std::uint32_t result_work                      of one result
//   Block block(channel)                                            output channels from this one on
//   void begin(block, place)                                        sets the sums
//   void accumulate(place, block, ...)                              adds a run of elements; see below
//   void finish(block, place, output)                               stores results from element `output` on
//   static constexpr bool sums_channels                             which of the two walks over taps
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/taps.hpp"

namespace mica::ml {

// Output channels that are computed together.
inline constexpr std::uint32_t channel_block = 4;

// What it takes to find a window and its block.
inline constexpr std::uint32_t block_work = 40;

// How far a layer is: the window and the block of output channels in work, and of those taps that lie inside of the
// input the next. `tap` counts elements of the input where a window has products over several of its channels, and
// taps in a row where each output has one input channel; `tap_column` is only used by the former.
template <class Sum>
struct WindowPlace {
  std::uint32_t row, column, channel;
  std::uint32_t tap_row, tap_column, tap;
  Sum sums[channel_block];
};

// Is it a place in the midst of the layer? All else about it can be anything.
template <class Sum>
constexpr bool is_in_windows(const Axis& rows, const Axis& columns, std::uint32_t channels,
                             const WindowPlace<Sum>& place) {
  return place.row < rows.windows && place.column < columns.windows && place.channel < channels;
}

// The output channels in work, and what they see of the input.
struct Block {
  std::uint32_t outputs;      // 1 .. channel_block
  std::uint32_t channels;     // of the group
  std::uint32_t first_input;  // channel of the input; of depthwise convolution the first output
};

// Where outputs see all channels of their group, or nothing but their own.
constexpr Block block_of_group(std::uint32_t channel, std::uint32_t channels, std::uint32_t output_channels,
                               std::uint32_t groups) {
  std::uint32_t group_end = output_channels, first_input = 0;
  if (groups > 1) {
    const std::uint32_t outputs = output_channels / groups;
    const std::uint32_t group = channel / outputs;
    channels = channels / groups;
    group_end = (group + 1) * outputs;
    first_input = group * channels;
  }
  const std::uint32_t left = group_end - channel;
  return {left < channel_block ? left : channel_block, channels, first_input};
}
constexpr Block block_of_channels(std::uint32_t channel, std::uint32_t channels) {
  const std::uint32_t left = channels - channel;
  return {left < channel_block ? left : channel_block, 1, channel};
}

// How many of `rest` taps are added at once, and what that uses up.
template <class Kernel>
std::uint32_t take_run(const Kernel& kernel, const Block& block, Work& work, std::uint32_t rest) {
  const std::uint32_t each = kernel.tap_work(block), room = work.left() / each + 1;
  const std::uint32_t run = rest < room ? rest : room;
  work.spend(run * each + kernel.stretch_work(block));
  return run;
}

// Goes on with the products of a window over all channels of a group. False: the unit's work is used up. The kernel
// has `layer` with `channels` and `groups`, and accumulate(place, block, input, filter, pitch, run): elements from
// number `input` on, weights of the first output channel from number `filter` on, those of the next `pitch` apart.
template <class Kernel, class Sum>
bool sum_products(const Kernel& kernel, const Block& block, WindowPlace<Sum>& place, Work& work) {
  const auto& layer = kernel.layer;
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
      const std::size_t input = (row * layer.columns.size + column) * layer.channels + block.first_input;
      const std::size_t filter = place.channel * pitch + std::size_t{down.first + place.tap_row} * filter_row +
                                 std::size_t{across.first + place.tap_column} * block.channels;
      while (place.tap < length) {
        if (work.is_used_up()) return false;
        const std::uint32_t run = take_run(kernel, block, work, length - place.tap);
        kernel.accumulate(place, block, input + place.tap, filter + place.tap, pitch, run);
        place.tap += run;
      }
    }
  }
  return true;
}

// Goes on with the taps of a window of which each output has an input channel of its own. False: the unit's work is
// used up. The kernel has `layer` with `channels`, and accumulate(place, block, input, step, tap, run): the channels of
// the input begin at element `input`, those under the next tap `step` elements further on; `tap` is the number of the
// first in the window.
template <class Kernel, class Sum>
bool sum_channels(const Kernel& kernel, const Block& block, WindowPlace<Sum>& place, Work& work) {
  const auto& layer = kernel.layer;
  const Taps down = taps_of(layer.rows, place.row), across = taps_of(layer.columns, place.column);
  if (across.count == 0) return true;
  const std::size_t step = std::size_t{layer.columns.dilation} * layer.channels;
  for (; place.tap_row < down.count; ++place.tap_row, place.tap = 0) {
    const std::size_t row = down.place + place.tap_row * layer.rows.dilation;
    const std::size_t input = (row * layer.columns.size + across.place) * layer.channels;
    const std::size_t tap = std::size_t{down.first + place.tap_row} * layer.columns.kernel + across.first;
    while (place.tap < across.count) {
      if (work.is_used_up()) return false;
      const std::uint32_t run = take_run(kernel, block, work, across.count - place.tap);
      kernel.accumulate(place, block, input + place.tap * step, step, tap + place.tap, run);
      place.tap += run;
    }
    work.spend(1);
  }
  return true;
}

// The next block, window or row. False: there is none.
template <class Sum>
bool step_window(const Axis& rows, const Axis& columns, std::uint32_t channels, std::uint32_t outputs,
                 WindowPlace<Sum>& place) {
  place.tap_row = place.tap_column = place.tap = 0;
  place.channel += outputs;
  if (place.channel < channels) return true;
  place.channel = 0;
  if (++place.column < columns.windows) return true;
  place.column = 0;
  return ++place.row < rows.windows;
}

// Goes on from the place for a unit of work. True: that was the last.
template <class Kernel, class Sum>
bool walk_windows(const Kernel& kernel, std::uint32_t channels, WindowPlace<Sum>& place) {
  const Axis &rows = kernel.layer.rows, &columns = kernel.layer.columns;
  static_assert(block_work + channel_block * Kernel::result_work <= unit_work, "or no unit could end a block");
  Work work;
  while (!work.is_used_up()) {
    const Block block = kernel.block(place.channel);
    work.spend(block_work);
    if (place.tap_row == 0 && place.tap_column == 0 && place.tap == 0) kernel.begin(block, place);
    if constexpr (Kernel::sums_channels) {
      if (!sum_channels(kernel, block, place, work)) return false;
    } else {
      if (!sum_products(kernel, block, place, work)) return false;
    }
    // Results that no longer fit into this unit begin the next.
    if (work.left() < block.outputs * Kernel::result_work) return false;
    kernel.finish(block, place, (std::size_t{place.row} * columns.windows + place.column) * channels + place.channel);
    work.spend(block.outputs * Kernel::result_work);
    if (!step_window(rows, columns, channels, block.outputs, place)) return true;
  }
  return false;
}

}  // namespace mica::ml
