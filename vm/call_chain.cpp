#include "vm/call_chain.hpp"

#include "core/instruction_table.hpp"
#include "vm/name.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

constexpr bool has_crossings = core::Op::leave_frame != core::Op::absent;
constexpr bool has_marks = core::Op::verify_depth != core::Op::absent;

}  // namespace

CallChain::CallChain(const Machine& machine, const Task& task)
    : machine_(machine),
      task_(task),
      position_(task.calls),
      innermost_try_(task.tries.top),
      frame_(task.frame),
      pc_(task.pc) {}

// Where no code follows a call, the next word may begin, or nothing.
bool CallChain::is_verification() const {
  const Frame& frame = machine_.frames[frame_];
  constexpr std::uint32_t bytes = core::length(core::Op::verify_depth);
  static_assert(core::length(core::Op::end_task) + header_bytes >= bytes);  // no code is shorter
  if (!has_marks || pc_ > frame.code_bytes - bytes || core::decode(frame.code + pc_) != core::Op::verify_depth)
    return false;
  return word_at(frame, pc_) == nullptr;
}

bool CallChain::take(std::uint32_t& entry) {
  if (position_ == 0) return false;
  entry = task_.returns[--position_];
  return true;
}

// A record ends where the one above it says; above the outermost one there is none.
bool CallChain::take_tries(Activation& activation) {
  activation.last_try = innermost_try_;
  for (; innermost_try_ != 0 && innermost_try_ == position_; ++activation.tries) {
    if (position_ < try_entries) return false;
    innermost_try_ = record_below(task_.returns + position_).outer;
    position_ -= try_entries;
  }
  return innermost_try_ <= position_;
}

bool CallChain::has_frame() const {
  return frame_ < core::limits::frames && machine_.frames[frame_].state == FrameState::loaded;
}

bool CallChain::leave_frame() {
  const std::uint32_t from = frame_;
  if (!take(frame_) || !take(pc_)) return false;
  return has_frame() && (machine_.frames[frame_].holds & only(from)) != 0;
}

bool CallChain::next(Activation& activation) {
  activation = {};
  // Back to the frame that has called from outside, which imports from this one.
  while (has_crossings && pc_ == return_to_frame)
    if (!leave_frame()) return false;
  if (!has_frame()) return false;
  activation.frame = static_cast<std::uint8_t>(frame_);
  activation.pc = pc_;
  activation.marked = is_verification();
  if (activation.marked && !take(activation.mark)) return false;
  if (!take_tries(activation)) return false;
  activation.is_last = position_ == 0;
  if (activation.is_last) return true;
  activation.level = position_ - 1;
  return take(pc_);
}

}  // namespace mica::inline MICA_PROFILE::vm
