#include "ml/kernels/linear.hpp"

#include "ml/kernels/fitted.hpp"
#include "ml/kernels/float.hpp"
#include "ml/kernels/taps.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t product_work = 7, result_work = 36;

struct IntegerSums {
  static void add(const LinearArrays& arrays, std::uint32_t first, std::uint32_t weight, std::uint32_t count,
                  LinearPlace& place) {
    std::uint64_t sum = std::uint64_t{place.sum_high} << 32 | place.sum_low;
    for (std::uint32_t k = 0; k < count; ++k)
      sum += static_cast<std::uint64_t>(std::int64_t{element(arrays.input, first + k)} *
                                        element(arrays.weights, weight + k));
    place.sum_low = static_cast<std::uint32_t>(sum);
    place.sum_high = static_cast<std::uint32_t>(sum >> 32);
  }

  static void finish(const Linear& layer, const LinearArrays& arrays, const LinearPlace& place, std::uint32_t at) {
    const auto sum = static_cast<std::int64_t>(std::uint64_t{place.sum_high} << 32 | place.sum_low);
    store_fitted(arrays.output, at, shift_rounded(sum, layer.shift) + element(arrays.bias, place.output));
  }
};

struct FloatSums {
  static void add(const LinearArrays& arrays, std::uint32_t first, std::uint32_t weight, std::uint32_t count,
                  LinearPlace& place) {
    const std::byte *input = arrays.input.elements + 4 * std::size_t{first},
                    *weights = arrays.weights.elements + 4 * std::size_t{weight};
    float sum = float_of(place.sum_low);
    for (std::uint32_t k = 0; k < count; ++k) sum += load<float>(input + 4 * k) * load<float>(weights + 4 * k);
    place.sum_low = float_bits(sum);
  }

  static void finish(const Linear&, const LinearArrays& arrays, const LinearPlace& place, std::uint32_t at) {
    const auto bias = static_cast<std::uint32_t>(element(arrays.bias, place.output));
    store(const_cast<std::byte*>(arrays.output.elements) + 4 * std::size_t{at}, add_floats(place.sum_low, bias));
  }
};

template <class Sums>
bool run(const Linear& layer, const LinearArrays& arrays, LinearPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    if (place.index == 0) place.sum_low = place.sum_high = 0;
    const std::uint32_t count = work.take(product_work, layer.inputs - place.index);
    Sums::add(arrays, place.row * layer.inputs + place.index, place.output * layer.inputs + place.index, count, place);
    work.spend(result_work);
    place.index += count;
    if (place.index < layer.inputs) return false;
    Sums::finish(layer, arrays, place, place.row * layer.outputs + place.output);
    place.index = 0;
    if (++place.output < layer.outputs) continue;
    place.output = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace

bool run_linear(const Linear& layer, const LinearArrays& arrays, LinearPlace& place) {
  if (is_float(arrays.output.type)) return run<FloatSums>(layer, arrays, place);
  return run<IntegerSums>(layer, arrays, place);
}

}  // namespace mica::ml
