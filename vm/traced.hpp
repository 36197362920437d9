// The form `traced`: instruction by instruction, with hooks around the words that they are, or that they call.
#pragma once

#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Tells the hooks what a task has left unfinished that has trapped or come to its end, and that it is over unless it
// begins anew.
void end_trace(Machine&, Task&);

// False: it is in the list already.
bool add_hook(Machine&, Hook&);
// False: it is not in the list.
bool remove_hook(Machine&, Hook&);

}  // namespace mica::inline MICA_PROFILE::vm
