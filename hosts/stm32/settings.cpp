#include "hosts/stm32/settings.hpp"

#include <algorithm>

namespace mica::stm32 {

namespace {

constexpr std::uint32_t slice_ticks_max = 0x7FFF'FFFF - 1024;  // what Engine::run takes

// 0 when `text` is no number from 1 to slice_ticks_max.
std::uint32_t read_slice_ticks(std::string_view text) {
  std::uint64_t value = 0;
  for (const char character : text) {
    if (character < '0' || character > '9') return 0;
    value = value * 10 + static_cast<std::uint64_t>(character - '0');
    if (value > slice_ticks_max) return 0;
  }
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::string_view change_setting(Settings& settings, std::string_view line, std::span<const std::string_view> forms) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  std::string_view name = line;
  std::string_view value = line;
  name.remove_suffix(line.size() - blank);
  value.remove_prefix(std::min(blank + 1, line.size()));

  if (name == "form") {
    const auto form = std::ranges::find(forms, value);
    if (form == forms.end()) return "no_such_form";
    settings.form = static_cast<std::size_t>(form - forms.begin());
  } else if (name == "slice") {
    const std::uint32_t ticks = read_slice_ticks(value);
    if (ticks == 0) return "slice_out_of_range";
    settings.slice_ticks = ticks;
  } else if (name == "fuse") {
    if (value != "on" && value != "off") return "fuse_is_on_or_off";
    settings.fuse = value == "on";
  } else {
    return "unknown_setting";
  }
  return {};
}

}  // namespace mica::stm32
