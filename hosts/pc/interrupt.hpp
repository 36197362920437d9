// Ctrl-C.
#pragma once

namespace mica::pc {

enum class Catch { once, always };

// From here on Ctrl-C does not end the command, but is noted; with `once` the second one ends it. Calls that wait end
// with EINTR.
void catch_interrupts(Catch how);

// Has it been pressed since the last call?
bool take_interrupt();
// The same, without forgetting it.
bool is_interrupted();

}  // namespace mica::pc
