// Elements of an array that come to one number. Pure functions on views.
#pragma once

#include <cstdint>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// sum + all elements; the sum has room for them.
template <class Sum>
Sum add_elements(Sum sum, const ArrayView& array) {
  for (std::uint32_t k = 0; k < array.count; ++k) sum += element(array, k);
  return sum;
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
