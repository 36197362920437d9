#include "ml/kernels/forest.hpp"

#include "ml/kernels/float.hpp"
#include "ml/kernels/taps.hpp"

namespace mica::ml {
namespace {

constexpr std::uint32_t tree_work = 20, node_work = 13, value_work = 8;

// What is compared and added as integers.
struct Integers {
  static bool is_left(const ForestArrays&, std::int32_t x, std::int32_t threshold) { return x <= threshold; }

  static void put(const ArrayView& output, std::uint32_t k, std::int32_t value, bool adds) {
    std::byte* const at = const_cast<std::byte*>(output.elements) + bytes_of(output.type) * std::size_t{k};
    const auto sum = static_cast<std::uint32_t>(value) + static_cast<std::uint32_t>(adds ? element(output, k) : 0);
    if (output.type == ElementType::int16)
      store(at, static_cast<std::int16_t>(sum));
    else
      store(at, sum);
  }
};

// Either of them, or both, as floats.
struct Floats {
  static bool is_left(const ForestArrays& arrays, std::int32_t x, std::int32_t threshold) {
    if (!is_float(arrays.input.type)) return x <= threshold;
    return float_of(static_cast<std::uint32_t>(x)) <= float_of(static_cast<std::uint32_t>(threshold));
  }

  static void put(const ArrayView& output, std::uint32_t k, std::int32_t value, bool adds) {
    if (!is_float(output.type)) return Integers::put(output, k, value, adds);
    const float one = float_of(static_cast<std::uint32_t>(value));
    const float sum = adds ? float_of(static_cast<std::uint32_t>(element(output, k))) + one : one;
    store(const_cast<std::byte*>(output.elements) + 4 * std::size_t{k}, float_bits(sum));
  }
};

template <class Kind>
Walk walk(const Forest& layer, const ForestArrays& arrays, ForestPlace& place) {
  Work work;
  while (!work.is_used_up()) {
    const std::uint32_t root =
        arrays.roots.count == 0 ? 0 : static_cast<std::uint32_t>(element(arrays.roots, place.tree));
    if (root >= layer.nodes) return Walk::astray;
    work.spend(tree_work);
    std::int32_t row = 0;
    for (;;) {
      if (place.node >= layer.nodes - root) return Walk::astray;
      const std::uint32_t node = root + place.node;
      const std::int32_t feature = element(arrays.features, node), skip = element(arrays.skips, node);
      if (feature < 0) {
        row = skip;
        break;
      }
      if (work.is_used_up()) return Walk::goes_on;
      work.spend(node_work);
      if (static_cast<std::uint32_t>(feature) >= layer.inputs || skip < 1) return Walk::astray;
      const bool left = Kind::is_left(arrays, element(arrays.input, static_cast<std::uint32_t>(feature)),
                                      element(arrays.thresholds, node));
      place.node += left ? 1 : static_cast<std::uint32_t>(skip);
    }
    if (static_cast<std::uint32_t>(row) >= layer.rows) return Walk::astray;
    const std::uint32_t first = static_cast<std::uint32_t>(row) * layer.outputs;
    const std::uint32_t end = place.index + work.take(value_work, layer.outputs - place.index);
    for (; place.index < end; ++place.index)
      Kind::put(arrays.output, place.index, element(arrays.leaves, first + place.index), place.tree > 0);
    if (place.index < layer.outputs) return Walk::goes_on;
    place.node = place.index = 0;
    if (++place.tree >= layer.trees) return Walk::ended;
  }
  return Walk::goes_on;
}

}  // namespace

Walk walk_forest(const Forest& layer, const ForestArrays& arrays, ForestPlace& place) {
  return walk<Integers>(layer, arrays, place);
}

Walk walk_float_forest(const Forest& layer, const ForestArrays& arrays, ForestPlace& place) {
  return walk<Floats>(layer, arrays, place);
}

}  // namespace mica::ml
