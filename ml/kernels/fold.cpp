#include "ml/kernels/fold.hpp"

#include <type_traits>

namespace mica::ml {
namespace {

template <class Sum, class A, class B>
Sum fold(Sum sum, const ArrayView& a, const ArrayView& b) {
  using Unsigned = std::make_unsigned_t<Sum>;
  Unsigned total = static_cast<Unsigned>(sum);
  for (std::uint32_t j = 0; j < a.count; ++j) {
    // The factors are widened first, so that the product of two int32 elements is exact in 64 bits.
    const Sum product = static_cast<Sum>(static_cast<Unsigned>(Sum{load<A>(a.elements + sizeof(A) * j)}) *
                                         static_cast<Unsigned>(Sum{load<B>(b.elements + sizeof(B) * j)}));
    total += static_cast<Unsigned>(product);
  }
  return static_cast<Sum>(total);
}

template <class Sum, class A>
Sum fold_by_second(Sum sum, const ArrayView& a, const ArrayView& b) {
  switch (b.type) {
    case ElementType::int8: return fold<Sum, A, std::int8_t>(sum, a, b);
    case ElementType::int16: return fold<Sum, A, std::int16_t>(sum, a, b);
    case ElementType::int32: break;
  }
  return fold<Sum, A, std::int32_t>(sum, a, b);
}

template <class Sum>
Sum fold_by_types(Sum sum, const ArrayView& a, const ArrayView& b) {
  switch (a.type) {
    case ElementType::int8: return fold_by_second<Sum, std::int8_t>(sum, a, b);
    case ElementType::int16: return fold_by_second<Sum, std::int16_t>(sum, a, b);
    case ElementType::int32: break;
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
