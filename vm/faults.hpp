// What follows a trap that its task has not caught: a handler of the frame is told, and a task that is supervised is
// started again.
#pragma once

#include "vm/tasks.hpp"

namespace mica::inline MICA_PROFILE::vm {

inline bool can_begin_anew(const Task& task) { return !task.is_main && !task.schedule.handles_traps; }

// From here on the task is started again when it traps. False: it is over, or it cannot begin anew, as it runs the text
// of its frame or has taken what was on its stack.
bool supervise(Task&, const Supervision&);
// The same for a program. A task that is over is left as it is.
core::Trap supervise_task(Machine&, const Task& by, Cell id, Cell restarts, Cell milliseconds);

// The id of the task and the code of what it has trapped with.
inline constexpr Cell handler_cells = 2;
inline bool can_handle_traps(const Token& word) {
  return word.in == handler_cells && word.loop_in == 0 && word.change == -handler_cells;
}

// From here on the word is told of the traps of this frame's tasks; 0: nobody is.
core::Trap handle_traps(Machine&, const Task& by, Cell token);

// The task has trapped: the handler of its frame will be told as soon as a task is free. What the handler itself traps
// with it is not told.
void tell_handler(Machine&, const Task&);

// The same, and if the task is supervised it sleeps until it is to be started again: what it has come to can be seen
// until then.
void follow_trap(Machine&, Task&, Time now);
void start_again(Machine&, Task&);

// Is there a handler that could be started, or can as soon as its frame is in place?
bool is_handler_due(const Machine&);
// Starts those for which a task is free.
void start_handlers(Machine&);

}  // namespace mica::inline MICA_PROFILE::vm
