#include "ml/kernels/activation.hpp"

#include "ml/kernels/fixed_functions.hpp"

namespace mica::ml {
namespace {

std::int8_t hold(std::int32_t value) {
  return static_cast<std::int8_t>(value < -128 ? -128 : value > 127 ? 127 : value);
}

std::int32_t hold_16(std::int32_t value) { return value < -32768 ? -32768 : value > 32767 ? 32767 : value; }

// a * b / 2^15, to the nearest, halves upward; of numbers of 16 bits.
std::int32_t multiply_high_16(std::int32_t a, std::int32_t b) { return hold_16((a * b + (1 << 14)) >> 15); }

// A shift to the left as far as it matters for a number of 16 bits, and one to the right.
std::uint32_t places_to_left(std::int32_t shift) {
  return static_cast<std::uint32_t>(shift < 0 ? 0 : shift > 16 ? 16 : shift);
}
std::uint32_t places_to_right(std::int32_t shift) {
  return static_cast<std::uint32_t>(shift > 0 ? 0 : shift < -15 ? 15 : -shift);
}

// A number of 16 bits, 2^15 of which stand for 3.0, from one on the finer scale of the input.
std::int32_t inner_value(const HardSwish& layer, std::int32_t fine) {
  // The last place is shifted behind the product, so that only what is cut off there loses anything.
  std::int32_t value = fine;
  const std::uint32_t left = places_to_left(layer.inner_shift);
  if (left > 1) value = hold_16(value * (1 << (left - 1)));
  value = multiply_high_16(value, layer.inner_factor);
  if (left > 0) value = hold_16(value * 2);
  return divide_by_power(value, places_to_right(layer.inner_shift));
}

std::int8_t hard_swish_of(const HardSwish& layer, std::int32_t x) {
  const std::int32_t fine = (x - layer.zero) * 128;
  const std::int32_t outer = multiply_high_16(fine, layer.output_factor);
  const std::int32_t share = (inner_value(layer, fine) + 32768) >> 1;
  const std::int32_t product = hold_16(share * outer / 32768);  // toward 0
  return hold(divide_by_power(product, places_to_right(layer.output_shift)) + layer.output_zero);
}

std::int8_t leaky_relu_of(const LeakyRelu& layer, std::int32_t x) {
  const std::int32_t value = x - layer.zero;
  const Int8Range range = {layer.output_zero, -128, 127};
  if (value >= 0) return to_int8(rescale(value, layer.scale, layer.rounding), range);
  const std::int32_t below = rescale(value, layer.scale_below, layer.rounding);
  return to_int8(layer.negates_below ? static_cast<std::int32_t>(-static_cast<std::uint32_t>(below)) : below, range);
}

// Where a squashing function is not at its ends, `middle` makes it of a number with 27 bits behind the point.
template <class Middle>
std::int8_t squashed(const Squashing& layer, std::int32_t x, const Middle& middle) {
  const std::int32_t value = x - layer.zero;
  if (value <= -std::int64_t{layer.radius}) return -128;
  if (value >= layer.radius) return 127;
  return hold(middle(rescale(value, layer.scale, layer.rounding)));
}

}  // namespace

bool rescale_elements(const Rescaling& layer, const UnaryArrays& arrays, ElementPlace& place) {
  return walk_elements<14>(layer.count, place, [&](std::uint32_t k) {
    arrays.output[k] = to_int8(rescale(arrays.input[k] - layer.zero, layer.scale, layer.rounding), layer.range);
  });
}

bool leaky_relu(const LeakyRelu& layer, const UnaryArrays& arrays, ElementPlace& place) {
  return walk_elements<15>(layer.count, place,
                           [&](std::uint32_t k) { arrays.output[k] = leaky_relu_of(layer, arrays.input[k]); });
}

bool hard_swish(const HardSwish& layer, const UnaryArrays& arrays, ElementPlace& place) {
  return walk_elements<20>(layer.count, place,
                           [&](std::uint32_t k) { arrays.output[k] = hard_swish_of(layer, arrays.input[k]); });
}

bool squash_logistic(const Squashing& layer, const UnaryArrays& arrays, ElementPlace& place) {
  const auto middle = [](std::int32_t x) { return divide_by_power(fixed_logistic(x), 23) - 128; };
  return walk_elements<66>(layer.count, place,
                           [&](std::uint32_t k) { arrays.output[k] = squashed(layer, arrays.input[k], middle); });
}

bool squash_tangent(const Squashing& layer, const UnaryArrays& arrays, ElementPlace& place) {
  const auto middle = [](std::int32_t x) { return divide_by_power(fixed_tangent(x), 24); };
  return walk_elements<72>(layer.count, place,
                           [&](std::uint32_t k) { arrays.output[k] = squashed(layer, arrays.input[k], middle); });
}

bool look_up(const LookUp& layer, const std::int8_t* table, const UnaryArrays& arrays, ElementPlace& place) {
  return walk_elements<3>(layer.count, place,
                          [&](std::uint32_t k) { arrays.output[k] = table[arrays.input[k] + 128]; });
}

}  // namespace mica::ml
