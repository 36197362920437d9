// How the axes of a tensor lie in memory, where a file has them in another order than the graph. Transposing and
// reshaping change nothing but this, as long as nobody needs the numbers to lie otherwise.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "ml/import/graph.hpp"

namespace mica::ml {

// An axis, or a factor of one, in memory: so many numbers, so far apart. Sizes are above 1.
struct Stretch {
  std::int64_t size = 0, step = 0;

  bool operator==(const Stretch&) const = default;
};

using Stretches = std::vector<Stretch>;  // the slowest first

// For each axis of the file its stretches; none: the size is 1. All of them together fill the memory without gaps.
using Axes = std::vector<Stretches>;

// Axes that lie in the order of the file.
Axes plain_axes(const Shape& shape);

// Axes of this shape, in memory in the order that `order` names them, the slowest first.
Axes ordered_axes(const Shape& shape, std::span<const std::size_t> order);

Shape shape_of(const Axes& axes);

// The stretches of some axes, one axis after the other.
Stretches stretches_of(const Axes& axes, std::span<const std::size_t> which);

// Whether they follow each other in memory, down to single numbers: with none left out between, the last with step 1.
bool are_dense(const Stretches& stretches);

// In the order of memory.
Stretches by_step(Stretches stretches);

// With neighbours that are neighbours in memory, too, made one.
Stretches joined(const Stretches& stretches);

// The same numbers in stretches of these sizes (1 does not count) or factors of them, for each size its own; nothing
// where that cannot be.
std::optional<Axes> split(const Stretches& stretches, std::span<const std::int64_t> sizes);

// With another shape: the numbers keep their order in the file.
std::optional<Axes> reshaped(const Axes& axes, const Shape& shape);

Shape sizes_of(const Stretches& stretches);

// Copies elements out of memory in the order of the stretches.
void gather(std::span<const std::byte> from, std::size_t element_bytes, const Stretches& stretches, std::byte* to);

}  // namespace mica::ml
