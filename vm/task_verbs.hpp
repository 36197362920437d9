// The verbs of snippets on tasks, as page_two.cpp understands them; verbs.hpp comes before.
#pragma once

#include "vm/faults.hpp"
#include "vm/tasks.hpp"
#include "vm/waiting.hpp"

// Does the slice end behind this instruction?
#define PAUSED() (task.state != TaskState::ready || machine.pace.preempts)

// Ticks that the task has been charged in this slice.
#define TICKS() (std::int64_t{machine.pace.slice} - left - 1)

#define YIELD() machine.pace.preempt_if(true)

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

#define SUPERVISE(id, restarts, milliseconds) \
  TRAP_UNLESS_NONE(supervise_task(machine, task, (id), (restarts), (milliseconds)))
#define HANDLE_TRAPS(token) TRAP_UNLESS_NONE(handle_traps(machine, task, (token)))

#define OWN_ID() id_of(task)

// A unit that waits is tried again when the task is woken: nothing of it has been charged.
#define PASS(step)                                                  \
  do switch (step) {                                                \
      case Step::waits: goto spent;                                 \
      case Step::trapped: task.component = component; goto trapped; \
      case Step::done: task.schedule.is_late = false; break;        \
      case Step::late: break;                                       \
    }                                                               \
  while (0)

#define LIMIT_WAIT(milliseconds) limit_wait(machine, task, TICKS(), (milliseconds))
#define IN_TIME() static_cast<Cell>(!task.schedule.is_late)

#define SEND(handle, x)                            \
  do {                                             \
    PASS(send_cell(machine, task, (handle), (x))); \
    if (IN_TIME()) OBSERVE_SEND(handle, x);        \
  } while (0)

#define RECEIVE(variable, handle)                       \
  do {                                                  \
    Cell cell_ = 0;                                     \
    PASS(receive_cell(machine, task, (handle), cell_)); \
    variable = cell_;                                   \
  } while (0)

#define BEGIN_SENDING(handle, count) PASS(begin_message(machine, task, (handle), (count), true))
#define BEGIN_RECEIVING(handle, count) PASS(begin_message(machine, task, (handle), (count), false))
#define END_SENDING(handle, count) PASS(end_message(machine, task, (handle), (count), true))
#define END_RECEIVING(handle, count) PASS(end_message(machine, task, (handle), (count), false))

#define SEND_ELEMENT(handle, index, x)                                 \
  do {                                                                 \
    Cell cell_ = (x);                                                  \
    PASS(move_element(machine, task, (handle), (index), true, cell_)); \
    OBSERVE_SEND(handle, cell_);                                       \
  } while (0)

#define RECEIVE_ELEMENT(variable, handle, index)                        \
  do {                                                                  \
    Cell cell_ = 0;                                                     \
    PASS(move_element(machine, task, (handle), (index), false, cell_)); \
    variable = cell_;                                                   \
  } while (0)

#define ACQUIRE(handle) PASS(acquire(machine, task, (handle)))
#define RELEASE(handle) TRAP_UNLESS_NONE(release(machine, task, (handle)))
#define AWAIT(operand, index, x) \
  PASS(await_value(machine, task, (operand), (index), (x), static_cast<std::uint32_t>(items - 3)))
#define TAKE_EVENT(event) PASS(take_event(machine, task, (event)))

#if MICA_OBSERVED
#define OBSERVE_SEND(handle, value) task.digest.send(region_index(handle), (value))
#else
#define OBSERVE_SEND(handle, value) static_cast<void>(0)
#endif
