// Pooling of int8 against lists of what each window holds.
#include "ml/kernels/pool.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;

struct Case {
  ml::Axis rows, columns;
  std::uint32_t channels;
  Bytes input;
  std::size_t outputs;
};

Case random_case(Random& random) {
  Case one;
  one.rows = layers::random_axis(random, 14);
  one.columns = layers::random_axis(random, 14);
  if (random.percent(30)) {  // global
    one.rows = {random.count(1, 40), 1, 1, 1, 1, 0};
    one.columns = {random.count(1, 40), 1, 1, 1, 1, 0};
    one.rows.kernel = one.rows.size;
    one.columns.kernel = one.columns.size;
  }
  one.channels = random.count(1, 19);
  one.input = layers::random_bytes(random, std::size_t{one.rows.size} * one.columns.size * one.channels);
  one.outputs = std::size_t{one.rows.windows} * one.columns.windows * one.channels;
  return one;
}

std::vector<std::int64_t> window_of(const Case& one, unsigned row, unsigned column, unsigned channel) {
  std::vector<std::int64_t> result;
  for (unsigned y = 0; y < one.rows.kernel; ++y)
    for (unsigned x = 0; x < one.columns.kernel; ++x) {
      const std::int64_t at_row = layers::element_of(one.rows, row, y);
      const std::int64_t at_column = layers::element_of(one.columns, column, x);
      if (at_row < 0 || at_column < 0) continue;
      result.push_back(
          one.input[static_cast<std::size_t>((at_row * one.columns.size + at_column) * one.channels + channel)]);
    }
  return result;
}

// `reduce` makes a result of what a window holds.
template <class Reduce>
Bytes expected_output(const Case& one, const Reduce& reduce) {
  Bytes result;
  for (unsigned row = 0; row < one.rows.windows; ++row)
    for (unsigned column = 0; column < one.columns.windows; ++column)
      for (unsigned channel = 0; channel < one.channels; ++channel)
        result.push_back(static_cast<std::int8_t>(reduce(window_of(one, row, column, channel))));
  return result;
}

template <class Layer>
using Unit = bool (*)(const Layer&, const ml::PoolArrays&, ml::PoolPlace&);

template <class Layer>
unsigned run(const Layer& layer, const Case& one, Unit<Layer> unit, const ml::PoolPlace& start, std::int8_t* output) {
  const ml::PoolArrays arrays = {one.input.data(), output};
  return layers::run_layer(
      start, [&](ml::PoolPlace& place) { return unit(layer, arrays, place); },
      [&](const ml::PoolPlace& place) { return is_inside(layer, place); });
}

std::int64_t sum_of(const std::vector<std::int64_t>& window) {
  return std::accumulate(window.begin(), window.end(), std::int64_t{0});
}

ml::MeanPool random_mean(Random& random, const Case& one) {
  ml::MeanPool mean = {one.rows, one.columns, one.channels, {}, {}, layers::random_range(random), {}};
  mean.zero = static_cast<std::int8_t>(random.between(-128, 127));
  mean.scale = layers::random_scale(random, -12, 1);
  mean.rounding = random.percent(75) ? ml::Rounding::twice : ml::Rounding::once;
  return mean;
}

}  // namespace

TEST_CASE("pooling of any shape, unit by unit") {
  Random random(1);
  unsigned in_units = 0, empty = 0;
  for (int turn = 0; turn < 600; ++turn) {
    const Case one = random_case(random);
    const Bytes copy = one.input;
    const ml::Pool layer = {one.rows, one.columns, one.channels, layers::random_range(random)};
    const auto held = [&](std::int64_t value) {
      return std::clamp<std::int64_t>(value, layer.range.low, layer.range.high);
    };
    const auto average = [&](const std::vector<std::int64_t>& window) {
      empty += window.empty() ? 1 : 0;
      if (window.empty()) return held(0);
      return held(std::llround(static_cast<long double>(sum_of(window)) / static_cast<long double>(window.size())));
    };
    const auto greatest = [&](const std::vector<std::int64_t>& window) {
      return held(window.empty() ? -128 : *std::max_element(window.begin(), window.end()));
    };
    layers::Guarded<std::int8_t> averages(one.outputs), extremes(one.outputs);
    const unsigned units = run(layer, one, &ml::pool_average, {}, averages.data());
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(averages.elements() == expected_output(one, average), layers::place_of("wrong average", turn));
    CHECK_MESSAGE(run(layer, one, &ml::pool_greatest, {}, extremes.data()) == units, turn);
    CHECK_MESSAGE(extremes.elements() == expected_output(one, greatest), layers::place_of("wrong greatest", turn));
    CHECK((averages.is_unhurt() && extremes.is_unhurt() && one.input == copy));
    in_units += units > 5 ? 1 : 0;
  }
  CHECK(in_units > 250);
  CHECK(empty > 0);
}

// Both windows have their taps before and behind the only column: no row of them is gone over.
TEST_CASE("windows without elements take no work but that of results") {
  const ml::Pool layer = {{1000, 1, 1000, 1, 1, 0}, {1, 2, 2, 1, 3, 2}, 1, {}};
  const Bytes input(1000, 5);
  std::int8_t output[2] = {7, 7};
  ml::PoolPlace place{};
  CHECK(ml::pool_average(layer, {input.data(), output}, place));
  CHECK(output[0] == 0);
  CHECK(output[1] == 0);
}

TEST_CASE("means with another scale") {
  Random random(2);
  for (int turn = 0; turn < 600; ++turn) {
    const Case one = random_case(random);
    const ml::MeanPool layer = random_mean(random, one);
    const auto mean = [&](const std::vector<std::int64_t>& window) {
      const std::int64_t sum = sum_of(window) - static_cast<std::int64_t>(window.size()) * layer.zero;
      return layers::expected_byte(
          layers::expected_rescale(static_cast<std::int32_t>(sum), layer.scale, layer.rounding), layer.range);
    };
    layers::Guarded<std::int8_t> output(one.outputs);
    CHECK_MESSAGE(run(layer, one, &ml::pool_mean, {}, output.data()) > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.elements() == expected_output(one, mean), layers::place_of("wrong mean", turn));
    CHECK(output.is_unhurt());
  }
}

TEST_CASE("pooling from a forged place stays inside and ends") {
  Random random(3);
  unsigned forged = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    const Case one = random_case(random);
    const ml::Pool layer = {one.rows, one.columns, one.channels, {}};
    const auto start = layers::random_place<ml::PoolPlace>(random);
    if (!is_inside(layer, start)) continue;
    ++forged;
    layers::Guarded<std::int8_t> output(one.outputs);
    for (const auto unit : {&ml::pool_average, &ml::pool_greatest})
      CHECK_MESSAGE(run(layer, one, unit, start, output.data()) > 0, layers::place_of("no end", turn));
    const ml::MeanPool mean = random_mean(random, one);
    CHECK_MESSAGE(run(mean, one, &ml::pool_mean, start, output.data()) > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  }
  CHECK(forged > 200);
}
