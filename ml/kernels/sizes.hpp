// How many windows a layer has, and how much its input is padded. For compilers of layers; no kernel needs it.
#pragma once

#include <cstdint>

namespace mica::ml {

// Elements from the first to the last tap of a window.
constexpr std::uint64_t span_of(std::uint32_t kernel, std::uint32_t dilation) {
  return (std::uint64_t{kernel} - 1) * dilation + 1;
}

// Windows that lie inside of so many elements; 0: none does.
constexpr std::uint32_t windows_in(std::uint64_t size, std::uint32_t kernel, std::uint32_t stride,
                                   std::uint32_t dilation) {
  const std::uint64_t span = span_of(kernel, dilation);
  return span > size ? 0 : static_cast<std::uint32_t>((size - span) / stride + 1);
}

// Windows of an input that is padded until there is one for each stride begun.
constexpr std::uint32_t windows_of_same(std::uint32_t size, std::uint32_t stride) { return (size - 1) / stride + 1; }

// And how much of that padding lies before the input: half of it, the odd one behind.
constexpr std::uint32_t pad_of_same(std::uint32_t size, std::uint32_t kernel, std::uint32_t stride,
                                    std::uint32_t dilation) {
  const std::uint64_t needed = std::uint64_t{windows_of_same(size, stride) - 1} * stride + span_of(kernel, dilation);
  return needed > size ? static_cast<std::uint32_t>((needed - size) / 2) : 0;
}

// Windows along one axis; `before` and `behind`: how much the input is padded.
struct Windows1d {
  std::uint32_t count, before, behind;
};

constexpr Windows1d windows_along(std::uint32_t size, std::uint32_t kernel, std::uint32_t stride,
                                  std::uint32_t dilation, bool same, std::uint32_t before, std::uint32_t behind) {
  if (same) return {windows_of_same(size, stride), pad_of_same(size, kernel, stride, dilation), 0};
  return {windows_in(std::uint64_t{size} + before + behind, kernel, stride, dilation), before, behind};
}

// Is there a window, do all of them reach the input, and are sizes as small as kernels want them (taps.hpp)?
constexpr bool are_regular(const Windows1d& windows, std::uint32_t kernel, std::uint32_t dilation) {
  const std::uint64_t span = span_of(kernel, dilation);
  return windows.count >= 1 && windows.count <= 0xffff && span <= 0xffff && windows.before < span &&
         windows.behind < span;
}

// Do `rows` runs of `length` elements lie inside of an array, the first from element `first` on, each `step` behind the
// one before?
constexpr bool fits(std::uint32_t size, std::uint32_t first, std::uint32_t step, std::uint32_t rows,
                    std::uint32_t length) {
  return std::uint64_t{rows - 1} * step + first + length <= size;
}

}  // namespace mica::ml
