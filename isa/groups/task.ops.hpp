// Snippets of the group "task"; the interface of each is its entry in task.json.
#include "core/snippet_signatures.hpp"

OP(yield) {  // ( -- )
  YIELD();
}

OP(sleep) {  // ( n_milliseconds -- )
  SLEEP(n_milliseconds);
}

OP(start_task) {  // ( n_token n_priority -- n_task )
  START(n_task, n_token, n_priority, 0, 0);
}

OP(start_periodic) {  // ( n_token n_priority n_period n_deadline -- n_task )
  if (n_period < 1) TRAP(invalid_argument);
  START(n_task, n_token, n_priority, n_period, n_deadline);
}

OP(own_id) {  // ( -- n_task )
  n_task = OWN_ID();
}

OP(kill_task) {  // ( n_task -- )
  KILL(n_task);
}

OP(supervise_task) {  // ( n_task n_restarts n_milliseconds -- )
  SUPERVISE(n_task, n_restarts, n_milliseconds);
}

OP(handle_traps) {  // ( n_token -- )
  HANDLE_TRAPS(n_token);
}

OP_BEGIN(send_cell) {  // ( x handle_channel -- )
  LIMIT_WAIT(-1);
}

OP_UNIT(send_cell) {
  SEND(handle_channel, x);
  DONE();
}

OP_BEGIN(receive_cell) {  // ( handle_channel -- x )
  LIMIT_WAIT(-1);
}

OP_UNIT(receive_cell) {
  RECEIVE(x, handle_channel);
  DONE();
}

OP_BEGIN(send_cell_for) {  // ( x handle_channel n_milliseconds -- flag )
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(send_cell_for) {
  SEND(handle_channel, x);
  flag = IN_TIME();
  DONE();
}

OP_BEGIN(receive_cell_for) {  // ( handle_channel n_milliseconds -- x flag )
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(receive_cell_for) {
  RECEIVE(x, handle_channel);
  flag = IN_TIME();
  DONE();
}

// `index` counts from 1: 0 stands for a message that has not begun.
OP_BEGIN(send_array) {  // ( addr_array handle_channel n_milliseconds -- flag )
  ARRAY(array, addr_array);
  progress.count = array.count;
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(send_array) {
  if (progress.index == 0) {
    BEGIN_SENDING(handle_channel, progress.count);
    flag = IN_TIME();
    if (flag == 0) DONE();
    progress.index = 1;
  } else {
    const std::uint32_t first = progress.index - 1;
    const std::uint32_t run = smaller_of(4, rest_of(progress.count, first));
    ELEMENTS(array, addr_array, first, run);
    for (std::uint32_t k = 0; k < run; ++k)
      SEND_ELEMENT(handle_channel, first + k, static_cast<Cell>(ml::element(array, k)));
    progress.index += run;
    if (progress.index > progress.count) {
      END_SENDING(handle_channel, progress.count);
      flag = 1;
      DONE();
    }
  }
}

OP_BEGIN(receive_array) {  // ( addr_array handle_channel n_milliseconds -- flag )
  WRITABLE(array, addr_array);
  progress.count = array.count;
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(receive_array) {
  if (progress.index == 0) {
    BEGIN_RECEIVING(handle_channel, progress.count);
    flag = IN_TIME();
    if (flag == 0) DONE();
    progress.index = 1;
  } else {
    const std::uint32_t first = progress.index - 1;
    const std::uint32_t run = smaller_of(4, rest_of(progress.count, first));
    for (std::uint32_t k = 0; k < run; ++k) {
      Cell cell = 0;
      RECEIVE_ELEMENT(cell, handle_channel, first + k);
      STORE_ELEMENT(addr_array, first + k, cell);
    }
    progress.index += run;
    if (progress.index > progress.count) {
      END_RECEIVING(handle_channel, progress.count);
      flag = 1;
      DONE();
    }
  }
}

OP_BEGIN(acquire) {  // ( handle_semaphore -- )
  LIMIT_WAIT(-1);
}

OP_UNIT(acquire) {
  ACQUIRE(handle_semaphore);
  DONE();
}

OP_BEGIN(acquire_for) {  // ( handle_semaphore n_milliseconds -- flag )
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(acquire_for) {
  ACQUIRE(handle_semaphore);
  flag = IN_TIME();
  DONE();
}

OP(release) {  // ( handle_semaphore -- )
  RELEASE(handle_semaphore);
}

OP_BEGIN(await_value) {  // ( x n_index addr_array n_milliseconds -- flag )
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(await_value) {
  AWAIT(addr_array, n_index, x);
  flag = IN_TIME();
  DONE();
}

OP_BEGIN(await_event) {  // ( n_event n_milliseconds -- flag )
  LIMIT_WAIT(n_milliseconds);
}

OP_UNIT(await_event) {
  if (n_event < 0 || n_event > 31) TRAP(invalid_argument);
  TAKE_EVENT(n_event);
  flag = IN_TIME();
  DONE();
}

OP_BEGIN(await_element) {  // ( x n_index addr_array -- )
  LIMIT_WAIT(-1);
}

OP_UNIT(await_element) {
  AWAIT(addr_array, n_index, x);
  DONE();
}
