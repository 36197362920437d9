// Layers that make one element of the output of one element of each input, as many in a unit as its work allows. The
// output may be the same memory as an input of the same length: each element is read before it is written.
#pragma once

#include <cstdint>

#include "ml/kernels/taps.hpp"

namespace mica::ml {

struct ElementPlace {
  std::uint32_t index;
};

template <class Layer>
constexpr bool is_inside(const Layer& layer, const ElementPlace& place) {
  return place.index < layer.count;
}

// Goes on from the place for a unit, with each(index) for elements that take so much `work`. True: that was the last.
template <std::uint32_t work, class Each>
bool walk_elements(std::uint32_t count, ElementPlace& place, const Each& each) {
  static_assert(work > 0 && work <= unit_work);
  constexpr std::uint32_t most = unit_work / work;
  const std::uint32_t rest = count - place.index;
  const std::uint32_t end = place.index + (rest < most ? rest : most);
  for (; place.index < end; ++place.index) each(place.index);
  return place.index >= count;
}

// The same with a second operand that begins anew when it ends: each(index, index in the second).
template <std::uint32_t work, class Each>
bool walk_pairs(std::uint32_t count, std::uint32_t second_count, ElementPlace& place, const Each& each) {
  std::uint32_t second = second_count == 0 ? 0 : place.index % second_count;
  return walk_elements<work>(count, place, [&](std::uint32_t index) {
    each(index, second);
    if (++second >= second_count) second = 0;
  });
}

}  // namespace mica::ml
