// Instructions -> code. Follows the depth of the stacks and the ticks along the way, so that the interpreter need not
// check either: what it finds goes into word headers, block checks and charges.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "core/blocks.hpp"
#include "core/instruction_table.hpp"
#include "jit/dictionary.hpp"
#include "jit/errors.hpp"
#include "jit/flow.hpp"
#include "jit/lexer.hpp"
#include "jit/stack_map.hpp"
#include "vm/frame.hpp"
#include "vm/host.hpp"

namespace mica::inline MICA_PROFILE::jit {

// Between two charge points lie at most this many ticks, and no charge is larger.
inline constexpr int stretch_max = 64;
static_assert(stretch_max < 128, "it is kept in 7 bits of WordEffect");

// Can frames use words of others?
inline constexpr bool has_crossings =
    core::Op::enter_frame != core::Op::absent && core::Op::leave_frame != core::Op::absent;

// A branch whose target or adjustment is filled in later. An unused one stands for a branch in code that nothing
// reaches.
struct Patch {
  std::uint16_t opcode = 0;   // where the instruction begins
  std::uint16_t operand = 0;  // where its displacement lies; the adjustment lies behind it
  bool used = false;

  constexpr Patch() = default;
  constexpr Patch(std::uint32_t opcode_at, std::uint32_t operand_at, bool is_used)
      : opcode(static_cast<std::uint16_t>(opcode_at)), operand(static_cast<std::uint16_t>(operand_at)), used(is_used) {}
};

// A word while its code is being made.
struct WordInWork {
  Flow flow;      // at the end of the code
  Extent extent;  // of the piece in work
  std::uint32_t header = 0;
  std::uint32_t check = 0;       // block check of the epoch
  int epoch_loops = 0;           // loop stack at the begin of the epoch
  int need = 0;                  // cells that the word takes from its caller: those of epoch 0
  int loop_need = 0;             // cells of its caller's loop stack that it looks at: those of epoch 0
  int marks = 0;                 // entries of the return stack that it uses itself
  std::uint16_t epoch = 0;       // the last one begun
  std::uint8_t tries = 0;        // that are open
  bool charges = false;          // it has a charge point
  Small loops_sure = depth_max;  // where open loops end, the loop stack is sure to reach down to here again
};

// Where block checks of a word still lack what the word needs.
struct Needs {
  std::uint32_t at = 0, end = 0;  // offsets of the code that is still to be looked at
  int data = 0, loops = 0;
};

// Branches to one place that are chained through their displacements, while these are filled in.
struct Chain {
  std::uint32_t operand = 0;  // of the next branch; 0: of none
  std::uint32_t target = 0;
};

class Emitter {
 public:
  // For one text; make another for the next.
  void begin(vm::Frame& frame, const Host& host, bool fuse);
  // What is known at these places of the frame is noted.
  void watch(const WatchedPlaces& maps) { maps_ = maps; }

  CompileError error() const { return error_; }
  void fail(CompileError error) {
    if (error_ == CompileError::none) error_ = error;
  }
  void set_position(Position position) { position_ = position; }

  // Words. A header is written at the begin and filled in at the end; a definition interrupts the main word.
  WordInWork begin_word();  // returns the interrupted one
  void end_word(const Extent& whole);
  void resume_word(const WordInWork& interrupted) { word = interrupted; }

  // Instructions; all do nothing where the flow does not reach.
  void emit(core::Op op);  // one without operands
  void emit_literal(Cell value);
  void emit_with(core::Op op, std::int32_t operand);  // one with this operand
  void emit_block(const core::Block& block, const std::int32_t* values);
  Patch emit_jump(core::Op op, int ticks);
  void emit_jump_back(core::Op op, int ticks, std::uint32_t target, const Flow& head);
  // The same right behind a check: nothing comes in between, for which charge_before() has seen before the check.
  void emit_checked_jump_back(core::Op op, int ticks, std::uint32_t target, const Flow& head);
  Patch emit_jump_charging(core::Op op, int ticks, const Flow& head);  // as the one before, target filled in later
  // The end of a loop that nothing reaches: the code shows nevertheless where the loop began, which has left its mark
  // on what was known of the stacks there.
  void mark_loop(std::uint32_t target, const Flow& head);
  void emit_charging(core::Op op, int ticks);  // charges all that is pending
  void emit_call(std::uint32_t header, const WordEffect& effect, bool verified);
  void emit_call_token(bool known);  // is it known what the word leaves?
  void emit_crossing(std::uint8_t frame, std::int32_t header);
  void emit_host_call(std::int32_t function, int in, int out);
  void emit_check(int need, int loops, int room);
  void emit_check_of_need();      // of the word in work, for a call of it; fill_in() puts it in
  void charge_before(int ticks);  // what would have to be charged before an instruction of so many
  void add_ticks(int ticks);      // of a compiling word that leaves no instruction of its own

  // The number that the instruction before puts on the stack; -1 if it puts none, a negative or a large one, or if
  // jumps may lead behind it.
  int number_on_top() const;

  // Joins.
  std::uint32_t here();  // where the next instruction begins; jumps may lead there
  void land(const Patch& patch);
  void set_adjust(const Patch& patch, int ticks);
  // Branches to the same unknown place, chained through their displacements; each must begin right before its operand.
  void link(const Patch& patch, std::uint32_t previous_operand);
  bool land(Chain& chain, unsigned branches);  // at most so many in a call; true: all are done

  // From here on the depth is counted anew, behind a block check that is filled in when the epoch ends. The one before
  // ends, of which `whole` is the extent with all pieces that loops have put aside.
  void begin_epoch(const Extent& whole);
  // The body of a loop that is checked before it is repeated has ended.
  void end_checked_body(std::uint32_t head, const Flow& at_head, const Extent& body);

  // Puts what a word needs into each of its block checks that was emitted with `placeholder` for it; no other has
  // that. Looks at so many instructions in a call.
  static constexpr int placeholder = 0xffff;
  Needs needs_of_word();
  bool fill_in(Needs& needs, unsigned instructions);  // true: all are done

  WordInWork word;

 private:
  // An instruction that has not been written yet, so that it can become part of a fused one.
  struct Waiting {
    core::Op op;
    std::uint8_t bytes;
    std::uint8_t operands[core::operand_bytes_max];
    Position position;
    [[no_unique_address]] WatchedShape shape;
  };
  static constexpr unsigned window_size = 12;

  void write_returns();
  void end_epoch(const Extent& whole);
  void note_shape();
  void apply_effect(const core::InstructionInfo& info);
  void move_depth(int in, int out);
  void refuse_large();
  void append(core::Op op, std::initializer_list<std::int32_t> operands);
  Patch append_now(core::Op op, std::initializer_list<std::int32_t> operands);
  std::uint8_t* reserve(std::uint32_t bytes);
  void flush();
  void write(core::Op op, unsigned first, unsigned count);
  void write_displacement(const Patch& patch, std::uint32_t target);
  void charge_pending();
  void note_charged(int pending);
  void enter(std::uint32_t header, const WordEffect& effect);
  void fill_in(std::uint32_t at, int value);
  void fill_in_cells(std::uint32_t at, int cells);  // two bytes, the low one first
  int cells_at(std::uint32_t at) const { return frame_->code[at] | frame_->code[at + 1] << 8; }

  vm::Frame* frame_ = nullptr;
  const Host* host_ = nullptr;
  bool fuse_ = true;
  CompileError error_ = CompileError::none;
  Position position_;
  Waiting window_[window_size];
  unsigned waiting_ = 0;
  std::uint32_t last_opcode_ = 0;  // where the last written instruction begins
  bool behind_check_ = false;      // no task can stand at the instruction that comes next
  [[no_unique_address]] WatchedPlaces maps_;
  [[no_unique_address]] WatchedShape shape_;  // where the instruction in work begins
};

}  // namespace mica::inline MICA_PROFILE::jit
