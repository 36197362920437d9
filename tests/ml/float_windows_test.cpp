// Convolution and pooling of floats against plain walks in the order of the taps: bit by bit.
#include "ml/kernels/float_windows.hpp"

#include <doctest/doctest.h>

#include "tests/ml/float_layers.hpp"

namespace {

using namespace mica;
using layers::Floats;
using layers::Random;

// The sizes of any of the layers: groups == 0 is depthwise convolution with a multiplier.
struct Case {
  ml::Axis rows, columns;
  std::uint32_t channels, output_channels, groups, multiplier;
  layers::Limits limits;
  bool biased;
  Floats input, filter, bias;
  std::size_t outputs;

  ml::FloatRange range() const { return {layers::bits_from(limits.low), layers::bits_from(limits.high)}; }
};

Case random_case(Random& random, bool depthwise) {
  Case one;
  one.rows = layers::random_axis(random);
  one.columns = layers::random_axis(random);
  one.groups = depthwise ? 0 : random.percent(70) ? 1 : random.count(2, 4);
  one.multiplier = random.percent(60) ? 1 : random.count(2, 9);
  one.channels = random.count(1, 8) * std::max(1u, one.groups);
  one.output_channels = depthwise ? one.channels * one.multiplier : random.count(1, 7) * one.groups;
  if (!depthwise && random.percent(20)) {  // fully connected
    one.rows = one.columns = layers::single_axis();
    one.channels = one.groups * random.count(1, 600);
  }
  if (depthwise && random.percent(20)) {
    one.columns = {200, random.count(1, 3), 180, random.count(1, 9), 1, random.below(20)};
    one.rows.windows = 1;
  }
  one.limits = layers::random_limits(random);
  one.biased = random.percent(80);
  const std::size_t seen = depthwise ? 1 : one.channels / one.groups;
  one.input = layers::random_floats(random, std::size_t{one.rows.size} * one.columns.size * one.channels);
  one.filter = layers::random_floats(random, seen * one.output_channels * one.rows.kernel * one.columns.kernel);
  one.bias = layers::random_floats(random, one.output_channels);
  one.outputs = std::size_t{one.rows.windows} * one.columns.windows * one.output_channels;
  return one;
}

// Calls each(pixel of the input, tap of the window) in the order of the taps.
template <class Each>
void for_taps(const Case& one, unsigned row, unsigned column, const Each& each) {
  for (std::int64_t y = 0; y < one.rows.kernel; ++y)
    for (std::int64_t x = 0; x < one.columns.kernel; ++x) {
      const std::int64_t at_row = layers::element_of(one.rows, row, y);
      const std::int64_t at_column = layers::element_of(one.columns, column, x);
      if (at_row < 0 || at_column < 0) continue;
      each(static_cast<std::size_t>(at_row * one.columns.size + at_column),
           static_cast<std::size_t>(y * one.columns.kernel + x));
    }
}

float expected_sum(const Case& one, unsigned row, unsigned column, std::size_t output) {
  float sum = 0;
  for_taps(one, row, column, [&](std::size_t pixel, std::size_t tap) {
    if (one.groups == 0) {
      sum += one.input[pixel * one.channels + output / one.multiplier] * one.filter[tap * one.output_channels + output];
      return;
    }
    const std::size_t seen = one.channels / one.groups, group = output / (one.output_channels / one.groups);
    const std::size_t filter = (output * one.rows.kernel * one.columns.kernel + tap) * seen;
    for (std::size_t k = 0; k < seen; ++k)
      sum += one.input[pixel * one.channels + group * seen + k] * one.filter[filter + k];
  });
  return sum + (one.biased ? one.bias[output] : 0.0f);
}

// `result` makes an output of its row, column and channel.
template <class Result>
Floats expected_output(const Case& one, std::uint32_t channels, const Result& result) {
  Floats all;
  for (unsigned row = 0; row < one.rows.windows; ++row)
    for (unsigned column = 0; column < one.columns.windows; ++column)
      for (unsigned channel = 0; channel < channels; ++channel)
        all.push_back(one.limits.held(result(row, column, channel)));
  return all;
}

constexpr ml::FloatPlace plain_place = {};

template <class Layer>
using Unit = bool (*)(const Layer&, const ml::FloatArrays&, ml::FloatPlace&);

template <class Layer>
unsigned run(const Layer& layer, const Case& one, Unit<Layer> unit, const ml::FloatPlace& start, std::byte* output) {
  const layers::Odd<float> input(one.input), filter(one.filter), bias(one.bias);
  const ml::FloatArrays arrays = {input.data(), filter.data(), one.biased ? bias.data() : nullptr, output};
  // What is kept between units is the same everywhere, too, unless somebody has forged it.
  const bool is_forged = std::memcmp(&start, &plain_place, sizeof start) != 0;
  return layers::run_layer(
      start, [&](ml::FloatPlace& place) { return unit(layer, arrays, place); },
      [&](const ml::FloatPlace& place) {
        if (!is_forged)
          for (const std::uint32_t sum : place.sums) CHECK((!ml::is_nan(sum) || sum == ml::not_a_number));
        return is_inside(layer, place);
      });
}

// From the start, and from a forged place.
template <class Layer>
unsigned check(Random& random, const Layer& layer, const Case& one, Unit<Layer> unit, const Floats& wanted, int turn) {
  layers::Guarded<float> output(wanted.size());
  const unsigned units = run(layer, one, unit, {}, output.bytes());
  CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
  CHECK_MESSAGE(layers::are_same(output.elements(), wanted), layers::place_of("wrong", turn));
  const auto forged = layers::random_place<ml::FloatPlace>(random);
  if (is_inside(layer, forged)) CHECK(run(layer, one, unit, forged, output.bytes()) > 0);
  CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  return units;
}

}  // namespace

TEST_CASE("convolution of floats, unit by unit") {
  Random random(1);
  unsigned in_units = 0;
  for (int turn = 0; turn < 500; ++turn) {
    const Case one = random_case(random, false);
    const ml::FloatConv2d layer = {one.rows, one.columns, one.channels, one.output_channels, one.groups, one.range()};
    const Floats wanted = expected_output(
        one, one.output_channels,
        [&](unsigned row, unsigned column, unsigned channel) { return expected_sum(one, row, column, channel); });
    in_units += check<ml::FloatConv2d>(random, layer, one, &ml::convolve, wanted, turn) > 5 ? 1 : 0;
  }
  CHECK(in_units > 150);
}

TEST_CASE("depthwise convolution of floats, unit by unit") {
  Random random(2);
  unsigned in_units = 0;
  for (int turn = 0; turn < 500; ++turn) {
    const Case one = random_case(random, true);
    const ml::FloatDepthwise layer = {one.rows, one.columns, one.channels, one.multiplier, one.range()};
    const Floats wanted = expected_output(
        one, one.output_channels,
        [&](unsigned row, unsigned column, unsigned channel) { return expected_sum(one, row, column, channel); });
    in_units += check<ml::FloatDepthwise>(random, layer, one, &ml::convolve, wanted, turn) > 5 ? 1 : 0;
  }
  CHECK(in_units > 150);
}

TEST_CASE("pooling of floats, unit by unit") {
  Random random(3);
  for (int turn = 0; turn < 500; ++turn) {
    Case one = random_case(random, true);
    if (random.percent(30)) {  // global
      one.rows = {one.rows.size, 1, one.rows.size, 1, 1, 0};
      one.columns = {one.columns.size, 1, one.columns.size, 1, 1, 0};
    }
    const ml::FloatPool layer = {one.rows, one.columns, one.channels, one.range()};
    const auto average = [&](unsigned row, unsigned column, unsigned channel) {
      float sum = 0, count = 0;
      for_taps(one, row, column, [&](std::size_t pixel, std::size_t) {
        sum += one.input[pixel * one.channels + channel];
        ++count;
      });
      return count == 0 ? 0.0f : sum / count;
    };
    const auto greatest = [&](unsigned row, unsigned column, unsigned channel) {
      float result = -std::numeric_limits<float>::infinity();
      for_taps(one, row, column, [&](std::size_t pixel, std::size_t) {
        const float x = one.input[pixel * one.channels + channel];
        if (x > result) result = x;
      });
      return result;
    };
    check(random, layer, one, &ml::pool_average, expected_output(one, one.channels, average), turn);
    check(random, layer, one, &ml::pool_greatest, expected_output(one, one.channels, greatest), turn);
  }
}
