// Arrays behind handles, and how cells name arrays and words.
#pragma once

#include <cstdint>
#include <limits>

#include "ml/layout/array_view.hpp"
#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE::vm {

inline constexpr ml::ElementType cell_type = sizeof(Cell) == 2 ? ml::ElementType::int16 : ml::ElementType::int32;

// Where the elements of a region lie.
enum class Storage : std::uint8_t {
  constants,  // of a frame; read-only
  data,       // of a frame
  host,       // an array of the host, in place
  // No arrays; they lie among the data of a frame:
  channel,   // `count` cells that wait to be received
  semaphore  // can be held by `count` tasks
};

// An entry of a frame's region table. It holds no pointer, so that frames can be moved.
struct Region {
  std::uint32_t offset = 0;  // of element 0 in the segment; for the host: index of its array
  std::uint32_t count = 0;   // elements
  ml::ElementType type = ml::ElementType::int8;
  Storage storage = Storage::constants;
  bool read_only = true;
  std::uint8_t frame = 0;  // whose segment it is: the frame's own, or one that exports the array
};

// What a field of a block has instead of the number of a region if it was left out.
inline constexpr std::uint32_t no_region = 0xffff;

// A word that can be executed by its token, the index in the frame's token table counted from 1.
struct Token {
  std::uint16_t header = 0;
  std::uint16_t in = 0;           // cells that it needs
  std::uint16_t loop_in = 0;      // cells of the loop stack that it looks at
  std::int16_t change = 0;        // of the depth, as declared
  std::uint8_t exit_pending = 0;  // ticks that it leaves to its caller to charge
  bool verified : 1 = false;      // whether it does what it declares is known only behind the call
  bool maps : 1 = false;          // it makes one cell of one cell, on each way
  bool unreached : 1 = false;     // the code that names it first never runs
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
