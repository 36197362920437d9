#include "ml/kernels/pool.hpp"

namespace mica::ml {
namespace {

std::int32_t add(std::int32_t sum, std::int32_t element) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(element));
}

std::int32_t greater(std::int32_t a, std::int32_t b) { return a > b ? a : b; }

// Elements of the window that lie inside of the input; modulo 2^32.
template <class Layer>
std::uint32_t count_of(const Layer& layer, const PoolPlace& place) {
  return taps_of(layer.rows, place.row).count * taps_of(layer.columns, place.column).count;
}

// What all poolings share: the elements of a channel become one number, by way of `combine`.
template <class Layer, std::int32_t (*combine)(std::int32_t, std::int32_t), std::int32_t start>
struct Kernel {
  static constexpr std::uint32_t result_work = 18;
  static constexpr bool sums_channels = true;

  const Layer& layer;
  const PoolArrays& arrays;

  Block block(std::uint32_t channel) const { return block_of_channels(channel, layer.channels); }

  std::uint32_t tap_work(const Block& block) const { return block.outputs == channel_block ? 4 : 3 * block.outputs; }
  std::uint32_t stretch_work(const Block&) const { return 32; }

  void begin(const Block& block, PoolPlace& place) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) place.sums[k] = start;
  }

  void accumulate(PoolPlace& place, const Block& block, std::size_t at, std::size_t step, std::size_t,
                  std::uint32_t run) const {
    const std::int8_t* input = arrays.input + at + place.channel;
    std::int32_t* const sums = place.sums;
    if (block.outputs == channel_block) {
      std::int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
      for (; run > 0; --run, input += step) {
        a = combine(a, input[0]);
        b = combine(b, input[1]);
        c = combine(c, input[2]);
        d = combine(d, input[3]);
      }
      sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
      return;
    }
    for (; run > 0; --run, input += step)
      for (std::uint32_t k = 0; k < block.outputs; ++k) sums[k] = combine(sums[k], input[k]);
  }
};

std::int8_t hold(std::int32_t value, const Int8Range& range) {
  return static_cast<std::int8_t>(value < range.low ? range.low : value > range.high ? range.high : value);
}

struct Average : Kernel<Pool, add, 0> {
  void finish(const Block& block, const PoolPlace& place, std::size_t output) const {
    const auto count = static_cast<std::int32_t>(count_of(layer, place));
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      const std::int32_t sum = place.sums[k];
      const std::int32_t more = add(sum, sum > 0 ? count / 2 : -(count / 2));
      arrays.output[output + k] = hold(count <= 0 ? 0 : more / count, layer.range);
    }
  }
};

struct Greatest : Kernel<Pool, greater, -128> {
  void finish(const Block& block, const PoolPlace& place, std::size_t output) const {
    for (std::uint32_t k = 0; k < block.outputs; ++k) arrays.output[output + k] = hold(place.sums[k], layer.range);
  }
};

struct Mean : Kernel<MeanPool, add, 0> {
  void finish(const Block& block, const PoolPlace& place, std::size_t output) const {
    const std::uint32_t zeros = count_of(layer, place) * static_cast<std::uint32_t>(std::int32_t{layer.zero});
    for (std::uint32_t k = 0; k < block.outputs; ++k) {
      const auto sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(place.sums[k]) - zeros);
      arrays.output[output + k] = to_int8(rescale(sum, layer.scale, layer.rounding), layer.range);
    }
  }
};

}  // namespace

bool pool_average(const Pool& layer, const PoolArrays& arrays, PoolPlace& place) {
  return walk_windows(Average{{layer, arrays}}, layer.channels, place);
}

bool pool_greatest(const Pool& layer, const PoolArrays& arrays, PoolPlace& place) {
  return walk_windows(Greatest{{layer, arrays}}, layer.channels, place);
}

bool pool_mean(const MeanPool& layer, const PoolArrays& arrays, PoolPlace& place) {
  return walk_windows(Mean{{layer, arrays}}, layer.channels, place);
}

}  // namespace mica::ml
