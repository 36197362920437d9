// Functions of one cell that instructions apply by their token, which the instruction set gives: -1, -2 and so on.
#pragma once

#include "core/functions.hpp"
#include "vm/frame.hpp"

namespace mica::inline MICA_PROFILE {

// The number of the function that a token names, if there is one.
constexpr std::uint32_t function_of(Cell token) { return static_cast<UCell>(~token); }

constexpr Cell token_of_function(std::uint32_t function) { return static_cast<Cell>(~function); }

constexpr bool is_function(Cell token) { return token < 0 && core::has_function(function_of(token)); }

// What executing a function by its token costs besides: as much as the dearest of them.
inline constexpr int function_ticks = 8;

// `token` is that of a function.
inline Cell apply_function(Cell token, Cell argument) { return core::apply_function(function_of(token), argument); }

// Is it the token of a word that makes one cell of one cell, as far as can be known before it is called?
inline bool is_map_of(const vm::Frame& frame, Cell token) {
  const std::uint32_t index = static_cast<UCell>(static_cast<UCell>(token) - 1);
  if (index >= frame.tokens) return false;
  const vm::Token& word = frame.token(index);
  return word.in <= 1 && word.change == 0 && word.loop_in == 0 && !word.dynamic;
}

}  // namespace mica::inline MICA_PROFILE
