// Random programs that are valid for their dialect and exercise all of jit/LANGUAGE.md.
#pragma once

#include <cstdint>
#include <string>

namespace mica::oracle {

enum class Size { small, medium };

struct GeneratorSettings {
  unsigned cell_bits = 16;        // 16 or 32
  bool rexa = false;              // the dialect rexa16 instead of the own one
  bool allow_unbalanced = false;  // rexa16 only: unbalanced ifs, loops and words, cells of the caller's loop
  Size size = Size::small;
  bool near_limits = false;    // aims at stack_overflow and return_stack_overflow
  unsigned stack_cells = 64;   // ordinary programs use about half of them
  unsigned call_levels = 16;   // what near_limits aims at; ordinary programs use at most 6
  unsigned data_bytes = 2048;  // storage a program asks for, up to 64 bytes more
  unsigned trap_percent = 7;   // programs with a planned trap; not all of them reach it
  bool trailer = false;        // some programs end with a trailer
  bool header = true;          // some programs begin with a header line
  bool host = false;           // uses what example_host() offers
  unsigned tasks = 0;          // that a program may have, with its main one; fewer than 2: it has no words for tasks
  bool inner_storage = true;   // some variables and arrays stand inside of words, branches and loops
};

// The same text for the same arguments on every host.
std::string generate(std::uint64_t seed, const GeneratorSettings& settings);

}  // namespace mica::oracle
