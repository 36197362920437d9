// What a machine keeps for the form `traced`; where that is not built it takes no memory, and nothing of it is there.
#pragma once

#include <cstdint>
#include <type_traits>

#include "core/config.hpp"
#include "vm/hooks.hpp"

#ifndef MICA_HAS_TRACED
#define MICA_HAS_TRACED 0
#endif

namespace mica::inline MICA_PROFILE::vm {

inline constexpr bool has_tracing = MICA_HAS_TRACED;

// A word that has begun: an instruction, or a word of a program that was called.
struct OpenWord {
  static constexpr std::uint16_t instruction = 0xffff;

  std::int64_t time;    // of the task, when it began
  std::uint16_t place;  // offset of the instruction or of the header
  std::uint16_t level;  // where on the return stack it returns to; `instruction`: nowhere
  std::uint8_t frame;
  std::uint8_t prepaid;  // ticks that were charged before the word has come to them
};

// Each open word has an entry of the return stack, but for the instruction in work.
struct TaskTrace {
  std::int64_t time = 0;          // ticks of what was executed, charged or not yet
  std::int64_t charged = 0;       // when the form was left
  std::uint32_t prepaid = 0;      // of all open words
  std::uint8_t prepaid_next = 0;  // of the one that was called and has not begun
  std::uint16_t open = 0;
  bool unseen = false;    // words that are open are not known yet: they began in another form, or another machine
  std::uint8_t trap = 0;  // by which it left the form; who catches it takes it away
  OpenWord words[core::limits::return_cells + 1];
};

struct Tracing {
  Hook* first = nullptr;
  Hook* last = nullptr;
  std::int32_t slice = 0;      // ticks of the one that runs
  std::uint32_t in_slice = 0;  // that it has used
  TaskTrace tasks[core::limits::tasks];

  void begin_slice(std::int32_t ticks) {
    slice = ticks;
    in_slice = 0;
  }
};
struct NoTracing {
  static constexpr void begin_slice(std::int32_t) {}
};

}  // namespace mica::inline MICA_PROFILE::vm
