// Statistics of moving windows against sums over each window, exactly; roots, quotients and logarithms.
#include "ml/kernels/moving.hpp"

#include <doctest/doctest.h>

#include "ml/kernels/roots.hpp"
#include "tests/ml/signals.hpp"

namespace {

using namespace mica;
using layers::Random;
using ml::Statistic;
using signals::Samples;

// The root of a / b to the nearest, halves upward: the greatest r with r - 1/2 not above it.
std::int64_t nearest_root(__int128 a, __int128 b) {
  std::int64_t r = 0;
  while (__int128{2 * r + 1} * (2 * r + 1) * b <= 4 * a) ++r;
  return r;
}

std::int16_t expected(const Samples& all, std::size_t start, std::size_t length, Statistic statistic) {
  const Samples window(all.begin() + static_cast<std::ptrdiff_t>(start),
                       all.begin() + static_cast<std::ptrdiff_t>(start + length));
  const auto count = static_cast<std::int64_t>(length);
  __int128 sum = 0, squares = 0, spread = 0;
  for (const std::int16_t x : window) {
    sum += x;
    squares += x * x;
  }
  // count^2 times the mean square of count * x - sum.
  for (const std::int16_t x : window) spread += (count * x - sum) * (count * x - sum);
  const auto held = [](std::int64_t value) { return static_cast<std::int16_t>(std::min<std::int64_t>(value, 32767)); };
  switch (statistic) {
    case Statistic::mean: {
      const __int128 size = (2 * (sum < 0 ? -sum : sum) + count) / (2 * count);
      return static_cast<std::int16_t>(sum < 0 ? -size : size);
    }
    case Statistic::deviation: return held(nearest_root(spread, __int128{count} * count * count));
    case Statistic::rms: return held(nearest_root(squares, count));
    case Statistic::least: return *std::min_element(window.begin(), window.end());
    default: return *std::max_element(window.begin(), window.end());
  }
}

}  // namespace

TEST_CASE("moving statistics") {
  Random random(1);
  for (int turn = 0; turn < 600; ++turn) {
    ml::Moving layer = {random.count(1, 12), random.percent(10) ? random.count(200, 900) : random.count(1, 30),
                        random.count(1, 40), static_cast<Statistic>(random.below(6))};
    const std::size_t length = layer.length;
    const Samples input = signals::random_samples(random, (layer.windows - 1) * layer.step + length);
    const layers::Odd<std::int16_t> odd(input);
    const unsigned results = ml::results_of(layer.statistic);
    const Samples found = signals::run<ml::MovingPlace, std::int16_t>(
        random, std::size_t{layer.windows} * results,
        [&](std::byte* output, ml::MovingPlace& place) { return move_statistics(layer, odd.data(), output, place); },
        [&](const ml::MovingPlace& place) { return is_inside(layer, place); });
    Samples wanted;
    for (std::size_t window = 0; window < layer.windows; ++window)
      for (unsigned k = 0; k < results; ++k)
        wanted.push_back(
            expected(input, window * layer.step, length, results == 1 ? layer.statistic : static_cast<Statistic>(k)));
    CHECK_MESSAGE(found == wanted, layers::place_of("wrong", turn));
  }
}

TEST_CASE("moving statistics: the longest windows") {
  Random random(2);
  for (const std::int16_t first : {std::int16_t{-32768}, std::int16_t{32767}}) {
    Samples input(65536, first);
    for (std::size_t k = 0; k < input.size() / 2; ++k) input[2 * k + 1] = random.percent(50) ? first : -32768;
    const ml::Moving layer = {2, 65535, 1, Statistic::all};
    const layers::Odd<std::int16_t> odd(input);
    const Samples found = signals::run<ml::MovingPlace, std::int16_t>(
        random, 10,
        [&](std::byte* output, ml::MovingPlace& place) { return move_statistics(layer, odd.data(), output, place); },
        [&](const ml::MovingPlace& place) { return is_inside(layer, place); });
    for (std::size_t k = 0; k < 10; ++k)
      CHECK(found[k] == expected(input, k / 5, 65535, static_cast<Statistic>(k % 5)));
  }
}

TEST_CASE("roots and logarithms") {
  Random random(3);
  for (int turn = 0; turn < 20000; ++turn) {
    const auto x = static_cast<std::uint32_t>(random.next() >> random.below(64));
    const std::uint64_t root = ml::root_of(x);
    CHECK((root * root <= x && (root + 1) * (root + 1) > x));
    const auto positive = static_cast<std::int32_t>(x & 0x7fffffff);
    const double logarithm = positive > 0 ? 65536 * std::log2(static_cast<double>(positive)) : 0;
    const double found = ml::binary_logarithm(positive);
    CHECK((found <= logarithm + 1e-9 && found > logarithm - 2));
  }
  CHECK(ml::root_of(0xffffffff) == 65535);
  CHECK(ml::half_root(std::uint64_t{1} << 32) == 32768);
  CHECK(ml::half_root(~std::uint64_t{0}) == 32768);
  for (std::int32_t bit = 0; bit < 31; ++bit) CHECK(ml::binary_logarithm(1 << bit) == bit << 16);
  for (const std::int32_t x : {0, -1, std::numeric_limits<std::int32_t>::min()}) CHECK(ml::binary_logarithm(x) == 0);
}
