// The tables of programs in data/, and running them in all ways.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/vm/profile.hpp"

namespace mica::tests {

// A program and what it prints.
struct Program {
  std::string name, text, output;
};

// A program and what becomes of it in each dialect, as outcome() says it.
struct Defect {
  std::string where;  // "defects.cases:LINE"
  std::string rexa, own;
  std::string text;  // with its escapes
};

// Both throw std::runtime_error for a file that they do not understand.
std::vector<Program> programs(std::string_view file);
std::vector<Defect> defects();

// What becomes of a text, which must be the same in every form and for every slice; the host has what the command
// offers:
//   ERROR LINE:COLUMN     it is refused
//   "OUTPUT"              it ends
//   "OUTPUT" trap NAME    it traps
//   "OUTPUT" runs         it goes on for ever, as far as one can see
std::string outcome(const Profile& profile, std::string_view text);

}  // namespace mica::tests
