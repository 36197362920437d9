// The form `traced`: instruction by instruction, with hooks around the words that they are, or that they call.
#pragma once

#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// The slice is used up: tells the hooks what was left by what a handler has caught with the last tick.
void end_slice(Machine&, Task&, std::int32_t& left);

// Tells the hooks what a task has left unfinished that has trapped or come to its end, and that it is over unless it
// begins anew.
void end_trace(Machine&, Task&);

// The form was chosen, or the machine was taken up from a snapshot: tasks are in the midst of words that hooks have not
// been told of. They are when the task runs next.
void find_words(Machine&);
// Another form is chosen: hooks are told that they see no more of the words that are open.
void leave_words(Machine&);

// False: the form is not chosen, or it is in the list already.
bool add_hook(Machine&, Hook&);
// False: it is not in the list.
bool remove_hook(Machine&, Hook&);

}  // namespace mica::inline MICA_PROFILE::vm
