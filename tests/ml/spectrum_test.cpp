// Windows, Fourier transforms, single frequencies and bands against their formulas in binary64, with bounds.
#include "ml/kernels/spectrum.hpp"

#include <doctest/doctest.h>

#include <complex>

#include "ml/kernels/bands.hpp"
#include "ml/kernels/cosine.hpp"
#include "ml/kernels/fourier.hpp"
#include "ml/kernels/tones.hpp"
#include "tests/ml/signals.hpp"

namespace {

using namespace mica;
using layers::Random;
using ml::ElementPlace;
using signals::Numbers;
using signals::pi;
using signals::Samples;
using Spectrum = std::vector<std::complex<double>>;

double window_at(ml::WindowShape shape, double turn) {
  switch (shape) {
    case ml::WindowShape::hann: return 0.5 - 0.5 * std::cos(2 * pi * turn);
    case ml::WindowShape::hamming: return 0.54 - 0.46 * std::cos(2 * pi * turn);
    case ml::WindowShape::blackman: return 0.42 - 0.5 * std::cos(2 * pi * turn) + 0.08 * std::cos(4 * pi * turn);
    case ml::WindowShape::rectangle: break;
  }
  return 1;
}

// The transform by its definition, divided by the number of points.
Spectrum expected_spectrum(const Spectrum& samples) {
  const std::size_t count = samples.size();
  std::vector<std::complex<double>> turns;
  for (std::size_t k = 0; k < count; ++k)
    turns.push_back(std::polar(1.0, -2 * pi * static_cast<double>(k) / static_cast<double>(count)));
  Spectrum result(count);
  for (std::size_t bin = 0; bin < count; ++bin) {
    for (std::size_t k = 0; k < count; ++k) result[bin] += samples[k] * turns[bin * k % count];
    result[bin] /= static_cast<double>(count);
  }
  return result;
}

struct Errors {
  double squares = 0, greatest = 0;
  std::size_t count = 0;
  void add(double error) {
    squares += error * error;
    greatest = std::max(greatest, std::abs(error));
    ++count;
  }
  double rms() const { return std::sqrt(squares / static_cast<double>(count)); }
};

// Real samples of any size, complex ones as long as nothing is held: of magnitude 23170 at most.
Errors errors_of_transform(Random& random, std::uint32_t points, bool is_real, int turn) {
  const ml::Fourier layer = {random.count(1, points > 256 ? 1 : 3), points, is_real};
  const std::uint32_t in = source_elements(layer), out = target_elements(layer);
  Samples input = signals::random_samples(random, std::size_t{layer.rows} * in);
  for (auto& x : input) x = static_cast<std::int16_t>(x * 7 / 10);
  const layers::Odd<std::int16_t> odd(input);
  const Samples found = signals::run<ml::FourierPlace, std::int16_t>(
      random, std::size_t{layer.rows} * out,
      [&](std::byte* output, ml::FourierPlace& place) { return transform(layer, odd.data(), output, place); },
      [&](const ml::FourierPlace& place) { return is_inside(layer, place); });
  Errors errors;
  for (std::size_t row = 0; row < layer.rows; ++row) {
    Spectrum samples;
    for (std::size_t k = 0; k < points; ++k) {
      const std::int16_t* const at = &input[row * in + k * in / points];
      samples.emplace_back(at[0], is_real ? 0 : at[1]);
    }
    const Spectrum wanted = expected_spectrum(samples);
    for (std::size_t bin = 0; bin < out / 2; ++bin) {
      errors.add(found[row * out + 2 * bin] - wanted[bin].real());
      errors.add(found[row * out + 2 * bin + 1] - wanted[bin].imag());
    }
  }
  CHECK_MESSAGE(errors.rms() < 0.8, layers::place_of("far from the transform", turn));
  CHECK_MESSAGE(errors.greatest < 4.0, layers::place_of("far from the transform", turn));
  return errors;
}

}  // namespace

TEST_CASE("cosine and sine") {
  for (std::uint32_t k = 0; k <= ml::quarter_steps; ++k)
    CHECK(ml::quarter_cosine[k] == std::lround(32768 * std::cos(pi / 2 * k / ml::quarter_steps)));
  Random random(1);
  for (int turn = 0; turn < 20000; ++turn) {
    const auto angle = static_cast<std::uint32_t>(random.next());
    const double radians = 2 * pi * angle / 4294967296.0;
    const ml::Rotation found = ml::rotation_of_angle(angle);
    CHECK(std::abs(found.cosine - 32768 * std::cos(radians)) < 1.01);
    CHECK(std::abs(found.sine - 32768 * std::sin(radians)) < 1.01);
    const ml::Rotation steps = ml::rotation_of_steps(angle);
    CHECK(std::abs(steps.cosine - 32768 * std::cos(2 * pi * (angle % 4096) / 4096)) < 0.501);
    CHECK(std::abs(steps.sine - 32768 * std::sin(2 * pi * (angle % 4096) / 4096)) < 0.501);
  }
}

TEST_CASE("windows") {
  Random random(2);
  for (int turn = 0; turn < 400; ++turn) {
    ml::Tapering layer = {0, random.percent(20) ? random.count(300, 3000) : random.count(1, 70),
                          static_cast<ml::WindowShape>(random.below(4))};
    layer.count = layer.columns * random.count(1, 3);
    const Samples input = signals::random_samples(random, layer.count);
    const layers::Odd<std::int16_t> odd(input);
    const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
    const Samples found = signals::run<ElementPlace, std::int16_t>(
        random, layer.count,
        [&](std::byte* output, ElementPlace& place) { return taper(layer, odd.data(), output, place); }, inside);
    for (std::size_t k = 0; k < input.size(); ++k) {
      const double at = static_cast<double>(k % layer.columns) / layer.columns;
      CHECK(std::abs(found[k] - input[k] * window_at(layer.shape, at)) < 1.7);
    }
    layers::Guarded<std::int16_t> same(layer.count);
    same.fill(input);
    const auto in_place = [&](ElementPlace& place) { return taper(layer, same.bytes(), same.bytes(), place); };
    CHECK(layers::run_layer(ElementPlace{}, in_place, inside) > 0);
    CHECK((same.elements() == found && same.is_unhurt()));
    if (layer.shape == ml::WindowShape::rectangle) CHECK(found == input);
  }
}

TEST_CASE("Fourier transforms") {
  Random random(3);
  for (int turn = 0; turn < 400; ++turn)
    errors_of_transform(random, 2u << random.below(turn % 10 == 0 ? 10 : 8), random.percent(60), turn);
  for (const bool is_real : {true, false}) errors_of_transform(random, 4096, is_real, -1);
  Errors thousand;
  for (int turn = 0; turn < 10; ++turn) {
    const Errors one = errors_of_transform(random, 1024, true, turn);
    thousand.squares += one.squares;
    thousand.count += one.count;
  }
  MESSAGE("1024 real samples: " << thousand.rms() << " of the last place, root of the mean square");
  CHECK(thousand.rms() < 0.4);
}

TEST_CASE("Fourier transforms: the loudest samples") {
  Random random(4);
  for (std::uint32_t points = 2; points <= 4096; points *= 2)
    for (const std::int16_t size : {std::int16_t{-32768}, std::int16_t{32767}}) {
      const ml::Fourier layer = {1, points, true};
      const Samples input(points, size);
      const layers::Odd<std::int16_t> odd(input);
      const Samples found = signals::run<ml::FourierPlace, std::int16_t>(
          random, points + 2,
          [&](std::byte* output, ml::FourierPlace& place) { return transform(layer, odd.data(), output, place); },
          [&](const ml::FourierPlace& place) { return is_inside(layer, place); });
      Samples wanted(points + 2);
      wanted[0] = size;
      CHECK(found == wanted);
    }
}

// The corners of the square that turn with bin 1: its magnitude is 42813, and most of it is real.
TEST_CASE("Fourier transforms: what is held") {
  Random random(8);
  for (const int sign : {1, -1}) {
    const ml::Fourier layer = {1, 8, false};
    Samples input;
    for (int k = 0; k < 8; ++k) {
      const int quarter = k / 2;
      input.push_back(static_cast<std::int16_t>(quarter == 0 || quarter == 3 ? sign * 32767 : -sign * 32767));
      input.push_back(static_cast<std::int16_t>(quarter < 2 ? sign * 32767 : -sign * 32767));
    }
    const layers::Odd<std::int16_t> odd(input);
    const Samples found = signals::run<ml::FourierPlace, std::int16_t>(
        random, 16,
        [&](std::byte* output, ml::FourierPlace& place) { return transform(layer, odd.data(), output, place); },
        [&](const ml::FourierPlace& place) { return is_inside(layer, place); });
    CHECK(found[2] == (sign > 0 ? 32767 : -32768));
    CHECK(std::abs(found[3] - sign * 16384) < 4);
  }
}

TEST_CASE("powers and magnitudes") {
  Random random(5);
  for (int turn = 0; turn < 300; ++turn) {
    const ml::Sizes layer = {random.count(1, 200)};
    const Samples input = signals::random_samples(random, 2 * layer.count);
    const layers::Odd<std::int16_t> odd(input);
    const auto inside = [&](const ElementPlace& place) { return is_inside(layer, place); };
    const auto run = [&](auto kernel) {
      return signals::run<ElementPlace, std::int32_t>(
          random, layer.count,
          [&](std::byte* output, ElementPlace& place) { return kernel(layer, odd.data(), output, place); }, inside);
    };
    const Numbers powers = run(ml::find_powers), magnitudes = run(ml::find_magnitudes);
    for (std::size_t k = 0; k < layer.count; ++k) {
      const double power =
          static_cast<double>(input[2 * k]) * input[2 * k] + static_cast<double>(input[2 * k + 1]) * input[2 * k + 1];
      CHECK(powers[k] == std::min(power, 2147483647.0));
      CHECK(magnitudes[k] == std::round(std::sqrt(power)));
    }
  }
}

TEST_CASE("single frequencies") {
  Random random(6);
  for (int turn = 0; turn < 300; ++turn) {
    ml::Tones layer = {random.count(1, 2), random.percent(20) ? random.count(200, 4096) : random.count(1, 100),
                       random.count(1, 4), random.count(1, 50000), static_cast<ml::ToneSize>(random.below(2))};
    const Samples input = signals::random_samples(random, std::size_t{layer.rows} * layer.columns);
    Numbers frequencies;
    for (unsigned k = 0; k < layer.frequencies; ++k)
      frequencies.push_back(static_cast<std::int32_t>(random.between(-std::int64_t{layer.rate}, layer.rate)));
    const layers::Odd<std::int16_t> odd(input);
    const layers::Odd<std::int32_t> wanted(frequencies);
    const Numbers found = signals::run<ml::TonesPlace, std::int32_t>(
        random, std::size_t{layer.rows} * layer.frequencies,
        [&](std::byte* output, ml::TonesPlace& place) {
          return find_tones(layer, {odd.data(), wanted.data(), output}, place);
        },
        [&](const ml::TonesPlace& place) { return is_inside(layer, place); });
    for (std::size_t k = 0; k < found.size(); ++k) {
      const double pace = static_cast<double>(frequencies[k % layer.frequencies]) / layer.rate;
      std::complex<double> sum = 0;
      for (std::size_t n = 0; n < layer.columns; ++n)
        sum += std::polar(static_cast<double>(input[k / layer.frequencies * layer.columns + n]),
                          -2 * pi * pace * static_cast<double>(n));
      const double magnitude = std::abs(sum) / layer.columns;
      if (layer.size == ml::ToneSize::magnitude) {
        CHECK(std::abs(found[k] - magnitude) < 2);
      } else {
        CHECK(std::abs(found[k] - magnitude * magnitude) < 2 * 1.5 * magnitude + 3);
      }
    }
  }
}

TEST_CASE("bands") {
  Random random(7);
  for (int turn = 0; turn < 400; ++turn) {
    const ml::Bands layer = {random.count(1, 3), random.percent(20) ? random.count(200, 900) : random.count(1, 60),
                             random.count(1, 6), random.percent(30)};
    Numbers input;
    const std::int64_t size = std::int64_t{1} << random.below(32);
    for (std::size_t k = 0; k < std::size_t{layer.rows} * layer.columns; ++k)
      input.push_back(static_cast<std::int32_t>(random.between(random.percent(5) ? -size : 0, size - 1)));
    Samples edges;
    for (unsigned k = 0; k < layer.bands + 2; ++k)
      edges.push_back(static_cast<std::int16_t>(random.between(0, layer.columns)));
    if (random.percent(80)) std::sort(edges.begin(), edges.end());
    if (random.percent(20)) edges[random.below(layer.bands)] = random.percent(50) ? -32768 : 32767;
    const layers::Odd<std::int32_t> odd(input);
    const layers::Odd<std::int16_t> corners(edges);
    const Numbers found = signals::run<ml::BandsPlace, std::int32_t>(
        random, std::size_t{layer.rows} * layer.bands,
        [&](std::byte* output, ml::BandsPlace& place) {
          return add_bands(layer, {odd.data(), corners.data(), output}, place);
        },
        [&](const ml::BandsPlace& place) { return is_inside(layer, place); });
    for (std::size_t k = 0; k < found.size(); ++k) {
      const auto edge = [&](std::size_t n) {
        return static_cast<double>(std::clamp<std::int64_t>(edges[k % layer.bands + n], 0, layer.columns));
      };
      double sum = 0;
      for (std::size_t bin = 0; bin < layer.columns; ++bin) {
        const auto at = static_cast<double>(bin);
        const double energy = input[k / layer.bands * layer.columns + bin];
        if (at >= edge(0) && at < edge(1)) sum += energy * (at - edge(0)) / (edge(1) - edge(0));
        if (at >= edge(1) && at < edge(2)) sum += energy * (edge(2) - at) / (edge(2) - edge(1));
      }
      sum = std::clamp(sum, -2147483648.0, 2147483647.0);
      if (!layer.logarithm) {
        CHECK(std::abs(found[k] - sum) < 1.0001);
      } else if (sum > 2) {
        CHECK(std::abs(found[k] - 65536 * std::log2(sum)) < 2 + 65536 * 1.45 * 1.5 / (sum - 1));
      } else {
        CHECK((found[k] >= 0 && found[k] <= 2 * 65536));
      }
    }
  }
}
