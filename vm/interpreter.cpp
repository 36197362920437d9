// One form of the interpreter; compiled once for each form with
//   MICA_FORM       name of the function, e.g. execute_goto
//   MICA_PAGE_TWO   the second page that goes with it
//   MICA_GOTO       1: computed goto, 0: switch
//   MICA_OBSERVED   1: task digests
//   MICA_CHECKED    1: every declared effect is asserted
//   MICA_STEPS      1: one instruction, then back; absent in the others
#include "vm/interpreter.hpp"

#include "core/opcodes.hpp"
#include "vm/verbs.hpp"

namespace mica::inline MICA_PROFILE::vm {

#define SUSPEND() goto spent
#if MICA_METERED
// Before the way parts: the compiler would work it out twice, for the next instruction and for the end of the slice.
#define ADVANCE()       \
  do {                  \
    pc = next;          \
    asm("" : "+r"(pc)); \
  } while (0)
#else
#define ADVANCE() pc = next
#endif
#define ENDED() goto ended
#define CROSSING()         \
  do {                     \
    exit = Exit::crossing; \
    goto leave;            \
  } while (0)

#define ESCAPE()                                       \
  do {                                                 \
    Registers registers{pc, dsp, fsp, rsp, top, left}; \
    exit = MICA_PAGE_TWO(machine, task, registers);    \
    pc = registers.pc;                                 \
    dsp = registers.dsp;                               \
    top = registers.top;                               \
    left = registers.left;                             \
    if (exit != Exit::running) goto leave;             \
    CONTINUE();                                        \
  } while (0)

#if MICA_GOTO
#define CASE(name) case_##name:
#define CONTINUE() goto* table[*pc]
#elif MICA_STEPS
#define CASE(name) case static_cast<std::uint8_t>(core::Op::name):
#define CONTINUE()        \
  do {                    \
    exit = Exit::running; \
    goto leave;           \
  } while (0)
#else
#define CASE(name) case static_cast<std::uint8_t>(core::Op::name):
#define CONTINUE() goto dispatch
#endif

Exit MICA_FORM(Machine& machine, Task& task, std::int32_t& budget) {
  Frame& frame = machine.frames[task.frame];
  [[maybe_unused]] std::byte* const data = frame.data;
  [[maybe_unused]] const UCell data_room = cells_room(frame);
  const std::uint8_t* const code = frame.code;
  const std::uint8_t* pc = code + task.pc;
  Cell* dsp = task.stack + task.depth;
  Cell* fsp = task.stack + core::limits::stack_cells - task.loops;
  UCell* rsp = task.returns + task.calls;
  Cell top = task.top;
  std::int32_t left = budget - 1;
  Exit exit;
  [[maybe_unused]] constexpr std::uint8_t component = 0;

#if MICA_GOTO
#define LABEL(name) &&case_##name,
  static const void* const labels[] = {
#include "core/page_one_labels.inc"
  };
#undef LABEL
  // In a register: the compiler would load the address of the table anew for every instruction.
  const void* const* table = labels;
  asm("" : "+r"(table));
  CONTINUE();
#include "core/page_one_cases.inc"
#else
#if !MICA_STEPS
dispatch:
#endif
  switch (*pc) {
#include "core/page_one_cases.inc"
    default:
#if MICA_CHECKED
      TRAP(core_fault);
#else
      __builtin_unreachable();
#endif
  }
#endif

trapped:
  exit = Exit::trapped;
  goto leave;
spent:
  exit = Exit::spent;
  goto leave;
ended:
  exit = Exit::ended;
leave:
  task.pc = static_cast<std::uint16_t>(pc - code);
  task.depth = static_cast<std::uint16_t>(dsp - task.stack);
  task.loops = static_cast<std::uint16_t>(task.stack + core::limits::stack_cells - fsp);
  task.calls = static_cast<std::uint16_t>(rsp - task.returns);
  task.top = top;
  budget = left + 1;
  return exit;
}

}  // namespace mica::inline MICA_PROFILE::vm
