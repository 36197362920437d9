// Copying and filling of blocks against loops over single bytes; floats to int8 and back for all that matters.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "ml/kernels/copy.hpp"
#include "ml/kernels/quantise.hpp"
#include "tests/ml/layers.hpp"

namespace {

using namespace mica;
using layers::Bytes;
using layers::Random;
using ml::BlockPlace;
using ml::ElementPlace;

std::uint32_t bits_of(float number) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return bits;
}

// All ends, ties, and numbers of every size.
std::vector<float> random_floats(Random& random, float scale, std::size_t count) {
  std::vector<float> result;
  while (result.size() < count) {
    const auto steps = static_cast<float>(random.between(-600, 600));
    switch (random.below(4)) {
      case 0: result.push_back(steps * scale / 2); break;
      case 1: result.push_back(std::nextafter(steps * scale / 2, random.percent(50) ? 1e30f : -1e30f)); break;
      case 2: result.push_back(steps * scale / 7); break;
      default: {
        const auto bits = static_cast<std::uint32_t>(random.next());
        float any = 0;
        std::memcpy(&any, &bits, sizeof any);
        result.push_back(any);
      }
    }
  }
  return result;
}

std::int8_t expected_byte(float number, float scale, std::int8_t zero) {
  const float steps = number / scale;
  if (std::isnan(steps)) return zero;
  const double rounded = std::round(static_cast<double>(std::clamp(steps, -1000.0f, 1000.0f)));
  return static_cast<std::int8_t>(std::clamp(rounded + zero, -128.0, 127.0));
}

}  // namespace

TEST_CASE("copying of blocks") {
  Random random(1);
  for (int turn = 0; turn < 400; ++turn) {
    ml::BlockCopy layer = {random.count(1, 12), random.percent(20) ? random.count(300, 1500) : random.count(1, 60), 0,
                           0};
    layer.source_step = random.percent(20) ? 0 : layer.length + random.below(40);
    layer.target_step = layer.length + random.below(40);
    const Bytes source = layers::random_bytes(random, std::size_t{layer.source_step} * (layer.rows - 1) + layer.length);
    Bytes wanted(std::size_t{layer.target_step} * (layer.rows - 1) + layer.length, 99);
    layers::Guarded<std::int8_t> target(wanted.size());
    target.fill(wanted);
    for (std::size_t row = 0; row < layer.rows; ++row)
      for (std::size_t k = 0; k < layer.length; ++k)
        wanted[row * layer.target_step + k] = source[row * layer.source_step + k];
    const auto* const from = reinterpret_cast<const std::byte*>(source.data());
    const auto unit = [&](BlockPlace& place) { return ml::copy_blocks(layer, from, target.bytes(), place); };
    const auto inside = [&](const BlockPlace& place) { return is_inside(layer, place); };
    CHECK(layers::run_layer(BlockPlace{}, unit, inside) > 0);
    CHECK_MESSAGE(target.elements() == wanted, layers::place_of("wrong", turn));
    const auto forged = layers::random_place<BlockPlace>(random);
    if (inside(forged)) CHECK(layers::run_layer(forged, unit, inside) > 0);
    CHECK(target.is_unhurt());
    CHECK(target.elements() == wanted);
  }
}

TEST_CASE("filling of blocks") {
  Random random(2);
  for (int turn = 0; turn < 400; ++turn) {
    const std::uint32_t size = 1u << random.below(3);
    ml::BlockFill layer = {random.count(1, 12), size * random.count(1, random.percent(20) ? 400 : 20), 0, size,
                           static_cast<std::uint32_t>(random.next())};
    layer.target_step = layer.length + random.below(40);
    Bytes wanted(std::size_t{layer.target_step} * (layer.rows - 1) + layer.length, 99);
    layers::Guarded<std::int8_t> target(wanted.size());
    target.fill(wanted);
    for (std::size_t row = 0; row < layer.rows; ++row)
      for (std::size_t k = 0; k < layer.length; k += size)
        std::memcpy(wanted.data() + row * layer.target_step + k, &layer.value, size);
    const auto unit = [&](BlockPlace& place) { return ml::fill_blocks(layer, target.bytes(), place); };
    const auto inside = [&](const BlockPlace& place) { return is_inside(layer, place); };
    CHECK(layers::run_layer(BlockPlace{}, unit, inside) > 0);
    CHECK_MESSAGE(target.elements() == wanted, layers::place_of("wrong", turn));
    const auto forged = layers::random_place<BlockPlace>(random);
    if (inside(forged)) CHECK(layers::run_layer(forged, unit, inside) > 0);
    CHECK(target.is_unhurt());
  }
}

TEST_CASE("floats to int8") {
  Random random(3);
  for (int turn = 0; turn < 300; ++turn) {
    const float scale = std::exp2(static_cast<float>(random.between(-2000, 400)) / 100.0f);
    const ml::Quantising layer = {random.count(1, 400), bits_of(scale),
                                  static_cast<std::int8_t>(random.between(-128, 127))};
    const std::vector<float> numbers = random_floats(random, scale, layer.count);
    Bytes wanted;
    for (const float number : numbers) wanted.push_back(expected_byte(number, scale, layer.zero));
    const layers::Odd<float> input(numbers);
    layers::Guarded<std::int8_t> output(layer.count);
    layers::Guarded<float> in_place(layer.count);
    in_place.fill(numbers);
    auto* const same = reinterpret_cast<std::int8_t*>(in_place.bytes());
    const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
    const auto run = [&](const std::byte* from, std::int8_t* to) {
      return layers::run_layer(
          ElementPlace{}, [&](ElementPlace& place) { return ml::quantise(layer, from, to, place); }, inside);
    };
    CHECK(run(input.data(), output.data()) > 0);
    CHECK_MESSAGE(output.elements() == wanted, layers::place_of("wrong", turn));
    CHECK(run(in_place.bytes(), same) > 0);
    CHECK(Bytes(same, same + layer.count) == wanted);
    CHECK((output.is_unhurt() && in_place.is_unhurt()));
  }
}

TEST_CASE("int8 to floats") {
  Random random(4);
  for (int turn = 0; turn < 300; ++turn) {
    const float scale = std::exp2(static_cast<float>(random.between(-2000, 400)) / 100.0f);
    const ml::Quantising layer = {random.count(1, 400), bits_of(scale),
                                  static_cast<std::int8_t>(random.between(-128, 127))};
    const Bytes input = layers::random_bytes(random, layer.count);
    layers::Guarded<float> output(layer.count);
    const auto unit = [&](ElementPlace& place) { return ml::dequantise(layer, input.data(), output.bytes(), place); };
    const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
    CHECK(layers::run_layer(ElementPlace{}, unit, inside) > 0);
    const std::vector<float> got = output.elements();
    for (std::size_t k = 0; k < got.size(); ++k)
      CHECK(got[k] == static_cast<float>(static_cast<double>(scale) * (input[k] - layer.zero)));
    CHECK(output.is_unhurt());
  }
}
