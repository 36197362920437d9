// Random programs for a profile.
#pragma once

#include <cstdint>
#include <string>

#include "tests/oracle/generator.hpp"
#include "tests/vm/profile.hpp"

namespace mica::tests {

// Sizes, plans and layouts vary with the seed; one in eight programs aims at the ends of the stacks.
inline std::string generated_program(const Profile& profile, std::uint64_t seed) {
  oracle::GeneratorSettings settings;
  settings.cell_bits = profile.cell_bits;
  settings.rexa = profile.rexa;
  settings.allow_unbalanced = profile.rexa && seed % 2 == 0;
  settings.size = seed % 5 == 0 ? oracle::Size::medium : oracle::Size::small;
  settings.near_limits = seed % 8 == 3;
  settings.stack_cells = profile.limits.stack_cells;
  settings.call_levels = profile.limits.return_cells;
  return oracle::generate(seed, settings);
}

}  // namespace mica::tests
