#include "ml/kernels/binary.hpp"

namespace mica::ml {
namespace {

constexpr int more_bits = 20;

// An operand on the common scale; without a sign, so that sums and negation wrap.
std::uint32_t operand(std::int32_t x, std::int32_t zero, const Scale& scale, Rounding rounding, bool negates) {
  const auto value = static_cast<std::uint32_t>(rescale((x - zero) * (1 << more_bits), scale, rounding));
  return negates ? -value : value;
}

}  // namespace

bool add_pairs(const Addition& layer, const BinaryArrays& arrays, ElementPlace& place) {
  return walk_pairs<32>(layer.count, layer.second_count, place, [&](std::uint32_t k, std::uint32_t j) {
    const std::uint32_t sum =
        operand(arrays.first[k], layer.first_zero, layer.first, layer.rounding, layer.negates_first) +
        operand(arrays.second[j], layer.second_zero, layer.second, layer.rounding, layer.negates_second);
    arrays.output[k] = to_int8(rescale(static_cast<std::int32_t>(sum), layer.sum, layer.rounding), layer.range);
  });
}

bool multiply_pairs(const Multiplication& layer, const BinaryArrays& arrays, ElementPlace& place) {
  return walk_pairs<16>(layer.count, layer.second_count, place, [&](std::uint32_t k, std::uint32_t j) {
    const std::int32_t product = (arrays.first[k] - layer.first_zero) * (arrays.second[j] - layer.second_zero);
    arrays.output[k] = to_int8(rescale(product, layer.scale, layer.rounding), layer.range);
  });
}

}  // namespace mica::ml
