// Where the sums of int8 convolutions begin, and what becomes of them; shared by those with one input channel for each
// output and those with many.
#pragma once

#include "ml/kernels/conv2d.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {

inline void begin_with_bias(const Conv2dArrays& arrays, const Block& block, Conv2dPlace& place) {
  for (std::uint32_t k = 0; k < block.outputs; ++k)
    place.sums[k] = arrays.bias == nullptr ? 0 : load<std::int32_t>(arrays.bias + 4 * (std::size_t{place.channel} + k));
}

template <class Layer>
void store_rescaled(const Layer& layer, const Conv2dArrays& arrays, const Block& block, const Conv2dPlace& place,
                    std::size_t output) {
  for (std::uint32_t k = 0; k < block.outputs; ++k) {
    const std::size_t scale = layer.scales == 1 ? 0 : std::size_t{place.channel} + k;
    const Scale factor = {load<std::int32_t>(arrays.multiplier + 4 * scale), arrays.shift[scale]};
    arrays.output[output + k] = to_int8(rescale(place.sums[k], factor, layer.rounding), layer.range);
  }
}

}  // namespace mica::ml
