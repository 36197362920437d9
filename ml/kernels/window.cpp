#include "ml/kernels/window.hpp"

#include "ml/kernels/fold.hpp"
#include "ml/kernels/reduce.hpp"

namespace mica::ml {
namespace {

// Windows along one side. Sizes are below 2^31, so that all sums fit 32 bits with their sign.
std::uint32_t along(std::uint32_t length, std::uint32_t kernel, std::uint32_t stride, std::uint32_t pad,
                    bool even_lacks_one) {
  const std::uint32_t room = length + 2 * pad;
  if (!even_lacks_one) return kernel > room ? 0 : (room - kernel) / stride + 1;
  // Toward zero: a kernel that is a little too large has a window all the same.
  const std::int32_t steps =
      (static_cast<std::int32_t>(room) - static_cast<std::int32_t>(kernel)) / static_cast<std::int32_t>(stride);
  const std::int32_t count = steps + static_cast<std::int32_t>(kernel % 2);
  return count < 0 ? 0 : static_cast<std::uint32_t>(count);
}

// Do the first and the last of the windows along one side hold an element? Those between do then.
bool filled(std::uint32_t windows, std::uint32_t length, std::uint32_t kernel, std::uint32_t stride,
            std::uint32_t pad) {
  return length > 0 && kernel > pad && (windows - 1) * stride < length + pad;
}

struct Range {
  std::uint32_t first = 0, count = 0;
};

// Which of `count` elements from `first` on of a kernel at `start` lie inside of `length`.
Range inside(std::int32_t start, std::uint32_t first, std::uint32_t count, std::uint32_t length) {
  const std::int32_t begin = start + static_cast<std::int32_t>(first);
  const std::int32_t end = begin + static_cast<std::int32_t>(count);
  const std::int32_t low = begin < 0 ? 0 : begin;
  const std::int32_t high = end > static_cast<std::int32_t>(length) ? static_cast<std::int32_t>(length) : end;
  if (low >= high) return {};
  return {static_cast<std::uint32_t>(low - start), static_cast<std::uint32_t>(high - low)};
}

ArrayView part_of(const ArrayView& array, std::uint32_t first, std::uint32_t count) {
  return {array.elements + std::size_t{first} * bytes_of(array.type), count, array.type, array.read_only};
}

// The elements of the matrix under `row` of the kernel.
ArrayView row_of(const ArrayView& matrix, const Geometry& geometry, const WindowPart& part, std::uint32_t row,
                 const Range& columns) {
  const std::uint32_t y = static_cast<std::uint32_t>(part.top + static_cast<std::int32_t>(row));
  const std::uint32_t x = static_cast<std::uint32_t>(part.left + static_cast<std::int32_t>(columns.first));
  return part_of(matrix, y * geometry.width + x, columns.count);
}

template <class Sum>
Sum correlate_rows(Sum sum, const ArrayView& matrix, const ArrayView& weights, const Geometry& geometry,
                   const WindowPart& part) {
  const Range rows = inside(part.top, part.row, part.rows, geometry.height);
  const Range columns = inside(part.left, part.column, part.columns, geometry.width);
  if (columns.count == 0) return sum;
  for (std::uint32_t k = 0; k < rows.count; ++k) {
    const std::uint32_t row = rows.first + k;
    const std::uint32_t at = (row - part.row) * geometry.kernel_width + columns.first - part.column;
    sum = multiply_accumulate(sum, part_of(weights, at, columns.count), row_of(matrix, geometry, part, row, columns));
  }
  return sum;
}

// so_far with the elements of a row, at least one.
Pooled add_row(const Pooled& so_far, std::int32_t name, const ArrayView& row) {
  const std::uint32_t count = so_far.count + row.count;
  if (is_mean(name) || is_sum(name)) return {add_elements(so_far.value, row), count};
  const std::int32_t start = so_far.count > 0 ? static_cast<std::int32_t>(so_far.value) : element(row, 0);
  return {find_extreme({start, 0}, row, 0, name >> 8 == 2).value, count};
}

}  // namespace

Windows windows_of(const Geometry& g, bool even_lacks_one) {
  Windows windows;
  windows.across = along(g.width, g.kernel_width, g.stride, g.pad, even_lacks_one);
  windows.down = along(g.height, g.kernel_height, g.stride, g.pad, even_lacks_one);
  windows.filled = windows.across > 0 && windows.down > 0 &&
                   filled(windows.across, g.width, g.kernel_width, g.stride, g.pad) &&
                   filled(windows.down, g.height, g.kernel_height, g.stride, g.pad);
  return windows;
}

std::int32_t correlate(std::int32_t sum, const ArrayView& matrix, const ArrayView& weights, const Geometry& geometry,
                       const WindowPart& part) {
  return correlate_rows(sum, matrix, weights, geometry, part);
}

std::int64_t correlate(std::int64_t sum, const ArrayView& matrix, const ArrayView& weights, const Geometry& geometry,
                       const WindowPart& part) {
  return correlate_rows(sum, matrix, weights, geometry, part);
}

bool is_pool(std::int32_t name) {
  const std::int32_t way = name >> 8;
  return pool_height(name) > 0 && (way == 1 || way == 2 || way == 4 || way == 8);
}

Pooled pool(Pooled so_far, std::int32_t name, const ArrayView& matrix, const Geometry& geometry,
            const WindowPart& part) {
  const Range rows = inside(part.top, part.row, part.rows, geometry.height);
  const Range columns = inside(part.left, part.column, part.columns, geometry.width);
  if (columns.count == 0) return so_far;
  for (std::uint32_t k = 0; k < rows.count; ++k)
    so_far = add_row(so_far, name, row_of(matrix, geometry, part, rows.first + k, columns));
  return so_far;
}

}  // namespace mica::ml
