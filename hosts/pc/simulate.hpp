// mica sim: run a scenario in virtual time.
#pragma once

#include <string>

namespace mica::pc {

struct SimulateOptions {
  std::string scenario;
};

// Output of the nodes on standard output, what became of them on standard error. Returns 0, or 1 when a task trapped.
int simulate(const SimulateOptions& options);

}  // namespace mica::pc
