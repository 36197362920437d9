// Moving of blocks, for padding, joining and reshaping: `rows` runs that lie one step apart, in bytes, so that elements
// of all sizes are moved alike. Pure functions on arrays that are known to fit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica::ml {

struct BlockCopy {
  std::uint32_t rows, length;              // length: bytes of a run, at least 1
  std::uint32_t source_step, target_step;  // from run to run, in bytes
};

struct BlockFill {
  std::uint32_t rows, length;   // length: bytes of a run, a multiple of those of an element
  std::uint32_t target_step;    // from run to run, in bytes
  std::uint32_t element_bytes;  // 1, 2 or 4
  std::uint32_t value;          // its low bytes are the element
};

// The byte of the run that is next.
struct BlockPlace {
  std::uint32_t row, index;
};

constexpr bool is_inside(const BlockCopy& layer, const BlockPlace& place) {
  return place.row < layer.rows && place.index < layer.length;
}
constexpr bool is_inside(const BlockFill& layer, const BlockPlace& place) {
  return place.row < layer.rows && place.index < layer.length;
}

// Each goes on from the place for a unit of work. True: that was the last. Source and target should not overlap: what
// the target holds then depends on where runs and units end, which is the same everywhere.
bool copy_blocks(const BlockCopy& layer, const std::byte* source, std::byte* target, BlockPlace& place);
bool fill_blocks(const BlockFill& layer, std::byte* target, BlockPlace& place);

}  // namespace mica::ml
