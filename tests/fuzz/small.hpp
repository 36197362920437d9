// Small random programs of few words and deep structures: two words and a main part, with leave, return, end and
// recursion in every place. So many can be run in a second that rare combinations come up.
#pragma once

#include <cstdint>
#include <string>

namespace mica::fuzz {

// The same text for the same arguments on every host.
std::string small_program(std::uint64_t seed, bool rexa);

}  // namespace mica::fuzz
