// Windows of a kernel that goes over a matrix: convolution and pooling in parts. Elements outside of the matrix, in the
// padding, take no part.
#pragma once

#include <cstdint>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// How a kernel goes over a matrix. All sizes are at least 1, but for the height of the input and the padding.
struct Geometry {
  std::uint32_t width, height;  // of the input
  std::uint32_t kernel_width, kernel_height;
  std::uint32_t stride, pad;  // pad < 2^14, at all four sides
};

struct Windows {
  std::uint32_t across = 0, down = 0;  // how many windows there are
  bool filled = false;                 // each holds at least one element of the input
};

// `even_lacks_one`: where the kernel has an even size, the last window is left out, as the REXA VM does.
Windows windows_of(const Geometry&, bool even_lacks_one);

// A part of one window, `rows` of the kernel from `row` on and in these `columns` from `column` on; the kernel's first
// element lies over row `top` and column `left` of the matrix.
struct WindowPart {
  std::int32_t top, left;
  std::uint32_t row, rows, column, columns;
};

// Do the sizes, and the place of an element of the kernel in the window at `row` and `column`, stay below 2^31, so that
// nothing wraps? All that windows_of() has found do.
constexpr bool is_small(const Geometry& g, std::uint32_t row, std::uint32_t column, std::uint32_t y, std::uint32_t x) {
  constexpr std::uint64_t most = 0x7fffffff - 32;  // a part has at most 32 rows or columns
  return std::uint64_t{g.width} * g.height <= most && std::uint64_t{row} * g.stride + y <= most &&
         std::uint64_t{column} * g.stride + x <= most;
}

// sum + the products of the part; `weights` begins with the first of its weights. Wraps modulo 2^32 or 2^64.
std::int32_t correlate(std::int32_t sum, const ArrayView& matrix, const ArrayView& weights, const Geometry&,
                       const WindowPart&);
std::int64_t correlate(std::int64_t sum, const ArrayView& matrix, const ArrayView& weights, const Geometry&,
                       const WindowPart&);

// How a pooling kernel is named: its height, 1 .. 255, and 256 for the least element, 512 for the greatest, 1024 for
// the mean, 2048 for the sum.
bool is_pool(std::int32_t name);
constexpr std::uint32_t pool_height(std::int32_t name) { return static_cast<std::uint32_t>(name) & 255; }
constexpr bool is_mean(std::int32_t name) { return name >> 8 == 4; }
constexpr bool is_sum(std::int32_t name) { return name >> 8 == 8; }

struct Pooled {
  std::int64_t value = 0;   // least, greatest, or sum
  std::uint32_t count = 0;  // of elements that it stands for
};

// The mean is pooled as a sum.
Pooled pool(Pooled so_far, std::int32_t name, const ArrayView& matrix, const Geometry&, const WindowPart&);

}  // namespace mica::ml
