// Arrays outside the data segment: what a handle names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "ml/layout/array_view.hpp"
#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

// An entry of the region table. The regions of a frame lie one after another; a handle counts from the frame's first.
struct Region {
  const std::byte* base = nullptr;
  std::uint32_t count = 0;  // elements
  ml::ElementType type = ml::ElementType::int8;
  bool read_only = true;
  std::uint8_t owner = 0;       // frame
  std::uint8_t generation = 0;  // of the owner when the region was made
};

// Handles begin at the lowest cell, so that small negative numbers stay free for scales: a divisor is never mistaken
// for a handle unless it is within the number of regions of the lowest cell.
constexpr Cell handle_of(std::uint32_t index) {
  return static_cast<Cell>(static_cast<UCell>(std::numeric_limits<Cell>::min()) + index);
}

// The index a cell would have as a handle; beyond every region if it is none.
constexpr std::uint32_t region_index(Cell handle) {
  return static_cast<UCell>(static_cast<UCell>(handle) - static_cast<UCell>(std::numeric_limits<Cell>::min()));
}

}  // namespace mica::inline MICA_PROFILE::vm
