// The rules of the own dialect about depths, section 3 of the page: what the generator has to keep to.
#pragma once

#include <string>
#include <string_view>

#include "tests/oracle/oracle.hpp"

namespace mica::oracle {

// Empty, or the first place where a program of the own dialect breaks a rule. The oracle runs such a program
// nevertheless. Throws InvalidText.
std::string find_imbalance(std::string_view text, const Settings& settings);

}  // namespace mica::oracle
