#include "jit/decompiler.hpp"

#include "core/words.hpp"
#include "jit/emitter.hpp"

namespace mica::inline MICA_PROFILE::jit {

using core::Op;

std::string_view Decompiler::run() {
  header();
  if (!error_.empty()) return error_;
  begin_code();
  while (error_.empty() && !(word_ == nullptr && at_ >= frame_.code_bytes && name_ == nullptr)) step();
  while (error_.empty() && dead_ && take_unreached()) continue;
  if (error_.empty()) close_dead_loops();
  if (tokens_ != frame_.tokens) fail("token_without_place");
  out_.end_line();
  return error_;
}

// In front lies where calls from outside return to; behind the header of the program, jumped over, the words that go
// over to other frames.
void Decompiler::begin_code() {
  const std::uint32_t entry = core::length(Op::end_task) + (has_crossings ? core::length(Op::leave_frame) : 0);
  if (frame_.entry != entry) return fail("frame_extended");
  at_ = entry + vm::header_bytes;
  if (!has_crossings || crossings_ == 0) return;
  CodeReader reader(frame_, at_, frame_.code_bytes);
  Part jump;
  reader.next(jump);
  gap_end_ = jump.target;
  at_ = jump.end + crossings_ * (vm::header_bytes + core::length(Op::enter_frame));
}

void Decompiler::step() {
  if (dead_ && take_unreached()) return;
  close_branches();
  if (!error_.empty()) return;
  if (at_word_end()) return end_word();
  if (take_name() || take_gap()) return;
  if (at_ >= limit()) return fail("names_out_of_order");
  begin_loops();
  if (error_.empty()) instruction();
}

// --- names
// ------------------------------------------------------------------------------------------------------------

bool Decompiler::take_name() {
  if (name_ == nullptr || name_->place() != at_) return false;
  const Name& name = *name_;
  last_ = name_;
  if (name.kind == NameKind::word) {
    name_ = newer(name_);
    begin_word();
    return true;
  }
  declare(name);
  name_ = newer(name_);
  return true;
}

// The word of the next token when that is named first where no code runs and can be named here.
const Name* Decompiler::unreached_token() const {
  if (tokens_ >= frame_.tokens || !frame_.token(tokens_).unreached) return nullptr;
  const Name* const word = word_at(frame_.token(tokens_).header);
  return word != nullptr && resolve(word->text()) == word ? word : nullptr;
}

// Does something come that must stand where no code runs?
bool Decompiler::unreached_comes() const {
  return unreached_token() != nullptr ||
         (name_ != nullptr && is_of_host(*name_) && name_->unreached && name_->place() == at_);
}

// Names and tokens are numbered in the order of the text, also where code never runs.
bool Decompiler::take_unreached() {
  if (const Name* const word = unreached_token()) {
    ++tokens_;
    out_.word("$");
    out_.word(word->text());
    return true;
  }
  const bool passive = name_ != nullptr && name_->kind != NameKind::word && (!is_of_host(*name_) || name_->unreached);
  return passive && take_name();
}

// The branch over definitions, which lie right behind it.
bool Decompiler::take_gap() {
  if (word_ != nullptr || at_ >= frame_.code_bytes) return false;
  CodeReader reader(frame_, at_, frame_.code_bytes);
  Part part;
  if (!reader.next(part) || part.op != Op::branch || part.end != next_header_ || next_header_ >= frame_.code_bytes)
    return false;
  gap_end_ = part.target;
  at_ = part.end;
  return true;
}

void Decompiler::begin_word() {
  close_dead_loops();
  main_dead_ = dead_;
  dead_ = false;
  const Name* const next = next_word(word_ = last_);
  next_header_ = next == nullptr ? frame_.code_bytes : next->value;
  end_ = at_ < gap_end_ && gap_end_ < next_header_ ? gap_end_ : next_header_;
  at_ += vm::header_bytes;
  out_.end_line();
  out_.word(":");
  out_.word(word_->text());
  if (word_->effect.declared && !core::rexa16) {
    out_.word("(");
    for (int k = 0; k < word_->effect.in; ++k) out_.word("n");
    out_.word("--");
    for (int k = 0; k < word_->effect.in + word_->effect.change; ++k) out_.word("n");
    out_.word(")");
  }
  out_.indent = 2;
  if (word_->value != at_ - vm::header_bytes || end_ < at_ || end_ > frame_.code_bytes) return fail("word_misplaced");
  look_at_word();
}

// Where it ends with a charge, this stands for `return`, unless the definition shows why else.
void Decompiler::look_at_word() {
  CodeReader reader(frame_, at_, end_);
  Part part;
  unsigned returns = 0;
  charged_end_is_word_ = false;
  while (reader.next(part)) {
    if (part.op == Op::return_word_charged) ++returns;
    if (may_end(part)) charged_end_is_word_ = true;
  }
  if (returns > 1) charged_end_is_word_ = true;
}

// Calls of the word itself end like those of words that may end the program.
bool Decompiler::may_end(const Part& part) const {
  if (part.op == Op::absent) return false;
  if (part.op == Op::end_task || part.op == Op::call_token || part.op == Op::throw_code) return true;
  if (!is_call(part.op)) return false;
  const Name* const name = word_at(part.target);
  return name == word_ || (name != nullptr && name->effect.may_end);
}

void Decompiler::end_word() {
  close_dead_loops();
  out_.word(";");
  out_.indent = 0;
  out_.end_line();
  word_ = nullptr;
  dead_ = main_dead_;
}

// --- instructions
// -----------------------------------------------------------------------------------------------------

void Decompiler::instruction() {
  CodeReader reader(frame_, at_, limit());
  Part one;
  dead_ = false;
  do {
    if (!reader.next(one)) return fail("unknown_instruction");
    at_ = one.end;
    if (!structure(one, reader)) plain(one, reader);
    if (!error_.empty()) return;
  } while (one.index + 1 < one.count);
}

void Decompiler::plain(const Part& part, CodeReader& reader) {
  const Op op = part.op;
  if (op == Op::absent) return fail("unknown_instruction");
  if (is_bookkeeping(op)) return;
  if (op == Op::literal8 || op == Op::literal16 || op == Op::literal32) return literal(part, reader);
  if (is_call(op)) return call(part);
  if (op == Op::call_token) return out_.word("execute");
  if (op == Op::throw_code) return out_.word("throw");
  if (op == Op::drop_cells) return out_.word("fdrop");
  if (op == Op::print_text) return text(part);
  if (op == Op::vecmap) return map_array(reader);
  if (op == Op::return_word || op == Op::return_word_charged || op == Op::end_task) return end_of_way(part);
  if (op == Op::call_host) {
    const std::uint32_t index = static_cast<std::uint32_t>(part.value);
    return index < host_.functions.size() ? out_.word(host_.functions[index].name) : fail("host_function_missing");
  }
  if (has_blocks && core::on_page_two(op))
    if (const core::Block* const one = core::block_of(op)) return block(*one, part);
  for (const core::Word& word : core::words)
    if (!word.is_action && !word.text.empty() && word.target == static_cast<std::uint16_t>(op))
      return out_.word(word.text);
  fail("instruction_without_word");
}

// A number, unless it must be a token so that those of the program are numbered in the same order. What looks like the
// handle of an array is one as good as always, and so is an address that is fetched from or stored to.
void Decompiler::literal(const Part& part, CodeReader reader) {
  if (names_to_come_ > 0) {
    --names_to_come_;
    return;
  }
  Part next;
  const Op used = reader.next(next) ? next.op : Op::absent;
  // The own dialect wants a number in front of fdrop.
  if (!core::rexa16 && used != Op::absent && used == Op::drop_cells) return out_.number(part.value);
  if (tokens_ < frame_.tokens && !frame_.token(tokens_).unreached &&
      part.value == static_cast<std::int32_t>(tokens_) + 1) {
    const Name* const name = word_at(frame_.token(tokens_).header);
    if (name != nullptr && resolve(name->text()) == name) {
      ++tokens_;
      out_.word("$");
      return out_.word(name->text());
    }
  }
  const bool is_address = used != Op::absent && (used == Op::fetch || used == Op::store || used == Op::double_fetch ||
                                                 used == Op::double_store);
  if (const Name* const name = datum_behind(part.value, is_address)) return out_.word(name->text());
  out_.number(part.value);
}

void Decompiler::call(const Part& part) {
  const Name* const name = word_at(part.target);
  if (name == nullptr || resolve(name->text()) != name) return fail("word_without_name");
  out_.word(name->text());
  dead_ = name != word_ && !name->effect.returns;
}

// Fewer than four characters end a text.
void Decompiler::text(const Part& part) {
  char characters[4] = {};
  unsigned length = 0;
  for (std::uint32_t rest = static_cast<std::uint32_t>(part.value); rest != 0 && length < 4; rest >>= 8)
    characters[length++] = static_cast<char>(rest & 0xff);
  out_.printed({characters, length}, length < 4);
}

// At the end of a definition and of the program there is one without a word.
void Decompiler::end_of_way(const Part& part) {
  std::string_view word;
  if (part.op == Op::return_word) {
    if (!at_word_end()) fail("return_inside");
  } else if (part.op == Op::return_word_charged) {
    if (!at_word_end() || !charged_end_is_word_ || depth_ > 0 || unreached_comes()) word = "return";
  } else if (word_ != nullptr || at_ != frame_.code_bytes || depth_ > 0 || name_ != nullptr ||
             tokens_ < frame_.tokens) {
    word = "end";
  }
  if (word.empty()) return;
  out_.word(word);
  dead_ = true;
}

}  // namespace mica::inline MICA_PROFILE::jit
