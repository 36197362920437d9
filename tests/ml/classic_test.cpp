// Linear models, scalers and normalizers against plain loops in wide numbers.
#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "ml/kernels/linear.hpp"
#include "ml/kernels/scaler.hpp"
#include "tests/ml/any_array.hpp"
#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::AnyArray;
using layers::bits_of_float;
using layers::float_of_bits;
using layers::Random;
using ml::ElementType;
using Numbers = std::vector<std::int64_t>;

constexpr std::array integer_types{ElementType::int8, ElementType::int16, ElementType::int32};

// floor(value / 2^places + 1/2), held within the type.
std::int64_t fitted(__int128 value, unsigned places, ElementType type) {
  const auto power = static_cast<__int128>(1) << places;
  const __int128 most = (static_cast<__int128>(1) << (8 * ml::bytes_of(type) - 1)) - 1;
  return static_cast<std::int64_t>(
      std::clamp<__int128>(layers::floor_of(2 * value + power, 2 * power), -most - 1, most));
}

struct LinearCase {
  ml::Linear layer;
  ElementType input_type, weight_type, output_type;
  Numbers input, weights, bias;
};

LinearCase random_linear(Random& random) {
  LinearCase one;
  one.layer = {random.count(1, 3), random.percent(25) ? random.count(50, 200) : random.count(1, 20), random.count(1, 8),
               random.percent(20) ? random.below(63) : random.below(20)};
  const bool floats = random.percent(30);
  one.input_type = floats ? ElementType::float32 : random.pick(integer_types);
  one.weight_type = floats ? ElementType::float32 : random.pick(integer_types);
  one.output_type = floats ? ElementType::float32 : random.percent(70) ? ElementType::int32 : ElementType::int16;
  one.input = layers::random_elements(random, one.input_type, std::size_t{one.layer.rows} * one.layer.inputs);
  one.weights = layers::random_elements(random, one.weight_type, std::size_t{one.layer.outputs} * one.layer.inputs);
  one.bias = layers::random_elements(random, floats ? ElementType::float32 : ElementType::int32, one.layer.outputs);
  return one;
}

Numbers expected(const LinearCase& one) {
  Numbers results;
  for (std::size_t r = 0; r < one.layer.rows; ++r)
    for (std::size_t o = 0; o < one.layer.outputs; ++o) {
      std::uint64_t sum = 0;  // wraps
      float real = 0;
      for (std::size_t k = 0; k < one.layer.inputs; ++k) {
        const std::int64_t x = one.input[r * one.layer.inputs + k], w = one.weights[o * one.layer.inputs + k];
        if (one.output_type == ElementType::float32)
          real = real + float_of_bits(x) * float_of_bits(w);
        else
          sum += static_cast<std::uint64_t>(x * w);
      }
      if (one.output_type == ElementType::float32) {
        results.push_back(bits_of_float(real + float_of_bits(one.bias[o])));
        continue;
      }
      const auto power = static_cast<__int128>(1) << one.layer.shift;
      const __int128 rounded =
          layers::floor_of(2 * static_cast<__int128>(static_cast<std::int64_t>(sum)) + power, 2 * power);
      results.push_back(fitted(rounded + one.bias[o], 0, one.output_type));
    }
  return results;
}

struct ScalerCase {
  ml::Scaler layer;
  ElementType input_type, offset_type, factor_type, output_type;
  Numbers input, offsets, factors;
};

ScalerCase random_scaler(Random& random) {
  ScalerCase one;
  const unsigned columns = random.count(1, 12), rows = random.count(1, 8);
  const bool floats = random.percent(50);
  one.layer = {columns * rows, random.percent(40) ? 1 : columns, random.percent(40) ? 1 : columns,
               floats               ? 0
               : random.percent(30) ? random.below(63)
                                    : random.below(20)};
  if (random.percent(15)) one.layer.factors = columns * rows;
  one.output_type = floats ? ElementType::float32 : random.pick(integer_types);
  one.input_type = floats && random.percent(60) ? ElementType::float32 : random.pick(integer_types);
  one.offset_type = floats ? ElementType::float32 : random.pick(integer_types);
  one.factor_type = floats ? ElementType::float32 : random.pick(integer_types);
  one.input = layers::random_elements(random, one.input_type, one.layer.count);
  one.offsets = layers::random_elements(random, one.offset_type, one.layer.offsets);
  one.factors = layers::random_elements(random, one.factor_type, one.layer.factors);
  return one;
}

Numbers expected(const ScalerCase& one) {
  Numbers results;
  for (std::size_t k = 0; k < one.layer.count; ++k) {
    const std::int64_t x = one.input[k], offset = one.offsets[k % one.layer.offsets];
    const std::int64_t factor = one.factors[k % one.layer.factors];
    if (one.output_type == ElementType::float32) {
      const float real = one.input_type == ElementType::float32 ? float_of_bits(x) : static_cast<float>(x);
      const float difference = real - float_of_bits(offset);
      results.push_back(bits_of_float(difference * float_of_bits(factor)));
    } else {
      results.push_back(fitted(static_cast<__int128>(x - offset) * factor, one.layer.shift, one.output_type));
    }
  }
  return results;
}

Numbers expected_norms(const ml::Normalizer& layer, const Numbers& input) {
  Numbers results;
  for (std::size_t first = 0; first < input.size(); first += layer.columns) {
    float norm = 0;
    for (std::size_t k = first; k < first + layer.columns; ++k) {
      const float x = std::fabs(float_of_bits(input[k]));
      if (layer.norm == ml::Norm::greatest) norm = std::isnan(norm) || std::isnan(x) ? NAN : std::max(norm, x);
      if (layer.norm == ml::Norm::sum) norm += x;
      if (layer.norm == ml::Norm::length) norm += x * x;
    }
    if (layer.norm == ml::Norm::length) norm = std::sqrt(norm);
    for (std::size_t k = first; k < first + layer.columns; ++k)
      results.push_back(bits_of_float(norm == 0 ? float_of_bits(input[k]) : float_of_bits(input[k]) / norm));
  }
  return results;
}

template <class Layer, class Place, class Run>
unsigned run(const Layer& layer, const Place& start, const Run& unit) {
  return layers::run_layer(start, unit, [&](const Place& place) { return is_inside(layer, place); });
}

unsigned run(LinearCase& one, AnyArray& output, const ml::LinearPlace& start) {
  AnyArray input(one.input_type, one.input), weights(one.weight_type, one.weights);
  AnyArray bias(one.output_type == ElementType::float32 ? ElementType::float32 : ElementType::int32, one.bias);
  const ml::LinearArrays arrays{input.view(), weights.view(), bias.view(), output.view()};
  CHECK(agree(arrays));
  return run(one.layer, start, [&](ml::LinearPlace& place) { return ml::run_linear(one.layer, arrays, place); });
}

unsigned run(ScalerCase& one, AnyArray& output, const ml::ElementPlace& start, bool in_place = false) {
  AnyArray input(one.input_type, one.input), offsets(one.offset_type, one.offsets);
  AnyArray factors(one.factor_type, one.factors);
  const ml::ScalerArrays arrays{in_place ? output.view() : input.view(), offsets.view(), factors.view(), output.view()};
  CHECK(agree(arrays));
  return run(one.layer, start, [&](ml::ElementPlace& place) { return ml::run_scaler(one.layer, arrays, place); });
}

}  // namespace

TEST_CASE("linear models of any types, unit by unit") {
  Random random(1);
  unsigned in_units = 0;
  for (int turn = 0; turn < 500; ++turn) {
    LinearCase one = random_linear(random);
    AnyArray output(one.output_type, std::size_t{one.layer.rows} * one.layer.outputs);
    const unsigned units = run(one, output, {});
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.values() == expected(one), layers::place_of("wrong", turn));
    CHECK(output.is_unhurt());
    in_units += units > 3 ? 1 : 0;
  }
  CHECK(in_units > 100);
}

TEST_CASE("sums of a linear model wrap in 64 bits, and results are held in their type") {
  LinearCase one{{1, 3, 2, 62},
                 ElementType::int32,
                 ElementType::int32,
                 ElementType::int32,
                 {-2147483648, -2147483648, 1},
                 {-2147483648, -2147483648, 0, 2147483647, 2147483647, 1},
                 {5, 7}};
  AnyArray output(ElementType::int32, 2);
  CHECK(run(one, output, {}) == 1);
  CHECK(output.values() == Numbers{-2 + 5, -2 + 7});
  one.layer.shift = 0;
  run(one, output, {});
  CHECK(output.values() == Numbers{-2147483648, -2147483648});
}

TEST_CASE("linear models from forged places stay inside and end") {
  Random random(2);
  unsigned forged = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    LinearCase one = random_linear(random);
    const auto start = layers::random_place<ml::LinearPlace>(random);
    if (!is_inside(one.layer, start)) continue;
    ++forged;
    AnyArray output(one.output_type, std::size_t{one.layer.rows} * one.layer.outputs);
    CHECK_MESSAGE(run(one, output, start) > 0, layers::place_of("no end", turn));
    CHECK(output.is_unhurt());
  }
  CHECK(forged > 200);
}

TEST_CASE("scalers of any types, unit by unit, also in place") {
  Random random(3);
  unsigned in_units = 0, in_place = 0;
  for (int turn = 0; turn < 600; ++turn) {
    ScalerCase one = random_scaler(random);
    AnyArray output(one.output_type, one.layer.count);
    const unsigned units = run(one, output, {});
    CHECK_MESSAGE(output.values() == expected(one), layers::place_of("wrong", turn));
    CHECK(output.is_unhurt());
    in_units += units > 1 ? 1 : 0;
    if (one.input_type != one.output_type) continue;
    ++in_place;
    AnyArray same(one.input_type, one.input);
    CHECK(run(one, same, {}, true) == units);
    CHECK(same.values() == output.values());
  }
  CHECK(in_units > 100);
  CHECK(in_place > 100);
}

TEST_CASE("products of a scaler are exact where they are greatest") {
  ScalerCase one{{2, 1, 1, 62},      ElementType::int32,        ElementType::int32, ElementType::int32,
                 ElementType::int32, {2147483647, -2147483648}, {-2147483648},      {-2147483648}};
  AnyArray output(ElementType::int32, 2);
  run(one, output, {});
  CHECK(output.values() == Numbers{-2, 0});
}

TEST_CASE("normalizers of all norms, unit by unit, also in place") {
  Random random(4);
  unsigned in_units = 0, zero = 0;
  for (int turn = 0; turn < 600; ++turn) {
    const ml::Normalizer layer{random.count(1, 6), random.percent(25) ? random.count(50, 150) : random.count(1, 12),
                               static_cast<ml::Norm>(random.below(3))};
    Numbers input = layers::random_elements(random, ElementType::float32, std::size_t{layer.rows} * layer.columns);
    if (random.percent(10)) std::fill(input.begin(), input.begin() + layer.columns, 0), ++zero;
    AnyArray source(ElementType::float32, input), output(ElementType::float32, input.size());
    const auto unit = [&](std::byte* from, std::byte* to) {
      return run(layer, ml::NormalizerPlace{}, [&](ml::NormalizerPlace& place) {
        return ml::run_normalizer(layer, {from, to}, place);
      });
    };
    const unsigned units = unit(source.data(), output.data());
    CHECK_MESSAGE(output.values() == expected_norms(layer, input), layers::place_of("wrong", turn));
    CHECK(output.is_unhurt());
    CHECK(unit(source.data(), source.data()) == units);
    CHECK(source.values() == output.values());
    in_units += units > 2 ? 1 : 0;
  }
  CHECK(in_units > 100);
  CHECK(zero > 20);
}

TEST_CASE("normalizers from forged places stay inside and end") {
  Random random(5);
  unsigned forged = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    const ml::Normalizer layer{random.count(1, 6), random.count(1, 60), static_cast<ml::Norm>(random.below(3))};
    const auto start = layers::random_place<ml::NormalizerPlace>(random);
    if (!is_inside(layer, start)) continue;
    ++forged;
    AnyArray array(ElementType::float32,
                   layers::random_elements(random, ElementType::float32, std::size_t{layer.rows} * layer.columns));
    CHECK(run(layer, start, [&](ml::NormalizerPlace& place) {
            return ml::run_normalizer(layer, {array.data(), array.data()}, place);
          }) > 0);
    CHECK(array.is_unhurt());
  }
  CHECK(forged > 200);
}
