// What is known of the stacks and of ticks at a place of the code, and how far they reach over a piece of it.
#pragma once

#include <cstdint>

#include "core/config.hpp"

namespace mica::inline MICA_PROFILE::jit {

// A number of cells or ticks in two bytes, as there are many of them for each structure that is open. What is beyond
// them stays at their end: no word may come to so many cells (depth_max).
class Small {
 public:
  constexpr Small() = default;
  constexpr Small(int value)
      : value_(static_cast<std::int16_t>(value < -limit  ? -limit
                                         : value > limit ? limit
                                                         : value)) {}
  constexpr operator int() const { return value_; }
  constexpr Small& operator+=(int change) { return *this = value_ + change; }
  constexpr Small& operator-=(int change) { return *this = value_ - change; }

 private:
  static constexpr int limit = 0x7fff;
  std::int16_t value_ = 0;
};

// Cells that a word may have on each of its stacks beyond what it began with, or take from there: the sum of both is
// a Small, too.
inline constexpr int depth_max = 16000;
static_assert(core::limits::stack_cells <= depth_max);

// What is known at one place of the code.
struct Flow {
  Small depth;              // data stack, relative to the begin of the epoch
  Small loops;              // loop stack, relative to the entry of the word
  Small pending;            // ticks executed and not yet charged: exact, and the same on every way that leads here
  Small unchecked;          // ticks since the last charge point, at most
  std::uint16_t epoch = 0;  // the stretch of code over which the depth is known; 0 begins at the entry of the word
  Small floor;              // the data stack surely reaches down to here, where that is checked while running
  Small loop_floor;         // and so does the loop stack
  bool certain = true;      // whatever passes the begin of the epoch comes here, unless it traps
  bool reachable = true;
};

// Are both stacks known to be the same here and there?
constexpr bool same_stacks(const Flow& one, const Flow& other) {
  return one.epoch == other.epoch && one.depth == other.depth && one.loops == other.loops;
}

// How far the stacks reach over a piece of code, in the terms of Flow.
struct Extent {
  Small lowest;        // of the data stack, as far as its begin has to answer for it
  Small highest;       // of the data and the loop stack together
  Small loops_lowest;  // of the loop stack, as far as its begin has to answer for it

  static Extent at(const Flow& flow) { return {flow.depth, flow.depth + flow.loops, flow.loops}; }
  void merge(const Extent& other) {
    lowest = other.lowest < lowest ? other.lowest : lowest;
    highest = other.highest > highest ? other.highest : highest;
    loops_lowest = other.loops_lowest < loops_lowest ? other.loops_lowest : loops_lowest;
  }
  // What lies before a loop and its body, which began at `head`: the body answers for what it reached below that only.
  static Extent around(const Extent& outside, const Extent& body, const Flow& head) {
    Extent whole = outside;
    whole.merge({body.lowest < head.depth ? body.lowest : outside.lowest, body.highest,
                 body.loops_lowest < head.loops ? body.loops_lowest : outside.loops_lowest});
    return whole;
  }
};

}  // namespace mica::inline MICA_PROFILE::jit
