// From a frame into a word of another one, and back.
#pragma once

#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// Carries out the instruction at which the interpreter has left the task. The word that led there has seen to it that
// the stacks fit: its header says what the other word needs.
void cross_frames(Machine&, Task&);

}  // namespace mica::inline MICA_PROFILE::vm
