// Wide results as elements of any integer type: shifted to the right, rounded, and held within what the type can be.
#pragma once

#include <cstdint>

#include "ml/kernels/scale.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {

// sum / 2^places to the nearest, halves upward; places 0 .. 62.
constexpr std::int64_t shift_rounded(std::int64_t sum, std::uint32_t places) {
  return places == 0 ? sum : (sum >> places) + (sum >> (places - 1) & 1);
}

// Element `index` of an array of integers that can be written becomes the nearest that it can be.
inline void store_fitted(const ArrayView& array, std::uint32_t index, std::int64_t value) {
  std::byte* const at = const_cast<std::byte*>(array.elements) + bytes_of(array.type) * std::size_t{index};
  const std::int64_t held = fit(value, array.type);
  switch (array.type) {
    case ElementType::int8: store(at, static_cast<std::int8_t>(held)); return;
    case ElementType::int16: store(at, static_cast<std::int16_t>(held)); return;
    case ElementType::int32:
    case ElementType::float32: break;
  }
  store(at, static_cast<std::int32_t>(held));
}

}  // namespace mica::ml
