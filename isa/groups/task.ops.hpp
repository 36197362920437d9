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
