// The instructions of a frame's code one after another, fused ones as the instructions that they were made of.
#pragma once

#include <cstdint>

#include "core/fusions.hpp"
#include "core/instruction_table.hpp"
#include "vm/frame.hpp"

namespace mica::inline MICA_PROFILE::jit {

// One instruction, or a part of a fused one.
struct Part {
  core::Op op = core::Op::absent;
  std::int32_t value = 0;    // its first operand
  std::uint32_t target = 0;  // of a jump or call
  std::uint32_t end = 0;     // behind the instruction that it is a part of
  unsigned index = 0;        // in a fused instruction
  unsigned count = 1;        // parts of the instruction
};

class CodeReader {
 public:
  CodeReader(const vm::Frame& frame, std::uint32_t at, std::uint32_t limit) : frame_(&frame), at_(at), limit_(limit) {}

  // False at the limit, or where there is no instruction: then it is absent.
  bool next(Part& part);
  // As next(), without those that no word stands for.
  bool next_visible(Part& part);
  std::uint32_t at() const { return at_; }  // of the next instruction, between instructions

 private:
  bool open();

  const vm::Frame* frame_;
  std::uint32_t at_, limit_;
  std::uint32_t operands_ = 0;  // of the next part
  core::Op parts_[core::fusion_length_max] = {};
  unsigned index_ = 0, count_ = 0;
};

// Does the compiler put it in on its own?
bool is_bookkeeping(core::Op op);

// Does it call a word of the program?
bool is_call(core::Op op);

}  // namespace mica::inline MICA_PROFILE::jit
