// Products of vectors. Pure functions on views that are known to fit.
#pragma once

#include <cstdint>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// sum + Σ a[j] * b[j] over all j < a.count; b has at least as many elements. Wraps modulo 2^32 or 2^64.
std::int32_t multiply_accumulate(std::int32_t sum, const ArrayView& a, const ArrayView& b);
std::int64_t multiply_accumulate(std::int64_t sum, const ArrayView& a, const ArrayView& b);

inline std::int32_t multiply_wrapping(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b));
}
inline std::int64_t multiply_wrapping(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
}

}  // namespace mica::ml
