// A session in one machine, and what could be seen of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "jit/engine.hpp"
#include "tests/fuzz/session.hpp"

namespace mica::fuzz {

// None of it may be seen from outside.
struct Manner {
  enum class Chunks { planned, whole, bytes };

  std::string_view form;
  Chunks chunks = Chunks::planned;
  unsigned char filling = 0;         // of the memory before
  std::uint32_t budget = 0;          // 0: of all sizes
  std::vector<bool> leave_out = {};  // steps; empty: none
};

struct Seen {
  std::string text;      // what the step came to: error with its place, tasks, frames, output
  bool changes = false;  // false: the machine must be as it was before
  bool accepted = false;
};

// One for each step, and one for all that the tasks have written. Ends early when a task goes on for too long.
std::vector<Seen> play(const Engine& engine, const std::vector<Step>& session, std::size_t pool_bytes,
                       const Manner& manner);

}  // namespace mica::fuzz
