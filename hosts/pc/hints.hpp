// What somebody may have meant who has written a word that nothing is known of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hosts/pc/references.hpp"

namespace mica::pc {

// How many characters must be put in, taken out, replaced or swapped with their neighbour.
std::size_t edit_distance(std::string_view one, std::string_view other);

// The candidates that are nearest to a word, at most three; none when all are far from it. Case does not count.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

// The names that a text defines or imports.
std::vector<std::string> defined_names(std::string_view text);

// "did you mean vecfold?", "the profile rexa16 has it", both, or nothing. `names` are those of the program.
std::string hint_for(const Reference& reference, std::string_view word, const std::vector<std::string>& names);

// The same for what stands where the header of a frame wants a key.
std::string hint_for_key(std::string_view word);

}  // namespace mica::pc
