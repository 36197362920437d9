// A profile as the tests see it: its engine, its limits, the examples of its instruction set.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "jit/engine.hpp"

namespace mica::tests {

struct Limits {
  std::uint32_t stack_cells, return_cells, tasks, frames, regions, names, token_bytes, control_depth,
      code_bytes, data_bytes;
};

// An example of an entry: a program with its output, or the trap it ends in.
struct Vector {
  std::string_view instruction, program, output, trap;
};

struct Profile {
  std::string_view name;
  bool rexa;  // its dialect
  unsigned cell_bits;
  // The most ticks that one instruction, or one unit of a sliced one, takes.
  unsigned largest_step;
  Limits limits;
  std::span<const Vector> vectors;
  std::span<const std::string_view> pausing;  // words behind which a slice may end before its ticks are used up
  const Engine& engine;

  std::uint32_t cell_bytes() const { return cell_bits / 8; }
};

// All that have the whole language: node32, rexa16, tests-tiny, own16, far-code.
std::span<const Profile* const> profiles();
// One of these, or small, flash, stm32f4, stm32f1, minimal.
const Profile& find_profile(std::string_view name);

}  // namespace mica::tests
