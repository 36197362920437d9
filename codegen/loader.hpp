#pragma once

#include <string>

#include "model.hpp"

namespace mica::codegen {

struct Sources {
  std::string isa;                         // folder with kinds.json, traps.json, verbs.json and schema/
  std::vector<std::string> group_folders;  // searched in order for <group>.json and <group>.ops.hpp
  std::string profile;                     // file
};

// Reads the profile and everything that it selects. Checks what the schemas say and that names resolve; what needs
// knowledge across entries is the checker's. Throws Failure.
Model load(const Sources& sources);

}  // namespace mica::codegen
