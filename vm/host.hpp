// What the virtual machine asks of its host. The only way out of the core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ml/layout/array_view.hpp"
#include "vm/report.hpp"

namespace mica {

// A function that programs call by its name or, behind `$`, by its token, a number that its place in the table gives;
// vecmap applies those with one cell in and one out. `cells` holds `in` arguments, sign-extended, the deepest first;
// the function puts `out` results there, of which the low bits of a cell are kept. False: the task traps with
// host_error.
struct HostFunction {
  static constexpr unsigned cells_max = 8;

  std::string_view name;
  std::uint8_t in = 0;   // 0 .. cells_max
  std::uint8_t out = 0;  // 0 .. cells_max
  bool (*call)(void* context, std::int32_t* cells) = nullptr;
};

// An array of the host that programs use in place by its name, as a handle. It may change at any time.
struct HostArray {
  std::string_view name;
  void* elements = nullptr;
  std::uint32_t count = 0;
  ml::ElementType type = ml::ElementType::int16;
  bool read_only = true;
};

// Services of the host, all optional (null: the service is absent, output is discarded).
// The core calls them on the thread that called it and never keeps the pointers it passes. While it compiles it calls
// `note_place` and those for constants only. None may call back into the same machine.
struct Host {
  void* context = nullptr;  // handed back in every call; owned by the host

  // Output of the running task: `size` bytes (1 .. 64), not terminated.
  void (*write)(void* context, const char* text, std::size_t size) = nullptr;

  // The time. `ticks` is what the task that runs has been charged in this slice so far, for hosts that compute the time
  // from ticks; 0 between slices. Null: the machine keeps a time of its own, in which a tick takes a microsecond, and
  // which goes on to when the next task wakes once no task is ready.
  Time (*now)(void* context, std::uint32_t ticks) = nullptr;

  // Where the code came from: the source instruction at (`offset`, `component`) of the frame's code began at
  // `line` and `column` (both from 1) of its text. `component` counts the parts of a fused instruction from 0.
  // Calls come in the order of the code.
  void (*note_place)(void* context, std::uint32_t offset, std::uint8_t component, std::uint32_t line,
                     std::uint32_t column) = nullptr;

  // Where the read-only arrays of a frame are kept, for example in flash. Null: in the memory of the machine.
  // Gives the address (aligned to 8) at which the constants of the frame in slot `frame` will be read, and how many
  // bytes fit. Null: there is no place; the frame keeps its constants itself.
  const std::byte* (*open_constants)(void* context, std::uint8_t frame, std::uint32_t& capacity) = nullptr;
  // Puts `size` bytes there, offset and size being multiples of 8, size at most 64; offsets rise without gaps.
  // False: it failed, and so does the text.
  bool (*write_constants)(void* context, std::uint8_t frame, std::uint32_t offset, const std::byte* bytes,
                          std::uint32_t size) = nullptr;
  // The text has ended: `size` bytes are to stay. 0: the frame did not compile, or it was unloaded, and the place is
  // free. Two frames can be there at a time when one replaces the other.
  void (*close_constants)(void* context, std::uint8_t frame, std::uint32_t size) = nullptr;

  // What programs may use by name. The tables stay where they are as long as the machine lives. Tokens of functions
  // must fit in a cell of 16 bits.
  static constexpr std::size_t functions_max = 32000;
  std::span<const HostFunction> functions = {};
  std::span<const HostArray> arrays = {};
};

}  // namespace mica
