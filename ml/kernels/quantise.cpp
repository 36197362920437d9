#include "ml/kernels/quantise.hpp"

#include "ml/kernels/float.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

std::int8_t quantised(std::uint32_t bits, const Quantising& layer) {
  const float steps = float_of(divide_floats(bits, layer.scale));
  std::int32_t whole = 0;
  if (steps >= 256.0f || steps <= -256.0f) {
    whole = steps > 0.0f ? 256 : -256;
  } else if (steps > -256.0f) {  // not so for what is no number
    whole = static_cast<std::int32_t>(steps);
    const float rest = steps - static_cast<float>(whole);
    whole += rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0;
  }
  const std::int32_t result = whole + layer.zero;
  return static_cast<std::int8_t>(result < -128 ? -128 : result > 127 ? 127 : result);
}

}  // namespace

bool quantise(const Quantising& layer, const std::byte* input, std::int8_t* output, ElementPlace& place) {
  return walk_elements<10>(layer.count, place, [&](std::uint32_t k) {
    output[k] = quantised(load<std::uint32_t>(input + 4 * std::size_t{k}), layer);
  });
}

bool dequantise(const Quantising& layer, const std::int8_t* input, std::byte* output, ElementPlace& place) {
  return walk_elements<6>(layer.count, place, [&](std::uint32_t k) {
    store(output + 4 * std::size_t{k}, multiply_floats(float_of_integer(input[k] - layer.zero), layer.scale));
  });
}

}  // namespace mica::ml
