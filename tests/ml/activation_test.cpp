// Layers of int8 that make one element of one, for all elements with many parameters: against the same arithmetic in
// wide numbers, and against the real functions.
#include "ml/kernels/activation.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "ml/kernels/fixed_functions.hpp"
#include "tests/ml/fixed_reference.hpp"
#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;
using ml::ElementPlace;

std::int8_t random_byte(Random& random) { return static_cast<std::int8_t>(random.between(-128, 127)); }

ml::Rounding random_rounding(Random& random) { return random.percent(75) ? ml::Rounding::twice : ml::Rounding::once; }

// All elements there are, then some more, so that the end of the last unit is anywhere.
Bytes all_bytes(Random& random) {
  Bytes bytes;
  for (int k = -128; k < 128; ++k) bytes.push_back(static_cast<std::int8_t>(k));
  for (unsigned k = random.below(300); k > 0; --k) bytes.push_back(random_byte(random));
  return bytes;
}

// A factor and a shift as importers make them of a real number.
ml::Scale scale_of(double real) {
  int shift = 0;
  const double part = std::frexp(real, &shift);
  auto factor = std::llround(part * 2147483648.0);
  if (factor == std::int64_t{1} << 31) factor /= 2, ++shift;
  if (shift < -31) return {0, 0};
  return {static_cast<std::int32_t>(factor), shift};
}

// Runs a layer of which `unit` does a unit, into other memory and in place, and from a forged place; what comes out
// must be what `expected` makes of each element.
template <class Layer, class Unit, class Expected>
void check(Random& random, Layer layer, const Unit& unit, const Expected& expected, int turn) {
  const Bytes input = all_bytes(random), copy = input;
  layer.count = static_cast<std::uint32_t>(input.size());
  Bytes wanted;
  for (const std::int8_t x : input) wanted.push_back(static_cast<std::int8_t>(expected(x)));
  layers::Guarded<std::int8_t> output(input.size()), in_place(input.size());
  in_place.fill(input);
  const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
  const auto to_other = [&](ElementPlace& place) {
    return unit(layer, ml::UnaryArrays{input.data(), output.data()}, place);
  };
  const auto to_same = [&](ElementPlace& place) {
    return unit(layer, ml::UnaryArrays{in_place.data(), in_place.data()}, place);
  };
  CHECK_MESSAGE(layers::run_layer(ElementPlace{}, to_other, inside) > 1, layers::place_of("no end", turn));
  CHECK_MESSAGE(output.elements() == wanted, layers::place_of("wrong", turn));
  CHECK_MESSAGE(layers::run_layer(ElementPlace{}, to_same, inside) > 1, layers::place_of("no end", turn));
  CHECK_MESSAGE(in_place.elements() == wanted, layers::place_of("wrong in place", turn));
  const auto forged = layers::random_place<ElementPlace>(random);
  if (inside(forged)) CHECK(layers::run_layer(forged, to_other, inside) > 0);
  CHECK((output.is_unhurt() && in_place.is_unhurt() && input == copy));
}

std::int64_t clamped(std::int64_t value) { return std::clamp<std::int64_t>(value, -128, 127); }

// The arithmetic of 16 bits that hard swish is defined by.
std::int64_t held_16(std::int64_t value) { return std::clamp<std::int64_t>(value, -32768, 32767); }
std::int64_t product_16(std::int64_t a, std::int64_t b) {
  return held_16(static_cast<std::int64_t>(layers::floor_of(2 * a * b + 32768, 65536)));
}

std::int64_t expected_hard_swish(const ml::HardSwish& layer, std::int64_t x) {
  const std::int64_t fine = (x - layer.zero) * 128, outer = product_16(fine, layer.output_factor);
  std::int64_t inner = fine;
  for (int k = 1; k < layer.inner_shift; ++k) inner = held_16(inner * 2);
  inner = product_16(inner, layer.inner_factor);
  if (layer.inner_shift > 0) inner = held_16(inner * 2);
  if (layer.inner_shift < 0) inner = layers::rounded_quotient(inner, std::int64_t{1} << -layer.inner_shift);
  const std::int64_t share = static_cast<std::int64_t>(layers::floor_of(inner + 32768, 2));
  const std::int64_t product = share * outer / 32768;
  return clamped(layers::rounded_quotient(product, std::int64_t{1} << -layer.output_shift) + layer.output_zero);
}

// 2^15 * part of a real number, as importers make factors of 16 bits.
std::int16_t factor_16(const ml::Scale& scale) {
  return static_cast<std::int16_t>(std::min<std::int64_t>((std::int64_t{scale.factor} + 32768) >> 16, 32767));
}

// What must come out within a step and a half, of real numbers: 1.5 rather than 1 as sums of roundings.
void check_near(double wanted, std::int64_t got, double steps) {
  CHECK(std::abs(wanted - static_cast<double>(got)) <= steps);
}

}  // namespace

TEST_CASE("other scales, and cutting off") {
  Random random(1);
  for (int turn = 0; turn < 300; ++turn) {
    const ml::Rescaling layer = {0, random_byte(random), layers::random_scale(random, -6, 6),
                                 layers::random_range(random), random_rounding(random)};
    check(
        random, layer, ml::rescale_elements,
        [&](std::int8_t x) {
          const std::int64_t value = layers::expected_rescale(x - layer.zero, layer.scale, layer.rounding);
          return layers::expected_byte(value, layer.range);
        },
        turn);
  }
}

TEST_CASE("leaky relu, with slopes below zero, too") {
  Random random(2);
  for (int turn = 0; turn < 300; ++turn) {
    const ml::LeakyRelu layer = {0,
                                 random_byte(random),
                                 layers::random_scale(random, -6, 6),
                                 layers::random_scale(random, -9, 3),
                                 random.percent(30),
                                 random_byte(random),
                                 random_rounding(random)};
    check(
        random, layer, ml::leaky_relu,
        [&](std::int8_t x) {
          const std::int32_t value = x - layer.zero;
          if (value >= 0)
            return clamped(layers::expected_rescale(value, layer.scale, layer.rounding) + layer.output_zero);
          const std::int64_t below = layers::expected_rescale(value, layer.scale_below, layer.rounding);
          return clamped((layer.negates_below ? -below : below) + layer.output_zero);
        },
        turn);
  }
}

TEST_CASE("hard swish") {
  Random random(3);
  for (int turn = 0; turn < 400; ++turn) {
    const double scale = std::exp2(static_cast<double>(random.between(-1400, 100)) / 100.0);
    const double output_scale = scale * std::exp2(-static_cast<double>(random.between(0, 690)) / 100.0);
    const ml::Scale outer = scale_of(scale / 128 / output_scale), inner = scale_of(scale / 128 * 32768 / 3);
    ml::HardSwish layer = {0,
                           random_byte(random),
                           random_byte(random),
                           factor_16(outer),
                           factor_16(inner),
                           std::min(outer.shift, 0),
                           inner.shift};
    if (random.percent(5)) layer.output_factor = layer.inner_factor = -32768;
    check(
        random, layer, ml::hard_swish, [&](std::int8_t x) { return expected_hard_swish(layer, x); }, turn);
    if (layer.output_factor < 0 || outer.shift > 0) continue;
    for (int x = -128; x < 128; ++x) {
      const double real = scale * (x - layer.zero);
      const double wanted = real * std::min(std::max(real + 3, 0.0), 6.0) / 6 / output_scale + layer.output_zero;
      const double size = std::abs(real / output_scale);
      check_near(std::clamp(wanted, -128.0, 127.0), expected_hard_swish(layer, x), 1.5 + size / 4000);
    }
  }
  // Shifts beyond all sense count as the last that matters.
  for (const std::int32_t shift : {-100, -2000000000, 100, 2000000000}) {
    const ml::HardSwish layer = {256, 3, -5, 20000, 30000, shift, shift};
    ml::HardSwish near = layer;
    near.inner_shift = shift < 0 ? -15 : 16;
    near.output_shift = shift < 0 ? -15 : 0;
    check(
        random, layer, ml::hard_swish, [&](std::int8_t x) { return expected_hard_swish(near, x); }, 0);
  }
}

TEST_CASE("logistic function and hyperbolic tangent") {
  Random random(4);
  for (int turn = 0; turn < 300; ++turn) {
    const double scale = std::exp2(static_cast<double>(random.between(-1600, 100)) / 100.0);
    const ml::Scale q27 = scale_of(scale * std::exp2(27.0));
    const bool is_cut = random.percent(20);  // earlier than where the functions end
    const auto radius = is_cut ? 1 + static_cast<std::int32_t>(random.below(100))
                               : static_cast<std::int32_t>(15.0 * std::exp2(27 - q27.shift));
    const ml::Squashing layer = {0, random_byte(random), q27, radius, random_rounding(random)};
    const auto argument = [&](std::int8_t x) {
      return layers::expected_rescale(x - layer.zero, layer.scale, layer.rounding);
    };
    const auto logistic = [&](std::int8_t x) -> std::int64_t {
      if (std::abs(x - layer.zero) >= radius) return x < layer.zero ? -128 : 127;
      const std::int64_t value = argument(x), one = layers::power_of_two(31) - 1;
      if (value == 0) return 0;
      const std::int64_t e = layers::expected_exponential(-std::abs(value), 27);
      const std::int64_t upper = layers::held(2 * layers::expected_inverse(e));
      return clamped(layers::rounded_quotient(value > 0 ? upper : one - upper, 1 << 23) - 128);
    };
    const auto tangent = [&](std::int8_t x) -> std::int64_t {
      if (std::abs(x - layer.zero) >= radius) return x < layer.zero ? -128 : 127;
      const std::int64_t value = argument(x);
      if (value == 0) return 0;
      const std::int64_t e = layers::expected_exponential(-std::abs(value), 26);
      const std::int64_t size = layers::held(4 * (layers::expected_inverse(e) - layers::power_of_two(29)));
      return clamped(layers::rounded_quotient(value > 0 ? size : -size, 1 << 24));
    };
    check(random, layer, ml::squash_logistic, logistic, turn);
    check(random, layer, ml::squash_tangent, tangent, turn);
    if (is_cut) continue;
    for (int x = -128; x < 128; ++x) {
      const double real = scale * (x - layer.zero);
      const auto byte = static_cast<std::int8_t>(x);
      check_near(std::clamp(256 / (1 + std::exp(-real)) - 128, -128.0, 127.0), logistic(byte), 0.51);
      check_near(std::clamp(128 * std::tanh(real), -128.0, 127.0), tangent(byte), 0.51);
    }
  }
}

TEST_CASE("functions in fixed point are total and near the real ones") {
  Random random(5);
  const double one = std::exp2(31.0);
  for (int turn = 0; turn < 100000; ++turn) {
    auto x = static_cast<std::int32_t>(static_cast<std::int64_t>(random.next()) >> (32 + random.below(32)));
    if (turn == 0) x = std::numeric_limits<std::int32_t>::min();
    const double real = x / std::exp2(27.0);
    CHECK(std::abs(ml::fixed_logistic(x) / one - 1 / (1 + std::exp(-real))) < 5e-7);
    CHECK(std::abs(ml::fixed_tangent(x) / one - std::tanh(real)) < 5e-7);
    const std::int32_t below = x > 0 ? -x : x;
    CHECK(std::abs(ml::exponential_below_zero<4>(below) / one - std::exp(-std::abs(real))) < 5e-7);
    CHECK(std::abs(ml::exponential_below_zero<5>(below) / one - std::exp(-2 * std::abs(real))) < 5e-7);
    CHECK(ml::exponential_below_zero<5>(below) == layers::expected_exponential(below, 26));
    CHECK(ml::exponential_below_zero<4>(below) == layers::expected_exponential(below, 27));
  }
  CHECK(ml::exponential_below_zero<4>(77) == ml::fixed_one);
  CHECK(ml::fixed_logistic(0) == 1 << 30);
  CHECK(ml::fixed_tangent(0) == 0);
}

TEST_CASE("a table that a layer has filled gives what the layer gives") {
  Random random(6);
  for (int turn = 0; turn < 50; ++turn) {
    Bytes numbers;
    for (int k = -128; k < 128; ++k) numbers.push_back(static_cast<std::int8_t>(k));
    Bytes table(256);
    const ml::Squashing layer = {256, random_byte(random), scale_of(0.05 * (1 + turn) * std::exp2(27.0)), 256, {}};
    ElementPlace place = {};
    while (!ml::squash_logistic(layer, {numbers.data(), table.data()}, place)) {
    }
    const auto expected = [&](std::int8_t x) { return table[static_cast<std::size_t>(x + 128)]; };
    const auto unit = [&](const ml::LookUp& with, const ml::UnaryArrays& arrays, ElementPlace& at) {
      return ml::look_up(with, table.data(), arrays, at);
    };
    check(random, ml::LookUp{}, unit, expected, turn);
    check(random, layer, ml::squash_logistic, expected, turn);
  }
}
