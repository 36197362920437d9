#include "ml/kernels/scaler.hpp"

#include "ml/kernels/fitted.hpp"
#include "ml/kernels/float.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t one = 0x3f800000;

std::uint32_t bits_at(const ArrayView& array, std::uint32_t k) { return static_cast<std::uint32_t>(element(array, k)); }

// Of each element its offset and its factor.
template <std::uint32_t work, class Each>
bool walk_scaled(const Scaler& layer, ElementPlace& place, const Each& each) {
  std::uint32_t offset = layer.offsets == 0 ? 0 : place.index % layer.offsets;
  std::uint32_t factor = layer.factors == 0 ? 0 : place.index % layer.factors;
  return walk_elements<work>(layer.count, place, [&](std::uint32_t k) {
    each(k, offset, factor);
    if (++offset >= layer.offsets) offset = 0;
    if (++factor >= layer.factors) factor = 0;
  });
}

bool scale_floats(const Scaler& layer, const ScalerArrays& arrays, ElementPlace& place) {
  std::byte* const output = const_cast<std::byte*>(arrays.output.elements);
  const bool floats = is_float(arrays.input.type);
  return walk_scaled<14>(layer, place, [&](std::uint32_t k, std::uint32_t offset, std::uint32_t factor) {
    const std::int32_t element_here = element(arrays.input, k);
    const std::uint32_t x = floats ? static_cast<std::uint32_t>(element_here) : float_of_integer(element_here);
    store(output + 4 * std::size_t{k},
          multiply_floats(subtract_floats(x, bits_at(arrays.offsets, offset)), bits_at(arrays.factors, factor)));
  });
}

bool scale_integers(const Scaler& layer, const ScalerArrays& arrays, ElementPlace& place) {
  return walk_scaled<24>(layer, place, [&](std::uint32_t k, std::uint32_t offset, std::uint32_t factor) {
    const std::int64_t difference = std::int64_t{element(arrays.input, k)} - element(arrays.offsets, offset);
    // At most (2^32 - 1) * 2^31.
    store_fitted(arrays.output, k, shift_rounded(difference * element(arrays.factors, factor), layer.shift));
  });
}

std::uint32_t joined(Norm norm, std::uint32_t so_far, std::uint32_t x) {
  switch (norm) {
    case Norm::greatest: return greatest_float(so_far, absolute_float(x));
    case Norm::sum: return add_floats(so_far, absolute_float(x));
    case Norm::length: break;
  }
  return add_floats(so_far, multiply_floats(x, x));
}

}  // namespace

bool run_scaler(const Scaler& layer, const ScalerArrays& arrays, ElementPlace& place) {
  if (is_float(arrays.output.type)) return scale_floats(layer, arrays, place);
  return scale_integers(layer, arrays, place);
}

bool run_normalizer(const Normalizer& layer, const NormalizerArrays& arrays, NormalizerPlace& place) {
  constexpr std::uint32_t join_work = 8, division_work = 10, root_work = 100, row_work = 15;
  Work work;
  while (!work.is_used_up()) {
    if (place.index == 0 && place.pass == 0) place.norm = 0;
    const std::size_t start = 4 * std::size_t{place.row} * layer.columns;
    const std::uint32_t each = place.pass == 0 ? join_work : division_work;
    const std::uint32_t end = place.index + work.take(each, layer.columns - place.index);
    work.spend(row_work);
    for (; place.index < end; ++place.index) {
      const std::size_t at = start + 4 * std::size_t{place.index};
      const auto x = load<std::uint32_t>(arrays.input + at);
      if (place.pass == 0)
        place.norm = joined(layer.norm, place.norm, x);
      else
        store(arrays.output + at, divide_floats(x, place.norm));
    }
    if (place.index < layer.columns) return false;
    place.index = 0;
    if (++place.pass == 1) {
      work.spend(layer.norm == Norm::length ? root_work : 0);
      if (layer.norm == Norm::length) place.norm = square_root(place.norm);
      if (is_equal(place.norm, 0)) place.norm = one;
      continue;
    }
    place.pass = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace mica::ml
