// Checked access of instructions to arrays: an operand is an address in the data segment or a handle.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/traps.hpp"
#include "ml/layout/array_view.hpp"
#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// The data segment begins at offset sizeof(Cell); the cell below it is not there, so that 0 is no address.
inline constexpr UCell first_offset = sizeof(Cell);

// How many offsets from the first on hold a whole cell.
inline UCell cells_room(const Frame& frame) {
  return frame.data_bytes < sizeof(Cell) ? UCell{0} : static_cast<UCell>(frame.data_bytes - sizeof(Cell) + 1);
}

inline bool is_region_of(const Frame& frame, Cell operand) { return region_index(operand) < frame.regions; }

// The array behind a handle.
inline core::Trap find_region(const Machine& machine, const Frame& frame, Cell handle, ml::ArrayView& view) {
  if (!is_region_of(frame, handle)) return core::Trap::invalid_handle;
  const Region& region = frame.region(region_index(handle));
  if (region.storage == Storage::host) {
    const HostArray& array = machine.host.arrays[region.offset];
    view = {static_cast<const std::byte*>(array.elements), array.count, array.type, array.read_only};
  } else if (region.storage > Storage::host) {
    return core::Trap::invalid_handle;
  } else {
    const Frame& owner = machine.frames[region.frame];
    const std::byte* const segment = region.storage == Storage::data ? owner.data : owner.constants;
    view = {segment + region.offset, region.count, region.type, region.read_only};
  }
  return core::Trap::none;
}

// The array that an operand names, of at least one element. For an address the cell below element 0 is read as its
// length.
inline core::Trap find_array(const Machine& machine, const Frame& frame, Cell operand, ml::ArrayView& view) {
  if (operand < 0) {
    const core::Trap trap = find_region(machine, frame, operand, view);
    return trap == core::Trap::none && view.count == 0 ? core::Trap::invalid_handle : trap;
  }
  const std::uint32_t offset = static_cast<std::uint32_t>(operand);
  if (offset < 2 * sizeof(Cell) || offset - sizeof(Cell) > frame.data_bytes) return core::Trap::invalid_address;
  const std::byte* const elements = frame.data + (offset - sizeof(Cell));
  const Cell length = load_cell(elements - sizeof(Cell));
  const std::uint32_t bytes_left = frame.data_bytes - (offset - static_cast<std::uint32_t>(sizeof(Cell)));
  if (length < 1 || static_cast<std::uint32_t>(length) > bytes_left / sizeof(Cell)) return core::Trap::invalid_address;
  view = {elements, static_cast<std::uint32_t>(length), cell_type, false};
  return core::Trap::none;
}

// Only what is made for floats takes them: to all other words an array of floats is no array.
inline bool holds_floats(const ml::ArrayView& view) {
  return core::cell_bits == 32 && view.type == ml::ElementType::float32;
}

// Elements first .. first + count - 1 of an array whose length was read before and may have been overwritten since:
// checked against the memory, not against the length cell.
inline core::Trap find_elements(const Machine& machine, const Frame& frame, Cell operand, std::uint32_t first,
                                std::uint32_t count, ml::ArrayView& view) {
  if (operand < 0) {
    const core::Trap trap = find_region(machine, frame, operand, view);
    if (trap != core::Trap::none) return trap;
    if (first > view.count || count > view.count - first) return core::Trap::invalid_handle;
    view.elements += std::size_t{first} * ml::bytes_of(view.type);
    view.count = count;
    return core::Trap::none;
  }
  // Below the first offset it wraps and is beyond the end.
  const std::uint32_t offset = static_cast<std::uint32_t>(operand) - static_cast<std::uint32_t>(sizeof(Cell));
  if (offset > frame.data_bytes) return core::Trap::invalid_address;
  const std::uint32_t room = (frame.data_bytes - offset) / static_cast<std::uint32_t>(sizeof(Cell));
  if (first > room || count > room - first) return core::Trap::invalid_address;
  view = {frame.data + offset + std::size_t{first} * sizeof(Cell), count, cell_type, false};
  return core::Trap::none;
}

// Writes the low bits of `value` to the only element of `view`, which find_elements() has found behind `operand`.
// Returns what was written, sign-extended.
inline std::int32_t write_element(const ml::ArrayView& view, std::int32_t value) {
  std::byte* const at = const_cast<std::byte*>(view.elements);
  switch (view.type) {
    case ml::ElementType::int8: return ml::store(at, static_cast<std::int8_t>(value));
    case ml::ElementType::int16: return ml::store(at, static_cast<std::int16_t>(value));
    case ml::ElementType::int32:
    case ml::ElementType::float32: break;
  }
  return ml::store(at, value);
}

// `count` elements of so many bytes of an array that a block names. What the compiler has found can have changed since
// if the array is the host's or another frame's.
inline core::Trap find_source_bytes(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t bytes,
                                    std::uint32_t count, const std::byte*& elements) {
  ml::ArrayView view;
  if (const core::Trap trap = find_region(machine, frame, handle, view); trap != core::Trap::none) return trap;
  if (ml::bytes_of(view.type) != bytes || view.count < count) return core::Trap::invalid_handle;
  elements = view.elements;
  return core::Trap::none;
}

// The same for an array that is stored to.
inline core::Trap find_target_bytes(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t bytes,
                                    std::uint32_t count, std::byte*& elements) {
  ml::ArrayView view;
  if (const core::Trap trap = find_region(machine, frame, handle, view); trap != core::Trap::none) return trap;
  if (ml::bytes_of(view.type) != bytes || view.count < count) return core::Trap::invalid_handle;
  if (view.read_only) return core::Trap::read_only;
  elements = const_cast<std::byte*>(view.elements);
  return core::Trap::none;
}

// The same as a view, whatever the type. No elements are asked of an array that may be left out, and was.
inline core::Trap find_source_view(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t count,
                                   ml::ArrayView& view) {
  if (count == 0 && region_index(handle) == no_region) return core::Trap::none;
  if (const core::Trap trap = find_region(machine, frame, handle, view); trap != core::Trap::none) return trap;
  if (view.count < count) return core::Trap::invalid_handle;
  view.count = count;
  return core::Trap::none;
}
inline core::Trap find_target_view(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t count,
                                   ml::ArrayView& view) {
  const core::Trap trap = find_source_view(machine, frame, handle, count, view);
  return trap == core::Trap::none && view.read_only ? core::Trap::read_only : trap;
}

// Elements of one type. What is an integer is no float, but nothing goes wrong if it is taken for one.
template <ml::ElementType type>
core::Trap find_source(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t count,
                       const ml::Elements<type>*& elements) {
  const std::byte* bytes = nullptr;
  const core::Trap trap = find_source_bytes(machine, frame, handle, ml::bytes_of(type), count, bytes);
  elements = reinterpret_cast<const ml::Elements<type>*>(bytes);
  return trap;
}
template <ml::ElementType type>
core::Trap find_target(const Machine& machine, const Frame& frame, Cell handle, std::uint32_t count,
                       ml::Elements<type>*& elements) {
  std::byte* bytes = nullptr;
  const core::Trap trap = find_target_bytes(machine, frame, handle, ml::bytes_of(type), count, bytes);
  elements = reinterpret_cast<ml::Elements<type>*>(bytes);
  return trap;
}

// How a store counts in the digest of a task: by its offset in the data segment of the task's own frame, or else by
// the handle and the element's index.
inline void observe_store(Digest& digest, const Frame& frame, Cell operand, std::uint32_t index,
                          const ml::ArrayView& view, std::int32_t value) {
  if (view.elements >= frame.data && view.elements < frame.data + frame.data_bytes)
    digest.store(static_cast<std::uint32_t>(view.elements - frame.data) + first_offset, value);
  else
    digest.store_outside(region_index(operand), index, value);
}

// Elements of an array that a layer has computed, one after another.
inline void observe_results(Digest& digest, const Machine& machine, const Frame& frame, Cell handle,
                            std::uint32_t first, std::uint32_t count) {
  ml::ArrayView view;
  if (find_region(machine, frame, handle, view) != core::Trap::none) return;
  for (std::uint32_t k = first; k < first + count && k < view.count; ++k) {
    const std::size_t at = std::size_t{k} * ml::bytes_of(view.type);
    observe_store(digest, frame, handle, k, {view.elements + at, 1, view.type, false}, ml::element(view, k));
  }
}

}  // namespace mica::inline MICA_PROFILE::vm
