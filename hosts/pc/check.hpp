// mica check: compile programs, run none.
#pragma once

#include <string>
#include <vector>

namespace mica::pc {

struct CheckOptions {
  std::vector<std::string> files;  // "-" is standard input
  std::vector<std::string> with;   // from which they import
  std::string profile = "node32";
  bool json = false;  // a list on standard output instead of messages on standard error
};

// Returns the exit status: 0, or 1 when a program does not compile or cannot be read.
int check(const CheckOptions& options);

}  // namespace mica::pc
