// Softmax of the rows of a matrix of int8, and where the greatest element of each row is. Pure functions on arrays that
// are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ml/kernels/rescale.hpp"

namespace mica::ml {

// Results have the scale 1/256 and the zero -128. The scale makes differences of elements with 26 bits behind the
// point; what is further below the greatest element of its row than `least` (which is below 0) comes out as 0.0.
struct Softmax {
  std::uint32_t rows, columns;
  Scale scale;
  std::int32_t least;
};

struct SoftmaxArrays {
  const std::int8_t* input;
  std::int8_t* output;  // may be the input
};

// Three passes over each row: greatest element, sum of the exponentials, results.
struct SoftmaxPlace {
  std::uint32_t row, pass, index;
  std::int32_t greatest, sum;
};

constexpr bool is_inside(const Softmax& layer, const SoftmaxPlace& place) {
  return place.row < layer.rows && place.pass < 3 && place.index < layer.columns;
}

// Goes on from the place for a unit of work. True: that was the last.
bool softmax(const Softmax& layer, const SoftmaxArrays& arrays, SoftmaxPlace& place);

// The index of the greatest element of each row; of equal ones the first.
struct ArgMax {
  std::uint32_t rows, columns;
};

struct ArgMaxPlace {
  std::uint32_t row, index, found;
};

constexpr bool is_inside(const ArgMax& layer, const ArgMaxPlace& place) {
  return place.row < layer.rows && place.index < layer.columns && place.found < layer.columns;
}

// `output`: int32 at any alignment.
bool find_greatest(const ArgMax& layer, const std::int8_t* input, std::byte* output, ArgMaxPlace& place);

}  // namespace mica::ml
