// Convolution and pooling in parts against a plain walk over all elements of all windows.
#include "ml/kernels/window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "tests/oracle/random.hpp"

namespace {

using namespace mica;
using ml::ArrayView;
using ml::ElementType;
using ml::Geometry;
using ml::WindowPart;
using oracle::Random;

std::vector<std::int16_t> random_matrix(Random& random, std::uint32_t count) {
  std::vector<std::int16_t> result;
  for (std::uint32_t k = 0; k < count; ++k) result.push_back(static_cast<std::int16_t>(random.between(-32768, 32767)));
  return result;
}

ArrayView view(const std::vector<std::int16_t>& numbers) {
  return {reinterpret_cast<const std::byte*>(numbers.data()), static_cast<std::uint32_t>(numbers.size()),
          ElementType::int16, true};
}

ArrayView from(ArrayView array, std::uint32_t first) {
  array.elements += std::size_t{2} * first;
  array.count -= first;
  return array;
}

struct Case {
  Geometry geometry;
  std::vector<std::int16_t> matrix, weights;
  std::int32_t top, left;
};

Case random_case(Random& random) {
  Case one;
  one.geometry = {random.count(1, 9), random.count(1, 9), random.count(1, 5), random.count(1, 5), 1, 4};
  one.matrix = random_matrix(random, one.geometry.width * one.geometry.height);
  one.weights = random_matrix(random, one.geometry.kernel_width * one.geometry.kernel_height);
  one.top = static_cast<std::int32_t>(random.between(-6, 10));
  one.left = static_cast<std::int32_t>(random.between(-6, 10));
  return one;
}

// What the window holds, and the weights above it.
struct Pair {
  std::int64_t element, weight;
};

std::vector<Pair> walk(const Case& one) {
  std::vector<Pair> result;
  const Geometry& g = one.geometry;
  for (std::int64_t y = 0; y < g.kernel_height; ++y)
    for (std::int64_t x = 0; x < g.kernel_width; ++x) {
      const std::int64_t row = one.top + y, column = one.left + x;
      if (row < 0 || column < 0 || row >= g.height || column >= g.width) continue;
      result.push_back({one.matrix[static_cast<std::size_t>(row * g.width + column)],
                        one.weights[static_cast<std::size_t>(y * g.kernel_width + x)]});
    }
  return result;
}

// The kernel cut into parts of at most `rows` rows, or of `columns` elements of a row.
std::vector<WindowPart> parts_of(const Case& one, std::uint32_t rows, std::uint32_t columns) {
  std::vector<WindowPart> parts;
  const Geometry& g = one.geometry;
  for (std::uint32_t y = 0; y < g.kernel_height; y += rows)
    for (std::uint32_t x = 0; x < g.kernel_width; x += columns)
      parts.push_back(
          {one.top, one.left, y, std::min(rows, g.kernel_height - y), x, std::min(columns, g.kernel_width - x)});
  return parts;
}

std::int64_t pooled(const Case& one, std::int32_t name, const std::vector<WindowPart>& parts, std::uint32_t& count) {
  ml::Pooled result;
  for (const WindowPart& part : parts) result = ml::pool(result, name, view(one.matrix), one.geometry, part);
  count = result.count;
  return result.value;
}

}  // namespace

TEST_CASE("sums of products, cut in any way") {
  Random random(1);
  unsigned wrong = 0;
  for (int turn = 0; turn < 5000; ++turn) {
    const Case one = random_case(random);
    std::int64_t expected = 0;
    for (const Pair& pair : walk(one)) expected += pair.element * pair.weight;
    const std::uint32_t columns = random.percent(50) ? one.geometry.kernel_width : random.count(1, 3);
    const std::uint32_t rows = columns < one.geometry.kernel_width ? 1 : random.count(1, 5);
    std::int64_t wide = 0;
    std::int32_t narrow = 0;
    for (const WindowPart& part : parts_of(one, rows, columns)) {
      const ArrayView weights = from(view(one.weights), part.row * one.geometry.kernel_width + part.column);
      wide = ml::correlate(wide, view(one.matrix), weights, one.geometry, part);
      narrow = ml::correlate(narrow, view(one.matrix), weights, one.geometry, part);
    }
    wrong += wide != expected || narrow != static_cast<std::int32_t>(expected) ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("pooling, cut in any way") {
  Random random(2);
  unsigned wrong = 0;
  for (int turn = 0; turn < 5000; ++turn) {
    const Case one = random_case(random);
    const std::vector<Pair> all = walk(one);
    const auto parts = parts_of(one, 1 + random.below(3), 1 + random.below(4));
    const auto by_element = [](const Pair& a, const Pair& b) { return a.element < b.element; };
    std::int64_t sum = 0;
    for (const Pair& pair : all) sum += pair.element;
    std::uint32_t count = 0;
    wrong += pooled(one, 2048 + 3, parts, count) != sum || count != all.size() ? 1 : 0;
    wrong += pooled(one, 1024 + 3, parts, count) != sum || count != all.size() ? 1 : 0;
    if (all.empty()) continue;
    wrong += pooled(one, 256 + 3, parts, count) != std::min_element(all.begin(), all.end(), by_element)->element;
    wrong += pooled(one, 512 + 3, parts, count) != std::max_element(all.begin(), all.end(), by_element)->element;
  }
  CHECK(wrong == 0);
}

TEST_CASE("names of pooling kernels") {
  unsigned valid = 0;
  for (std::int32_t name = -70000; name <= 70000; ++name) {
    const std::int32_t way = name - (name & 255);
    const bool expected = (name & 255) != 0 && (way == 256 || way == 512 || way == 1024 || way == 2048);
    CHECK_MESSAGE(ml::is_pool(name) == expected, name);
    valid += expected ? 1 : 0;
  }
  CHECK(valid == 4 * 255);
  CHECK(ml::pool_height(2048 + 7) == 7);
}

TEST_CASE("how many windows, and whether each holds an element") {
  for (std::uint32_t length = 1; length <= 9; ++length)
    for (std::uint32_t kernel = 1; kernel <= 12; ++kernel)
      for (std::uint32_t stride = 1; stride <= 4; ++stride)
        for (std::uint32_t pad = 0; pad <= 4; ++pad) {
          // Every start at which the kernel lies inside of matrix and padding.
          std::uint32_t count = 0;
          bool filled = true;
          for (std::uint32_t start = 0; start + kernel <= length + 2 * pad; start += stride) {
            ++count;
            filled = filled && start < length + pad && start + kernel > pad;
          }
          const ml::Windows across = ml::windows_of({length, 1, kernel, 1, stride, pad}, false);
          const ml::Windows down = ml::windows_of({1, length, 1, kernel, stride, pad}, false);
          CHECK(across.across == count);
          CHECK(down.down == count);
          const bool other = pad == 0;  // the side of one element has windows in the padding alone, if there is any
          CHECK(across.filled == (count > 0 && filled && other));
          CHECK(down.filled == (count > 0 && filled && other));
          // The rule of the REXA VM: the last window of an even kernel is missing.
          const auto room = static_cast<std::int32_t>(length + 2 * pad) - static_cast<std::int32_t>(kernel);
          const std::int32_t old = room / static_cast<std::int32_t>(stride) + (kernel % 2 == 1 ? 1 : 0);
          CHECK(ml::windows_of({length, 1, kernel, 1, stride, pad}, true).across ==
                static_cast<std::uint32_t>(std::max(0, old)));
        }
}
