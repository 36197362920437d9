// The boards that there is firmware for, and whether a frame fits them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "jit/engine.hpp"

namespace mica::pc {

// What hosts/stm32/boards/NAME/board.json says.
struct Board {
  std::string_view name, title, profile;
  std::uint32_t instance_bytes;  // for a machine with its frames
  std::uint32_t machine_bytes;   // that it takes of that without any frame
};

std::span<const Board> boards();

// Throws std::invalid_argument, naming those there are, when there is none of that name.
const Board& find_board(std::string_view name);

struct Fit {
  bool fits = false;
  CompileStatus status;     // why not
  std::string error;        // of it, as a sentence with its name
  std::uint32_t bytes = 0;  // for frames, on the board
  std::uint32_t used = 0;   // by this one with constants and arrays, if it fits
};

// Loads the frame into a machine with the memory of the board, as its firmware does.
Fit fit_on(const Board& board, std::string_view text);

}  // namespace mica::pc
