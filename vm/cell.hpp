// Arithmetic on cells that is defined for every value: what snippets use instead of plain conversions.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE {

static_assert(core::format == 3, "the generated core and the runtime do not fit: run codegen again");
static_assert(core::limits::code_bytes <= 0xffff, "return addresses are kept in a cell of 16 bits");
static_assert(core::limits::data_bytes + sizeof(Cell) < (std::uint64_t{1} << (core::cell_bits - 1)),
              "addresses in the data segment are positive cells");

// The low bits of an unsigned number as a cell.
template <class Unsigned>
constexpr Cell wrapping(Unsigned value) {
  static_assert(std::is_unsigned_v<Unsigned>, "arithmetic that can overflow is done on unsigned numbers");
  return static_cast<Cell>(value);
}

// A signed number as an unsigned one of at least 32 bits, sign-extended first: + - * on it cannot be undefined.
template <class Signed>
constexpr auto unsign(Signed value) {
  static_assert(std::is_signed_v<Signed>);
  using Wide = std::conditional_t<(sizeof(Signed) > 4), std::uint64_t, std::uint32_t>;
  return static_cast<Wide>(value);
}

// The low bits of an unsigned number as a double.
template <class Unsigned>
constexpr Double wrapping_double(Unsigned value) {
  static_assert(std::is_unsigned_v<Unsigned> && sizeof(Unsigned) >= sizeof(Double));
  return static_cast<Double>(value);
}

// The bits of a cell and nothing above them.
constexpr std::uint32_t bits_of(Cell value) { return static_cast<UCell>(value); }

constexpr Double widen(Cell value) { return value; }

constexpr Double join_cells(Cell low, Cell high) {
  return static_cast<Double>((static_cast<UDouble>(static_cast<UCell>(high)) << core::cell_bits) |
                             static_cast<UCell>(low));
}
constexpr Cell low_cell(Double value) { return static_cast<Cell>(value); }
constexpr Cell high_cell(Double value) { return static_cast<Cell>(value >> core::cell_bits); }

// n1 / n2 for n2 != 0, truncating toward zero; the lowest number divided by -1 wraps to itself.
template <class Signed>
constexpr Signed quotient(Signed n1, Signed n2) {
  return n2 == -1 ? static_cast<Signed>(0u - unsign(n1)) : static_cast<Signed>(n1 / n2);
}

// What that leaves; it has the sign of n1.
template <class Signed>
constexpr Signed modulo(Signed n1, Signed n2) {
  return n2 == -1 ? Signed{0} : static_cast<Signed>(n1 % n2);
}

// A cell that is known not to be negative, as an index.
constexpr std::uint32_t index_of(Cell value) { return static_cast<std::uint32_t>(value); }

// For the few words that mean another thing in the other dialect.
constexpr bool is_rexa16() { return core::rexa16; }

// What is left of `count` behind the first `index`.
constexpr std::uint32_t rest_of(std::uint32_t count, std::uint32_t index) { return index < count ? count - index : 0; }

// Can a sum be divided by the number?
constexpr bool is_count(std::uint32_t number) { return number - 1 < 0x7fffffffu; }

constexpr std::uint32_t smaller_of(std::uint32_t a, std::uint32_t b) { return a < b ? a : b; }

// Text in cells: as many characters as a cell has bytes, the first in its highest byte.
inline constexpr std::uint32_t cell_bytes = sizeof(Cell);

constexpr std::uint32_t cells_for(std::uint32_t characters) {
  return characters / cell_bytes + (characters % cell_bytes != 0);
}

// Character k < cell_bytes of a cell.
constexpr char character_of(Cell cell, std::uint32_t k) {
  return static_cast<char>(static_cast<UCell>(cell) >> (8 * (cell_bytes - 1 - k)) & 0xff);
}

inline Cell load_cell(const std::byte* at) {
  Cell value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

inline void store_cell(std::byte* at, Cell value) { std::memcpy(at, &value, sizeof value); }

}  // namespace mica::inline MICA_PROFILE
