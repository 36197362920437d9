// Frame -> text -> frame.
#pragma once

#include <string>
#include <string_view>

#include "jit/engine.hpp"

namespace mica::fuzz {

// Compiles the text, decompiles the frame, and compiles what comes of it. Empty if both frames have the same code and
// data, or if the profile refuses the text; else what is wrong, with the decompiled text.
std::string round_trip(const Engine& engine, std::string_view text, bool fuse);

}  // namespace mica::fuzz
