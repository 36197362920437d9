// Stack maps: what the compiler knows of the stacks at places of the code that somebody asks for. What a snapshot says
// of its tasks is held against them.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

#include "jit/flow.hpp"

namespace mica::inline MICA_PROFILE::jit {

inline constexpr bool has_stack_maps = core::has_snapshots;

// What is known where an instruction begins, in the terms of Flow.
struct StackShape {
  Small depth, loops;
  Small floor, loop_floor;
  std::uint16_t epoch = 0;
  std::uint8_t tries = 0;  // open ones of the word
  bool marked = false;     // the depth before a call lies on the return stack, for verify_depth
  bool checks = false;     // nothing is known: it checks the stacks, or the instruction behind it does

  void set(const Flow& flow, Small loops_sure, std::uint8_t open_tries) {
    const Small lowest = loops_sure < flow.loop_floor ? loops_sure : flow.loop_floor;
    *this = {flow.depth, flow.loops, flow.floor, lowest, flow.epoch, open_tries};
  }
  void set_marked() { marked = true; }
  // No task can stand there: it would have to have more cells than there are.
  void forbid() {
    depth = depth_max;
    checks = false;
  }
  void set_checks(bool value) { checks = value; }
};

// One place. What is asked for is where it lies; `found` says that an instruction begins there.
struct StackMap {
  std::uint16_t offset = 0;
  std::uint8_t frame = 0;
  bool found = false;
  bool repeats = false;      // it lies in the body of a loop that changes the depth, which `block` is then
  std::uint16_t header = 0;  // of its word
  StackShape shape;
  Extent block;  // over which one check answers for all
};

// The places of one frame.
class StackMaps {
 public:
  StackMaps() = default;
  StackMaps(std::span<StackMap> maps, std::uint8_t frame) : maps_(maps), frame_(frame) {}

  bool wanted() const { return !maps_.empty(); }

  void note(std::uint32_t offset, std::uint32_t header, const StackShape& shape) {
    for (StackMap& map : maps_) {
      if (map.offset != offset || map.frame != frame_) continue;
      map.found = true;
      map.header = static_cast<std::uint16_t>(header);
      map.shape = shape;
    }
  }

  // An epoch of a word has ended.
  void end_epoch(std::uint32_t header, std::uint16_t epoch, const Extent& whole) {
    for (StackMap& map : maps_)
      if (is_in(map, header, epoch) && !map.repeats) map.block = whole;
  }

  // The body of a loop which changes the depth, and is checked before it is repeated, begins at `head` and has ended.
  void end_body(std::uint32_t header, std::uint16_t epoch, std::uint32_t head, const Extent& body) {
    for (StackMap& map : maps_) {
      if (!is_in(map, header, epoch) || map.offset < head || map.repeats) continue;
      map.block = body;
      map.repeats = true;
    }
  }

 private:
  bool is_in(const StackMap& map, std::uint32_t header, std::uint16_t epoch) const {
    return map.found && map.frame == frame_ && map.header == header && map.shape.epoch == epoch;
  }

  std::span<StackMap> maps_;
  std::uint8_t frame_ = 0;
};

// Where nobody can ask.
struct NoShape {
  static constexpr void set(const Flow&, Small, std::uint8_t) {}
  static constexpr void set_marked() {}
  static constexpr void forbid() {}
  static constexpr void set_checks(bool) {}
};
struct NoStackMaps {
  static constexpr bool wanted() { return false; }
  static constexpr void note(std::uint32_t, std::uint32_t, const NoShape&) {}
  static constexpr void end_epoch(std::uint32_t, std::uint16_t, const Extent&) {}
  static constexpr void end_body(std::uint32_t, std::uint16_t, std::uint32_t, const Extent&) {}
};
using WatchedShape = std::conditional_t<has_stack_maps, StackShape, NoShape>;
using WatchedPlaces = std::conditional_t<has_stack_maps, StackMaps, NoStackMaps>;

}  // namespace mica::inline MICA_PROFILE::jit
