// Decision trees, one or many, whose leaves are added up. Pure functions on arrays that are known to fit; what these
// hold is believed by nobody.
#pragma once

#include <cstdint>
#include <type_traits>

#include "ml/layout/array_view.hpp"

namespace mica::ml {

// Nodes lie in pre-order: the left child is the next node, the right one is `skip` nodes further on. So all ways lead
// forward, whatever the numbers are. A node with a feature below 0 is a leaf, and its skip is a row of `leaves`.
struct Forest {
  std::uint32_t inputs, nodes, trees, rows, outputs;
};

struct ForestArrays {
  ArrayView input, thresholds;  // of one type
  ArrayView features, skips;    // of each node
  ArrayView leaves;             // rows of values; floats where the output is
  ArrayView roots;              // first node of each tree; empty: one tree, from node 0 on
  ArrayView output;             // not what is read
};

// The node counts from the root of its tree on; the index is that in the row of a leaf.
struct ForestPlace {
  std::uint32_t tree, node, index;
};

constexpr bool is_inside(const Forest& layer, const ForestPlace& place) {
  return place.tree < layer.trees && place.index < layer.outputs;
}

constexpr bool agree(const ForestArrays& arrays) {
  return arrays.input.type == arrays.thresholds.type && is_float(arrays.leaves.type) == is_float(arrays.output.type);
}

enum class Walk : std::uint8_t {
  goes_on,
  ended,
  astray  // a node leads nowhere: out of the nodes, the input, or the leaves
};

// What snippets ask.
constexpr bool is_astray(Walk walk) { return walk == Walk::astray; }
constexpr bool has_ended(Walk walk) { return walk == Walk::ended; }

// Goes on from the place for a unit of work; the second knows floats.
Walk walk_forest(const Forest& layer, const ForestArrays& arrays, ForestPlace& place);
Walk walk_float_forest(const Forest& layer, const ForestArrays& arrays, ForestPlace& place);

// Machines without floats are spared what is for them.
template <bool has_floats>
Walk walk_any_forest(const Forest& layer, const ForestArrays& arrays, ForestPlace& place) {
  if constexpr (has_floats)
    if (is_float(arrays.input.type) || is_float(arrays.output.type)) return walk_float_forest(layer, arrays, place);
  return walk_forest(layer, arrays, place);
}

}  // namespace mica::ml
