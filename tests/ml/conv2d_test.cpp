// Convolution of int8 against a plain walk over all taps of all windows in wide numbers.
#include "ml/kernels/conv2d.hpp"

#include <doctest/doctest.h>

#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;

struct Case {
  ml::Conv2d layer;
  Bytes input, filter, shift;
  std::vector<std::int32_t> bias, multiplier;
  std::size_t outputs;
};

void set_shape(Random& random, Case& one) {
  ml::Conv2d& layer = one.layer;
  layer.rows = layers::random_axis(random);
  layer.columns = layers::random_axis(random);
  layer.groups = 1;
  switch (random.below(5)) {
    case 0:  // fully connected: a row for each batch
      layer.rows = layers::single_axis();
      layer.rows.size = layer.rows.windows = random.count(1, 3);
      layer.columns = layers::single_axis();
      layer.channels = random.count(1, 900);
      layer.output_channels = random.count(1, 20);
      return;
    case 1:  // so many channels that units end within the products of one tap
      layer.channels = random.count(100, 300);
      layer.output_channels = random.count(1, 5);
      layer.rows.windows = std::min(layer.rows.windows, 2u);
      return;
    case 2:
      layer.groups = random.count(2, 4);
      layer.channels = layer.groups * random.count(1, 9);
      layer.output_channels = layer.groups * random.count(1, 6);
      return;
    default: layer.channels = random.count(1, 20); layer.output_channels = random.count(1, 13);
  }
}

Case random_case(Random& random) {
  Case one;
  ml::Conv2d& layer = one.layer;
  set_shape(random, one);
  layer.scales = random.percent(50) ? 1 : layer.output_channels;
  layer.zero = static_cast<std::int8_t>(random.between(-128, 127));
  layer.range = layers::random_range(random);
  layer.rounding = random.percent(75) ? ml::Rounding::twice : ml::Rounding::once;
  one.input = layers::random_bytes(random, std::size_t{layer.rows.size} * layer.columns.size * layer.channels);
  one.filter = layers::random_bytes(random, std::size_t{layer.output_channels} * layer.rows.kernel *
                                                layer.columns.kernel * (layer.channels / layer.groups));
  for (unsigned k = 0; k < layer.scales; ++k) {
    const int least = random.percent(90) ? -14 : -31, most = random.percent(95) ? -5 : 30;
    const ml::Scale scale = layers::random_scale(random, least, most);
    one.multiplier.push_back(scale.factor);
    one.shift.push_back(static_cast<std::int8_t>(scale.shift));
  }
  for (unsigned k = 0; k < layer.output_channels; ++k)
    one.bias.push_back(static_cast<std::int32_t>(random.percent(95) ? random.between(-20000, 20000)
                                                                    : static_cast<std::int32_t>(random.next())));
  one.outputs = std::size_t{layer.rows.windows} * layer.columns.windows * layer.output_channels;
  return one;
}

std::int64_t expected_sum(const Case& one, bool biased, std::int64_t row, std::int64_t column, std::int64_t output) {
  const ml::Conv2d& layer = one.layer;
  const std::int64_t seen = layer.channels / layer.groups, group = output / (layer.output_channels / layer.groups);
  std::int64_t sum = biased ? one.bias[static_cast<std::size_t>(output)] : 0;
  for (std::int64_t y = 0; y < layer.rows.kernel; ++y)
    for (std::int64_t x = 0; x < layer.columns.kernel; ++x) {
      const std::int64_t at_row = layers::element_of(layer.rows, row, y);
      const std::int64_t at_column = layers::element_of(layer.columns, column, x);
      if (at_row < 0 || at_column < 0) continue;
      const std::int64_t input = (at_row * layer.columns.size + at_column) * layer.channels + group * seen;
      const std::int64_t filter = ((output * layer.rows.kernel + y) * layer.columns.kernel + x) * seen;
      for (std::int64_t k = 0; k < seen; ++k)
        sum += (one.input[static_cast<std::size_t>(input + k)] - std::int64_t{layer.zero}) *
               one.filter[static_cast<std::size_t>(filter + k)];
    }
  return sum;
}

Bytes expected_output(const Case& one, bool biased) {
  Bytes result;
  for (unsigned row = 0; row < one.layer.rows.windows; ++row)
    for (unsigned column = 0; column < one.layer.columns.windows; ++column)
      for (unsigned output = 0; output < one.layer.output_channels; ++output) {
        const std::size_t k = one.layer.scales == 1 ? 0 : output;
        const auto sum = static_cast<std::int32_t>(expected_sum(one, biased, row, column, output));
        result.push_back(layers::expected_byte(
            layers::expected_rescale(sum, {one.multiplier[k], one.shift[k]}, one.layer.rounding), one.layer.range));
      }
  return result;
}

// Runs the layer from a place; how many units that took.
unsigned run(const Case& one, bool biased, const ml::Conv2dPlace& start, std::int8_t* output) {
  const layers::Odd<std::int32_t> bias(one.bias), multiplier(one.multiplier);
  const ml::Conv2dArrays arrays = {one.input.data(),  one.filter.data(), biased ? bias.data() : nullptr,
                                   multiplier.data(), one.shift.data(),  output};
  return layers::run_layer(
      start, [&](ml::Conv2dPlace& place) { return ml::convolve(one.layer, arrays, place); },
      [&](const ml::Conv2dPlace& place) { return is_inside(one.layer, place); });
}

}  // namespace

TEST_CASE("convolution of any shape, unit by unit") {
  Random random(1);
  unsigned in_units = 0, clamped = 0, all = 0;
  for (int turn = 0; turn < 600; ++turn) {
    const Case one = random_case(random);
    const Case copy = one;
    const bool biased = random.percent(90);
    layers::Guarded<std::int8_t> output(one.outputs);
    const unsigned units = run(one, biased, {}, output.data());
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.elements() == expected_output(one, biased), layers::place_of("wrong", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
    CHECK((one.input == copy.input && one.filter == copy.filter));
    in_units += units > 5 ? 1 : 0;
    for (const std::int8_t byte : output.elements()) clamped += byte == one.layer.range.low ? 1 : 0;
    all += static_cast<unsigned>(one.outputs);
  }
  CHECK(in_units > 250);
  CHECK(clamped < all / 2);
}

TEST_CASE("convolution from a forged place stays inside and ends") {
  Random random(2);
  unsigned forged = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const Case one = random_case(random);
    const auto start = layers::random_place<ml::Conv2dPlace>(random);
    if (!is_inside(one.layer, start)) continue;
    ++forged;
    layers::Guarded<std::int8_t> output(one.outputs);
    CHECK_MESSAGE(run(one, true, start, output.data()) > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  }
  CHECK(forged > 200);
}

TEST_CASE("taps inside of the input") {
  Random random(3);
  for (int turn = 0; turn < 20000; ++turn) {
    ml::Axis axis = layers::random_axis(random);
    axis.windows += 9;
    const unsigned window = random.below(axis.windows);
    std::vector<std::int64_t> expected;
    for (unsigned tap = 0; tap < axis.kernel; ++tap)
      if (const std::int64_t at = layers::element_of(axis, window, tap); at >= 0) expected.push_back(at);
    const ml::Taps taps = ml::taps_of(axis, window);
    REQUIRE(taps.count == expected.size());
    for (unsigned k = 0; k < taps.count; ++k) {
      CHECK(expected[k] == taps.place + k * axis.dilation);
      CHECK(expected[k] == layers::element_of(axis, window, taps.first + k));
    }
  }
}

TEST_CASE("rescaling against wide numbers, and beyond what importers make") {
  Random random(4);
  for (int turn = 0; turn < 200000; ++turn) {
    const auto value = static_cast<std::int32_t>(static_cast<std::int64_t>(random.next()) >> (32 + random.below(32)));
    const ml::Scale scale = layers::random_scale(random, -31, 30);
    for (const ml::Rounding rounding : {ml::Rounding::twice, ml::Rounding::once})
      CHECK(ml::rescale(value, scale, rounding) == layers::expected_rescale(value, scale, rounding));
  }
  const std::int32_t least = std::numeric_limits<std::int32_t>::min();
  CHECK(ml::multiply_high(least, least) == std::numeric_limits<std::int32_t>::max());
  for (const std::int32_t shift : {-1000, -32, 31, 1000}) {  // counts as the nearest that there is
    const std::int32_t nearest = shift < 0 ? -31 : 30;
    for (const ml::Rounding rounding : {ml::Rounding::twice, ml::Rounding::once})
      CHECK(ml::rescale(77777, {1 << 30, shift}, rounding) == ml::rescale(77777, {1 << 30, nearest}, rounding));
  }
}
