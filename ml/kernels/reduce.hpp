// Elements of an array that come to one number. Pure functions on views.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// sum + all elements. Wraps modulo 2^32 or 2^64.
template <class Sum>
Sum add_elements(Sum sum, const ArrayView& array) {
  using Unsigned = std::make_unsigned_t<Sum>;
  Unsigned wrapping = static_cast<Unsigned>(sum);
  for (std::uint32_t k = 0; k < array.count; ++k) wrapping += static_cast<Unsigned>(Sum{element(array, k)});
  return static_cast<Sum>(wrapping);
}

struct Extreme {
  std::int32_t value;
  std::uint32_t index;
};

// The greater of `so_far` and all elements, or the lesser; of equal ones the first. Elements count from `first` on.
inline Extreme find_extreme(Extreme so_far, const ArrayView& array, std::uint32_t first, bool greatest) {
  for (std::uint32_t k = 0; k < array.count; ++k) {
    const std::int32_t value = element(array, k);
    if (greatest ? value > so_far.value : value < so_far.value) so_far = {value, first + k};
  }
  return so_far;
}

}  // namespace mica::ml
