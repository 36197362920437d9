// Structures: if, begin, do. Where ways meet, depth and pending ticks of all of them are made equal or the depth is
// left to the running program.
#include "jit/compiler.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::CompileAction;
using core::Op;

Control* Compiler::open(Structure kind) {
  if (depth_ == core::limits::control_depth) {
    fail(CompileError::control_too_deep);
    return nullptr;
  }
  Control& control = controls_[depth_++];
  control = Control{};
  control.kind = kind;
  control.opened = position_;
  return &control;
}

Control* Compiler::top(Structure kind, Structure or_kind) {
  if (depth_ > 0 && (controls_[depth_ - 1].kind == kind || controls_[depth_ - 1].kind == or_kind))
    return &controls_[depth_ - 1];
  fail(CompileError::unmatched_word);
  return nullptr;
}

// --- if
// ---------------------------------------------------------------------------------------------------------------

void Compiler::begin_if() {
  Control* control = enough(1, 0) ? open(Structure::if_part) : nullptr;
  if (control == nullptr) return;
  control->jump = emitter_.emit_jump(Op::branch_if_zero, ticks(CompileAction::begin_if));
  control->certain = flow().certain;
  control->departures = departures_;
  flow().certain = false;
  control->flow = flow();
}

void Compiler::begin_else() {
  Control* control = top(Structure::if_part, Structure::if_part);
  if (control == nullptr) return;
  control->kind = Structure::else_part;
  const Patch condition = control->jump;
  const Flow around = control->flow;
  control->jump = emitter_.emit_jump(Op::branch, ticks(CompileAction::begin_else));
  control->flow = flow();
  emitter_.land(condition);
  flow() = around;
  if (flow().epoch != emitter_.word.epoch) new_epoch(CompileError::unbalanced_branches);
}

void Compiler::end_if() {
  if (Control* control = top(Structure::if_part, Structure::else_part)) end_parts(*control);
}

// One way falls in here, the other jumps here and is adjusted on the jump.
void Compiler::end_parts(Control& control) {
  const Flow jumps = control.flow;
  emitter_.land(control.jump);
  --depth_;
  if (flow().reachable && jumps.reachable) {
    emitter_.set_adjust(control.jump, jumps.pending - flow().pending);
    flow().certain = control.certain && control.departures == departures_;
    return join(jumps, CompileError::unbalanced_branches);
  }
  if (jumps.reachable) flow() = jumps;
  if (flow().epoch != emitter_.word.epoch) new_epoch(CompileError::unbalanced_branches);
}

// Another way, with the same pending ticks, meets the flow.
void Compiler::join(const Flow& other, CompileError unless_allowed) {
  if (other.unchecked > flow().unchecked) flow().unchecked = other.unchecked;
  if (other.floor > flow().floor) flow().floor = other.floor;
  if (other.loop_floor > flow().loop_floor) flow().loop_floor = other.loop_floor;
  if (!same_loop_stack(other)) return;
  if (!same_stacks(other, flow()) || other.epoch != emitter_.word.epoch) new_epoch(unless_allowed);
}

// The own dialect asks for it wherever ways meet.
bool Compiler::same_loop_stack(const Flow& other) {
  if (core::rexa16 || !flow().reachable || other.loops == flow().loops) return true;
  fail(CompileError::unbalanced_loop_stack);
  return false;
}

// --- loops
// ------------------------------------------------------------------------------------------------------------

void Compiler::open_body(Control& control) {
  control.head = static_cast<std::uint16_t>(emitter_.here());
  control.flow = flow();
  control.outside = emitter_.word.extent;
  emitter_.word.extent = Extent::at(flow());
  // A repeated body may find the stacks lower than the first time: it answers for itself. But the parameters of a
  // counted loop are there whenever it is repeated.
  flow().floor = flow().depth;
  control.loop_floor = flow().loop_floor;
  const int known = flow().loops - (control.kind == Structure::counted_loop ? 2 : 0);
  if (core::rexa16 && known > flow().loop_floor) flow().loop_floor = known;
  note_sure_loops();
}

// What was sure before a loop is so behind it.
void Compiler::note_sure_loops() {
  if constexpr (!core::rexa16 || !has_stack_maps) return;
  Small& sure = emitter_.word.loops_sure;
  sure = depth_max;
  for (std::uint32_t k = 0; k < depth_; ++k) {
    const Control& control = controls_[k];
    const bool is_loop = control.kind == Structure::loop || control.kind == Structure::counted_loop;
    if (is_loop && control.flow.epoch == flow().epoch && control.loop_floor < sure) sure = control.loop_floor;
  }
}

void Compiler::close_body(const Control& control) {
  if (!control.body_known) emitter_.word.extent = Extent::around(control.outside, emitter_.word.extent, control.flow);
  // A loop stack that is still known is as it was before.
  if (flow().epoch == control.flow.epoch && control.loop_floor < flow().loop_floor)
    flow().loop_floor = control.loop_floor;
  flow().certain = false;  // the loop may go on for ever
  ++departures_;
  --depth_;
  note_sure_loops();
}

bool Compiler::repeats_as_it_began(const Control& control) const {
  return same_stacks(emitter_.word.flow, control.flow);
}

Extent Compiler::body_of(const Control& control) const {
  return control.body_known ? control.body : emitter_.word.extent;
}

// A body that changes the depth is checked before each repetition for as far as it reaches; right behind that comes the
// jump, which takes so many ticks.
void Compiler::check_again(const Control& control, int ticks) {
  emitter_.charge_before(ticks);
  const Extent body = body_of(control);
  const int need = control.flow.depth - body.lowest;
  const int loops = core::rexa16 ? control.flow.loops - body.loops_lowest : 0;
  const int room = body.highest - (control.flow.depth + control.flow.loops);
  emitter_.emit_check(need > 0 ? need : 0, loops > 0 ? loops : 0, room > 0 ? room : 0);
}

// `again` is the jump of a loop that goes on: it lands beside the way out, where the next turn is checked first.
void Compiler::go_back_with_check(const Control& control, Patch again) {
  Flow out = flow();
  const Patch done = emitter_.emit_jump(Op::branch, 0);
  arrive_as_leaves_do(control, done, out);
  emitter_.land(again);
  check_again(control, 0);
  emitter_.emit_checked_jump_back(Op::repeat, 0, control.head, control.flow);
  emitter_.end_checked_body(control.head, control.flow, body_of(control));
  emitter_.land(done);
  flow() = out;
}

// A way out of a loop: with the pending ticks that `leave` brings along.
void Compiler::arrive_as_leaves_do(const Control& control, const Patch& way, Flow& out) {
  if (!control.left) return;
  emitter_.set_adjust(way, out.pending - control.flow.pending);
  out.pending = control.flow.pending;
}

void Compiler::begin_loop() {
  if (Control* control = open(Structure::loop)) open_body(*control);
}

void Compiler::end_again() {
  end_loop(ticks(CompileAction::end_again));
  if (error_ == CompileError::none) end_body(controls_[depth_ - 1], true);
}

// Jumps back to `begin`.
void Compiler::end_loop(int ticks) {
  Control* control = top(Structure::loop, Structure::loop);
  if (control == nullptr || !same_loop_stack(control->flow)) return;
  if (!flow().reachable) return emitter_.mark_loop(control->head, control->flow);
  const bool balanced = repeats_as_it_began(*control);
  if (!balanced) {
    // What leaves the loop no longer has the depth that it was noted with.
    new_epoch(CompileError::unbalanced_loop);
    if (error_ != CompileError::none) return;
    check_again(*control, ticks);
  }
  if (balanced) {
    emitter_.emit_jump_back(Op::repeat, ticks, control->head, control->flow);
  } else {
    emitter_.emit_checked_jump_back(Op::repeat, ticks, control->head, control->flow);
    emitter_.end_checked_body(control->head, control->flow, body_of(*control));
  }
  flow().reachable = false;
}

void Compiler::end_until() {
  Control* control = top(Structure::loop, Structure::loop);
  if (control == nullptr || !enough(1, 0) || !same_loop_stack(control->flow)) return;
  flow().depth -= 1;  // as it will be behind the flag
  const bool balanced = repeats_as_it_began(*control);
  flow().depth += 1;
  if (!flow().reachable) emitter_.mark_loop(control->head, control->flow);
  if (!flow().reachable || balanced) {
    emitter_.emit_jump_back(Op::repeat_if_zero, ticks(CompileAction::end_until), control->head, control->flow);
    return end_body(*control, true);
  }
  const Patch again = emitter_.emit_jump(Op::branch_if_zero, ticks(CompileAction::end_until));
  go_back_with_check(*control, again);
  end_body(*control, false);
}

// Behind the loop, where all that leave it meet. The body is still open while its extent is put aside.
void Compiler::end_body(Control& control, bool balanced) {
  land_leaves(control);
  if (!balanced || control.leaves_differ || (control.left && flow().reachable && flow().epoch != emitter_.word.epoch))
    new_epoch(CompileError::unbalanced_loop);
  close_body(control);
}

// The way out of the loop, which goes on behind `repeat`.
void Compiler::leave_while() {
  if (top(Structure::loop, Structure::loop) == nullptr || !enough(1, 0)) return;
  Control* control = open(Structure::while_part);
  if (control == nullptr) return;
  control->jump = emitter_.emit_jump(Op::branch_if_zero, ticks(CompileAction::leave_while));
  flow().certain = false;
  control->flow = flow();
}

void Compiler::end_repeat() {
  Control* control = top(Structure::while_part, Structure::while_part);
  if (control == nullptr) return;
  const Patch out = control->jump;
  Flow outside = control->flow;
  --depth_;
  end_loop(ticks(CompileAction::end_repeat));
  if (error_ != CompileError::none) return;
  Control& loop = controls_[depth_ - 1];
  arrive_as_leaves_do(loop, out, outside);
  emitter_.land(out);
  flow() = outside;
  flow().certain = false;
  end_body(loop, flow().epoch == emitter_.word.epoch);
}

// Behind vecmap, which takes the functions of the instruction set itself, a loop calls those of the program: the
// operands and the number of elements that are left stay on the stack.
void Compiler::map_array() {
  if (!enough(4, 0)) return;
  emitter_.emit(Op::vecmap);
  const std::uint32_t head = emitter_.here();
  const Flow at_head = flow();
  emitter_.emit(Op::dup);
  const Patch done = emitter_.emit_jump(Op::branch_if_zero, 0);
  const Flow behind = flow();
  emitter_.emit(Op::vecmap_element);
  emitter_.emit_call_token(true);
  note_end(true);
  emitter_.emit(Op::vecmap_store);
  emitter_.emit_jump_back(Op::repeat, 0, head, at_head);
  emitter_.land(done);
  flow() = behind;
  flow().certain = false;  // a call may end the task
  ++departures_;
  for (int operand = 0; operand < 5; ++operand) emitter_.emit(Op::drop);
}

void Compiler::begin_do() {
  if (!enough(2, 0)) return;
  emitter_.add_ticks(ticks(CompileAction::begin_do));
  emitter_.emit(Op::enter_loop);
  if (Control* control = open(Structure::counted_loop)) open_body(*control);
}

void Compiler::end_do() { end_counted_loop(Op::next_iteration, 0, ticks(CompileAction::end_do)); }
void Compiler::end_do_by() { end_counted_loop(Op::next_iteration_by, 1, ticks(CompileAction::end_do_by)); }

// `next` takes `in` cells of the data stack.
void Compiler::end_counted_loop(Op next, int in, int ticks) {
  Control* control = top(Structure::counted_loop, Structure::counted_loop);
  if (control == nullptr || !same_loop_stack(control->flow) || !enough(in, 2)) return;
  flow().depth -= in;  // as it will be behind the step
  const bool balanced = repeats_as_it_began(*control);
  flow().depth += in;
  if (!flow().reachable || balanced) {
    emitter_.emit_jump_back(next, ticks, control->head, control->flow);
  } else {
    const Patch again = emitter_.emit_jump_charging(next, ticks, control->flow);
    go_back_with_check(*control, again);
  }
  end_body(*control, !flow().reachable || balanced);
  if (enough(0, 2)) emitter_.emit(Op::drop_loop);
}

// The innermost counted loop, or where there is none the innermost `begin`.
Control* Compiler::loop_to_leave() {
  for (const Structure kind : {Structure::counted_loop, Structure::loop})
    for (std::uint32_t k = depth_; k > 0; --k)
      if (controls_[k - 1].kind == kind) return &controls_[k - 1];
  fail(CompileError::outside_loop);
  return nullptr;
}

void Compiler::leave_loop() {
  Control* const loop = loop_to_leave();
  if (loop == nullptr || !stays_in_try(loop) || !same_loop_stack(loop->flow)) return;
  Control& control = *loop;
  emitter_.here();  // the branch stands alone, so that its opcode lies right before its operand
  const Op way = control.kind == Structure::counted_loop ? Op::branch : Op::leave_begin;
  const Patch patch = emitter_.emit_jump(way, ticks(CompileAction::leave_loop));
  if (!patch.used) return;
  emitter_.set_adjust(patch, flow().pending - control.flow.pending);
  emitter_.link(patch, control.leaves);
  control.leaves = patch.operand;
  control.leaves_differ = control.leaves_differ || (control.left && !same_stacks(control.leave_flow, flow()));
  if (!control.left) control.leave_flow = flow();
  control.leave_flow.pending = control.flow.pending;
  if (flow().unchecked > control.leave_flow.unchecked) control.leave_flow.unchecked = flow().unchecked;
  if (flow().floor > control.leave_flow.floor) control.leave_flow.floor = flow().floor;
  if (flow().loop_floor > control.leave_flow.loop_floor) control.leave_flow.loop_floor = flow().loop_floor;
  control.left = true;
  ++departures_;
  flow().reachable = false;
}

// All leaves lead here; they arrive with the pending ticks of the loop's head, as the end of the loop does.
void Compiler::land_leaves(Control& control) {
  if (!control.left) return;
  leaves_ = {control.leaves, emitter_.here()};
  work_left_ = WorkLeft::leaves;
  if (!flow().reachable) {
    flow() = control.leave_flow;
    return;
  }
  control.leaves_differ = control.leaves_differ || !same_stacks(control.leave_flow, flow());
  if (control.leave_flow.unchecked > flow().unchecked) flow().unchecked = control.leave_flow.unchecked;
  if (control.leave_flow.floor > flow().floor) flow().floor = control.leave_flow.floor;
  if (control.leave_flow.loop_floor > flow().loop_floor) flow().loop_floor = control.leave_flow.loop_floor;
}

// --- single words
// -----------------------------------------------------------------------------------------------------

// How many cells are dropped must be known while compiling, or nothing of the loop stack is known from here on. In
// rexa16 what is known hangs on nothing but the code, so that a decompiled text leads to the same.
void Compiler::drop_loop_cells() {
  const int count = core::rexa16 ? emitter_.number_on_top() : number_before_;
  if (!core::rexa16 && count < 0) return fail(CompileError::count_expected);
  if (!enough(1, count < 0 ? 0 : count) || !keeps_loop_cells(count)) return;
  emitter_.add_ticks(ticks(CompileAction::drop_loop_cells));
  emitter_.emit(Op::drop_cells);
  if (count < 0) return new_epoch(CompileError::count_expected);
  if (flow().reachable) flow().loops -= count;
}

void Compiler::dup_unless_zero() {
  emit_instruction(Op::dup);
  begin_if();
  emit_instruction(Op::dup);
  end_if();
}

}  // namespace mica::inline MICA_PROFILE::jit
