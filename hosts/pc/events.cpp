#include "hosts/pc/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "hosts/pc/real_time.hpp"

namespace mica::pc {
namespace {

std::optional<std::uint32_t> number_of(std::string_view text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most) return {};
  return number;
}

}  // namespace

std::optional<unsigned> event_of(const std::string& text) { return number_of(text, 31); }

std::string no_event(const std::string& text) { return fmt::format("'{}' is no event; there are 0 to 31", text); }

Event event_at(const std::string& text) {
  const std::size_t at = text.find('@');
  const std::optional<unsigned> number = event_of(text.substr(0, at));
  if (!number) throw std::invalid_argument(no_event(text.substr(0, at)));
  const std::optional<std::uint32_t> milliseconds =
      at == std::string::npos ? std::nullopt : number_of(std::string_view(text).substr(at + 1), 0xffffffff);
  if (!milliseconds)
    throw std::invalid_argument(fmt::format(
        "'{}': write NUMBER@MS, after so many milliseconds (4294967295 at most), as 3@250", text));
  return {*number, Time{*milliseconds} * 1000};
}

Timeline::Timeline(bool is_virtual, const std::vector<std::string>& events)
    : is_virtual_(is_virtual), has_events_(!events.empty()) {
  for (const std::string& one : events) events_.push_back(event_at(one));
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.time > b.time; });
}

sim::Clock Timeline::clock() {
  if (!is_virtual_) return real_time();
  if (!has_events_) return {};
  return [this](std::uint32_t ticks) { return now_ + ticks; };
}

void Timeline::signal(sim::Node& node) {
  if (next() == never) return;
  const Time now = is_virtual_ ? now_ : real_time()(0);
  for (; next() <= now; events_.pop_back()) node.engine().signal(node.instance(), events_.back().number);
}

std::uint32_t Timeline::slice(std::uint32_t ticks, Time wake) const {
  const Time until = std::min(wake, next());
  if (!counts_ticks() || until == never) return ticks;
  return static_cast<std::uint32_t>(std::clamp<Time>(until > now_ ? until - now_ : 1, 1, ticks));
}

void Timeline::rest_until(Time time) {
  if (is_virtual_)
    now_ = std::max(now_, time);
  else
    sleep_until(time);
}

}  // namespace mica::pc
