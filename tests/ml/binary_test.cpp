// Sums, differences and products of int8 with a second operand of any length against the same in wide numbers.
#include "ml/kernels/binary.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;
using ml::ElementPlace;

std::int8_t random_byte(Random& random) { return static_cast<std::int8_t>(random.between(-128, 127)); }

ml::Rounding random_rounding(Random& random) { return random.percent(75) ? ml::Rounding::twice : ml::Rounding::once; }

// Runs a layer into other memory, and over each operand that is as long as the result.
template <class Layer, class Unit, class Expected>
void check(Random& random, Layer& layer, const Unit& unit, const Expected& expected, int turn) {
  layer.second_count = random.percent(20) ? 1 : random.count(1, 90);
  layer.count = layer.second_count * random.count(1, layer.second_count == 1 ? 300 : 9);
  const Bytes first = layers::random_bytes(random, layer.count),
              second = layers::random_bytes(random, layer.second_count);
  Bytes wanted;
  for (std::size_t k = 0; k < first.size(); ++k) wanted.push_back(expected(first[k], second[k % second.size()]));
  const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
  const auto run = [&](const std::int8_t* a, const std::int8_t* b, std::int8_t* result, const ElementPlace& start) {
    return layers::run_layer(
        start,
        [&](ElementPlace& place) {
          return unit(layer, ml::BinaryArrays{a, b, result}, place);
        },
        inside);
  };
  layers::Guarded<std::int8_t> output(layer.count), over_first(layer.count), over_second(layer.count);
  const Bytes first_copy = first, second_copy = second;
  CHECK_MESSAGE(run(first.data(), second.data(), output.data(), {}) > 0, layers::place_of("no end", turn));
  CHECK_MESSAGE(output.elements() == wanted, layers::place_of("wrong", turn));
  over_first.fill(first);
  CHECK(run(over_first.data(), second.data(), over_first.data(), {}) > 0);
  CHECK_MESSAGE(over_first.elements() == wanted, layers::place_of("wrong over the first", turn));
  if (layer.count == layer.second_count) {
    over_second.fill(second);
    CHECK(run(first.data(), over_second.data(), over_second.data(), {}) > 0);
    CHECK_MESSAGE(over_second.elements() == wanted, layers::place_of("wrong over the second", turn));
  }
  const auto forged = layers::random_place<ElementPlace>(random);
  if (inside(forged)) CHECK(run(first.data(), second.data(), output.data(), forged) > 0);
  CHECK((output.is_unhurt() && over_first.is_unhurt() && over_second.is_unhurt()));
  CHECK((first == first_copy && second == second_copy));
}

}  // namespace

TEST_CASE("sums and differences") {
  Random random(1);
  for (int turn = 0; turn < 400; ++turn) {
    ml::Addition layer = {};
    layer.first_zero = random_byte(random);
    layer.second_zero = random_byte(random);
    layer.negates_first = random.percent(20);
    layer.negates_second = random.percent(40);
    layer.first = layers::random_scale(random, -4, 0);
    layer.second = layers::random_scale(random, -4, 0);
    layer.sum = layers::random_scale(random, -21, -15);
    layer.range = layers::random_range(random);
    layer.rounding = random_rounding(random);
    const auto expected = [&](std::int8_t x, std::int8_t y) {
      const std::int64_t a = layers::expected_rescale((x - layer.first_zero) * 1048576, layer.first, layer.rounding);
      const std::int64_t b = layers::expected_rescale((y - layer.second_zero) * 1048576, layer.second, layer.rounding);
      const std::int64_t sum = (layer.negates_first ? -a : a) + (layer.negates_second ? -b : b);
      return layers::expected_byte(layers::expected_rescale(static_cast<std::int32_t>(sum), layer.sum, layer.rounding),
                                   layer.range);
    };
    check(random, layer, ml::add_pairs, expected, turn);
  }
}

TEST_CASE("products") {
  Random random(2);
  for (int turn = 0; turn < 400; ++turn) {
    ml::Multiplication layer = {};
    layer.first_zero = random_byte(random);
    layer.second_zero = random_byte(random);
    layer.scale = layers::random_scale(random, -12, 2);
    layer.range = layers::random_range(random);
    layer.rounding = random_rounding(random);
    const auto expected = [&](std::int8_t x, std::int8_t y) {
      const std::int32_t product = (x - layer.first_zero) * (y - layer.second_zero);
      return layers::expected_byte(layers::expected_rescale(product, layer.scale, layer.rounding), layer.range);
    };
    check(random, layer, ml::multiply_pairs, expected, turn);
  }
}
