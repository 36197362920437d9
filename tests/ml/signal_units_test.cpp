// Signals of all sizes against the oracle, which computes them once more from the language page: each result to the
// bit, and how many units it takes.
#include <doctest/doctest.h>

#include "ml/kernels/bands.hpp"
#include "ml/kernels/fourier.hpp"
#include "ml/kernels/moving.hpp"
#include "ml/kernels/spectrum.hpp"
#include "ml/kernels/tones.hpp"
#include "tests/ml/signals.hpp"
#include "tests/oracle/blocks.hpp"

namespace {

using namespace mica;
using layers::Random;
using oracle::Block;
using oracle::LayerArrays;
using signals::Numbers;
using signals::Samples;

template <class Elements>
std::vector<std::int64_t> widened(const Elements& elements) {
  return {elements.begin(), elements.end()};
}

template <class Place, class Result, class Layer, class Unit>
void compare(const Block& block, const LayerArrays& arrays, const Layer& layer, const Unit& unit, int turn) {
  const oracle::LayerResult wanted = oracle::run_layer(block, arrays, sizeof(Result));
  layers::Guarded<Result> output(wanted.elements.size());
  const unsigned units = layers::run_layer(
      Place{}, [&](Place& place) { return unit(output.bytes(), place); },
      [&](const Place& place) { return is_inside(layer, place); });
  CHECK_MESSAGE(units == wanted.units, layers::place_of("other units", turn));
  std::vector<std::int64_t> results;
  for (const auto& [index, value] : wanted.elements) results.push_back(value);
  CHECK_MESSAGE(widened(output.elements()) == results, layers::place_of("other results", turn));
  CHECK(output.is_unhurt());
}

}  // namespace

TEST_CASE("moving statistics as the oracle has them") {
  Random random(1);
  for (int turn = 0; turn < 500; ++turn) {
    const ml::Moving layer = {random.count(1, 60), random.percent(20) ? random.count(80, 400) : random.count(1, 40),
                              random.count(1, random.percent(60) ? 3 : 50),
                              static_cast<ml::Statistic>(random.below(6))};
    const Samples input = signals::random_samples(random, (layer.windows - 1) * layer.step + layer.length);
    const layers::Odd<std::int16_t> odd(input);
    const Block block{
        "moving{",
        {},
        {{"length", {layer.length}}, {"step", {layer.step}}, {"of", {static_cast<std::int64_t>(layer.statistic)}}}};
    compare<ml::MovingPlace, std::int16_t>(
        block, {{"input", widened(input)}}, layer,
        [&](std::byte* output, ml::MovingPlace& place) { return move_statistics(layer, odd.data(), output, place); },
        turn);
  }
}

TEST_CASE("windows, powers and magnitudes as the oracle has them") {
  Random random(2);
  for (int turn = 0; turn < 300; ++turn) {
    ml::Tapering layer = {0, random.count(1, random.percent(20) ? 5000 : 100),
                          static_cast<ml::WindowShape>(random.below(4))};
    layer.count = layer.columns * random.count(1, 3);
    const Samples input = signals::random_samples(random, 2 * layer.count);
    const Samples samples(input.begin(), input.begin() + layer.count);
    const layers::Odd<std::int16_t> odd(input);
    const Block block{
        "window{", {}, {{"columns", {layer.columns}}, {"shape", {static_cast<std::int64_t>(layer.shape)}}}};
    compare<ml::ElementPlace, std::int16_t>(
        block, {{"input", widened(samples)}}, layer,
        [&](std::byte* output, ml::ElementPlace& place) { return taper(layer, odd.data(), output, place); }, turn);
    const ml::Sizes sizes = {layer.count};
    const auto of_pairs = [&](const char* word, auto kernel) {
      compare<ml::ElementPlace, std::int32_t>(
          Block{word, {}, {}}, {{"input", widened(input)}}, sizes,
          [&](std::byte* output, ml::ElementPlace& place) { return kernel(sizes, odd.data(), output, place); }, turn);
    };
    of_pairs("power{", ml::find_powers);
    of_pairs("magnitude{", ml::find_magnitudes);
  }
}

TEST_CASE("transforms as the oracle has them") {
  Random random(3);
  for (int turn = 0; turn < 300; ++turn) {
    const std::uint32_t points = 2u << random.below(turn % 20 == 0 ? 12 : 8);
    const ml::Fourier layer = {random.count(1, points > 256 ? 1 : 4), points, random.percent(60)};
    const Samples input = signals::random_samples(random, std::size_t{layer.rows} * source_elements(layer));
    const layers::Odd<std::int16_t> odd(input);
    const Block block{"fft{", {}, {{"size", {points}}, {"samples", {layer.is_real ? 0 : 1}}}};
    compare<ml::FourierPlace, std::int16_t>(
        block, {{"input", widened(input)}}, layer,
        [&](std::byte* output, ml::FourierPlace& place) { return transform(layer, odd.data(), output, place); }, turn);
  }
}

TEST_CASE("single frequencies as the oracle has them") {
  Random random(4);
  for (int turn = 0; turn < 300; ++turn) {
    const ml::Tones layer = {random.count(1, 4), random.count(1, random.percent(20) ? 400 : 60), random.count(1, 8),
                             random.percent(80) ? random.count(1, 50000) : random.count(1, 2147483647),
                             static_cast<ml::ToneSize>(random.below(2))};
    const Samples input = signals::random_samples(random, std::size_t{layer.rows} * layer.columns);
    Numbers frequencies;
    for (unsigned k = 0; k < layer.frequencies; ++k)
      frequencies.push_back(static_cast<std::int32_t>(random.percent(80) ? random.between(0, layer.rate)
                                                                         : random.between(-2147483648LL, 2147483647)));
    const layers::Odd<std::int16_t> odd(input);
    const layers::Odd<std::int32_t> wanted(frequencies);
    const Block block{
        "goertzel{",
        {},
        {{"columns", {layer.columns}}, {"rate", {layer.rate}}, {"of", {static_cast<std::int64_t>(layer.size)}}}};
    compare<ml::TonesPlace, std::int32_t>(
        block, {{"input", widened(input)}, {"frequencies", widened(frequencies)}}, layer,
        [&](std::byte* output, ml::TonesPlace& place) {
          return find_tones(layer, {odd.data(), wanted.data(), output}, place);
        },
        turn);
  }
}

TEST_CASE("bands as the oracle has them") {
  Random random(5);
  for (int turn = 0; turn < 400; ++turn) {
    const ml::Bands layer = {random.count(1, 4), random.count(1, random.percent(20) ? 2000 : 80), random.count(1, 12),
                             random.percent(50)};
    Numbers input;
    const std::int64_t size = std::int64_t{1} << random.below(32);
    for (std::size_t k = 0; k < std::size_t{layer.rows} * layer.columns; ++k)
      input.push_back(static_cast<std::int32_t>(random.between(random.percent(5) ? -size : 0, size - 1)));
    Samples edges;
    for (unsigned k = 0; k < layer.bands + 2; ++k)
      edges.push_back(static_cast<std::int16_t>(random.between(-1, layer.columns + 1)));
    if (random.percent(80)) std::sort(edges.begin(), edges.end());
    const layers::Odd<std::int32_t> odd(input);
    const layers::Odd<std::int16_t> corners(edges);
    const Block block{"mel{", {}, {{"columns", {layer.columns}}, {"scale", {layer.logarithm ? 1 : 0}}}};
    compare<ml::BandsPlace, std::int32_t>(
        block, {{"input", widened(input)}, {"edges", widened(edges)}}, layer,
        [&](std::byte* output, ml::BandsPlace& place) {
          return add_bands(layer, {odd.data(), corners.data(), output}, place);
        },
        turn);
  }
}
