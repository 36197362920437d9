// The second page of instructions: heavy, output and task words. Apart from the first page, so that their bodies do
// not take registers from it. Compiled once for each of MICA_OBSERVED and MICA_CHECKED, as MICA_PAGE_TWO.
#include "core/opcodes.hpp"
#include "core/progress.hpp"
#include "vm/interpreter.hpp"
#include "vm/verbs.hpp"

namespace mica::inline MICA_PROFILE::vm {

#define CASE(name) case static_cast<std::uint8_t>(core::Op::name):
#define CONTINUE() goto running
#define SUSPEND() goto spent
#define DONE() done = true
#define PROGRESS(Type) *reinterpret_cast<core::Type*>(task.progress)
#define RESUMED() task.in_progress
#define BEGUN() task.in_progress = true
#define FINISHED() task.in_progress = false

Exit MICA_PAGE_TWO(Machine& machine, Task& task, Registers& registers) {
  [[maybe_unused]] Frame& frame = machine.frames[task.frame];
  [[maybe_unused]] std::byte* const data = frame.data;
  [[maybe_unused]] const UCell data_room = cells_room(frame);
  [[maybe_unused]] const std::uint8_t* const code = frame.code;
  const std::uint8_t* pc = registers.pc;
  Cell* dsp = registers.dsp;
  [[maybe_unused]] Cell* const fsp = registers.fsp;
  [[maybe_unused]] UCell* const rsp = registers.rsp;
  Cell top = registers.top;
  std::int32_t left = registers.left;
  Exit exit;
  [[maybe_unused]] constexpr std::uint8_t component = 0;

  switch (pc[1]) {
#include "core/page_two_cases.inc"
    default:
#if MICA_CHECKED
      TRAP(core_fault);
#else
      __builtin_unreachable();
#endif
  }

trapped:
  task.in_progress = false;
  exit = Exit::trapped;
  goto leave;
spent:
  exit = Exit::spent;
  goto leave;
running:
  exit = Exit::running;
leave:
  registers.pc = pc;
  registers.dsp = dsp;
  registers.top = top;
  registers.left = left;
  return exit;
}

}  // namespace mica::inline MICA_PROFILE::vm
