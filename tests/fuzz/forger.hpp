// Changes what a snapshot says of the machine and its tasks, in several places at once and as somebody would who knows
// what it means.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "jit/engine.hpp"
#include "tests/oracle/generator.hpp"

namespace mica::fuzz {

using Random = std::mt19937_64;

// One profile, with what is made for it.
struct ForgedProfile {
  const Engine& engine;
  oracle::GeneratorSettings settings;  // of its programs
  // The checksum is right again; returns what was changed.
  std::string (*forge)(std::vector<std::byte>& snapshot, Random&);
};

const ForgedProfile& node32_forged();
const ForgedProfile& rexa16_forged();
const ForgedProfile& own16_forged();

}  // namespace mica::fuzz
