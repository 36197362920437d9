// Depthwise convolution of int8 against a plain walk over all taps of all windows in wide numbers.
#include "ml/kernels/depthwise.hpp"

#include <doctest/doctest.h>

#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;

struct Case {
  ml::Depthwise layer;
  Bytes input, filter, shift;
  std::vector<std::int32_t> bias, multiplier;
  std::uint32_t channels;  // of the output
  std::size_t outputs;
};

Case random_case(Random& random) {
  Case one;
  ml::Depthwise& layer = one.layer;
  layer.rows = layers::random_axis(random);
  layer.columns = layers::random_axis(random);
  if (random.percent(20)) {  // windows that take several units, each row of taps more than one
    layer.columns = {200, random.count(1, 3), 180, random.count(1, 9), 1, random.below(20)};
    layer.rows.windows = 1;
  }
  layer.multiplier = random.percent(60) ? 1 : random.count(2, 9);
  layer.channels = random.count(1, layer.multiplier == 1 ? 14 : 5);
  one.channels = layer.channels * layer.multiplier;
  layer.scales = random.percent(50) ? 1 : one.channels;
  layer.zero = static_cast<std::int8_t>(random.between(-128, 127));
  layer.range = layers::random_range(random);
  layer.rounding = random.percent(75) ? ml::Rounding::twice : ml::Rounding::once;
  one.input = layers::random_bytes(random, std::size_t{layer.rows.size} * layer.columns.size * layer.channels);
  one.filter = layers::random_bytes(random, std::size_t{layer.rows.kernel} * layer.columns.kernel * one.channels);
  for (unsigned k = 0; k < layer.scales; ++k) {
    const int least = random.percent(90) ? -12 : -31, most = random.percent(95) ? -4 : 30;
    const ml::Scale scale = layers::random_scale(random, least, most);
    one.multiplier.push_back(scale.factor);
    one.shift.push_back(static_cast<std::int8_t>(scale.shift));
  }
  for (unsigned k = 0; k < one.channels; ++k)
    one.bias.push_back(static_cast<std::int32_t>(random.between(-20000, 20000)));
  one.outputs = std::size_t{layer.rows.windows} * layer.columns.windows * one.channels;
  return one;
}

std::int64_t expected_sum(const Case& one, std::int64_t row, std::int64_t column, std::int64_t output) {
  const ml::Depthwise& layer = one.layer;
  std::int64_t sum = one.bias[static_cast<std::size_t>(output)];
  for (std::int64_t y = 0; y < layer.rows.kernel; ++y)
    for (std::int64_t x = 0; x < layer.columns.kernel; ++x) {
      const std::int64_t at_row = layers::element_of(layer.rows, row, y);
      const std::int64_t at_column = layers::element_of(layer.columns, column, x);
      if (at_row < 0 || at_column < 0) continue;
      const std::int64_t pixel = at_row * layer.columns.size + at_column, tap = y * layer.columns.kernel + x;
      sum += (one.input[static_cast<std::size_t>(pixel * layer.channels + output / layer.multiplier)] -
              std::int64_t{layer.zero}) *
             one.filter[static_cast<std::size_t>(tap * one.channels + output)];
    }
  return sum;
}

Bytes expected_output(const Case& one) {
  Bytes result;
  for (unsigned row = 0; row < one.layer.rows.windows; ++row)
    for (unsigned column = 0; column < one.layer.columns.windows; ++column)
      for (unsigned output = 0; output < one.channels; ++output) {
        const std::size_t k = one.layer.scales == 1 ? 0 : output;
        const auto sum = static_cast<std::int32_t>(expected_sum(one, row, column, output));
        result.push_back(layers::expected_byte(
            layers::expected_rescale(sum, {one.multiplier[k], one.shift[k]}, one.layer.rounding), one.layer.range));
      }
  return result;
}

unsigned run(const Case& one, const ml::DepthwisePlace& start, std::int8_t* output) {
  const layers::Odd<std::int32_t> bias(one.bias), multiplier(one.multiplier);
  const ml::Conv2dArrays arrays = {one.input.data(),  one.filter.data(), bias.data(),
                                   multiplier.data(), one.shift.data(),  output};
  return layers::run_layer(
      start, [&](ml::DepthwisePlace& place) { return ml::convolve(one.layer, arrays, place); },
      [&](const ml::DepthwisePlace& place) { return is_inside(one.layer, place); });
}

}  // namespace

TEST_CASE("depthwise convolution of any shape, unit by unit") {
  Random random(1);
  unsigned in_units = 0;
  for (int turn = 0; turn < 600; ++turn) {
    const Case one = random_case(random);
    const Case copy = one;
    layers::Guarded<std::int8_t> output(one.outputs);
    const unsigned units = run(one, {}, output.data());
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.elements() == expected_output(one), layers::place_of("wrong", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
    CHECK((one.input == copy.input && one.filter == copy.filter));
    in_units += units > 5 ? 1 : 0;
  }
  CHECK(in_units > 200);
}

TEST_CASE("depthwise convolution from a forged place stays inside and ends") {
  Random random(2);
  unsigned forged = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const Case one = random_case(random);
    const auto start = layers::random_place<ml::DepthwisePlace>(random);
    if (!is_inside(one.layer, start)) continue;
    ++forged;
    layers::Guarded<std::int8_t> output(one.outputs);
    CHECK_MESSAGE(run(one, start, output.data()) > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  }
  CHECK(forged > 200);
}
