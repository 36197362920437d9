// What a task waits for, for people and for hosts that ask whether it goes on by itself.
#pragma once

#include <cstdint>
#include <string>

#include "sim/node.hpp"

namespace mica::pc {

struct Wait {
  bool is_limited = false;  // it goes on by itself when its time is over
  bool is_event = false;    // which the host alone signals
  std::int32_t event = 0;
  std::string what;  // "event 3"; nothing when the task does not wait
};

// Of a task by its index.
Wait wait_of(const sim::Node& node, std::uint8_t index);

// Why a task that is ready gets no further, as the end of a sentence about it.
std::string held_up_by(const sim::Node& node, const TaskReport& task);

}  // namespace mica::pc
