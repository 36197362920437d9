// The profiles that are fuzzed, in the order that the first byte of an input counts them.
#pragma once

#include <array>

#include "jit/engine.hpp"

namespace mica {
const Engine& node32_engine();
const Engine& rexa16_engine();
const Engine& tests_tiny_engine();
const Engine& own16_engine();
}  // namespace mica

namespace mica::fuzz {

inline std::array<const Engine*, 4> engines() {
  return {&node32_engine(), &rexa16_engine(), &tests_tiny_engine(), &own16_engine()};
}

inline bool has_layers(const Engine& engine) { return engine.profile == "node32"; }
// Words with blocks, of layers or of trees.
inline bool has_blocks(const Engine& engine) { return has_layers(engine) || engine.profile == "own16"; }
inline bool is_rexa(const Engine& engine) { return engine.profile == "rexa16"; }

}  // namespace mica::fuzz
