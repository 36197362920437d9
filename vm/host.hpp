// What the virtual machine asks of its host. The only way out of the core.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mica {

// Functions of the host, all optional (null: the service is absent, output is discarded).
// The core calls them on the thread that called it, never keeps the pointers it passes, and never calls them
// while it compiles, except `note_place`.
struct Host {
  void* context = nullptr;  // handed back in every call; owned by the host

  // Output of the running task: `size` bytes (1 .. 64), not terminated. Must not call back into the same machine.
  void (*write)(void* context, const char* text, std::size_t size) = nullptr;

  // Where the code came from: the source instruction at (`offset`, `component`) of the frame's code began at
  // `line` and `column` (both from 1) of its text. `component` counts the parts of a fused instruction from 0.
  // Calls come in the order of the code.
  void (*note_place)(void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                     std::uint32_t column) = nullptr;
};

}  // namespace mica
