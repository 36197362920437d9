// For tests of frames that come and go.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"

namespace mica::tests {

inline Unloading unload(Bench& bench, std::uint8_t frame) { return bench.engine().unload(bench.instance(), frame); }
inline Unloading unload_whole(Bench& bench, std::uint8_t frame) {
  return unload_all(bench.engine(), bench.instance(), frame);
}
inline MemoryReport memory(Bench& bench) { return bench.engine().memory(bench.instance()); }

// The slot of the frame; the text must be right.
inline std::uint8_t load(Bench& bench, const std::string& text, const CompileOptions& options = {}) {
  const CompileStatus status = bench.load(text, options);
  REQUIRE(describe(bench.engine(), status) == "");
  return status.frame;
}

inline bool has_frames(const Profile& profile, std::uint32_t count) {
  return profile.limits.frames >= count && profile.limits.tasks >= count && profile.limits.data_bytes >= 4096;
}

template <class Check>
void each_profile(std::uint32_t frames, Check check) {
  for (const Profile* profile : profiles()) {
    if (!has_frames(*profile, frames)) continue;
    INFO(profile->name);
    check(*profile);
  }
}

// As many bytes of data, in which only the first cell is not 0.
inline std::string large(const Profile& profile, unsigned bytes) {
  return "array large " + std::to_string(bytes / profile.cell_bytes()) + " 7 large ! ";
}

// Counts for ever in its variable.
inline const std::string counts = "var n begin n @ 1 + n ! again";

}  // namespace mica::tests
