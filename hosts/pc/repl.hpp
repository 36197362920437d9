// mica repl: a program line by line.
#pragma once

#include <string>
#include <vector>

namespace mica::pc {

struct ReplOptions {
  std::vector<std::string> with;  // loaded and run before
  std::string profile = "node32";
};

// Returns the exit status: 0, or 1 when standard input is no terminal and a line did not compile or trapped.
int repl(const ReplOptions& options);

}  // namespace mica::pc
