#include "ml/kernels/fold.hpp"

#include <type_traits>

namespace mica::ml {
namespace {

// The factors are widened first, so that the product of two int32 elements is exact in 64 bits.
template <class Sum, class A, class B>
std::make_unsigned_t<Sum> product(const std::byte* a, const std::byte* b, std::uint32_t j) {
  return static_cast<std::make_unsigned_t<Sum>>(Sum{load<A>(a + sizeof(A) * j)}) *
         static_cast<std::make_unsigned_t<Sum>>(Sum{load<B>(b + sizeof(B) * j)});
}

template <class Sum, class A, class B>
Sum fold(Sum sum, const ArrayView& a_view, const ArrayView& b_view) {
  auto total = static_cast<std::make_unsigned_t<Sum>>(sum);
  const std::byte* a = a_view.elements;
  const std::byte* b = b_view.elements;
  // Four at a time: on a microcontroller half of a short loop is counting.
  std::uint32_t left = a_view.count;
  for (; left >= 4; left -= 4, a += 4 * sizeof(A), b += 4 * sizeof(B))
    total += product<Sum, A, B>(a, b, 0) + product<Sum, A, B>(a, b, 1) + product<Sum, A, B>(a, b, 2) +
             product<Sum, A, B>(a, b, 3);
  for (std::uint32_t j = 0; j < left; ++j) total += product<Sum, A, B>(a, b, j);
  return static_cast<Sum>(total);
}

template <class Sum, class A>
Sum fold_by_second(Sum sum, const ArrayView& a, const ArrayView& b) {
  switch (b.type) {
    case ElementType::int8: return fold<Sum, A, std::int8_t>(sum, a, b);
    case ElementType::int16: return fold<Sum, A, std::int16_t>(sum, a, b);
    case ElementType::int32:
    case ElementType::float32: break;
  }
  return fold<Sum, A, std::int32_t>(sum, a, b);
}

template <class Sum>
Sum fold_by_types(Sum sum, const ArrayView& a, const ArrayView& b) {
  switch (a.type) {
    case ElementType::int8: return fold_by_second<Sum, std::int8_t>(sum, a, b);
    case ElementType::int16: return fold_by_second<Sum, std::int16_t>(sum, a, b);
    case ElementType::int32:
    case ElementType::float32: break;
  }
  return fold_by_second<Sum, std::int32_t>(sum, a, b);
}

}  // namespace

std::int32_t multiply_accumulate(std::int32_t sum, const ArrayView& a, const ArrayView& b) {
  return fold_by_types(sum, a, b);
}

std::int64_t multiply_accumulate(std::int64_t sum, const ArrayView& a, const ArrayView& b) {
  return fold_by_types(sum, a, b);
}

}  // namespace mica::ml
