// Functions of one cell that instructions apply by their token: -1 is the first function of the instruction set.
#pragma once

#include "core/functions.hpp"

namespace mica::inline MICA_PROFILE {

// The number of the function that a token names; beyond all of them if it names none.
constexpr std::uint32_t function_of(Cell token) { return static_cast<UCell>(~token); }

constexpr Cell token_of_function(std::uint32_t function) { return static_cast<Cell>(~function); }

constexpr bool is_function(Cell token) { return token < 0 && function_of(token) < core::function_words.size(); }

// `token` is that of a function.
inline Cell apply_function(Cell token, Cell argument) { return core::apply_function(function_of(token), argument); }

}  // namespace mica::inline MICA_PROFILE
