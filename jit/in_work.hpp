// What a text declares, while it is read: an array, a piece of text, the block of fields behind a word.
#pragma once

#include <bit>
#include <cstdint>

#include "core/blocks.hpp"
#include "jit/lexer.hpp"
#include "jit/z85.hpp"
#include "vm/name.hpp"
#include "vm/region.hpp"

namespace mica::inline MICA_PROFILE::jit {

struct ArrayInWork {
  vm::Name* name = nullptr;  // null: the literal of a field
  bool read_only = false;
  bool typed = false;        // else of cells, behind their number
  bool is_constant = false;  // of a view: it lies among the constants
  bool is_channel = false;   // no array at all; or else a semaphore, if it is none
  ml::ElementType type = vm::cell_type;
  std::uint32_t offset = 0;  // of element 0 in its segment
  std::uint32_t count = 0;
  std::uint32_t packed_left = 0;  // bytes that are still to come
  Z85 packed;
};

struct TextInWork {
  std::uint32_t length = 0;
  std::uint32_t word = 0;   // printed: characters that are not yet in the code
  std::uint32_t end = 0;    // pushed: offset in the code below which they are kept, the first one next to it
  std::uint32_t cells = 0;  // that are not yet in the code
  char held = 0;
  bool holds = false;
};

// The type that a text calls so; false: the profile has none of that name.
bool read_element_type(std::string_view text, ml::ElementType& type);

inline constexpr bool has_blocks = core::block_count > 0;

struct BlockInWork {
  const core::Block* block = nullptr;
  Position opened;
  std::int32_t values[core::block_values_max];              // of floats their bits
  Position places[core::block_fields_max];                  // where fields are named
  std::uint32_t given[(core::block_fields_max + 31) / 32];  // a bit for each field
  std::uint8_t field = 0;                                   // in work
  std::uint8_t value = 0;                                   // of all values, the next
  std::uint8_t values_left = 0;                             // of the field
  bool has_type = false;                                    // the literal in work says its type

  const core::BlockField& field_in_work() const { return core::field_of(*block, field); }
  Cell array(unsigned k) const { return vm::handle_of(static_cast<std::uint32_t>(values[k])); }
  float real(unsigned k) const { return std::bit_cast<float>(values[k]); }
  bool has(unsigned k) const { return (given[k / 32] >> (k % 32) & 1) != 0; }
  void note(unsigned k) { given[k / 32] |= std::uint32_t{1} << (k % 32); }
};

// Where there are no blocks none is kept, and nobody asks for it.
template <bool needed>
struct KeptBlock {
  BlockInWork block;
  BlockInWork& get() { return block; }
};
template <>
struct KeptBlock<false> {
  BlockInWork& get() { __builtin_unreachable(); }
};

}  // namespace mica::inline MICA_PROFILE::jit
