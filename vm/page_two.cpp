// The second page of instructions: heavy, output and task words. Apart from the first page, so that their bodies do
// not take registers from it; the sliced ones apart from the others, so that a short word does not pay for the many
// registers and the large frame of these. Compiled once for each of MICA_OBSERVED and MICA_CHECKED, as MICA_PAGE_TWO.
#include "core/opcodes.hpp"
#include "core/progress.hpp"
#include "vm/interpreter.hpp"
#include "vm/task_verbs.hpp"
#include "vm/verbs.hpp"

namespace mica::inline MICA_PROFILE::vm {

#define CASE(name) case static_cast<std::uint8_t>(core::Op::name):
#define CONTINUE() goto running
#define SUSPEND() goto spent
#define ADVANCE() pc = next
#define DONE() done = true
#define PROGRESS(Type) *reinterpret_cast<core::Type*>(task.progress)
#define RESUMED() task.in_progress
#define BEGUN() task.in_progress = true
#define FINISHED() task.in_progress = false

#if MICA_CHECKED
#define NO_SUCH_CASE() TRAP(core_fault)
#else
#define NO_SUCH_CASE() __builtin_unreachable()
#endif

// The registers of the form stay in memory: an instruction needs only some of them.
#define BEGIN_PAGE()                                                \
  [[maybe_unused]] Frame& frame = machine.frames[task.frame];       \
  [[maybe_unused]] std::byte* const data = frame.data;              \
  [[maybe_unused]] const UCell data_room = cells_room(frame);       \
  [[maybe_unused]] const std::uint8_t* const code = frame.code;     \
  [[maybe_unused]] constexpr std::uint8_t component = 0;            \
  [[maybe_unused]] auto& [pc, dsp, fsp, rsp, top, left] = registers;

#define END_PAGE()                                          \
  trapped:                                                  \
  task.in_progress = false;                                 \
  if constexpr (has_task_words) drop_message(machine, task); \
  return Exit::trapped;     \
  spent:                    \
  return Exit::spent;       \
  running:                  \
  return Exit::running;

namespace {

[[gnu::noinline]] Exit sliced(Machine& machine, Task& task, Registers& registers) {
  BEGIN_PAGE()
  switch (pc[1]) {
#include "core/sliced_cases.inc"
    default: NO_SUCH_CASE();
  }
  END_PAGE()
}

}  // namespace

Exit MICA_PAGE_TWO(Machine& machine, Task& task, Registers& registers) {
  BEGIN_PAGE()
  switch (pc[1]) {
#include "core/page_two_cases.inc"
    default: return sliced(machine, task, registers);
  }
  END_PAGE()
}

}  // namespace mica::inline MICA_PROFILE::vm
