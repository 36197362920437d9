// How elements of an array lie in memory, and a view of some of them. Freestanding, no profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mica::ml {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are kept with their low byte first");

// The low two bits are the logarithm of the size.
enum class ElementType : std::uint8_t { int8 = 0, int16 = 1, int32 = 2, float32 = 6 };

constexpr std::uint32_t bytes_of(ElementType type) { return 1u << (static_cast<unsigned>(type) & 3); }
constexpr bool is_float(ElementType type) { return type == ElementType::float32; }

// What elements are read as in place: only those of one byte lie where every one of their type may.
template <ElementType type>
using Elements = std::conditional_t<type == ElementType::int8, std::int8_t, std::byte>;

// `count` elements of `type` that lie one after another from `elements` on, at any alignment. Does not own them.
struct ArrayView {
  const std::byte* elements = nullptr;
  std::uint32_t count = 0;
  ElementType type = ElementType::int8;
  bool read_only = true;
};

template <class Element>
inline Element load(const std::byte* at) {
  Element value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class Element>
inline Element store(std::byte* at, Element value) {
  std::memcpy(at, &value, sizeof value);
  return value;
}

// Element `index` < count, sign-extended; of a float its bits.
inline std::int32_t element(const ArrayView& array, std::uint32_t index) {
  switch (array.type) {
    case ElementType::int8: return load<std::int8_t>(array.elements + index);
    case ElementType::int16: return load<std::int16_t>(array.elements + 2 * std::size_t{index});
    case ElementType::int32:
    case ElementType::float32: break;
  }
  return load<std::int32_t>(array.elements + 4 * std::size_t{index});
}

}  // namespace mica::ml
