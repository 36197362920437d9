// Words for signals: what they store, each result by its formula on the page, and their units.
#include <algorithm>
#include <cmath>

#include "tests/oracle/blocks.hpp"

namespace mica::oracle {

namespace {

using Numbers = std::vector<std::int64_t>;
using Wide = __int128;

// floor(a / b) of wide numbers, b > 0.
std::int64_t floored(Wide a, Wide b) { return static_cast<std::int64_t>(a >= 0 ? a / b : -((b - 1 - a) / b)); }

// To the nearest integer, halves away from 0.
std::int64_t nearest(Wide a, Wide b) { return a < 0 ? -floored(-2 * a + b, 2 * b) : floored(2 * a + b, 2 * b); }

// The root of a / b to the nearest integer, halves upward.
std::int64_t nearest_root(Wide a, Wide b) {
  std::int64_t low = 0, high = std::int64_t{1} << 33;  // the root is at least low - 1/2 and less than high - 1/2
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    const Wide twice = Wide{2} * middle - 1;
    (twice * twice * b <= 4 * a ? low : high) = middle;
  }
  return low;
}

std::int64_t in_int16(std::int64_t value) { return held(value, -32768, 32767); }
std::int64_t in_int32(std::int64_t value) { return held(value, -2147483648LL, 2147483647); }

// --- angles

std::int64_t step_cosine(std::int64_t step) {
  return std::llround(32768 * std::cos(std::acos(-1.0L) * static_cast<long double>(step) / 2048));
}

struct Turn {
  std::int64_t cosine, sine;
};

Turn turned(std::int64_t quarters, std::int64_t cosine, std::int64_t sine) {
  for (; quarters > 0; --quarters) {
    const std::int64_t before = cosine;
    cosine = -sine;
    sine = before;
  }
  return {cosine, sine};
}

Turn turn_of_steps(std::int64_t steps) {
  return turned(steps / 1024, step_cosine(steps % 1024), step_cosine(1024 - steps % 1024));
}

// Of an angle of which 2^32 are a turn.
Turn turn_of(std::int64_t angle) {
  const std::int64_t step = (angle >> 20) % 1024, rest = angle % (1 << 20);
  const auto between = [&](std::int64_t from, std::int64_t to) {
    return from + floored(Wide{to - from} * rest + (1 << 19), 1 << 20);
  };
  return turned(angle >> 30, between(step_cosine(step), step_cosine(step + 1)),
                between(step_cosine(1024 - step), step_cosine(1023 - step)));
}

// --- statistics

std::int64_t statistic_of(const Numbers& window, std::int64_t which) {
  const auto count = static_cast<std::int64_t>(window.size());
  if (which == 3) return *std::min_element(window.begin(), window.end());
  if (which == 4) return *std::max_element(window.begin(), window.end());
  Wide sum = 0, squares = 0;
  for (const std::int64_t x : window) {
    sum += x;
    squares += x * x;
  }
  if (which == 0) return nearest(sum, count);
  if (which == 1) return in_int16(nearest_root(squares * count - sum * sum, Wide{count} * count));
  return in_int16(nearest_root(squares, count));
}

void run_moving(const Block& block, const Numbers& input, Numbers& results, Units& units) {
  static constexpr std::int64_t work[] = {20, 85, 85, 8, 8, 190};
  const std::int64_t length = block.value("length"), step = block.value("step"), which = block.value("of");
  for (std::int64_t at = 0; at + length <= static_cast<std::int64_t>(input.size()); at += step) {
    const Numbers window(input.begin() + at, input.begin() + at + length);
    for (std::int64_t one = 0; one < 5; ++one)
      if (which == one || which == 5) results.push_back(statistic_of(window, one));
    if (at > 0 && which < 3 && step < length) {
      units.elements(step, 4, 15);
    } else {
      units.elements(length, 3, 15);
    }
    units.results(1, work[which]);
  }
}

// --- windows and spectra

std::int64_t window_factor(std::int64_t shape, std::int64_t angle) {
  if (shape == 3) return 65536;
  const std::int64_t first = turn_of(angle).cosine, second = turn_of(2 * angle % (std::int64_t{1} << 32)).cosine;
  if (shape == 0) return 32768 - first;
  if (shape == 1) return 35389 - floored(30147 * first + 16384, 32768);
  return 27525 - floored(32768 * first - 5243 * second + 16384, 32768);
}

Numbers windowed(const Block& block, const Numbers& row) {
  const Wide step = (Wide{1} << 48) / static_cast<std::int64_t>(row.size());
  Numbers results;
  for (const std::int64_t x : row) {
    const Wide angle = step * static_cast<std::int64_t>(results.size()) >> 16;
    results.push_back(
        floored(x * window_factor(block.value("shape"), static_cast<std::int64_t>(angle)) + 32768, 65536));
  }
  return results;
}

struct Point {
  std::int64_t real, imaginary;
};
using Points = std::vector<Point>;

Point in_int16(const Point& point) { return {in_int16(point.real), in_int16(point.imaginary)}; }

// Transforms of the even and of the odd points make one of all.
Points transformed(const Points& points) {
  const std::size_t count = points.size();
  if (count == 1) return points;
  Points even, odd;
  for (std::size_t k = 0; k < count; ++k) (k % 2 == 0 ? even : odd).push_back(points[k]);
  even = transformed(even);
  odd = transformed(odd);
  Points result(count);
  for (std::size_t k = 0; k < count / 2; ++k) {
    const auto [c, s] = turn_of_steps(static_cast<std::int64_t>(k * 4096 / count));
    const auto [a, b] = even[k];
    const auto [x, y] = odd[k];
    const std::int64_t real = floored(x * c + y * s, 2), imaginary = floored(y * c - x * s, 2);
    const auto halved = [](std::int64_t first, std::int64_t second) {
      return floored(first * 16384 + second + 16384, 32768);
    };
    result[k] = in_int16(Point{halved(a, real), halved(b, imaginary)});
    result[k + count / 2] = in_int16(Point{halved(a, -real), halved(b, -imaginary)});
  }
  return result;
}

// Of N real samples, as pairs.
Points bins_of_real(const Points& pairs) {
  const Points z = transformed(pairs);
  const std::size_t count = z.size();
  Points result(count + 1);
  result[0] = in_int16(Point{floored(z[0].real + z[0].imaginary + 1, 2), 0});
  result[count] = in_int16(Point{floored(z[0].real - z[0].imaginary + 1, 2), 0});
  for (std::size_t k = count / 2; k > 0 && count > 1; --k) {
    const auto [a, b] = z[k];
    const auto [c, d] = z[count - k];
    const auto [cosine, sine] = turn_of_steps(static_cast<std::int64_t>(k * 2048 / count));
    const std::int64_t real = cosine * (b + d) + sine * (c - a), imaginary = cosine * (c - a) - sine * (b + d);
    const auto quarter = [](std::int64_t sum) { return floored(sum + 65536, 131072); };
    result[count - k] = in_int16(Point{quarter((a + c) * 32768 - real), quarter(imaginary - (b - d) * 32768)});
    result[k] = in_int16(Point{quarter((a + c) * 32768 + real), quarter((b - d) * 32768 + imaginary)});
  }
  return result;
}

Points points_of(const Numbers& numbers) {
  Points points;
  for (std::size_t k = 0; k + 1 < numbers.size(); k += 2) points.push_back({numbers[k], numbers[k + 1]});
  return points;
}

void run_transforms(const Block& block, const Numbers& input, Numbers& results, Units& units) {
  const bool real = block.value("samples") == 0;
  const std::int64_t row = block.value("size") * (real ? 1 : 2);
  for (auto begin = input.begin(); begin != input.end(); begin += row) {
    const Points points = points_of(Numbers(begin, begin + row));
    for (const Point& one : real ? bins_of_real(points) : transformed(points)) {
      results.push_back(one.real);
      results.push_back(one.imaginary);
    }
    const auto count = static_cast<std::int64_t>(points.size());
    units.elements(count, 8, 15);
    for (std::int64_t span = 1; span < count; span *= 2) units.elements(count / 2, 16, 15);
    if (real) units.elements(count / 2 + 1, 23, 15);
  }
}

void run_sizes(const Block& block, const Numbers& input, Numbers& results) {
  for (const auto& [real, imaginary] : points_of(input)) {
    const std::int64_t power = real * real + imaginary * imaginary;
    results.push_back(block.word == "power{" ? in_int32(power) : nearest_root(power, 1));
  }
}

// --- single frequencies and bands

std::int64_t tone(const Block& block, const Numbers& row, std::int64_t frequency) {
  const std::int64_t whole = std::int64_t{1} << 32;
  const std::int64_t angle = floored(Wide{frequency < 0 ? -frequency : frequency} * whole, block.value("rate")) % whole;
  Wide cosines = 0, sines = 0;
  for (std::size_t k = 0; k < row.size(); ++k) {
    const Turn turn = turn_of(static_cast<std::int64_t>(Wide{angle} * static_cast<std::int64_t>(k) % whole));
    cosines += row[k] * turn.cosine;
    sines += row[k] * turn.sine;
  }
  const auto count = static_cast<std::int64_t>(row.size());
  const Wide real = nearest(cosines, count), imaginary = nearest(sines, count);
  const Wide power = real * real + imaginary * imaginary;
  // Of the root so many bits count as the page says.
  if (block.value("of") == 1) return nearest_root(std::min<Wide>(power >> 28, (Wide{1} << 32) - 1), 4);
  return floored(power + (Wide{1} << 29), Wide{1} << 30);
}

std::int64_t logarithm(std::int64_t x) {
  if (x < 1) return 0;
  std::int64_t whole = 0, fraction = 0;
  while (x >> (whole + 1) != 0) ++whole;
  Wide part = Wide{x} << (31 - whole);
  for (int bit = 0; bit < 16; ++bit) {
    part = part * part >> 31;
    fraction *= 2;
    if (part >> 32 != 0) {
      part >>= 1;
      ++fraction;
    }
  }
  return whole * 65536 + fraction;
}

struct Edges {
  std::int64_t left, centre, right;
};

Edges edges_of(const Numbers& edges, std::size_t band, const Numbers& row) {
  const auto edge = [&](std::size_t k) { return held(edges[band + k], 0, static_cast<std::int64_t>(row.size())); };
  return {edge(0), edge(1), edge(2)};
}

std::int64_t band_of(const Block& block, const Numbers& row, const Edges& edges) {
  Wide rising = 0, falling = 0;
  for (std::int64_t bin = 0; bin < static_cast<std::int64_t>(row.size()); ++bin) {
    const Wide energy = row[static_cast<std::size_t>(bin)];
    if (bin >= edges.left && bin < edges.centre) rising += energy * (bin - edges.left);
    if (bin >= edges.centre && bin < edges.right) falling += energy * (edges.right - bin);
  }
  std::int64_t sum = 0;
  if (edges.centre > edges.left) sum += nearest(rising, edges.centre - edges.left);
  if (edges.right > edges.centre) sum += nearest(falling, edges.right - edges.centre);
  sum = in_int32(sum);
  return block.value("scale") == 1 ? logarithm(sum) : sum;
}

void run_row(const Block& block, const LayerArrays& arrays, const Numbers& row, Numbers& results, Units& units) {
  const auto length = static_cast<std::int64_t>(row.size());
  if (block.word == "window{") {
    const Numbers found = windowed(block, row);
    results.insert(results.end(), found.begin(), found.end());
  } else if (block.word == "goertzel{") {
    for (const std::int64_t frequency : arrays.find("frequencies")->second) {
      results.push_back(tone(block, row, frequency));
      units.elements(length, 12, 45);
      units.results(1, 110);
    }
  } else {
    const Numbers& corners = arrays.find("edges")->second;
    for (std::size_t band = 0; band + 2 < corners.size(); ++band) {
      const Edges edges = edges_of(corners, band, row);
      results.push_back(band_of(block, row, edges));
      const std::int64_t bins =
          std::max<std::int64_t>(edges.centre - edges.left, 0) + std::max<std::int64_t>(edges.right - edges.centre, 0);
      if (bins > 0) units.elements(bins, 4, 25);
      units.results(1, block.value("scale") == 1 ? 130 : 90);
    }
  }
}

}  // namespace

bool run_signals(const Block& block, const LayerArrays& arrays, LayerResult& result) {
  if (!is_signal(block.word)) return false;
  const Numbers& input = arrays.find("input")->second;
  const auto length = static_cast<std::int64_t>(input.size());
  Numbers results;
  Units units;
  const auto in_units = [&](std::int64_t count, std::int64_t each) { return (count + each - 1) / each; };
  if (block.word == "moving{") run_moving(block, input, results, units);
  if (block.word == "fft{") run_transforms(block, input, results, units);
  result.units = 0;
  if (block.values.contains("columns")) {
    const std::int64_t columns = block.value("columns") == 0 ? length : block.value("columns");
    for (auto begin = input.begin(); begin != input.end(); begin += columns)
      run_row(block, arrays, Numbers(begin, begin + columns), results, units);
    if (block.word == "window{") result.units = in_units(length, 20);
  }
  if (block.word == "power{" || block.word == "magnitude{") {
    run_sizes(block, input, results);
    result.units = in_units(length / 2, block.word == "power{" ? 90 : 8);
  }
  if (result.units == 0) result.units = units.count();
  for (const std::int64_t value : results)
    result.elements.emplace_back(static_cast<std::int64_t>(result.elements.size()), value);
  return true;
}

}  // namespace mica::oracle
