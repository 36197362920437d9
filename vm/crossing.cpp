#include "vm/crossing.hpp"

#include <cstring>

#include "core/instruction_table.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

// The return address of the caller stays below: it is used when the task is back in its frame.
void enter(Task& task, std::uint8_t frame, std::uint16_t header) {
  task.returns[task.calls++] = task.frame;
  task.returns[task.calls++] = return_to_frame;
  task.frame = frame;
  task.pc = static_cast<std::uint16_t>(header + header_bytes);
}

void leave(Task& task) {
  task.frame = static_cast<std::uint8_t>(task.returns[--task.calls]);
  task.pc = static_cast<std::uint16_t>(task.returns[--task.calls]);
}

}  // namespace

void cross_frames(Machine& machine, Task& task) {
  const std::uint8_t* const at = machine.frames[task.frame].code + task.pc;
  if (core::decode(at) == core::Op::leave_frame) return leave(task);
  std::uint16_t header;
  std::memcpy(&header, at + 2, sizeof header);
  enter(task, at[1], header);
}

}  // namespace mica::inline MICA_PROFILE::vm
