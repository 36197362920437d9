// Layers of floats (binary32) element by element, and row by row. Every operation is rounded once, and functions are
// those of float.hpp, so that every processor comes to the same bits. Pure functions on arrays that are known to fit;
// floats lie at any alignment, and the output may be an input of its length.
#pragma once

#include "ml/kernels/elements.hpp"
#include "ml/kernels/float_windows.hpp"
#include "ml/kernels/softmax.hpp"

namespace mica::ml {

struct FloatUnaryArrays {
  const std::byte* input;
  std::byte* output;
};

struct FloatBinaryArrays {
  const std::byte *first, *second;
  std::byte* output;
};

// One element of one.
struct FloatUnary {
  std::uint32_t count;
  FloatRange range;  // of results
};

struct FloatLeakyRelu {
  std::uint32_t count;
  std::uint32_t slope;  // of what is not above 0
};

// One element of two. The second operand begins anew when it ends; its length divides that of the first.
struct FloatBinary {
  std::uint32_t count, second_count;
  bool swaps;        // second - first, second / first
  FloatRange range;  // of results
};

// Each goes on from the place for a unit of work. True: that was the last.
bool clip(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place);
bool leaky_relu(const FloatLeakyRelu& layer, const FloatUnaryArrays& arrays, ElementPlace& place);
bool hard_swish(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place);
bool squash_logistic(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place);
bool squash_tangent(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place);

bool add_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place);
bool subtract_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place);
bool multiply_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place);
bool divide_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place);

// e^((x - greatest) * beta) / their sum, for each row.
struct FloatSoftmax {
  std::uint32_t rows, columns;
  std::uint32_t beta;
};

// Three passes over each row: greatest element, exponentials into the output and their sum, results.
struct FloatSoftmaxPlace {
  std::uint32_t row, pass, index;
  std::uint32_t greatest, sum;
};

constexpr bool is_inside(const FloatSoftmax& layer, const FloatSoftmaxPlace& place) {
  return place.row < layer.rows && place.pass < 3 && place.index < layer.columns;
}

bool softmax(const FloatSoftmax& layer, const FloatUnaryArrays& arrays, FloatSoftmaxPlace& place);

// The index of the greatest element of each row as an int32; of equal ones the first, and what is no number is below
// all others.
struct FloatArgMax {
  std::uint32_t rows, columns;
};

constexpr bool is_inside(const FloatArgMax& layer, const ArgMaxPlace& place) {
  return place.row < layer.rows && place.index < layer.columns && place.found < layer.columns;
}

bool find_greatest(const FloatArgMax& layer, const std::byte* input, std::byte* output, ArgMaxPlace& place);

}  // namespace mica::ml
