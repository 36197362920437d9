// Hooks of the host: functions that the form `traced` of the interpreter calls around words. No profile.
//
// A word is one of the instruction set that is executed, or one of a program; what the compiler places around them,
// such as branches, and numbers are none. A word of the program counts however it is called, also by its token, from
// another frame and as the word at which a task starts.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "ml/layout/array_view.hpp"

namespace mica {

// Moments at which hooks are called, one bit each.
enum class Phase : std::uint8_t {
  before = 1,
  around = 2,  // after all `before`; says what becomes of the word
  after = 4,   // it has come to its end, or was skipped
  left = 8,    // in place of `after`: a trap, the end of the task, whoever stopped it or another form came in between
  over = 16,   // the task itself has come to its end; `word` is empty
  found = 32   // in place of `before` and `around`: the word was open when the form was chosen, or in the snapshot
};

// What a hook around a word wants; of those at other moments it is not looked at.
enum class Verdict : std::uint8_t {
  proceed,
  skip,  // it is not executed: what `cells` holds is left in place of its results
  trap   // it is refused: the task traps with host_error
};

// An array among the operands of a heavy word: of its cells, or of the fields of its block.
struct OperandArray {
  std::uint8_t cell = 0;  // index into Call::cells
  ml::ArrayView view = {};
  std::string_view field = {};  // of the block; empty: of the cells
};

// Valid as long as the hook runs.
struct Call {
  static constexpr unsigned cells_max = 16;

  Phase phase = Phase::before;
  bool is_heavy = false;     // a sliced instruction, which may take several slices
  bool skipped = false;      // of `after`: a hook has left the results
  std::uint8_t trap = 0;     // of `left`: index into the trap names; 0: the task has ended
  std::uint8_t owner = 0;    // frame whose task it is
  std::uint16_t task = 0;    // its id, which with the owner names it; 0 where programs cannot start tasks
  std::uint8_t frame = 0;    // whose code it is
  std::uint32_t offset = 0;  // in that code: of the instruction, or the first one of the word
  std::string_view word;     // of a function of the host its name; empty while the names are under way
  std::string_view group;    // of the instruction set; "program", or "fused" for code that was compiled before
  std::uint64_t time = 0;  // ticks of the task. They never go back, and agree with what it was charged wherever that is
  std::uint64_t ticks = 0;     // of `after` and `left`: from `before` or `found` to here
  std::uint32_t in_slice = 0;  // ticks of the slice so far, whichever task it is of
  // What it takes, or of `after` what it has left, the deepest first; of more than cells_max those on top. A hook
  // around the word that says `skip` puts `out` results there, of which the low bits of a cell are kept.
  std::span<std::int32_t> cells;
  std::uint8_t out = 0;                  // cells that it leaves, as far as that is known
  std::span<const OperandArray> arrays;  // of heavy words, `before` and `around`; of fields `after`, too
};

// A hook lies in the memory of the host and stays where it is until it is taken away, which is not while it runs. The
// machine links it into its list, so that there can be any number of them.
struct Hook {
  static constexpr std::uint8_t any_frame = 255;
  static constexpr std::uint16_t any_task = 0;

  // What it is for; `*` stands for any characters.
  std::string_view word = "*";
  std::string_view group = "*";
  std::uint8_t owner = any_frame;
  std::uint16_t task = any_task;
  std::uint8_t when = 0;  // bits of Phase

  Verdict (*call)(void* context, Call&) = nullptr;
  void* context = nullptr;

  // The machine's.
  Hook* previous = nullptr;
  Hook* next = nullptr;
};

constexpr std::uint8_t operator|(Phase one, Phase other) {
  return static_cast<std::uint8_t>(static_cast<unsigned>(one) | static_cast<unsigned>(other));
}
constexpr std::uint8_t operator|(std::uint8_t bits, Phase other) {
  return static_cast<std::uint8_t>(bits | static_cast<unsigned>(other));
}

}  // namespace mica
