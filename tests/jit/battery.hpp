// The malformed programs of data/errors.cases, spelt out for a profile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/vm/profile.hpp"

namespace mica::tests {

// A program that a profile must refuse.
struct Malformed {
  std::string error;  // its name
  std::uint32_t line = 0, column = 0;
  bool needs_trailer = false;
  unsigned loaded_before = 0;  // frames that the machine holds already
  std::string text;
  std::string where;  // "errors.cases:LINE"
};

// All cases that are for the profile. Throws std::runtime_error for a file that it does not understand.
std::vector<Malformed> malformed_programs(const Profile& profile);

// Names of the errors that the file has a case for, in any of the profiles.
std::vector<std::string> errors_with_a_case();

}  // namespace mica::tests
