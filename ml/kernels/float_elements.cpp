#include "ml/kernels/float_elements.hpp"

#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t function_work = 250;  // of those that float.hpp has for the real functions

std::uint32_t float_at(const std::byte* floats, std::size_t index) { return load<std::uint32_t>(floats + 4 * index); }

template <std::uint32_t work, class Function>
bool walk_unary(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place,
                const Function& function) {
  return walk_elements<work>(layer.count, place, [&](std::uint32_t k) {
    store(arrays.output + 4 * std::size_t{k}, hold_float(function(float_at(arrays.input, k)), layer.range));
  });
}

template <class Function>
bool walk_binary(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place,
                 const Function& function) {
  return walk_pairs<12>(layer.count, layer.second_count, place, [&](std::uint32_t k, std::uint32_t j) {
    const std::uint32_t first = float_at(arrays.first, k), second = float_at(arrays.second, j);
    const std::uint32_t result = layer.swaps ? function(second, first) : function(first, second);
    store(arrays.output + 4 * std::size_t{k}, hold_float(result, layer.range));
  });
}

std::uint32_t hard_swish_of(std::uint32_t x) {
  constexpr std::uint32_t three = 0x40400000, six = 0x40c00000;
  const std::uint32_t share = hold_float(add_floats(x, three), {0, six});
  return divide_floats(multiply_floats(x, share), six);
}

}  // namespace

bool clip(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place) {
  return walk_unary<6>(layer, arrays, place, [](std::uint32_t x) { return x; });
}

bool leaky_relu(const FloatLeakyRelu& layer, const FloatUnaryArrays& arrays, ElementPlace& place) {
  return walk_unary<8>({layer.count, {}}, arrays, place,
                       [&](std::uint32_t x) { return is_less(0, x) ? x : multiply_floats(x, layer.slope); });
}

bool hard_swish(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place) {
  return walk_unary<20>(layer, arrays, place, hard_swish_of);
}

bool squash_logistic(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place) {
  return walk_unary<function_work>(layer, arrays, place, logistic);
}

bool squash_tangent(const FloatUnary& layer, const FloatUnaryArrays& arrays, ElementPlace& place) {
  return walk_unary<function_work>(layer, arrays, place, hyperbolic_tangent);
}

bool add_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place) {
  return walk_binary(layer, arrays, place, add_floats);
}

bool subtract_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place) {
  return walk_binary(layer, arrays, place, subtract_floats);
}

bool multiply_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place) {
  return walk_binary(layer, arrays, place, multiply_floats);
}

bool divide_pairs(const FloatBinary& layer, const FloatBinaryArrays& arrays, ElementPlace& place) {
  return walk_binary(layer, arrays, place, divide_floats);
}

}  // namespace mica::ml
