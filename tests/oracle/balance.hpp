// The rules of the own dialect about depths, section 3 of the page: what the generator has to keep to.
#pragma once

#include <string>
#include <string_view>

#include "tests/oracle/oracle.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

// Empty, or the first place where a program of the own dialect breaks a rule. The oracle runs such a program
// nevertheless. Throws InvalidText.
std::string find_imbalance(std::string_view text, const Settings& settings);

// Does the definition take one cell and leave one, on every way, so that vecmap can use it? (One that takes and leaves
// nothing leaves the cell as it is.) It takes nothing from the loop stack, and the words that it calls are known, too:
// none whose effect is only declared, none that takes more on a way that is not certain.
bool maps_cells(const Program& program, const Settings& settings, std::size_t definition);

// Does the definition take so many cells and leave none, so that a task that has them can be started at it?
bool is_task_of(const Program& program, const Settings& settings, std::size_t definition, int cells);

}  // namespace mica::oracle
