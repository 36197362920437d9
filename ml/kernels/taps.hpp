// Windows of a layer: which of their taps lie inside of the input. And how much of a layer is done at a time.
#pragma once

#include <cstdint>

namespace mica::ml {

// A unit of a layer does so much work, and what it has begun when that is used up: about as many products of int8 with
// what belongs to them. Where units end depends on shapes alone, so that a layer takes the same ticks in each variant
// of its kernel.
inline constexpr std::uint32_t unit_work = 360;

// Work that is left of a unit.
class Work {
 public:
  bool is_used_up() const { return left_ == 0; }
  std::uint32_t left() const { return left_; }
  void spend(std::uint32_t amount) { left_ = left_ > amount ? left_ - amount : 0; }

  // How many of `rest` things that take `each` can be done with what is left, which they use up.
  std::uint32_t take(std::uint32_t each, std::uint32_t rest) {
    const std::uint32_t room = left_ / each, count = rest < room ? rest : room;
    left_ -= count * each;
    return count;
  }

 private:
  std::uint32_t left_ = unit_work;
};

// One axis of a layer whose windows go over its input. All are at least 1, but for the padding; pad < kernel *
// dilation, all of them below 2^16, and dilation and stride below 2^8, so that no sum or product here reaches 2^31.
struct Axis {
  std::uint32_t size;      // of the input
  std::uint32_t windows;   // outputs
  std::uint32_t kernel;    // taps of a window
  std::uint32_t stride;    // from window to window
  std::uint32_t dilation;  // from tap to tap
  std::uint32_t pad;       // taps of the first window that lie before the input, in elements
};

// Taps first .. first + count - 1 of a window lie inside of the input, the first of them at element `place`.
struct Taps {
  std::uint32_t first = 0, count = 0, place = 0;
};

// Those of window number `window`; what lies in the padding or behind the input is not among them.
constexpr Taps taps_of(const Axis& axis, std::uint32_t window) {
  const std::uint32_t begin = window * axis.stride;  // with the padding counted
  std::uint32_t first = 0;
  if (begin < axis.pad) {
    const std::uint32_t lacks = axis.pad - begin;
    first = axis.dilation == 1 ? lacks : (lacks + axis.dilation - 1) / axis.dilation;
    if (first >= axis.kernel) return {};
  }
  const std::uint32_t place = begin + first * axis.dilation - axis.pad;
  if (place >= axis.size) return {};
  const std::uint32_t room = axis.size - place;
  const std::uint32_t fit = axis.dilation == 1 ? room : (room - 1) / axis.dilation + 1;
  const std::uint32_t rest = axis.kernel - first;
  return {first, rest < fit ? rest : fit, place};
}

}  // namespace mica::ml
