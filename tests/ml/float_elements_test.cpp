// Layers of floats element by element and row by row: bit by bit against the operations of the compiler, functions
// against those of the C library in a wider format.
#include "ml/kernels/float_elements.hpp"

#include <doctest/doctest.h>

#include "tests/ml/float_layers.hpp"

namespace {

using namespace mica;
using layers::Floats;
using layers::Random;
using ml::ElementPlace;

// Numbers of all kinds, and always those at which something changes.
Floats random_numbers(Random& random, std::size_t count) {
  Floats numbers = layers::random_floats(random, count);
  const Floats special = {0.0f,
                          -0.0f,
                          3.0f,
                          -3.0f,
                          6.0f,
                          -100.0f,
                          100.0f,
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()};
  for (float& number : numbers)
    if (random.percent(10)) number = random.pick(special);
  return numbers;
}

// Runs `unit` into other memory, over the input, and from a forged place.
template <class Layer, class Unit>
void check(Random& random, const Layer& layer, const Floats& input, const Floats& wanted, const Unit& unit, int turn) {
  const layers::Odd<float> odd(input);
  layers::Guarded<float> output(input.size()), in_place(input.size());
  in_place.fill(input);
  const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
  const auto to_other = [&](ElementPlace& place) { return unit(odd.data(), output.bytes(), place); };
  const auto to_same = [&](ElementPlace& place) { return unit(in_place.bytes(), in_place.bytes(), place); };
  CHECK(layers::run_layer(ElementPlace{}, to_other, inside) > 0);
  CHECK_MESSAGE(layers::are_same(output.elements(), wanted), layers::place_of("wrong", turn));
  CHECK(layers::run_layer(ElementPlace{}, to_same, inside) > 0);
  CHECK_MESSAGE(layers::are_same(in_place.elements(), wanted), layers::place_of("wrong in place", turn));
  const auto forged = layers::random_place<ElementPlace>(random);
  if (inside(forged)) CHECK(layers::run_layer(forged, to_other, inside) > 0);
  CHECK((output.is_unhurt() && in_place.is_unhurt()));
}

template <class Function>
Floats each_of(const Floats& input, const Function& function) {
  Floats result;
  for (const float x : input) result.push_back(function(x));
  return result;
}

using UnaryUnit = bool (*)(const ml::FloatUnary&, const ml::FloatUnaryArrays&, ElementPlace&);
using BinaryUnit = bool (*)(const ml::FloatBinary&, const ml::FloatBinaryArrays&, ElementPlace&);

template <class Function>
void check_unary(std::uint64_t seed, UnaryUnit unit, const Function& function) {
  Random random(seed);
  for (int turn = 0; turn < 200; ++turn) {
    const layers::Limits limits = layers::random_limits(random);
    const Floats input = random_numbers(random, random.count(1, 200));
    const ml::FloatUnary layer = {static_cast<std::uint32_t>(input.size()),
                                  {layers::bits_from(limits.low), layers::bits_from(limits.high)}};
    check(
        random, layer, input, each_of(input, [&](float x) { return limits.held(function(x)); }),
        [&](const std::byte* from, std::byte* to, ElementPlace& place) {
          return unit(layer, {from, to}, place);
        },
        turn);
  }
}

template <class Function>
void check_binary(std::uint64_t seed, BinaryUnit unit, const Function& function) {
  Random random(seed);
  for (int turn = 0; turn < 200; ++turn) {
    const layers::Limits limits = layers::random_limits(random);
    ml::FloatBinary layer = {
        0, random.count(1, 90), random.percent(30), {layers::bits_from(limits.low), layers::bits_from(limits.high)}};
    layer.count = layer.second_count * random.count(1, 6);
    const Floats first = random_numbers(random, layer.count), second = random_numbers(random, layer.second_count);
    Floats wanted;
    for (std::size_t k = 0; k < first.size(); ++k) {
      const float a = first[k], b = second[k % second.size()];
      wanted.push_back(limits.held(layer.swaps ? function(b, a) : function(a, b)));
    }
    const layers::Odd<float> operand(second);
    check(
        random, layer, first, wanted,
        [&](const std::byte* from, std::byte* to, ElementPlace& place) {
          return unit(layer, {from, operand.data(), to}, place);
        },
        turn);
  }
}

}  // namespace

TEST_CASE("cutting off, leaky relu, hard swish") {
  check_unary(1, &ml::clip, [](float x) { return x; });
  check_unary(2, &ml::hard_swish, [](float x) { return x * std::min(std::max(x + 3.0f, 0.0f), 6.0f) / 6.0f; });
  Random random(3);
  for (int turn = 0; turn < 200; ++turn) {
    const Floats input = random_numbers(random, random.count(1, 400));
    const float slope = layers::random_floats(random, 1)[0];
    const ml::FloatLeakyRelu layer = {static_cast<std::uint32_t>(input.size()), layers::bits_from(slope)};
    check(
        random, layer, input, each_of(input, [&](float x) { return x > 0 ? x : x * slope; }),
        [&](const std::byte* from, std::byte* to, ElementPlace& place) {
          return ml::leaky_relu(layer, {from, to}, place);
        },
        turn);
  }
}

TEST_CASE("logistic function and hyperbolic tangent") {
  check_unary(4, &ml::squash_logistic,
              [](float x) { return static_cast<float>(1 / (1 + std::exp(-static_cast<long double>(x)))); });
  check_unary(5, &ml::squash_tangent,
              [](float x) { return static_cast<float>(std::tanh(static_cast<long double>(x))); });
}

TEST_CASE("sums, differences, products and quotients") {
  check_binary(6, &ml::add_pairs, [](float a, float b) { return a + b; });
  check_binary(7, &ml::subtract_pairs, [](float a, float b) { return a - b; });
  check_binary(8, &ml::multiply_pairs, [](float a, float b) { return a * b; });
  check_binary(9, &ml::divide_pairs, [](float a, float b) { return a / b; });
}

TEST_CASE("softmax of floats") {
  Random random(10);
  for (int turn = 0; turn < 300; ++turn) {
    const float beta = random.percent(60) ? 1.0f : static_cast<float>(random.between(1, 300)) / 100.0f;
    const ml::FloatSoftmax layer = {random.count(1, 5), random.count(1, random.percent(20) ? 300 : 20),
                                    layers::bits_from(beta)};
    const std::size_t columns = layer.columns;
    const Floats input = layers::random_floats(random, layer.rows * columns);
    Floats wanted;
    for (std::size_t row = 0; row < layer.rows; ++row) {
      float greatest = -std::numeric_limits<float>::infinity(), sum = 0;
      for (std::size_t k = 0; k < columns; ++k) greatest = std::fmax(greatest, input[row * columns + k]);
      Floats powers;
      for (std::size_t k = 0; k < columns; ++k) {
        const float below = (input[row * columns + k] - greatest) * beta;
        powers.push_back(static_cast<float>(std::exp(static_cast<long double>(below))));
        sum += powers.back();
      }
      for (const float power : powers) wanted.push_back(power / sum);
    }
    const layers::Odd<float> odd(input);
    layers::Guarded<float> output(input.size()), in_place(input.size());
    in_place.fill(input);
    const auto inside = [&](const ml::FloatSoftmaxPlace& place) { return is_inside(layer, place); };
    const auto run = [&](const std::byte* from, std::byte* to, const ml::FloatSoftmaxPlace& start) {
      return layers::run_layer(
          start,
          [&](ml::FloatSoftmaxPlace& place) {
            return ml::softmax(layer, {from, to}, place);
          },
          inside);
    };
    CHECK(run(odd.data(), output.bytes(), {}) > 0);
    CHECK_MESSAGE(layers::are_same(output.elements(), wanted), layers::place_of("wrong", turn));
    CHECK(run(in_place.bytes(), in_place.bytes(), {}) > 0);
    CHECK_MESSAGE(layers::are_same(in_place.elements(), wanted), layers::place_of("wrong in place", turn));
    const auto forged = layers::random_place<ml::FloatSoftmaxPlace>(random);
    if (inside(forged)) CHECK(run(odd.data(), output.bytes(), forged) > 0);
    CHECK((output.is_unhurt() && in_place.is_unhurt()));
  }
}

TEST_CASE("the greatest float of each row") {
  Random random(11);
  for (int turn = 0; turn < 300; ++turn) {
    const ml::FloatArgMax layer = {random.count(1, 5), random.count(1, random.percent(30) ? 500 : 12)};
    const std::size_t columns = layer.columns;
    Floats input = random_numbers(random, layer.rows * columns);
    if (random.percent(10)) std::fill(input.begin(), input.end(), std::numeric_limits<float>::quiet_NaN());
    const layers::Odd<float> odd(input);
    layers::Guarded<std::int32_t> output(layer.rows);
    const auto unit = [&](ml::ArgMaxPlace& place) {
      return ml::find_greatest(layer, odd.data(), output.bytes(), place);
    };
    const auto inside = [&](const ml::ArgMaxPlace& place) { return is_inside(layer, place); };
    CHECK(layers::run_layer(ml::ArgMaxPlace{}, unit, inside) > 0);
    const std::vector<std::int32_t> got = output.elements();
    for (std::size_t row = 0; row < layer.rows; ++row) {
      std::int32_t wanted = -1;
      float most = 0;
      for (std::size_t k = 0; k < columns; ++k) {
        const float x = input[row * columns + k];
        if (std::isnan(x) || (wanted >= 0 && x <= most)) continue;
        most = x;
        wanted = static_cast<std::int32_t>(k);
      }
      CHECK(got[row] == std::max(wanted, 0));
    }
    const auto forged = layers::random_place<ml::ArgMaxPlace>(random);
    if (inside(forged)) CHECK(layers::run_layer(forged, unit, inside) > 0);
    CHECK(output.is_unhurt());
  }
}
