#include "jit/compiler.hpp"

#include <algorithm>
#include <cstring>

#include "jit/numbers.hpp"
#include "vm/tasks.hpp"
#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::CompileAction;
using core::Op;

// Has the profile a word that does this? What only such a word leads to is left out with it.
constexpr bool has(CompileAction action) { return action != CompileAction::absent; }
constexpr bool has_arrays = has(CompileAction::define_array) || has(CompileAction::define_table) || has_blocks;
constexpr bool has_waitables = has(CompileAction::define_channel) || has(CompileAction::define_semaphore);
constexpr bool has_texts = has(CompileAction::print_text) || has(CompileAction::push_text);

CompileStatus Compiler::begin(vm::Machine& machine, const CompileOptions& options) {
  machine_ = &machine;
  options_ = {options.fuse,    options.needs_trailer, options.keep_open,
              options.extends, options.replaces,      options.first_line};
  test_ticks_max_ = options.test_ticks_max;
  lexer_.begin_at(options.first_line);
  open_ = true;
  work_left_ = WorkLeft::opening;
  if (replaces()) claim_replaced();
  if (open_) has_caught_up();
  return status();
}

void Compiler::resume(std::uint8_t slot, const WatchedPlaces& maps) {
  resumed_ = slot;
  emitter_.watch(maps);
}

CompileStatus Compiler::feed(std::string_view& text) {
  if (!open_) fail(CompileError::no_frame);
  while (error_ == CompileError::none && has_caught_up()) {
    const Scan scan = lexer_.scan(text);
    run(scan);
    if (scan == Scan::need_more) break;
  }
  return status();
}

CompileStatus Compiler::finish() {
  if (!open_) fail(CompileError::no_frame);
  while (open_ && has_caught_up()) end_next();
  return status();
}

// Does a piece of what is left to do. False: there is more, or it went wrong.
bool Compiler::has_caught_up() {
  if (machine_->holes) vm::close_holes(*machine_, piece_of_work / 2);
  if (machine_->holes) return false;
  if (work_left_ == WorkLeft::none) return true;
  if (do_piece_of_work()) work_left_ = WorkLeft::none;
  fail_with_emitter();
  return work_left_ == WorkLeft::none && error_ == CompileError::none;
}

// True: that was the last.
bool Compiler::do_piece_of_work() {
  switch (work_left_) {
    case WorkLeft::none: return true;
    case WorkLeft::opening: return open();
    case WorkLeft::test: return !has_headers || has_tested();
    case WorkLeft::names: return dictionary_.read_names(names_at_once);
    case WorkLeft::imports: return !has_crossings || find_import(names_at_once);
    case WorkLeft::leaves: return emitter_.land(leaves_, piece_of_work / 8);
    case WorkLeft::needs: return emitter_.fill_in(needs_, piece_of_work / 4);
    case WorkLeft::exports: return mark_exports(names_at_once);
    case WorkLeft::gaps: return vm::close_frame(*machine_, *frame_, closing_, piece_of_work);
    case WorkLeft::text: return !has(CompileAction::push_text) || push_cells(piece_of_work / 64);
    case WorkLeft::zeros: break;
  }
  const std::uint32_t piece = zeros_left_ < piece_of_work ? zeros_left_ : piece_of_work;
  std::memset(zeros_, 0, piece);
  zeros_ += piece;
  zeros_left_ -= piece;
  return zeros_left_ == 0;
}

// The text ended where a word wanted more.
void Compiler::fail_if_cut_short() {
  switch (expect_) {
    case Expect::word:
    case Expect::nothing:
    case Expect::header_key: return;
    case Expect::printed_text:
    case Expect::pushed_text:
    case Expect::packed_text: return fail(CompileError::text_expected);
    case Expect::definition_name:
    case Expect::variable_name:
    case Expect::double_variable_name:
    case Expect::constant_name:
    case Expect::array_name:
    case Expect::token_name:
    case Expect::channel_name:
    case Expect::semaphore_name:
    case Expect::view_name:
    case Expect::table_name: return fail(CompileError::name_expected);
    case Expect::block_field: return fail(CompileError::field_expected);
    case Expect::block_value: return fail(CompileError::field_value_expected);
    case Expect::view_array:
    case Expect::block_array: return fail(CompileError::array_expected);
    case Expect::waitable_size: return fail(CompileError::capacity_expected);
    case Expect::view_first:
    case Expect::view_count:
    case Expect::array_size: return fail(CompileError::size_expected);
    case Expect::constant_value: return fail(CompileError::number_expected);
    case Expect::preset_address: return fail(CompileError::address_expected);
    case Expect::table_type: return fail(CompileError::type_expected);
    case Expect::packed_size: return fail(CompileError::packed_size_expected);
    case Expect::array_element:
    case Expect::preset_opening:
    case Expect::preset_first:
    case Expect::preset_next:
    case Expect::table_content: return fail(CompileError::value_expected);
    case Expect::trailer_length:
    case Expect::trailer_crc: return fail(CompileError::trailer_syntax);
    default: return fail(CompileError::header_syntax);
  }
}

CompileStatus Compiler::status() {
  const bool failed = error_ != CompileError::none;
  const Position position = failed ? error_position_ : lexer_.position();
  const bool busy = open_ && (machine_->holes || work_left_ != WorkLeft::none || ending_ != Ending::token);
  CompileStatus status;
  status.error = static_cast<std::uint8_t>(error_);
  status.complete = complete_ && !failed;
  status.busy = busy;
  status.testing = busy && work_left_ == WorkLeft::test;
  status.frame = failed || frame_ == nullptr ? CompileOptions::no_frame : slot_;
  status.number = number_in_error_;
  status.line = position.line;
  status.column = position.column;
  status.text_bytes = lexer_.bytes() - unread_;
  return status;
}

void Compiler::fail(CompileError error) { fail_at(error, position_); }

void Compiler::fail_with_emitter() {
  if (emitter_.error() != CompileError::none) fail(emitter_.error());
}

// The first error counts. The frame is given back at once.
void Compiler::fail_at(CompileError error, Position position) {
  if (error_ != CompileError::none) return;
  error_ = error;
  error_position_ = position;
  emitter_.fail(error);
  if (!open_) return;
  open_ = false;
  give_up();
}

void Compiler::run(Scan scan) {
  switch (scan) {
    case Scan::need_more: break;
    case Scan::error: fail_at(lexer_.error(), lexer_.error_position()); break;
    case Scan::effect: declare_effect(); break;
    case Scan::quoted:
    case Scan::quote_end: consume_quoted(scan); break;
    case Scan::token:
      position_ = lexer_.token().position;
      emitter_.set_position(position_);
      consume_token(lexer_.token());
      first_token_ = false;
      break;
  }
  fail_with_emitter();
}

void Compiler::consume_quoted(Scan scan) {
  if (has_arrays && expect_ == Expect::packed_text) {
    if (scan == Scan::quoted) return add_packed(lexer_.piece());
    return end_packed();
  }
  if (!has_texts) return;
  if (scan == Scan::quoted) return add_text(lexer_.piece());
  end_text();
}

void Compiler::consume_token(const Token& token) {
  if (expect_ == Expect::header_key && token.position.line != header_line_) expect_ = Expect::word;
  switch (expect_) {
    case Expect::word: return consume_word(token);
    case Expect::definition_name: return name_definition(token);
    case Expect::variable_name:
    case Expect::double_variable_name: return name_variable(token);
    case Expect::constant_name: return has(CompileAction::define_constant) ? name_constant(token) : void();
    case Expect::constant_value: return has(CompileAction::define_constant) ? set_constant(token) : void();
    case Expect::preset_address:
    case Expect::preset_opening: return has(CompileAction::preset_data) ? take_preset_address(token) : void();
    case Expect::preset_first:
    case Expect::preset_next: return has(CompileAction::preset_data) ? preset_cell(token) : void();
    case Expect::array_name:
    case Expect::table_name: return has_arrays ? name_array(token) : void();
    case Expect::channel_name:
    case Expect::semaphore_name: return has_waitables ? name_waitable(token) : void();
    case Expect::waitable_size: return has_waitables ? size_waitable(token) : void();
    case Expect::table_type:
    case Expect::table_content:
    case Expect::array_size: return has_arrays ? begin_array(token) : void();
    case Expect::array_element: return has_arrays ? add_element(token) : void();
    case Expect::packed_size: return has_arrays ? begin_packed(token) : void();
    case Expect::view_name:
    case Expect::view_array:
    case Expect::view_first:
    case Expect::view_count: return has(CompileAction::define_view) ? take_view_token(token) : void();
    case Expect::block_field:
    case Expect::block_value:
    case Expect::block_array: return has_blocks ? take_block_token(token) : void();
    case Expect::token_name: return has(CompileAction::take_token) ? push_token(token) : void();
    case Expect::trailer_length:
    case Expect::trailer_crc: return consume_trailer(token);
    case Expect::nothing: return fail(CompileError::text_after_trailer);
    default: return has(CompileAction::frame_header) ? consume_header(token) : void();
  }
}

// Words of the instruction set first, unless they may be and are redefined, then names of the program, then those of
// the host, then numbers.
void Compiler::consume_word(const Token& token) {
  number_before_ = last_number_;
  last_number_ = -1;
  const core::Word& word = core::word_candidate(token.hash);
  const bool hidden = word.is_redefinable && dictionary_.find(token.text, token.hash) != nullptr;
  if (word.text == token.text && !hidden) {
    if (word.is_action) return act(static_cast<CompileAction>(word.target));
    const Op op = static_cast<Op>(word.target);
    const core::Block* const block = has_blocks && core::on_page_two(op) ? core::block_of(op) : nullptr;
    return block != nullptr ? begin_block(*block) : emit_instruction(op);
  }
  if (Name* name = dictionary_.find(token.text, token.hash)) {
    if (name->kind == NameKind::constant && !name->is_float) note_number(cell_of(*name));
    return call(*name);
  }
  if (vm::has_host_functions && take_from_host(token)) return;
  const Number number = read_number(token.text);
  if (is_refused(number)) return;
  if (number.kind == NumberKind::none) return fail(CompileError::unknown_word);
  if (number.kind == NumberKind::double_number) return emit_double(number.value);
  emit_number(number.value);
  if (number.kind == NumberKind::number) note_number(number.value);
}

// For a word that wants to know it.
void Compiler::note_number(std::int64_t value) {
  if (value >= 0 && value <= core::limits::stack_cells) last_number_ = static_cast<int>(value);
}

void Compiler::act(CompileAction action) {
  switch (action) {
#define ACTION(name)        \
  case CompileAction::name: \
    return name();
#include "core/compile_actions.inc"
#undef ACTION
  }
}

void Compiler::emit_instruction(Op op) {
  const core::InstructionInfo& info = core::info(op);
  if (!enough(info.data_in, info.loop_in) || !keeps_loop_cells(info.loop_in - info.loop_out)) return;
  emitter_.emit(op);
  if (info.is_dynamic) new_epoch(at_top_level() ? CompileError::none : CompileError::effect_unknown);
}

void Compiler::emit_number(std::int64_t value) {
  if (enough(0, 0)) emitter_.emit_literal(static_cast<Cell>(value));
}

// The low cell first, as a double lies on the stack.
void Compiler::emit_double(std::int64_t value) {
  emit_number(low_cell(static_cast<Double>(value)));
  emit_number(high_cell(static_cast<Double>(value)));
}

// Are there as many cells as an instruction takes? Says so, or sees to it that it is checked while running.
bool Compiler::enough(int in, int loop_in) {
  if (!flow().reachable || error_ != CompileError::none) return error_ == CompileError::none;
  note_reach(flow().depth - in, flow().loops - loop_in);
  return keeps_cells(in) && enough_loops(loop_in) && enough_data(in);
}

// How low some way comes: vecmap calls words above its own operands and cells of loops.
void Compiler::note_reach(int depth, int loops) {
  if constexpr (!has(CompileAction::map_array)) return;
  definition_.reach = std::min(definition_.reach, depth);
  definition_.loop_reach = std::min(definition_.loop_reach, loops);
}

bool Compiler::enough_data(int in) {
  const int reach = flow().depth - in;
  Small& lowest = emitter_.word.extent.lowest;
  if (!checks_while_running()) {
    // The whole word answers for all of its ways: at the top there is nothing below, a declared word has what it says.
    if (!(defining() && !definition_.declared) && reach < -cells_given()) {
      fail(CompileError::stack_underflow);
      return false;
    }
    if (reach < lowest) lowest = reach;
  } else if (reach < flow().floor) {
    // What is sure to be taken is checked at the begin of the block, the rest where it is taken.
    if (!flow().certain || !(defining() || flow().epoch != 0 || reach >= -cells_before_))
      emitter_.emit_check(in, 0, 0);
    else if (reach < lowest)
      lowest = reach;
    flow().floor = reach;
  }
  return true;
}

// The own dialect knows the loop stack everywhere. In rexa16 it is like the data stack: a word may look at the one of
// its caller, and after a place where ways of different depth meet nothing of it is known.
bool Compiler::enough_loops(int in) {
  const int reach = flow().loops - in;
  if (in == 0 || reach >= flow().loop_floor) return true;
  if (!core::rexa16) {
    fail(CompileError::outside_loop);
    return false;
  }
  Small& lowest = emitter_.word.extent.loops_lowest;
  if (!flow().certain || !(defining() || flow().epoch != 0 || reach >= 0))
    emitter_.emit_check(0, in, 0);
  else if (reach < lowest)
    lowest = reach;
  flow().loop_floor = reach;
  return true;
}

void Compiler::call(Name& name) {
  if (name.kind == NameKind::scalar) emit_number(0);
  if (name.kind != NameKind::word) return emit_number(cell_of(name));
  if (&name == definition_.name) return call_itself();
  const WordEffect& effect = name.effect;
  if (!enough(effect.in, effect.loop_in)) return;
  if (flow().reachable)
    note_reach(
        effect.more == WordEffect::more_max ? reach_any : flow().depth - effect.in - effect.more,
        effect.loop_more == WordEffect::loop_more_max ? reach_any : flow().loops - effect.loop_in - effect.loop_more);
  note_end(effect.may_end);
  const bool verified = effect.dynamic && effect.declared;
  emit_call(name.value, effect, verified);
  if (effect.dynamic && !effect.declared) new_epoch(CompileError::effect_unknown);
}

// The callee may end the task or go on for ever: what follows is not certain.
void Compiler::emit_call(std::uint32_t header, const WordEffect& effect, bool verified) {
  emitter_.emit_call(header, effect, verified);
  flow().certain = false;
  ++departures_;
  if (!effect.returns) flow().reachable = false;
}

// The word is known only while running. It may have any length behind its last charge.
void Compiler::execute() {
  if (!enough(1, 0)) return;
  emitter_.emit_call_token(false);
  note_end(true);
  flow().certain = false;
  new_epoch(at_top_level() ? CompileError::none : CompileError::effect_unknown);
}

void Compiler::call_itself() {
  if (!flow().reachable) return;
  definition_.recursive = true;
  WordEffect effect;  // a recursive word leaves nothing to charge
  if (core::rexa16) {
    // What the word needs is known at its end; a call from the depth of its entry or above has it, unless a loop around
    // it changes the depth.
    if (flow().epoch != 0 || flow().depth < 0 || flow().loops < 0 || inside_loop()) {
      emitter_.emit_check_of_need();
      definition_.needs_to_fill_in = true;
    }
    emit_call(emitter_.word.header, effect, false);
    return new_epoch(CompileError::effect_unknown);
  }
  if (definition_.declared) {
    effect.in = static_cast<std::uint16_t>(definition_.in);
    effect.change = static_cast<std::int16_t>(definition_.out - definition_.in);
    if (!enough(effect.in, 0)) return;
    definition_.unverified = definition_.unverified || !definition_.dynamic;
    return emit_call(emitter_.word.header, effect, definition_.dynamic);
  }
  // Without a declaration the first part of an open `if ... else` shows what the word comes to, provided that nothing
  // follows the `endif`; the end of the definition tells.
  // Between `try` and `catch` it must be known how far it reaches down.
  for (std::uint32_t k = inside_try() ? 0 : depth_; k-- > 0;) {
    const Control& control = controls_[k];
    if (control.kind != Structure::else_part || !control.flow.reachable) continue;
    if (flow().depth < 0 || (definition_.assumed && definition_.assumed_change != control.flow.depth)) break;
    definition_.assumed = true;
    definition_.assumed_change = control.flow.depth;
    effect.change = static_cast<std::int16_t>(definition_.assumed_change);
    return emit_call(emitter_.word.header, effect, false);
  }
  fail(CompileError::effect_unknown);
}

bool Compiler::inside_loop() const {
  for (std::uint32_t k = 0; k < depth_; ++k)
    if (controls_[k].kind == Structure::loop || controls_[k].kind == Structure::counted_loop) return true;
  return false;
}

// From here on the depth is known only while running: the epoch ends, a block check begins the next. In the own dialect
// this is an error, unless the word declares its effect; none: it is allowed.
void Compiler::new_epoch(CompileError unless_allowed) {
  if (!flow().reachable || error_ != CompileError::none) return;
  const bool allowed = core::rexa16 || definition_.declared || unless_allowed == CompileError::none;
  if (!allowed) return fail(unless_allowed);
  if (!core::rexa16 && definition_.unverified) return fail(CompileError::unbalanced_recursion);
  definition_.dynamic = true;
  emitter_.begin_epoch(put_bodies_aside());
  note_sure_loops();
}

// In code whose depth is not known at its begin, and in all of a dialect that never asked for balance.
bool Compiler::checks_while_running() const { return core::rexa16 || emitter_.word.flow.epoch != 0; }

// The extent of the whole epoch. Bodies of open loops keep their own, for a check before they are repeated.
Extent Compiler::put_bodies_aside() {
  Extent whole = emitter_.word.extent;
  for (std::uint32_t k = depth_; k-- > 0;) {
    Control& control = controls_[k];
    if (control.body_known || (control.kind != Structure::loop && control.kind != Structure::counted_loop)) continue;
    control.body = whole;
    control.body_known = true;
    whole = Extent::around(control.outside, whole, control.flow);
  }
  return whole;
}

}  // namespace mica::inline MICA_PROFILE::jit
