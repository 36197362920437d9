// Convolution in fixed point, of all types of elements, against a plain walk in 128 bits.
#include "ml/kernels/fixed_conv2d.hpp"

#include <doctest/doctest.h>

#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Random;
using ml::ElementType;

// Numbers of a type, at an odd address.
struct Numbers {
  ElementType type = ElementType::int8;
  std::vector<std::int64_t> values;
  std::vector<std::byte> bytes;

  ml::ArrayView view() const { return {bytes.data() + 1, static_cast<std::uint32_t>(values.size()), type, true}; }
};

std::int64_t cut(std::int64_t value, ElementType type) {
  const std::int64_t span = std::int64_t{1} << (8 * ml::bytes_of(type));
  const std::int64_t low = ((value % span) + span) % span;
  return low < span / 2 ? low : low - span;
}

Numbers random_numbers(Random& random, ElementType type, std::size_t count, std::int64_t most) {
  Numbers numbers;
  numbers.type = type;
  numbers.bytes.resize(count * ml::bytes_of(type) + 1);
  for (std::size_t k = 0; k < count; ++k) {
    numbers.values.push_back(cut(random.between(-most - 1, most), type));
    std::memcpy(numbers.bytes.data() + 1 + k * ml::bytes_of(type), &numbers.values.back(), ml::bytes_of(type));
  }
  return numbers;
}

struct Case {
  ml::FixedConv2d layer;
  Numbers input, filter, bias, factors;
  ElementType output_type;
  std::size_t outputs;
};

Case random_case(Random& random) {
  const auto type = [&] {
    constexpr ElementType types[] = {ElementType::int8, ElementType::int16, ElementType::int32};
    return types[random.below(3)];
  };
  Case one;
  ml::FixedConv2d& layer = one.layer;
  layer.rows = layers::random_axis(random);
  layer.columns = layers::random_axis(random);
  layer.groups = random.percent(70) ? 1 : random.count(2, 4);
  layer.channels = layer.groups * random.count(1, random.percent(20) ? 200 : 10);
  layer.output_channels = layer.groups * random.count(1, 6);
  layer.rounding = random.percent(50);
  layer.saturation = random.percent(50);
  layer.scale = random.percent(20) ? 0 : static_cast<std::int32_t>(random.between(-3000, 30));
  const std::size_t taps = std::size_t{layer.rows.kernel} * layer.columns.kernel * (layer.channels / layer.groups);
  const std::int64_t most = std::int64_t{1} << random.count(3, 31);
  const ElementType input = type(), filter = type(), bias = type(), factors = type();
  const bool biased = random.percent(70), has_factors = random.percent(50);
  one.input =
      random_numbers(random, input, std::size_t{layer.rows.size} * layer.columns.size * layer.channels, most - 1);
  one.filter = random_numbers(random, filter, taps * layer.output_channels, most - 1);
  one.bias = random_numbers(random, bias, biased ? layer.output_channels : 0, 100000);
  one.factors = random_numbers(random, factors, has_factors ? layer.output_channels : 0, 3000);
  if (random.percent(3)) layer.scale = std::numeric_limits<std::int32_t>::min();
  one.output_type = type();
  one.outputs = std::size_t{layer.rows.windows} * layer.columns.windows * layer.output_channels;
  return one;
}

__int128 expected_sum(const Case& one, std::int64_t row, std::int64_t column, std::int64_t output) {
  const ml::FixedConv2d& layer = one.layer;
  const std::int64_t seen = layer.channels / layer.groups, group = output / (layer.output_channels / layer.groups);
  __int128 sum = one.bias.values.empty() ? 0 : one.bias.values[static_cast<std::size_t>(output)];
  for (std::int64_t y = 0; y < layer.rows.kernel; ++y)
    for (std::int64_t x = 0; x < layer.columns.kernel; ++x) {
      const std::int64_t at_row = layers::element_of(layer.rows, row, y);
      const std::int64_t at_column = layers::element_of(layer.columns, column, x);
      if (at_row < 0 || at_column < 0) continue;
      const std::int64_t input = (at_row * layer.columns.size + at_column) * layer.channels + group * seen;
      const std::int64_t filter = ((output * layer.rows.kernel + y) * layer.columns.kernel + x) * seen;
      for (std::int64_t k = 0; k < seen; ++k)
        sum += static_cast<__int128>(one.input.values[static_cast<std::size_t>(input + k)]) *
               one.filter.values[static_cast<std::size_t>(filter + k)];
    }
  return sum;
}

// A sum that has wrapped, scaled and as the output keeps it.
template <class Sum>
std::int64_t expected_result(const Case& one, Sum sum, std::size_t channel) {
  const bool has_factors = !one.factors.values.empty();
  const std::int64_t least = std::numeric_limits<std::int32_t>::min();
  const std::int64_t factor = std::max(least + 1, has_factors ? one.factors.values[channel] : one.layer.scale);
  __int128 value = sum;
  if (factor < 0) {
    const __int128 size = value < 0 ? -value : value, divisor = -factor;
    const __int128 quotient = one.layer.rounding ? (2 * size + divisor) / (2 * divisor) : size / divisor;
    value = value < 0 ? -quotient : quotient;
  } else if (factor > 0 || has_factors) {
    value *= factor;
    using Limits = std::numeric_limits<Sum>;
    if (one.layer.saturation) value = std::clamp<__int128>(value, Limits::min(), Limits::max());
    value = static_cast<Sum>(static_cast<std::make_unsigned_t<Sum>>(value));
  }
  if (!one.layer.saturation) return cut(static_cast<std::int64_t>(value), one.output_type);
  const __int128 most = (__int128{1} << (8 * ml::bytes_of(one.output_type) - 1)) - 1;
  return static_cast<std::int64_t>(std::clamp<__int128>(value, -most - 1, most));
}

template <class Sum>
unsigned run(const Case& one, const ml::WindowPlace<Sum>& start, std::byte* output) {
  const ml::FixedArrays arrays = {one.input.view(), one.filter.view(), one.bias.view(), one.factors.view(),
                                  output,           one.output_type};
  return layers::run_layer(
      start, [&](ml::WindowPlace<Sum>& place) { return ml::convolve(one.layer, arrays, place); },
      [&](const ml::WindowPlace<Sum>& place) { return is_inside(one.layer, place); });
}

template <class Sum>
void check_random(std::uint64_t seed) {
  Random random(seed);
  unsigned in_units = 0, forged = 0;
  for (int turn = 0; turn < 400; ++turn) {
    const Case one = random_case(random);
    const std::uint32_t size = ml::bytes_of(one.output_type);
    layers::Guarded<std::uint8_t> output(one.outputs * size);
    const unsigned units = run(one, ml::WindowPlace<Sum>{}, output.bytes());
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    unsigned wrong = 0;
    std::size_t at = 0;
    for (unsigned row = 0; row < one.layer.rows.windows; ++row)
      for (unsigned column = 0; column < one.layer.columns.windows; ++column)
        for (unsigned channel = 0; channel < one.layer.output_channels; ++channel, at += size) {
          const auto sum = static_cast<Sum>(static_cast<unsigned __int128>(expected_sum(one, row, column, channel)));
          std::int64_t got = 0;
          std::memcpy(&got, output.bytes() + at, size);
          wrong += cut(got, one.output_type) != expected_result(one, sum, channel) ? 1 : 0;
        }
    CHECK_MESSAGE(wrong == 0, layers::place_of("wrong", turn));
    in_units += units > 5 ? 1 : 0;
    const auto start = layers::random_place<ml::WindowPlace<Sum>>(random);
    if (is_inside(one.layer, start)) {
      ++forged;
      CHECK_MESSAGE(run(one, start, output.bytes()) > 0, layers::place_of("no end from a forged place", turn));
    }
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  }
  CHECK(in_units > 200);
  CHECK(forged > 30);
}

}  // namespace

TEST_CASE("convolution with sums of 64 bits") { check_random<std::int64_t>(1); }

TEST_CASE("convolution with sums of 32 bits") { check_random<std::int32_t>(2); }
