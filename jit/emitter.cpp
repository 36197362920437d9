#include "jit/emitter.hpp"

#include <algorithm>
#include <cstring>

#include "core/fusions.hpp"
#include "core/words.hpp"
#include "vm/metering.hpp"
#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

void Emitter::begin(vm::Frame& frame, const Host& host, bool fuse) {
  frame_ = &frame;
  host_ = &host;
  fuse_ = fuse;
  if (frame.code_bytes == 0) write_returns();
  frame.entry = frame.code_bytes;
  begin_word();
}

// Where a word returns to that the host has started, and one that another frame has entered; no word of the text stands
// for them.
void Emitter::write_returns() {
  position_.line = 0;
  append_now(Op::end_task, {core::action_ticks[static_cast<unsigned>(core::CompileAction::end_program)]});
  if (has_crossings) append_now(Op::leave_frame, {});
  frame_->instructions = frame_->source_instructions = 0;
  frame_->code_kept = frame_->code_bytes;
  position_.line = 1;
}

// --- words and epochs
// -------------------------------------------------------------------------------------------------

WordInWork Emitter::begin_word() {
  flush();
  const WordInWork interrupted = word;
  word = WordInWork{};
  word.header = frame_->code_bytes;
  if (std::uint8_t* bytes = reserve(vm::header_bytes)) std::memset(bytes, 0, vm::header_bytes);
  return interrupted;
}

void Emitter::end_word(const Extent& whole) {
  flush();
  end_epoch(whole);
  maps_.end_epoch(word.header, word.epoch, whole);
  fill_in(word.header + 2, word.marks);
}

void Emitter::end_epoch(const Extent& whole) {
  const int need = std::max(0, -whole.lowest);
  const int loops = std::max(0, word.epoch_loops - whole.loops_lowest);
  const int room = std::max(0, whole.highest - word.epoch_loops);
  if (need >= placeholder || loops >= placeholder || room > 0xffff) return fail(CompileError::word_too_large);
  if (word.epoch == 0) {
    word.need = need;
    word.loop_need = loops;
    fill_in_cells(word.header, room);
  } else {
    fill_in_cells(word.check + 1, need);
    fill_in_cells(word.check + 3, loops);
    fill_in_cells(word.check + 5, room);
  }
}

void Emitter::begin_epoch(const Extent& whole) {
  end_epoch(whole);
  note_shape();
  shape_.set_checks(true);
  word.check = append_now(Op::check_depth, {0, 0, 0}).opcode;
  maps_.end_epoch(word.header, word.epoch, whole);
  word.flow.epoch = ++word.epoch;
  word.flow.depth = word.flow.floor = 0;
  // The own dialect knows the loop stack everywhere.
  if (core::rexa16) word.flow.loop_floor = word.flow.loops;
  word.flow.certain = true;
  word.epoch_loops = word.flow.loops;
  word.extent = Extent::at(word.flow);
}

// The jump back has been written, and all before it.
void Emitter::end_checked_body(std::uint32_t head, const Flow& at_head, const Extent& body) {
  maps_.end_body(word.header, at_head.epoch, head, body);
}

Needs Emitter::needs_of_word() {
  flush();
  return {word.header + vm::header_bytes, frame_->code_bytes, word.need, word.loop_need};
}

bool Emitter::fill_in(Needs& needs, unsigned instructions) {
  for (; needs.at < needs.end && instructions > 0; --instructions) {
    const Op op = core::decode(frame_->code + needs.at);
    if (op == Op::check_depth && cells_at(needs.at + 1) == placeholder) {
      fill_in_cells(needs.at + 1, needs.data);
      fill_in_cells(needs.at + 3, needs.loops);
    }
    needs.at += core::length(op);
  }
  return needs.at >= needs.end;
}

// --- instructions
// -----------------------------------------------------------------------------------------------------

void Emitter::move_depth(int in, int out) {
  word.flow.depth += out - in;
  if (word.flow.depth + word.flow.loops > word.extent.highest) word.extent.highest = word.flow.depth + word.flow.loops;
  refuse_large();
}

// Of the instruction that is made next, before its effect.
void Emitter::note_shape() {
  if (maps_.wanted()) shape_.set(word.flow, word.loops_sure, word.tries);
}

// What is known of the stacks is kept in few bytes.
void Emitter::refuse_large() {
  const Flow& flow = word.flow;
  if (flow.depth > depth_max || flow.depth < -depth_max || flow.loops > depth_max || flow.loops < -depth_max)
    fail(CompileError::word_too_large);
}

void Emitter::apply_effect(const core::InstructionInfo& info) {
  word.flow.loops += info.loop_out - info.loop_in;
  move_depth(info.data_in, info.data_out);
}

void Emitter::charge_before(int ticks) {
  if (!word.flow.reachable) return;
  if (word.flow.unchecked + ticks > stretch_max || word.flow.pending + ticks > stretch_max) charge_pending();
}

void Emitter::add_ticks(int ticks) {
  if (!word.flow.reachable) return;
  charge_before(ticks);
  word.flow.pending += ticks;
  word.flow.unchecked += ticks;
}

void Emitter::charge_pending() {
  if (is_metered) {
    note_shape();
    append(Op::charge, {word.flow.pending});
  }
  note_charged(0);
}

// All that was pending but this.
void Emitter::note_charged(int pending) {
  word.charges = true;
  word.flow.pending = pending;
  word.flow.unchecked = 0;
}

void Emitter::emit(Op op) {
  if (!word.flow.reachable) return;
  note_shape();
  add_ticks(core::info(op).ticks);
  apply_effect(core::info(op));
  append(op, {});
}

void Emitter::emit_literal(Cell value) {
  if (!word.flow.reachable) return;
  const Op op = value == static_cast<std::int8_t>(value)    ? Op::literal8
                : value == static_cast<std::int16_t>(value) ? Op::literal16
                                                            : Op::literal32;
  emit_with(op, value);
}

int Emitter::number_on_top() const {
  if (waiting_ == 0) return -1;
  const Waiting& last = window_[waiting_ - 1];
  if (last.op == Op::literal8) return static_cast<std::int8_t>(last.operands[0]) < 0 ? -1 : last.operands[0];
  return last.op == Op::literal16 && last.operands[1] == 0 ? last.operands[0] : -1;
}

void Emitter::emit_with(Op op, std::int32_t operand) {
  if (!word.flow.reachable) return;
  note_shape();
  add_ticks(core::info(op).ticks);
  apply_effect(core::info(op));
  append(op, {operand});
}

// Its operands are too many to wait with others; there is nothing to fuse either.
void Emitter::emit_block(const core::Block& block, const std::int32_t* values) {
  if (!word.flow.reachable) return;
  note_shape();
  add_ticks(core::info(block.op).ticks);
  apply_effect(core::info(block.op));
  append_now(block.op, {});
  const core::OperandList& list = core::operands(block.op);
  std::uint8_t* at = reserve(list.bytes);
  if (at == nullptr) return;
  for (unsigned k = 0; k < list.count; ++k) {
    const unsigned bytes = core::operand_kind(list, k).bytes;
    std::memcpy(at, values + k, bytes);
    at += bytes;
  }
}

Patch Emitter::emit_jump(Op op, int ticks) {
  add_ticks(ticks);
  if (!word.flow.reachable) return {};
  note_shape();
  apply_effect(core::info(op));
  return append_now(op, {0, 0});
}

// The head of a loop expects its own pending ticks: what is more is charged, what is less is given back.
void Emitter::emit_checked_jump_back(Op op, int ticks, std::uint32_t target, const Flow& head) {
  behind_check_ = true;
  emit_jump_back(op, ticks, target, head);
}

void Emitter::emit_jump_back(Op op, int ticks, std::uint32_t target, const Flow& head) {
  const Patch patch = emit_jump_charging(op, ticks, head);
  if (patch.used) write_displacement(patch, target);
}

Patch Emitter::emit_jump_charging(Op op, int ticks, const Flow& head) {
  add_ticks(ticks);
  if (!word.flow.reachable) return {};
  note_shape();
  apply_effect(core::info(op));
  const Patch patch = append_now(op, {0, word.flow.pending - head.pending});
  note_charged(head.pending);
  return patch;
}

void Emitter::mark_loop(std::uint32_t target, const Flow& head) {
  if (!head.reachable) return;
  word.flow.reachable = true;
  shape_.forbid();
  write_displacement(append_now(Op::repeat, {0, 0}), target);
  word.flow.reachable = false;
}

void Emitter::emit_charging(Op op, int ticks) {
  add_ticks(ticks);
  if (!word.flow.reachable) return;
  note_shape();
  apply_effect(core::info(op));
  append(op, {word.flow.pending});
  note_charged(0);
}

void Emitter::emit_call(std::uint32_t header, const WordEffect& effect, bool verified) {
  if (!word.flow.reachable) return;
  add_ticks(core::info(Op::call_word).ticks);
  note_shape();
  if (verified) {
    append(Op::mark_depth, {});
    word.marks = 1;
    shape_.set_marked();
  }
  word.flow.loops += effect.loop_change;
  move_depth(0, effect.change);
  enter(header, effect);
  if (!verified) return;
  note_shape();
  shape_.set_marked();
  append(Op::verify_depth, {effect.in, effect.in + effect.change});
}

// A word without a charge point is like a stretch of the code around the call.
void Emitter::enter(std::uint32_t header, const WordEffect& effect) {
  Flow& flow = word.flow;
  if (effect.plain && std::max<int>(flow.pending, flow.unchecked) + effect.exit_unchecked <= stretch_max) {
    write_displacement(append_now(Op::call_word, {0}), header);
    flow.pending += effect.exit_pending;
    flow.unchecked += effect.exit_unchecked;
  } else {
    write_displacement(append_now(Op::call_word_charged, {0, flow.pending}), header);
    note_charged(effect.exit_pending);
    flow.unchecked = effect.exit_unchecked;
  }
}

// The last instruction of its word.
void Emitter::emit_crossing(std::uint8_t frame, std::int32_t header) {
  add_ticks(core::info(Op::enter_frame).ticks);
  note_shape();
  append(Op::enter_frame, {frame, header, word.flow.pending});
  note_charged(0);
}

void Emitter::emit_host_call(std::int32_t function, int in, int out) {
  if (!word.flow.reachable) return;
  add_ticks(core::info(Op::call_host).ticks);
  note_shape();
  move_depth(in, out);
  append(Op::call_host, {function});
}

void Emitter::emit_call_token(bool known) {
  if (!word.flow.reachable) return;
  add_ticks(core::info(Op::call_token).ticks);
  note_shape();
  apply_effect(core::info(Op::call_token));
  append(Op::call_token, {word.flow.pending});
  if (vm::verification_bytes != 0) {
    note_shape();
    shape_.set_marked();
    shape_.set_checks(!known);
    append(Op::verify_depth, {0, 0});
  }
  note_charged(0);
  word.flow.unchecked = stretch_max;
}

void Emitter::emit_check(int need, int loops, int room) {
  note_shape();
  if (need >= placeholder || loops >= placeholder || room > 0xffff) return fail(CompileError::word_too_large);
  append(Op::check_depth, {need, loops, room});
}

void Emitter::emit_check_of_need() {
  charge_before(core::info(Op::call_word).ticks);
  note_shape();
  append(Op::check_depth, {placeholder, placeholder, 0});
  behind_check_ = true;
}

// --- joins
// ------------------------------------------------------------------------------------------------------------

std::uint32_t Emitter::here() {
  flush();
  return frame_->code_bytes;
}

void Emitter::land(const Patch& patch) {
  if (patch.used) write_displacement(patch, here());
}

void Emitter::set_adjust(const Patch& patch, int ticks) {
  if (patch.used) fill_in(patch.operand + 2, ticks);
}

// The displacement holds how far back the branch before lies; 0 ends the chain.
void Emitter::link(const Patch& patch, std::uint32_t previous_operand) {
  const std::uint16_t distance = static_cast<std::uint16_t>(previous_operand ? patch.operand - previous_operand : 0);
  if (error_ == CompileError::none) std::memcpy(frame_->code + patch.operand, &distance, sizeof distance);
}

bool Emitter::land(Chain& chain, unsigned branches) {
  for (; chain.operand != 0 && branches > 0; --branches) {
    std::uint16_t distance;
    std::memcpy(&distance, frame_->code + chain.operand, sizeof distance);
    write_displacement({chain.operand - 1, chain.operand, true}, chain.target);
    chain.operand = distance == 0 ? 0 : chain.operand - distance;
  }
  return chain.operand == 0;
}

void Emitter::write_displacement(const Patch& patch, std::uint32_t target) {
  if (error_ != CompileError::none) return;
  const std::int32_t displacement = static_cast<std::int32_t>(target) - static_cast<std::int32_t>(patch.opcode);
  const std::int16_t cut = static_cast<std::int16_t>(displacement);
  if (cut != displacement) return fail(CompileError::branch_too_far);
  std::memcpy(frame_->code + patch.operand, &cut, sizeof cut);
}

void Emitter::fill_in(std::uint32_t at, int value) {
  if (error_ == CompileError::none) frame_->code[at] = static_cast<std::uint8_t>(value);
}

void Emitter::fill_in_cells(std::uint32_t at, int cells) {
  fill_in(at, cells & 0xff);
  fill_in(at + 1, cells >> 8);
}

// --- window and code
// --------------------------------------------------------------------------------------------------

void Emitter::append(Op op, std::initializer_list<std::int32_t> operands) {
  if (!word.flow.reachable || error_ != CompileError::none) return;
  if (op == Op::absent) return fail(CompileError::unknown_word);
  if (waiting_ == window_size) flush();
  Waiting& one = window_[waiting_++];
  one.op = op;
  one.bytes = 0;
  one.position = position_;
  one.shape = shape_;
  if (behind_check_) one.shape.forbid();
  behind_check_ = false;
  const core::OperandList& list = core::operands(op);
  // Branches come with an adjustment that not all have; the fields of a block come behind.
  const unsigned count = std::min<unsigned>(list.count, static_cast<unsigned>(operands.size()));
  for (unsigned k = 0; k < count; ++k) {
    const std::int32_t value = operands.begin()[k];
    const unsigned bytes = core::operand_kind(list, k).bytes;
    std::memcpy(one.operands + one.bytes, &value, bytes);
    one.bytes = static_cast<std::uint8_t>(one.bytes + bytes);
  }
}

// Writes the instruction at once and tells where it and its operands lie; they may be part of a fused one.
Patch Emitter::append_now(Op op, std::initializer_list<std::int32_t> operands) {
  append(op, operands);
  flush();
  return {last_opcode_, frame_->code_bytes - core::operands(op).bytes,
          error_ == CompileError::none && word.flow.reachable};
}

// Covers the waiting instructions with as few as possible: for each place, from the last to the first, the best way to
// go on is already known.
void Emitter::flush() {
  unsigned cost[window_size + 1];
  Op choice[window_size];
  unsigned length[window_size];
  cost[waiting_] = 0;
  for (unsigned at = waiting_; at-- > 0;) {
    cost[at] = cost[at + 1] + 1;
    choice[at] = window_[at].op;
    length[at] = 1;
    if (!fuse_ || core::on_page_two(window_[at].op)) continue;
    const unsigned first = core::index_in_page(window_[at].op);
    for (unsigned k = core::fusion_first[first]; k < core::fusion_first[first + 1]; ++k) {
      const core::Fusion& fusion = core::fusions[k];
      if (fusion.length > waiting_ - at || cost[at + fusion.length] + 1 > cost[at]) continue;
      bool same = true;
      for (unsigned part = 1; part < fusion.length; ++part) same = same && window_[at + part].op == fusion.parts[part];
      if (!same) continue;
      cost[at] = cost[at + fusion.length] + 1;
      choice[at] = fusion.op;
      length[at] = fusion.length;
    }
  }
  for (unsigned at = 0; at < waiting_; at += length[at]) write(choice[at], at, length[at]);
  waiting_ = 0;
}

void Emitter::write(Op op, unsigned first, unsigned count) {
  std::uint32_t bytes = core::on_page_two(op) ? 2 : 1;
  for (unsigned part = 0; part < count; ++part) bytes += window_[first + part].bytes;
  const std::uint32_t offset = frame_->code_bytes;
  std::uint8_t* at = reserve(bytes);
  if (at == nullptr) return;
  if (core::on_page_two(op)) *at++ = static_cast<std::uint8_t>(core::escape_code);
  *at++ = static_cast<std::uint8_t>(core::index_in_page(op));
  for (unsigned part = 0; part < count; ++part) {
    const Waiting& one = window_[first + part];
    std::memcpy(at, one.operands, one.bytes);
    at += one.bytes;
    if (host_->note_place && one.position.line != 0)
      host_->note_place(host_->context, offset, static_cast<std::uint8_t>(part), one.position.line,
                        one.position.column);
  }
  maps_.note(offset, word.header, window_[first].shape);
  last_opcode_ = offset;
  frame_->instructions += 1;
  frame_->source_instructions += count;
}

std::uint8_t* Emitter::reserve(std::uint32_t bytes) {
  if (error_ != CompileError::none) return nullptr;
  if (bytes > frame_->code_room()) {
    fail(CompileError::code_full);
    return nullptr;
  }
  std::uint8_t* at = frame_->code + frame_->code_bytes;
  frame_->code_bytes += bytes;
  return at;
}

}  // namespace mica::inline MICA_PROFILE::jit
