// Random programs that no one would write: branches, loops and words whose ways leave different depths, with leave,
// return, end and recursion anywhere. The compiler may refuse them; what it accepts must be safe.
#pragma once

#include <cstdint>
#include <string>

namespace mica::fuzz {

// The same text for the same arguments on every host.
std::string wild_program(std::uint64_t seed, bool rexa, bool layers);

}  // namespace mica::fuzz
