// How tables of programs are spelt: a line for each, with escapes and with numbers that follow the limits of a profile.
//
//   \n \r \t \\ \xNN      as in C
//   \{COUNT\}             the number
//   \{COUNT:TEXT\}        TEXT so often, with \# for 0, 1, 2 ... in it; a \{NUMBER\} there grows by it
//
// COUNT is a sum of numbers and limits, as evaluate() takes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/vm/profile.hpp"

namespace mica::tests {

// Throws std::runtime_error: "WHERE: WHAT".
[[noreturn]] void fail(const std::string& where, const std::string& what);

// NUMBER or LIMIT, added, subtracted and divided from left to right: names+1, data_bytes/cell-1.
std::uint32_t evaluate(const Profile& profile, const std::string& text, const std::string& where);

// Undoes the escapes; `round` is what \# stands for. `where` is told in errors.
std::string spell(const Profile& profile, const std::string& where, std::string_view text, std::uint32_t round = 0);

}  // namespace mica::tests
