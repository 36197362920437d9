// Functions of one cell that instructions apply by their token, which the instruction set gives: -1, -2 and so on.
#pragma once

#include "core/functions.hpp"
#include "vm/cell.hpp"

namespace mica::inline MICA_PROFILE {

// The number of the function that a token names, if there is one.
constexpr std::uint32_t function_of(Cell token) { return static_cast<UCell>(~token); }

constexpr Cell token_of_function(std::uint32_t function) { return static_cast<Cell>(~function); }

constexpr bool is_function(Cell token) { return token < 0 && core::has_function(function_of(token)); }

// What executing a function by its token costs besides: as much as the dearest of them.
inline constexpr int function_ticks = 8;

// `token` is that of a function.
inline Cell apply_function(Cell token, Cell argument) { return core::apply_function(function_of(token), argument); }

}  // namespace mica::inline MICA_PROFILE
