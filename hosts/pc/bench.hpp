// mica bench: what the machine promises, measured.
#pragma once

#include <string>

namespace mica::pc {

struct BenchOptions {
  std::string profile;  // empty: several
};

// Response of a periodic task beside two that never give way, in virtual time. Returns the exit status: 0, or 1 when a
// deadline was missed or the jitter is larger than the longest piece may be.
int bench_scheduler(const BenchOptions& options);

}  // namespace mica::pc
