#include "ml/kernels/softmax.hpp"

#include <bit>

#include "ml/kernels/fixed_functions.hpp"
#include "ml/kernels/taps.hpp"
#include "ml/layout/array_view.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t compare_work = 3, exponential_work = 50, result_work = 60, row_work = 30;

// The sum has 12 bits before the point.
constexpr std::uint32_t sum_bits = 12;

// e^(x - greatest), and nothing if that is too far below.
struct Exponential {
  bool counts;
  std::int32_t value;
};

Exponential exponential_of(const Softmax& layer, std::int32_t x, std::int32_t greatest) {
  // Places of other machines can hold anything.
  const std::int32_t difference = greatest < -128 || greatest > 127 || greatest < x ? 0 : x - greatest;
  if (difference < layer.least) return {false, 0};
  return {true, exponential_below_zero<5>(rescale(difference, layer.scale, Rounding::twice))};
}

// 1 / sum as a number below 1 and a power of two.
struct Reciprocal {
  std::int32_t factor;
  std::uint32_t places;
};

Reciprocal reciprocal_of(std::int32_t sum) {
  const auto bits = static_cast<std::uint32_t>(sum);
  const auto free = static_cast<std::uint32_t>(std::countl_zero(bits));
  const std::uint32_t above_one = (free > 31 ? 0 : bits << free) - (std::uint32_t{1} << 31);
  return {inverse_of_sum(static_cast<std::int32_t>(above_one)), sum_bits + 23 - free};
}

std::int8_t result_of(const Exponential& e, const Reciprocal& reciprocal) {
  if (!e.counts || reciprocal.places > 31) return -128;
  const std::int32_t value = divide_by_power(multiply_high(reciprocal.factor, e.value), reciprocal.places);
  return static_cast<std::int8_t>(value > 255 ? 127 : value < 0 ? -128 : value - 128);
}

// A run of elements in the pass at work; uses up their work.
void go_on(const Softmax& layer, const SoftmaxArrays& arrays, SoftmaxPlace& place, Work& work) {
  const std::size_t start = std::size_t{place.row} * layer.columns;
  const std::int8_t* const input = arrays.input + start;
  const std::uint32_t each = place.pass == 0 ? compare_work : place.pass == 1 ? exponential_work : result_work;
  const std::uint32_t end = place.index + work.take(each, layer.columns - place.index);
  work.spend(row_work);
  if (place.pass == 0) {
    for (; place.index < end; ++place.index)
      if (input[place.index] > place.greatest) place.greatest = input[place.index];
  } else if (place.pass == 1) {
    for (; place.index < end; ++place.index) {
      const Exponential e = exponential_of(layer, input[place.index], place.greatest);
      if (e.counts) place.sum = add_wrapping(place.sum, divide_by_power(e.value, sum_bits));
    }
  } else {
    const Reciprocal reciprocal = reciprocal_of(place.sum);
    for (; place.index < end; ++place.index)
      arrays.output[start + place.index] =
          result_of(exponential_of(layer, input[place.index], place.greatest), reciprocal);
  }
}

}  // namespace

bool softmax(const Softmax& layer, const SoftmaxArrays& arrays, SoftmaxPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    if (place.index == 0 && place.pass == 0) place.greatest = -128;
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

bool find_greatest(const ArgMax& layer, const std::int8_t* input, std::byte* output, ArgMaxPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    const std::int8_t* const row = input + std::size_t{place.row} * layer.columns;
    const std::uint32_t end = place.index + work.take(compare_work, layer.columns - place.index);
    work.spend(row_work / 2);
    for (; place.index < end; ++place.index)
      if (row[place.index] > row[place.found]) place.found = place.index;
    if (place.index < layer.columns) return false;
    store(output + 4 * std::size_t{place.row}, static_cast<std::int32_t>(place.found));
    place.index = place.found = 0;
    if (++place.row >= layer.rows) return true;
  }
  return false;
}

}  // namespace mica::ml
