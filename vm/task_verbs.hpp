// The verbs of snippets on tasks, as page_two.cpp understands them; verbs.hpp comes before.
#pragma once

#include "vm/tasks.hpp"

// Does the slice end behind this instruction?
#define PAUSED() (task.state != TaskState::ready || machine.preempts)

// Ticks that the task has been charged in this slice.
#define TICKS() (std::int64_t{machine.slice} - left)

#define YIELD() machine.preempts = true

#define SLEEP(milliseconds)                            \
  do {                                                 \
    if ((milliseconds) < 0) TRAP(invalid_argument);    \
    sleep_for(machine, task, TICKS(), (milliseconds)); \
  } while (0)

#define START(variable, token, priority, period, deadline)                                                 \
  do {                                                                                                     \
    Cell id_ = 0;                                                                                          \
    TRAP_UNLESS_NONE(start_token(machine, task, TICKS(), (token), (priority), (period), (deadline), id_)); \
    variable = id_;                                                                                        \
  } while (0)

#define KILL(id) TRAP_UNLESS_NONE(kill_task(machine, task, (id)))

#define OWN_ID() id_of(task)
