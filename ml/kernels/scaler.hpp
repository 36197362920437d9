// Scaling of features, element by element, and rows brought to a norm of 1. Pure functions on arrays that are known to
// fit; the output may be the input where both are of one type.
#pragma once

#include <cstdint>

#include "ml/kernels/elements.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {

struct Scaler {
  std::uint32_t count, offsets, factors;  // offsets and factors divide the count: they begin anew when they end
  std::uint32_t shift;                    // of products of integers to the right, 0 .. 62
};

// A float output has float offsets and factors, and any input; one of integers has nothing but integers.
struct ScalerArrays {
  ArrayView input, offsets, factors, output;
};

constexpr bool agree(const ScalerArrays& arrays) {
  const bool floats = is_float(arrays.output.type);
  return is_float(arrays.offsets.type) == floats && is_float(arrays.factors.type) == floats &&
         (floats || !is_float(arrays.input.type));
}

// Goes on from the place for a unit of work. True: that was the last. (x - offset) * factor; of integers it is exact in
// 64 bits, shifted and rounded to the nearest, halves upward, and what the type of the output cannot hold is its
// nearest end.
bool run_scaler(const Scaler& layer, const ScalerArrays& arrays, ElementPlace& place);

enum class Norm : std::uint8_t { length, sum, greatest };  // of absolute values; the length is the root of squares

struct Normalizer {
  std::uint32_t rows, columns;
  Norm norm;
};

struct NormalizerArrays {
  const std::byte* input;  // floats
  std::byte* output;
};

// Two passes over each row: the norm, which as a float is kept as its bits, and results.
struct NormalizerPlace {
  std::uint32_t row, pass, index, norm;
};

constexpr bool is_inside(const Normalizer& layer, const NormalizerPlace& place) {
  return place.row < layer.rows && place.pass < 2 && place.index < layer.columns;
}

// Each element through the norm of its row; one of 0 leaves them.
bool run_normalizer(const Normalizer& layer, const NormalizerArrays& arrays, NormalizerPlace& place);

}  // namespace mica::ml
