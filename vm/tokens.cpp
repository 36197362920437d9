#include "vm/tokens.hpp"

namespace mica::inline MICA_PROFILE::vm {
namespace {

Cell* trap(Task& task, core::Trap reason) {
  task.trap = reason;
  return nullptr;
}

}  // namespace

// Apart from the interpreter: each form of it would have this in its first page. What the function leaves must fit
// below the place of the token, which is still taken: the cells that `limit` points to belong to the loop stack.
Cell* call_host_by_token(const Machine& machine, Task& task, Cell token, Cell* dsp, const Cell* limit) {
  const HostFunction* const function = host_function_of(machine.host, token);
  if (function == nullptr) return trap(task, core::Trap::invalid_token);
  const unsigned in = function->in, out = function->out;
  if (dsp - 1 - task.stack < static_cast<std::ptrdiff_t>(in + task.tries.depth))
    return trap(task, core::Trap::stack_underflow);
  dsp -= in;
  if (limit - dsp < static_cast<std::ptrdiff_t>(out)) return trap(task, core::Trap::stack_overflow);
  std::int32_t cells[HostFunction::cells_max];
  for (unsigned k = 0; k < in; ++k) cells[k] = dsp[k];
  if (!function->call(machine.host.context, cells)) return trap(task, core::Trap::host_error);
  for (unsigned k = 0; k < out; ++k) dsp[k] = static_cast<Cell>(cells[k]);
  return dsp + out;
}

}  // namespace mica::inline MICA_PROFILE::vm
