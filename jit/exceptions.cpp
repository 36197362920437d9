// `try`, `catch` and `throw`. What is known of the stacks at the handler is what was known at the `try`, as what lies
// below stays untouched.
#include <algorithm>

#include "jit/compiler.hpp"
#include "vm/exceptions.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::CompileAction;
using core::Op;

static_assert(vm::lost_ticks_max == stretch_max);

void Compiler::begin_try() {
  Control* control = open(Structure::try_part);
  if (control == nullptr) return;
  control->jump = emitter_.emit_jump(Op::enter_try, ticks(CompileAction::begin_try));
  control->certain = flow().certain;
  control->departures = departures_;
  ++emitter_.word.tries;
  flow().certain = false;
  control->flow = flow();
  // The handler finds the code on the stack; there must be room for it, whatever follows.
  Extent& extent = emitter_.word.extent;
  if (flow().reachable) extent.highest = std::max<int>(extent.highest, flow().depth + flow().loops + 1);
  control->head = try_.place;
  try_.set(depth_);
}

// All ticks are charged when the handler begins: by what was thrown, or for the trap.
void Compiler::begin_catch() {
  Control* control = top(Structure::try_part, Structure::try_part);
  if (control == nullptr) return;
  control->kind = Structure::catch_part;
  try_.set(control->head);
  const Patch handler = control->jump;
  Flow caught = control->flow;
  if (caught.reachable) caught.depth += 1;
  caught.pending = caught.unchecked = 0;
  control->jump = emitter_.emit_jump(Op::leave_try, ticks(CompileAction::begin_catch));
  control->flow = flow();
  --emitter_.word.tries;
  emitter_.land(handler);
  flow() = caught;
  if (flow().epoch != emitter_.word.epoch) new_epoch(CompileError::unbalanced_branches);
}

void Compiler::end_try() {
  if (Control* control = top(Structure::catch_part, Structure::catch_part)) end_parts(*control);
}

// It may leave the word, which therefore leaves nothing to charge to its caller.
void Compiler::throw_code() {
  if (!enough(1, 0)) return;
  note_end(true);
  emitter_.emit_charging(Op::throw_code, ticks(CompileAction::throw_code));
  flow().certain = false;
  ++departures_;
}

// --- what cannot be done between `try` and `catch`
// -----------------------------------------------------------------------------------------------------

// Takes an instruction only what was put on the stack since? Where the depth is not known any more, that is checked
// while running.
bool Compiler::takes_cells_of_try(int in) {
  const Flow& before = controls_[try_.place - 1].flow;
  if (in == 0 || flow().epoch != before.epoch || flow().depth - in >= before.depth) return true;
  fail(CompileError::reaches_below_try);
  return false;
}

bool Compiler::takes_loop_cells_of_try(int taken) {
  if (!flow().reachable || taken <= 0 || flow().loops - taken >= controls_[try_.place - 1].flow.loops) return true;
  fail(CompileError::reaches_below_try);
  return false;
}

// Does a way that leaves all structures from `outermost` on, or all of them if it is null, not lead out of it?
bool Compiler::goes_inside_try(const Control* outermost) {
  if (outermost != nullptr && outermost > &controls_[try_.place - 1]) return true;
  fail(CompileError::leaves_try);
  return false;
}

}  // namespace mica::inline MICA_PROFILE::jit
