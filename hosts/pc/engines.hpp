// The profiles that the command carries.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "jit/engine.hpp"

namespace mica::pc {

std::span<const Engine* const> engines();

// Throws std::invalid_argument, naming those there are, when there is none of that name.
const Engine& find_engine(std::string_view profile);

}  // namespace mica::pc
