// How codegen refuses its input: one message "PLACE: error: what is wrong and what to do".
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace mica::codegen {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class... Arguments>
[[noreturn]] void fail(const std::string& place, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw Failure(place + ": error: " + fmt::format(text, std::forward<Arguments>(arguments)...));
}

}  // namespace mica::codegen
