// How frames are compiled and run: what a host may change over the line (firmware.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mica::stm32 {

// A program gives the same results with all of them.
struct Settings {
  std::size_t form = 0;  // of the interpreter, index into those of the engine
  std::uint32_t slice_ticks = 1000;
  bool fuse = true;
};

// Carries out a setting, for example "slice 7". Returns an empty text, or why it is refused: then nothing has
// changed.
std::string_view change_setting(Settings& settings, std::string_view line, std::span<const std::string_view> forms);

}  // namespace mica::stm32
