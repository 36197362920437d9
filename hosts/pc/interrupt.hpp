// Ctrl-C.
#pragma once

namespace mica::pc {

// As long as this lives Ctrl-C does not end the command, but is noted, and calls that wait end with EINTR. Who ignores
// it, as jobs in the background do, goes on ignoring it.
class InterruptCatcher {
 public:
  enum class Catches { once, always };  // once: the second one ends the command

  explicit InterruptCatcher(Catches how);
  ~InterruptCatcher();
  InterruptCatcher(const InterruptCatcher&) = delete;
  InterruptCatcher& operator=(const InterruptCatcher&) = delete;
};

// Has it been pressed since the last call?
bool take_interrupt();
// The same, without forgetting it.
bool is_interrupted();

// Ends the command as Ctrl-C would have done: a script that has called it ends, too.
[[noreturn]] void end_by_interrupt();

}  // namespace mica::pc
