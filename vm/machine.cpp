#include "vm/machine.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "core/instruction_table.hpp"
#include "vm/name.hpp"
#include "vm/unloading.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// What is wished, or else a quarter of what the wishes leave, up to the limit of the profile.
std::uint32_t share(std::size_t wish, std::size_t rest, std::size_t limit) {
  return static_cast<std::uint32_t>(wish ? aligned(wish) : std::min(aligned(limit), rest / 4 & ~std::size_t{7}));
}

struct Part {
  std::byte* begin;
  std::uint32_t bytes;
  std::uint32_t alignment;  // never more than where it lies now, so that parts only move down
};

// In the order in which they lie.
Part part_of(const Frame& frame, unsigned index) {
  constexpr std::uint32_t region = sizeof(Region), token = sizeof(Token);
  switch (index) {
    case 0: return {reinterpret_cast<std::byte*>(frame.code), frame.code_bytes, 8};
    case 1:
      return {reinterpret_cast<std::byte*>(frame.regions_end - frame.regions), frame.regions * region, alignof(Region)};
    case 2: return {frame.data, frame.data_bytes, 8};
    case 3:
      return {reinterpret_cast<std::byte*>(frame.tokens_end - frame.tokens), frame.tokens * token, alignof(Token)};
    case 4: return {const_cast<std::byte*>(frame.constants), frame.constants_at_host ? 0 : frame.constant_bytes, 8};
    default: return {frame.names_end - frame.name_bytes, frame.name_bytes, 4};
  }
}

// Arrays that the header has imported go along with the end of the code. False: they do not fit behind it.
bool move_regions(Frame& frame, std::byte* end, std::uint32_t code_limit) {
  const std::size_t bytes = frame.regions * sizeof(Region);
  if (bytes > 0) {
    if (frame.code_bytes + bytes > code_limit) return false;
    std::memmove(end - bytes, frame.regions_end - frame.regions, bytes);
  }
  frame.regions_end = reinterpret_cast<Region*>(end);
  return true;
}

// While it was compiled, frames below it may have gone.
void complete(Machine& machine, Frame& frame) {
  machine.holes = machine.holes || reinterpret_cast<std::byte*>(frame.code) > machine.pool.data() + machine.pool_used;
  machine.pool_used = aligned(static_cast<std::size_t>(frame.names_end - machine.pool.data()));
  frame.state = FrameState::complete;
}

}  // namespace

Frame* open_frame(Machine& machine, bool keep_open, std::uint8_t slot) {
  for (Frame& frame : machine.frames) {
    if (frame.state != FrameState::free || (slot != none && &frame != &machine.frames[slot])) continue;
    const std::uint8_t generation = static_cast<std::uint8_t>(frame.generation + 1);
    frame = Frame{};
    frame.generation = generation;
    frame.state = FrameState::compiling;
    frame.open = keep_open;
    if (machine.unloading == &frame - machine.frames) machine.unloading = none;
    frame.code = reinterpret_cast<std::uint8_t*>(machine.pool.data() + machine.pool_used);
    const std::size_t free = machine.pool.size() - machine.pool_used;
    frame.names_end = machine.pool.data() + machine.pool.size() - (keep_open ? free / 2 & ~std::size_t{7} : 0);
    divide_frame(frame, {});
    return &frame;
  }
  return nullptr;
}

bool divide_frame(Frame& frame, const Wishes& wishes) {
  if (wishes.code > core::limits::code_bytes || wishes.data > core::limits::data_bytes) return false;
  std::byte* const begin = reinterpret_cast<std::byte*>(frame.code);
  const std::size_t free = static_cast<std::size_t>(frame.names_end - begin);
  if (wishes.constants > (frame.constants_at_host ? frame.constant_limit : free)) return false;  // no sum may wrap
  const std::size_t kept = frame.constants_at_host ? 0 : wishes.constants;
  const std::size_t wished = aligned(wishes.code) + aligned(wishes.data) + kept + frame.name_bytes;
  if (wished > free) return false;
  constexpr std::uint32_t code_most = core::limits::code_bytes, data_most = core::limits::data_bytes;
  const std::uint32_t code = share(wishes.code, free - wished, code_most);
  const std::uint32_t data = share(wishes.data, free - wished, data_most);
  const std::uint32_t code_limit = wishes.code ? wishes.code : std::min(code, code_most);
  if (!move_regions(frame, begin + code, code_limit)) return false;
  frame.code_limit = code_limit;
  frame.data = begin + code;
  frame.data_limit = wishes.data ? wishes.data : std::min(data, data_most);
  frame.tokens_end = reinterpret_cast<Token*>(begin + code + data);
  if (!frame.constants_at_host) frame.constants = begin + code + data;
  frame.name_limit = static_cast<std::uint32_t>(frame.names_end - (begin + code + data));
  if (!frame.constants_at_host) frame.constant_limit = wishes.constants ? wishes.constants : frame.name_limit;
  return true;
}

void begin_to_close(const Machine& machine, Frame& frame, Closing& closing) {
  frame.state = FrameState::closing;
  closing.base = static_cast<std::uint32_t>(machine.pool_used);
}

bool close_frame(Machine& machine, Frame& frame, Closing& closing, std::uint32_t bytes) {
  std::byte* const begin = machine.pool.data() + closing.base;
  for (; closing.part < part_count; ++closing.part, closing.moved = 0) {
    const Part part = part_of(frame, closing.part);
    const std::uint32_t to = (closing.end + part.alignment - 1) & ~(part.alignment - 1);
    if (begin + to != part.begin) {  // the code lies there mostly
      const std::uint32_t piece = std::min(bytes, part.bytes - closing.moved);
      std::memmove(begin + to + closing.moved, part.begin + closing.moved, piece);
      bytes -= piece;
      closing.moved += piece;
      if (closing.moved < part.bytes) return false;
    }
    if (closing.part > 0) closing.begins[closing.part - 1] = to;
    closing.end = to + part.bytes;
  }
  frame.code = reinterpret_cast<std::uint8_t*>(begin);
  frame.regions_end = reinterpret_cast<Region*>(begin + closing.begins[0]) + frame.regions;
  frame.data = begin + closing.begins[1];
  frame.tokens_end = reinterpret_cast<Token*>(begin + closing.begins[2]) + frame.tokens;
  if (!frame.constants_at_host) frame.constants = begin + closing.begins[3];
  frame.names_end = begin + closing.end;
  frame.code_limit = frame.code_bytes + frame.regions * static_cast<std::uint32_t>(sizeof(Region));
  frame.data_limit = frame.data_bytes + frame.tokens * static_cast<std::uint32_t>(sizeof(Token));
  frame.constant_limit = frame.constant_bytes;
  frame.name_limit = frame.name_bytes + (frame.constants_at_host ? 0 : frame.constant_bytes);
  complete(machine, frame);
  return true;
}

void keep_frame_open(Machine& machine, Frame& frame) { complete(machine, frame); }

void abandon_frame(Machine& machine, Frame& frame) {
  if (frame.state == FrameState::complete) return remove_frame(machine, frame);
  frame.state = FrameState::free;  // it lies behind all that is used
}

bool add_region(Frame& frame, const Region& region) {
  if (frame.regions == core::limits::regions || frame.code_room() < sizeof region) return false;
  *(frame.regions_end - ++frame.regions) = region;
  return true;
}

bool add_token(Frame& frame, const Token& token) {
  if (frame.data_room() < sizeof token) return false;
  *(frame.tokens_end - ++frame.tokens) = token;
  return true;
}

}  // namespace mica::inline MICA_PROFILE::vm
