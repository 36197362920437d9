// mica run, and what shows the code that comes of a program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hosts/pc/observer.hpp"

namespace mica::pc {

struct RunOptions {
  std::vector<std::string> files;  // "-" is standard input
  std::vector<std::string> with;   // run to their end before these are loaded
  std::string profile = "node32";
  std::string form;             // empty: the profile's own
  std::uint32_t slice = 1000;   // ticks
  std::uint64_t ticks_max = 0;  // over all tasks; 0: no limit
  bool fuse = true;
  bool stats = false;
  bool virtual_time = false;        // else that of the PC's clock
  std::vector<std::string> events;  // NUMBER@MS, that are signalled
  std::string snapshot;             // to be written when the ticks are used up; empty: none
  ObserverOptions observe;
};

// Returns the exit status: 0, or 1 when a program does not compile, traps or uses up its ticks, or what is to be
// written cannot be. Ctrl-C ends the command with the signal when all is written that was to be, but for a snapshot.
int run(const RunOptions& options);

// mica resume: the same from where a snapshot was written, which is the only one of the files.
int resume(const RunOptions& options);

// mica disasm: the code of a program as a listing with its source.
struct DisasmOptions {
  std::string file;
  std::vector<std::string> with;  // from which it imports
  std::string profile = "node32";
  bool fuse = true;
};
int disassemble(const DisasmOptions& options);

// mica decompile: the frame of a program as text again.
struct DecompileOptions {
  std::string file;
  std::vector<std::string> with;  // from which it imports
  std::string profile = "node32";
  std::uint64_t ticks = 0;  // that the program runs before
  bool fuse = true;
};
int decompile(const DecompileOptions& options);

}  // namespace mica::pc
