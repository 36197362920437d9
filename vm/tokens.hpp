// What tokens name: words of the frame, functions of the instruction set (functions.hpp), and behind those functions of
// the host.
#pragma once

#include "core/instruction_table.hpp"
#include "vm/functions.hpp"
#include "vm/machine.hpp"

namespace mica::inline MICA_PROFILE::vm {

// As many as the instruction set can have, whatever a profile leaves out: the tokens of the host never move.
inline constexpr std::uint32_t functions_max = 64;
static_assert(core::function_words.size() <= functions_max, "such a token names a function of the host");

// Has the profile what it takes to use functions of the host?
inline constexpr bool has_host_functions = core::Op::call_host != core::Op::absent;

// Behind a call by token the own dialect verifies that the word has done what it declares.
inline constexpr std::uint32_t verification_bytes = core::rexa16 ? 0 : core::length(core::Op::verify_depth);

constexpr Cell token_of_host_function(std::uint32_t index) { return token_of_function(functions_max + index); }

// The function of the host that a token names which is none of the frame; null: none.
inline const HostFunction* host_function_of(const Host& host, Cell token) {
  const std::uint32_t index = function_of(token) - functions_max;
  return has_host_functions && index < host.functions.size() ? &host.functions[index] : nullptr;
}

// Is it the token of a word or of a function of the host that makes one cell of one cell, as far as can be known before
// it is called?
inline bool is_map_of(const Host& host, const Frame& frame, Cell token) {
  const std::uint32_t index = static_cast<UCell>(static_cast<UCell>(token) - 1);
  if (index >= frame.tokens) {
    const HostFunction* const function = host_function_of(host, token);
    return function != nullptr && function->in == 1 && function->out == 1;
  }
  return frame.token(index).maps;
}

// Calls the function of the host that the token names which lies at `dsp`, on top of the stack, with the cells below
// it; those before `limit` are free. Returns where the token would lie above the cells that it leaves; null: a trap,
// which the task then has.
Cell* call_host_by_token(const Machine&, Task&, Cell token, Cell* dsp, const Cell* limit);

}  // namespace mica::inline MICA_PROFILE::vm
