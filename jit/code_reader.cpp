#include "jit/code_reader.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

bool is_bookkeeping(Op op) {
  return op != Op::absent &&
         (op == Op::charge || op == Op::check_depth || op == Op::mark_depth || op == Op::verify_depth);
}

bool is_call(Op op) { return op != Op::absent && (op == Op::call_word || op == Op::call_word_charged); }

// Finds the parts of the instruction that comes next.
bool CodeReader::open() {
  if (at_ >= limit_) return false;
  const std::uint8_t* const at = frame_->code + at_;
  const bool page_two = core::has_page_two && *at == core::escape_code;
  const std::uint32_t left = limit_ - at_;
  if (page_two ? left < 2 || at[1] >= core::page_two_count : *at >= core::page_one_count) return false;
  const Op op = core::decode(at);
  if (core::length(op) > left) return false;
  operands_ = at_ + (page_two ? 2 : 1);
  index_ = 0;
  count_ = 1;
  parts_[0] = op;
  for (unsigned k = 0; k < core::fusion_count; ++k) {
    if (core::fusions[k].op != op) continue;
    count_ = core::fusions[k].length;
    for (unsigned part = 0; part < count_; ++part) parts_[part] = core::fusions[k].parts[part];
  }
  return true;
}

bool CodeReader::next(Part& part) {
  part = Part{};
  if (index_ == count_ && !open()) return false;
  part.op = parts_[index_];
  part.index = index_++;
  part.count = count_;
  const core::OperandList& list = core::operands(part.op);
  if (list.count > 0) {
    const core::OperandKindInfo& kind = core::operand_kind(list, 0);
    part.value = core::read_operand(frame_->code + operands_, kind);
    if (kind.role == core::OperandRole::branch || kind.role == core::OperandRole::call)
      part.target = at_ + static_cast<std::uint32_t>(part.value);
  }
  operands_ += list.bytes;
  part.end = index_ == count_ ? operands_ : at_ + core::length(core::decode(frame_->code + at_));
  if (index_ == count_) at_ = part.end;
  return true;
}

bool CodeReader::next_visible(Part& part) {
  while (next(part))
    if (!is_bookkeeping(part.op)) return true;
  return false;
}

}  // namespace mica::inline MICA_PROFILE::jit
