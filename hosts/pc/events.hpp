// Events that the command signals to programs, and the time that it counts for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/node.hpp"

namespace mica::pc {

struct Event {
  unsigned number;
  Time time;  // microseconds since the begin
};

// 0 .. 31, as decimal digits.
std::optional<unsigned> event_of(const std::string& text);
std::string no_event(const std::string& text);

// "NUMBER@MS". Throws std::invalid_argument.
Event event_at(const std::string& text);

// The time in which programs run, and the events that come in it: that of the PC's clock, or a virtual one, in which a
// tick takes a microsecond and nobody waits.
class Timeline {
 public:
  Timeline(bool is_virtual, const std::vector<std::string>& events);
  Timeline(const Timeline&) = delete;
  Timeline& operator=(const Timeline&) = delete;

  // For the node. Without events a machine keeps virtual time itself.
  sim::Clock clock();

  // No event comes before: it would be lost for programs that are not there yet.
  void let_events_come() { they_come_ = true; }
  // Signals what is due.
  void signal(sim::Node& node);
  // A slice of `ticks` ends where the next task wakes or the next event comes, if that is known in ticks.
  std::uint32_t slice(std::uint32_t ticks, Time wake) const;
  // So many ticks were run.
  void pass(std::uint32_t ticks) { now_ += ticks; }
  // Of the next event.
  Time next() const { return !they_come_ || events_.empty() ? never : events_.back().time; }
  void rest_until(Time time);

 private:
  bool counts_ticks() const { return is_virtual_ && has_events_; }

  const bool is_virtual_, has_events_;
  bool they_come_ = false;
  Time now_ = 0;               // if it counts ticks
  std::vector<Event> events_;  // that are still to come, the next one last
};

}  // namespace mica::pc
