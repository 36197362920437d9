// Definitions of words, and the ends of words and of the program.
#include <algorithm>

#include "jit/compiler.hpp"
#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::CompileAction;
using core::Op;

namespace {

// What a word may take beyond `in` cells when some way of it comes to the depth `reach`; `most`: any number.
std::uint8_t beyond(int reach, int in, int most) {
  return static_cast<std::uint8_t>(std::clamp(-reach - in, 0, most));
}

// It takes one cell at most and leaves as many, on each way; none of the loop stack.
bool maps(const WordEffect& effect) {
  return effect.in + effect.more <= 1 && effect.change == 0 && effect.loop_in + effect.loop_more == 0;
}

}  // namespace

// Definitions lie in the midst of the code, which runs around them; those side by side are jumped over at once.
void Compiler::open_gap() {
  if (!gap_.used || emitter_.here() != gap_end_) gap_ = emitter_.emit_jump(Op::branch, 0);
}

void Compiler::close_gap() {
  emitter_.land(gap_);
  gap_end_ = emitter_.here();
}

void Compiler::begin_definition() {
  if (!at_top()) return fail(CompileError::definition_inside);
  definition_ = Definition{};
  definition_.opened = position_;
  expect_ = Expect::definition_name;
}

// The name is known from here on, so that the word can call itself.
void Compiler::name_definition(const Token& token) {
  Name* name = take_name(token, NameKind::word);
  if (name == nullptr) return;
  open_gap();
  definition_gap_ = gap_;
  main_ = emitter_.begin_word();
  name->value = emitter_.word.header;
  definition_.name = name;
  if (!core::rexa16) lexer_.watch_effect();
  expect_ = Expect::word;
}

void Compiler::declare_effect() {
  if (lexer_.effect().is_wrong()) return fail_at(CompileError::effect_syntax, lexer_.error_position());
  definition_.declared = true;
  definition_.in = static_cast<int>(lexer_.effect().in());
  definition_.out = static_cast<int>(lexer_.effect().out());
}

void Compiler::end_definition() {
  if (depth_ > 0) return fail_at(CompileError::unclosed_structure, controls_[depth_ - 1].opened);
  if (!defining()) return fail(CompileError::outside_definition);
  note_return();
  WordEffect exit;
  // Who calls by a token charges what the word leaves before it enters: that must not be lost when the word ends the
  // task.
  if (definition_.early_return || definition_.recursive || definition_.may_end) {
    emitter_.emit_charging(Op::return_word_charged, ticks(CompileAction::end_definition));
  } else {
    emitter_.add_ticks(ticks(CompileAction::end_definition));
    if (flow().reachable) {
      exit.exit_pending = static_cast<std::uint8_t>(flow().pending) & 0x7f;  // at most stretch_max
      exit.exit_unchecked = static_cast<std::uint8_t>(flow().unchecked) & 0x7f;
    }
    emitter_.emit(Op::return_word);
  }
  emitter_.end_word(emitter_.word.extent);
  if (definition_.needs_to_fill_in) {
    needs_ = emitter_.needs_of_word();
    work_left_ = WorkLeft::needs;
  }
  definition_.name->effect = effect_of_definition();
  definition_.name->effect.exit_pending = exit.exit_pending;
  definition_.name->effect.exit_unchecked = exit.exit_unchecked;
  definition_.name->effect.plain = !emitter_.word.charges;
  if (definition_.name->token != 0) describe_token(*definition_.name);
  emitter_.resume_word(main_);
  gap_ = definition_gap_;
  definition_ = Definition{};
  frame_->code_kept = frame_->code_bytes;
  close_gap();
}

// --- tokens
// -----------------------------------------------------------------------------------------------------------

void Compiler::take_token() { expect_ = Expect::token_name; }

void Compiler::push_token(const Token& token) {
  Name* const name = dictionary_.find(token.text, token.hash);
  expect_ = Expect::word;
  for (std::uint32_t k = 0; name == nullptr && k < core::function_words.size(); ++k)
    if (core::function_words[k] == token.text) return emit_number(token_of_function(k));
  if (vm::has_host_functions && name == nullptr && push_host_token(token)) return;
  if (name == nullptr || name->kind != NameKind::word) return fail(CompileError::word_expected);
  if (name->token == 0) {
    if (!vm::add_token(*frame_, {.unreached = !flow().reachable})) return fail(CompileError::data_full);
    name->token = frame_->tokens;
    if (name != definition_.name) describe_token(*name);
  }
  emit_number(name->token);
}

// What a call by token must know. A word in work tells it at its end.
void Compiler::describe_token(const Name& name) {
  vm::Token& token = *(frame_->tokens_end - name.token);
  token.header = static_cast<std::uint16_t>(name.value);
  token.in = name.effect.in;
  token.loop_in = name.effect.loop_in;
  token.exit_pending = name.effect.exit_pending;
  token.change = name.effect.change;
  token.verified = name.effect.dynamic && name.effect.declared;
  token.maps = maps(name.effect);
}

// --- ends
// -------------------------------------------------------------------------------------------------------------

void Compiler::return_early() {
  if (!defining()) return fail(CompileError::outside_definition);
  // In rexa16 the parameters of the loop stay on the loop stack.
  for (std::uint32_t k = 0; !core::rexa16 && k < depth_; ++k)
    if (controls_[k].kind == Structure::counted_loop) return fail(CompileError::return_in_loop);
  if (!stays_in_try(nullptr)) return;
  definition_.early_return = true;
  note_return();
  emitter_.emit_charging(Op::return_word_charged, ticks(CompileAction::return_early));
  ++departures_;
  flow().reachable = false;
}

void Compiler::note_return() {
  if (!flow().reachable) return;
  if (!core::rexa16 && flow().loops != 0) return fail(CompileError::unbalanced_loop_stack);
  const bool same = definition_.return_depth == flow().depth && definition_.return_loops == flow().loops;
  if (flow().epoch != 0 || (definition_.returned && !same)) definition_.returns_differ = true;
  if (!definition_.returned) {
    definition_.return_depth = flow().depth;
    definition_.return_loops = flow().loops;
  }
  definition_.returned = true;
}

WordEffect Compiler::effect_of_definition() {
  const Definition& one = definition_;
  const int need = emitter_.word.need;
  WordEffect effect;
  effect.loop_in = static_cast<std::uint16_t>(emitter_.word.loop_need);
  effect.dynamic = one.dynamic || one.returns_differ;
  effect.declared = one.declared;
  effect.returns = one.returned;
  effect.may_end = one.may_end;
  const int change = one.returned && !effect.dynamic ? one.return_depth : 0;
  const int loop_change = one.returned && !effect.dynamic ? one.return_loops : 0;
  effect.loop_change = static_cast<std::int16_t>(loop_change);
  if (loop_change != effect.loop_change) fail(CompileError::word_too_large);
  effect.in = static_cast<std::uint16_t>(one.declared ? one.in : need);
  effect.change = static_cast<std::int16_t>(one.declared ? one.out - one.in : change);
  if (change != static_cast<std::int16_t>(change)) fail(CompileError::word_too_large);
  if (one.declared && (need > one.in || (!effect.dynamic && one.returned && change != one.out - one.in)))
    fail(CompileError::effect_mismatch);
  if (!core::rexa16 && effect.dynamic) {
    if (!one.declared) fail(CompileError::unbalanced_branches);
    if (one.unverified) fail(CompileError::unbalanced_recursion);
  }
  const int reach = effect.dynamic ? reach_any : one.reach, loop_reach = effect.dynamic ? reach_any : one.loop_reach;
  effect.more = beyond(reach, effect.in, WordEffect::more_max);
  effect.loop_more = beyond(loop_reach, effect.loop_in, WordEffect::loop_more_max) & 31;
  if (one.assumed && (effect.dynamic || (one.returned && change != one.assumed_change)))
    fail(CompileError::effect_unknown);
  return effect;
}

// Code that never runs does not count: nothing of it is there to be decompiled.
void Compiler::note_end(bool may_end) {
  if (may_end && flow().reachable) definition_.may_end = true;
}

void Compiler::end_program() {
  note_end(true);
  emitter_.emit_charging(Op::end_task, ticks(CompileAction::end_program));
  ++departures_;
  flow().reachable = false;
}

}  // namespace mica::inline MICA_PROFILE::jit
