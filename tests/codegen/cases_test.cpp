// Runs the generated cases of the tiny instruction set one by one, with verbs of its own: what a case takes and leaves,
// where it goes on, what it charges. Built once for each tiny profile.
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/functions.hpp"
#include "core/instruction_table.hpp"
#include "core/opcodes.hpp"
#include "core/progress.hpp"
#include "core/traps.hpp"
#include "vm/cell.hpp"
#include "vm/metering.hpp"

namespace mica::inline MICA_PROFILE {

using core::Op;
using core::Trap;
using Cells = std::vector<Cell>;
using Code = std::vector<std::uint8_t>;

int failures = 0;

void check(bool holds, const char* what, const char* detail = "") {
  if (holds) return;
  std::printf("%s %s\n", what, detail);
  ++failures;
}

// All that a case can see and change. The top cell of the data stack lies in a register, memory cell 0 is not used; the
// loop stack grows down.
struct State {
  Cell stack[16] = {};
  Cell loop_stack[8] = {};
  std::size_t depth = 0, loops = 0;
  Cell top = -1;
  int left = 1000;
  std::ptrdiff_t pc = 0;
  Trap trap = Trap::none;
  unsigned component = 99;
  bool in_progress = false, ended = false, suspended = false;
  Cell memory[4] = {};
  Cells output, calls;
  alignas(8) std::byte progress[core::progress_bytes + 1] = {};

  void push(Cell value) {
    if (depth > 0) stack[depth] = top;
    top = value;
    ++depth;
  }
  Cells data() const {
    if (depth == 0) return {};
    Cells cells(stack + 1, stack + depth);
    cells.push_back(top);
    return cells;
  }
  Cells loop_cells() const {
    Cells cells;
    for (std::size_t k = 0; k < loops; ++k) cells.push_back(loop_stack[7 - k]);
    return cells;
  }
};

#define CASE(name) case static_cast<std::uint8_t>(Op::name):
#define CONTINUE() goto done_one
#define SUSPEND() goto spent
#define ADVANCE() pc = next
#define ENDED() goto ended
#define ESCAPE() goto second_page
#define EXPECT(data_in, loop_in, room)                               \
  check(dsp - state.stack >= (data_in), "EXPECT", "data");           \
  check(state.loop_stack + 8 - fsp >= (loop_in), "EXPECT", "loops"); \
  expected_room = (room)

template <class Type>
Type operand(const std::uint8_t* at) {
  Type value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
#define OPERAND(type, at) operand<type>(pc + (at))

#define TRAP(reason)             \
  do {                           \
    state.trap = Trap::reason;   \
    state.component = component; \
    goto trapped;                \
  } while (0)
#define JUMP(displacement) next = pc + (displacement)
#define CALL(displacement)                                   \
  do {                                                       \
    state.calls.push_back(static_cast<Cell>(next - code));   \
    if (state.calls.size() > 2) TRAP(return_stack_overflow); \
    next = pc + (displacement);                              \
  } while (0)
#define RETURN() next = code + state.calls.back()
#define STOP()
#define ADJUST(ticks) CHARGE(ticks)
#define REQUIRE(need, room) \
  if (dsp - state.stack < (need)) TRAP(stack_underflow)
#define LOAD(variable, address)                                                                      \
  do {                                                                                               \
    if ((address) < 0 || (address) >= static_cast<Cell>(sizeof state.memory)) TRAP(invalid_address); \
    variable = state.memory[static_cast<std::size_t>(address) / sizeof(Cell)];                       \
  } while (0)
#define STORE(address, value)                                                                        \
  do {                                                                                               \
    if ((address) < 0 || (address) >= static_cast<Cell>(sizeof state.memory)) TRAP(invalid_address); \
    state.memory[static_cast<std::size_t>(address) / sizeof(Cell)] = (value);                        \
  } while (0)
#define WRITE_NUMBER(n) state.output.push_back(n)
#define HANDLE(number) number
#define TARGET(pointer, array, type, count)                                            \
  std::int8_t* const pointer = reinterpret_cast<std::int8_t*>(state.memory + (array)); \
  state.output.push_back(array);                                                       \
  state.output.push_back(static_cast<Cell>(count))
#define DONE() done = true
#define PROGRESS(Type) *reinterpret_cast<core::Type*>(state.progress)
#define RESUMED() state.in_progress
#define BEGUN() state.in_progress = true
#define FINISHED() state.in_progress = false

// Runs the instruction that begins at state.pc.
void step(State& state, const Code& bytes) {
  const std::uint8_t* const code = bytes.data();
  const std::uint8_t* pc = code + state.pc;
  Cell* dsp = state.stack + state.depth;
  Cell* fsp = state.loop_stack + 8 - state.loops;
  Cell top = state.top;
  int left = state.left - 1;
  [[maybe_unused]] int expected_room = 0;
  const std::size_t cells_before = state.depth + state.loops;
  state.suspended = false;

  switch (*pc) {
#include "core/page_one_cases.inc"
    default: check(false, "no such opcode"); return;
  }
second_page:
  switch (pc[1]) {
#include "core/page_two_cases.inc"
#include "core/sliced_cases.inc"
    default: check(false, "no such opcode on page two"); return;
  }
trapped:
  state.in_progress = false;
  return;  // nothing of the instruction has happened
ended:
  state.ended = true;
  goto done_one;
spent:
  state.suspended = true;
done_one:
  state.pc = pc - code;
  state.depth = static_cast<std::size_t>(dsp - state.stack);
  state.loops = static_cast<std::size_t>(state.loop_stack + 8 - fsp);
  state.top = top;
  state.left = left + 1;
  check(state.depth + state.loops <= cells_before + static_cast<std::size_t>(expected_room), "EXPECT", "room");
}

State state_of(const Cells& data, const Cells& loops = {}) {
  State state;
  for (const Cell cell : data) state.push(cell);
  for (const Cell cell : loops) state.loop_stack[7 - state.loops++] = cell;
  return state;
}

// Code of one instruction: its opcode, behind the escape on page two, and the bytes of its operands.
Code code_of(Op op, const Code& operands = {}) {
  Code code;
  if (static_cast<unsigned>(op) >= 0x100) code.push_back(static_cast<std::uint8_t>(core::escape_code));
  code.push_back(static_cast<std::uint8_t>(op));
  code.insert(code.end(), operands.begin(), operands.end());
  return code;
}

State run(Op op, const Code& operands, State state) {
  step(state, code_of(op, operands));
  return state;
}

// Two cells below what the instruction takes must stay as they are.
void moves(const char* name, Op op, const Code& operands, const Cells& in, const Cells& out) {
  if (op == Op::absent) return;
  for (const bool below : {false, true}) {
    Cells before = below ? Cells{101, 102} : Cells{};
    Cells after = before;
    before.insert(before.end(), in.begin(), in.end());
    after.insert(after.end(), out.begin(), out.end());
    const State state = run(op, operands, state_of(before));
    check(state.data() == after, name, "leaves other cells");
    check(state.pc == static_cast<std::ptrdiff_t>(code_of(op, operands).size()), name, "goes on at another place");
    check(state.trap == Trap::none && state.left == 1000, name, "traps or charges");
  }
}

void test_stack_effects() {
  const Cell lowest = static_cast<Cell>(UCell{1} << (core::cell_bits - 1));
  moves("literal8", Op::literal8, {0x80}, {}, {-128});
  moves("literal32", Op::literal32, {1, 0, 0, 0x80}, {}, {static_cast<Cell>(0x80000001)});
  moves("negate", Op::negate, {}, {5}, {-5});
  moves("subtract", Op::subtract, {}, {7, 2}, {5});
  moves("subtract", Op::subtract, {}, {lowest, 1}, {static_cast<Cell>(~lowest)});
  moves("lesser", Op::lesser, {}, {7, 2}, {2});
  moves("divide", Op::divide, {}, {-7, 2}, {-3});
  moves("divide", Op::divide, {}, {lowest, -1}, {lowest});
  moves("swap", Op::swap, {}, {5, 6}, {6, 5});
  moves("dup", Op::dup, {}, {5}, {5, 5});
  moves("over_add", Op::over_add, {}, {7, 2}, {7, 9});
  moves("extend", Op::extend, {}, {-5}, {-5, -1});
  moves("double_add", Op::double_add, {}, {-1, 0, 1, 0}, {0, 1});
  moves("double_swap", Op::double_swap, {}, {1, 2, 3, 4}, {3, 4, 1, 2});

  const State trapped = run(Op::divide, {}, state_of({7, 0}));
  check(trapped.trap == Trap::divide_by_zero && trapped.component == 0, "divide", "does not trap");
  check(trapped.data() == Cells{7, 0} && trapped.pc == 0, "divide", "has begun when it traps");
}

#if MICA_TINY_HAS_ALL_GROUPS

void test_flow() {
  State state = run(Op::branch, {0xf6, 0xff}, state_of({1}));
  check(state.pc == -10 && state.data() == Cells{1}, "branch");

  const Code branch = {40, 0, 5};  // target, adjustment
  state = run(Op::branch_if_zero, branch, state_of({1, 0}));
  check(state.pc == 40 && state.data() == Cells{1} && state.left == 1000, "branch_if_zero", "taken");
  state = run(Op::branch_if_zero, branch, state_of({1, 2}));
  check(state.pc == 4 && state.data() == Cells{1} && state.left == 995, "branch_if_zero", "not taken");

  state = run(Op::end_task, {7}, state_of({}));
  check(state.ended && state.left == 993, "end_task");

  state = run(Op::call_word, {20, 0, 3}, state_of({1}));
  check(state.pc == 20 && state.calls == Cells{4} && state.left == 997 && !state.suspended, "call_word");
  state.pc = 0;
  state = run(Op::return_word, {}, state);
  check(state.pc == 4, "return_word");

  state = run(Op::check_depth, {2, 0}, state_of({1}));
  check(state.trap == Trap::stack_underflow, "check_depth", "does not trap");
  state = run(Op::check_depth, {1, 0}, state_of({1}));
  check(state.trap == Trap::none && state.pc == 3, "check_depth", "traps");
}

void test_loop_stack() {
  State state = run(Op::enter_loop, {}, state_of({1, 5, 0}, {8, 9}));
  check(state.data() == Cells{1} && state.loop_cells() == Cells{8, 9, 5, 0}, "enter_loop");
  state = run(Op::loop_index, {}, state_of({1}, {5, 3}));
  check(state.data() == Cells{1, 3} && state.loop_cells() == Cells{5, 3}, "loop_index");
  state = run(Op::drop_loop, {}, state_of({1}, {8, 9, 5, 3}));
  check(state.data() == Cells{1} && state.loop_cells() == Cells{8, 9}, "drop_loop");

  const Code back = {0xf9, 0xff, 3};  // target -7, ticks
  state = run(Op::next_iteration, back, state_of({1}, {5, 3}));
  check(state.pc == -7 && state.loop_cells() == Cells{5, 4} && state.left == 997, "next_iteration", "goes on");
  state = run(Op::next_iteration, back, state_of({1}, {5, 4}));
  check(state.pc == 4 && state.loop_cells() == Cells{5, 5} && !state.suspended, "next_iteration", "ends");
  State last = state_of({1}, {5, 3});
  last.left = 3;
  state = run(Op::next_iteration, back, last);
  check(state.suspended && state.pc == -7 && state.left == 0, "next_iteration", "does not suspend behind itself");
}

void test_fused() {
  moves("literal8__subtract", Op::literal8__subtract, {2}, {7}, {5});
  const Op op = Op::literal8__divide__branch_if_zero;
  State state = run(op, {2, 40, 0, 5}, state_of({101, 7}));
  check(state.pc == 5 && state.data() == Cells{101} && state.left == 995, "fused triple", "not taken");
  state = run(op, {2, 40, 0, 5}, state_of({101, 1}));
  check(state.pc == 40 && state.data() == Cells{101} && state.left == 1000, "fused triple", "taken");
  state = run(op, {0, 40, 0, 5}, state_of({101, 7}));
  check(state.trap == Trap::divide_by_zero && state.component == 1, "fused triple", "traps in another part");
  check(state.data() == Cells{101, 7} && state.pc == 0, "fused triple", "has begun when it traps");
  state = run(Op::drop_loop__loop_index, {}, state_of({1}, {9, 8, 5, 3}));
  check(state.data() == Cells{1, 8} && state.loop_cells() == Cells{9, 8}, "fused on the loop stack");
  check(core::info(Op::drop_loop__loop_index).loop_in == 3 && core::info(Op::drop_loop__loop_index).loop_out == 1,
        "fused on the loop stack", "says another effect");
}

void test_page_two() {
  moves("literal16", Op::literal16, {0x34, 0x92}, {}, {static_cast<std::int16_t>(0x9234)});
  State state = run(Op::print, {}, state_of({101, 7}));
  check(state.output == Cells{7} && state.data() == Cells{101}, "print");
  state = state_of({101, sizeof(Cell)});
  state.memory[1] = 42;
  state = run(Op::fetch, {}, state);
  check(state.data() == Cells{101, 42}, "fetch");
  state = run(Op::fetch, {}, state_of({101, -1}));
  check(state.trap == Trap::invalid_address && state.data() == Cells{101, -1}, "fetch", "does not trap");
}

// 2 ticks a unit: with 3 left the second unit is the last of the slice.
void test_sliced() {
  State state = state_of({101, 9, 0, 3});
  state.left = 3;
  state = run(Op::fill, {}, state);
  check(state.suspended && state.in_progress && state.left == -1 && state.pc == 0, "fill", "does not suspend");
  check(state.data() == Cells{101, 9, 0, 3} && state.memory[1] == 9 && state.memory[2] == 0, "fill", "unit");
  state.left = 10;
  state = run(Op::fill, {}, state);
  check(!state.suspended && !state.in_progress && state.left == 8 && state.pc == 2, "fill", "does not end");
  check(state.data() == Cells{101} && state.memory[2] == 9 && state.memory[3] == 0, "fill", "last unit");
  state = run(Op::fill, {}, state_of({9, 0, 0}));
  check(state.trap == Trap::invalid_address && !state.in_progress, "fill", "does not trap at the begin");
  state = run(Op::fill, {}, state_of({9, sizeof(Cell), 4}));
  check(state.trap == Trap::invalid_address && state.memory[3] == 9 && !state.in_progress, "fill", "traps late");

  state = state_of({101, 0, 3});
  for (const Cell k : {1, 2, 3}) state.memory[k - 1] = static_cast<Cell>(-1000 * k);
  state.left = 2;
  state = run(Op::total, {}, state);
  check(state.suspended && state.data() == Cells{101, 0, 3}, "total", "has lost its operands");
  state.left = 10;
  state = run(Op::total, {}, state);
  check(!state.suspended && state.left == 9 && state.data() == Cells{101, 3, -6000, -1}, "total", "results");
}

// The array with the number k begins at cell k of the memory here.
void test_block() {
  const Code operands = {2,    0,                             // output
                         0xff, 0xff, 7,    0,    0xff, 0xff,  // weights, height, width
                         0,    0,    0xc0, 0x3f,              // gain, 1.5
                         0x38, 0xff,                          // offset, -200
                         0xfb, 0xff, 0xff, 0xff,              // limit, -5
                         1,    250};                          // mode, elements
  const State state = run(Op::blend, operands, state_of({101, 77}));
  check(state.pc == 22 && state.data() == Cells{101} && state.left == 997, "blend", "end");
  check(state.output == Cells{2, 250}, "blend", "fields of the array");
  check(state.memory[2] == static_cast<std::uint8_t>(77 - 200), "blend", "offset");
}

#endif

// Both profiles have the file; one instruction of one of them is a function, and the token before its own is free.
void test_functions() {
  constexpr std::size_t count = core::function_words.size();
  check(count == (core::rexa16 ? 2 : 0), "functions", "another number");
  if (count == 0) return;
  check(!core::has_function(0) && core::has_function(1) && !core::has_function(2), "functions", "others");
  check(core::function_words[1] == "negate" && core::apply_function(1, 7) == -7, "functions", "negate");
}

}  // namespace mica::inline MICA_PROFILE

int main() {
  mica::test_stack_effects();
  mica::test_functions();
#if MICA_TINY_HAS_ALL_GROUPS
  mica::test_flow();
  mica::test_loop_stack();
  mica::test_fused();
  mica::test_page_two();
  mica::test_sliced();
  mica::test_block();
#endif
  std::printf("%d failures\n", mica::failures);
  return mica::failures == 0 ? 0 : 1;
}
