#include "ml/kernels/float_elements.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t compare_work = 4, exponential_work = 200, division_work = 8, row_work = 20;

// A run of elements in the pass at work; uses up their work.
void go_on(const FloatSoftmax& layer, const FloatUnaryArrays& arrays, FloatSoftmaxPlace& place, Work& work) {
  const std::size_t start = 4 * std::size_t{place.row} * layer.columns;
  const std::byte* const input = arrays.input + start;
  std::byte* const output = arrays.output + start;
  const std::uint32_t each = place.pass == 0 ? compare_work : place.pass == 1 ? exponential_work : division_work;
  const std::uint32_t end = place.index + work.take(each, layer.columns - place.index);
  work.spend(row_work);
  for (; place.index < end; ++place.index) {
    const std::size_t at = 4 * std::size_t{place.index};
    if (place.pass == 0) {
      const auto x = load<std::uint32_t>(input + at);
      if (is_less(place.greatest, x)) place.greatest = x;
    } else if (place.pass == 1) {
      const std::uint32_t below = subtract_floats(load<std::uint32_t>(input + at), place.greatest);
      const std::uint32_t power = exponential(multiply_floats(below, layer.beta));
      place.sum = add_floats(place.sum, store(output + at, power));
    } else {
      store(output + at, divide_floats(load<std::uint32_t>(output + at), place.sum));
    }
  }
}

}  // namespace

bool softmax(const FloatSoftmax& layer, const FloatUnaryArrays& arrays, FloatSoftmaxPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    if (place.index == 0 && place.pass == 0) place.greatest = sign_bit | infinity;
    if (place.index == 0 && place.pass == 1) place.sum = 0;
    go_on(layer, arrays, place, work);
    if (place.index < layer.columns) return false;
    place.index = 0;
    if (++place.pass < 3) continue;
    place.pass = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

bool find_greatest(const FloatArgMax& layer, const std::byte* input, std::byte* output, ArgMaxPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    const std::byte* const row = input + 4 * std::size_t{place.row} * layer.columns;
    const std::uint32_t end = place.index + work.take(compare_work, layer.columns - place.index);
    work.spend(row_work);
    for (; place.index < end; ++place.index) {
      const auto x = load<std::uint32_t>(row + 4 * std::size_t{place.index});
      const auto found = load<std::uint32_t>(row + 4 * std::size_t{place.found});
      if (is_less(found, x) || (is_nan(found) && !is_nan(x))) place.found = place.index;
    }
    if (place.index < layer.columns) return false;
    store(output + 4 * std::size_t{place.row}, static_cast<std::int32_t>(place.found));
    place.index = place.found = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace mica::ml
