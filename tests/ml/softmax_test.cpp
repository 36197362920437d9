// Softmax of int8 against the same in wide numbers and the real function; the greatest element of rows.
#include "ml/kernels/softmax.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/ml/fixed_reference.hpp"
#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;

struct Case {
  ml::Softmax layer;
  double scale;
  bool is_cut;  // what lies little below the greatest element counts as nothing
  Bytes input;
};

Case random_case(Random& random) {
  Case one;
  one.scale = std::exp2(static_cast<double>(random.between(-900, 0)) / 100.0);
  one.layer.rows = random.count(1, 6);
  one.layer.columns = random.percent(30) ? random.count(100, 700) : random.count(1, 30);
  int shift = 0;
  const double part = std::frexp(one.scale * std::exp2(26.0), &shift);
  one.layer.scale = {static_cast<std::int32_t>(std::min(std::llround(part * 2147483648.0), 2147483647LL)), shift};
  one.layer.least = -static_cast<std::int32_t>(std::floor(31 * std::exp2(26.0 - shift)));
  one.is_cut = random.percent(20);
  if (one.is_cut) one.layer.least = static_cast<std::int32_t>(random.between(-40, 0));
  one.input = layers::random_bytes(random, std::size_t{one.layer.rows} * one.layer.columns);
  if (random.percent(30))  // nearly equal elements, of which sums are greatest
    for (auto& x : one.input) x = static_cast<std::int8_t>(random.between(20, 22));
  return one;
}

Bytes expected_row(const ml::Softmax& layer, const Bytes& row) {
  const std::int64_t greatest = *std::max_element(row.begin(), row.end());
  std::vector<std::int64_t> powers;  // -1: nothing
  std::int64_t sum = 0;
  for (const std::int8_t x : row) {
    const auto difference = static_cast<std::int32_t>(x - greatest);
    if (difference < layer.least) {
      powers.push_back(-1);
      continue;
    }
    powers.push_back(
        layers::expected_exponential(layers::expected_rescale(difference, layer.scale, ml::Rounding::twice), 26));
    sum += layers::rounded_quotient(powers.back(), 4096);
  }
  int places = 0;  // sum * 2^places lies in 2^31 .. 2^32
  while (sum * layers::power_of_two(places) < layers::power_of_two(31)) ++places;
  const std::int64_t above = sum * layers::power_of_two(places) - layers::power_of_two(31);
  const std::int64_t reciprocal = layers::held(2 * layers::expected_inverse(above));
  Bytes result;
  for (const std::int64_t e : powers) {
    const std::int64_t product = layers::rounded_product(reciprocal, std::max<std::int64_t>(e, 0));
    const std::int64_t value = layers::rounded_quotient(product, layers::power_of_two(35 - places));
    result.push_back(static_cast<std::int8_t>(e < 0 ? -128 : std::clamp<std::int64_t>(value - 128, -128, 127)));
  }
  return result;
}

Bytes row_of(const Bytes& matrix, std::size_t row, std::size_t columns) {
  const auto first = matrix.begin() + static_cast<std::ptrdiff_t>(row * columns);
  return {first, first + static_cast<std::ptrdiff_t>(columns)};
}

unsigned run(const ml::Softmax& layer, const std::int8_t* input, std::int8_t* output, const ml::SoftmaxPlace& start) {
  return layers::run_layer(
      start,
      [&](ml::SoftmaxPlace& place) {
        return ml::softmax(layer, {input, output}, place);
      },
      [&](const ml::SoftmaxPlace& place) { return is_inside(layer, place); });
}

void check_real(const Case& one, const Bytes& input, const Bytes& output) {
  double sum = 0;
  const double greatest = *std::max_element(input.begin(), input.end());
  for (const std::int8_t x : input) sum += std::exp(one.scale * (x - greatest));
  for (std::size_t k = 0; k < input.size(); ++k) {
    const double wanted = 256 * std::exp(one.scale * (input[k] - greatest)) / sum - 128;
    CHECK(std::abs(std::min(wanted, 127.0) - output[k]) < 0.6);
  }
}

}  // namespace

TEST_CASE("softmax of matrices of any size, unit by unit") {
  Random random(1);
  unsigned in_units = 0;
  for (int turn = 0; turn < 300; ++turn) {
    const Case one = random_case(random);
    const Bytes copy = one.input;
    layers::Guarded<std::int8_t> output(one.input.size()), in_place(one.input.size());
    const unsigned units = run(one.layer, one.input.data(), output.data(), {});
    CHECK_MESSAGE(units > 0, layers::place_of("no end", turn));
    in_place.fill(one.input);
    CHECK(run(one.layer, in_place.data(), in_place.data(), {}) == units);
    for (std::size_t row = 0; row < one.layer.rows; ++row) {
      const Bytes input = row_of(one.input, row, one.layer.columns);
      const Bytes got = row_of(output.elements(), row, one.layer.columns);
      CHECK_MESSAGE(got == expected_row(one.layer, input), layers::place_of("wrong", turn));
      if (!one.is_cut) check_real(one, input, got);
    }
    CHECK(in_place.elements() == output.elements());
    CHECK((output.is_unhurt() && in_place.is_unhurt() && one.input == copy));
    in_units += units > 5 ? 1 : 0;
  }
  CHECK(in_units > 100);
}

TEST_CASE("softmax from a forged place and with forged numbers stays inside and ends") {
  Random random(2);
  unsigned forged = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    Case one = random_case(random);
    if (random.percent(30)) one.layer.scale = {static_cast<std::int32_t>(random.next()), random.percent(50) ? 30 : -31};
    if (random.percent(30)) one.layer.least = static_cast<std::int32_t>(random.next());
    const auto start = layers::random_place<ml::SoftmaxPlace>(random);
    if (!is_inside(one.layer, start)) continue;
    ++forged;
    layers::Guarded<std::int8_t> output(one.input.size());
    CHECK_MESSAGE(run(one.layer, one.input.data(), output.data(), start) > 0, layers::place_of("no end", turn));
    CHECK_MESSAGE(output.is_unhurt(), layers::place_of("outside", turn));
  }
  CHECK(forged > 200);
}

TEST_CASE("softmax of more equal elements than a sum has bits for is 0 for all") {
  const Bytes input(5000, 7);
  layers::Guarded<std::int8_t> output(input.size());
  const ml::Softmax layer = {1, 5000, {1 << 30, 20}, -100};
  CHECK(run(layer, input.data(), output.data(), {}) > 0);
  CHECK(output.elements() == Bytes(5000, -128));
}

TEST_CASE("the greatest element of each row") {
  Random random(3);
  for (int turn = 0; turn < 400; ++turn) {
    const ml::ArgMax layer = {random.count(1, 5), random.percent(30) ? random.count(300, 900) : random.count(1, 30)};
    Bytes input = layers::random_bytes(random, std::size_t{layer.rows} * layer.columns);
    if (random.percent(30)) std::fill(input.begin(), input.end(), static_cast<std::int8_t>(-128));
    layers::Guarded<std::int8_t> output(4 * layer.rows + 1);
    std::byte* const odd = output.bytes() + 1;
    const auto unit = [&](ml::ArgMaxPlace& place) { return ml::find_greatest(layer, input.data(), odd, place); };
    const auto inside = [&](const ml::ArgMaxPlace& place) { return is_inside(layer, place); };
    CHECK(layers::run_layer(ml::ArgMaxPlace{}, unit, inside) > 0);
    for (std::size_t row = 0; row < layer.rows; ++row) {
      const Bytes elements = row_of(input, row, layer.columns);
      std::int32_t found = 0;
      std::memcpy(&found, odd + 4 * row, sizeof found);
      CHECK(found == std::max_element(elements.begin(), elements.end()) - elements.begin());
    }
    const auto forged = layers::random_place<ml::ArgMaxPlace>(random);
    if (inside(forged)) CHECK(layers::run_layer(forged, unit, inside) > 0);
    CHECK(output.is_unhurt());
  }
}
