// The hash of words, as the compiler on the device computes it (jit/lexer.hpp holds the other copy; a test compares
// them through the generated table, in which every word must be found).
#pragma once

#include <cstdint>
#include <string_view>

namespace mica::codegen {

// FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
constexpr std::uint32_t word_hash(std::string_view text) {
  std::uint32_t hash = 2166136261u;
  for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 16777619u;
  return hash;
}

}  // namespace mica::codegen
