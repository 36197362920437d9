// Wild programs through everything that fuzzing checks: fuzz_wild FIRST_SEED COUNT. Each seed is run on every profile.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/fuzz/engines.hpp"
#include "tests/fuzz/fuzz_one.hpp"
#include "tests/fuzz/wild.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_wild FIRST_SEED COUNT\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10), count = std::strtoull(argv[2], nullptr, 10);
  constexpr unsigned accepted_least = 8;  // percent
  const std::array profiles = mica::fuzz::engines();
  std::uint64_t accepted[std::tuple_size_v<decltype(profiles)>] = {};
  for (std::uint64_t seed = first; seed < first + count; ++seed)
    for (unsigned profile = 0; profile < profiles.size(); ++profile) {
      // The second byte: sizes of the chunks, fusing, little memory, in turn.
      const char how = static_cast<char>(0x40 | (seed % 8) | (seed / 8 % 2 << 3) | (seed / 16 % 4 == 0 ? 16 : 0));
      std::string input{static_cast<char>(profile), how};
      const mica::Engine& engine = *profiles[profile];
      input += mica::fuzz::wild_program(seed, mica::fuzz::is_rexa(engine), mica::fuzz::has_layers(engine));
      accepted[profile] += mica::fuzz::run_one(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    }
  std::printf("%llu wild programs on each profile keep every promise; accepted:",
              static_cast<unsigned long long>(count));
  for (const std::uint64_t one : accepted)
    std::printf(" %.1f %%", 100.0 * static_cast<double>(one) / static_cast<double>(count));
  std::printf("\n");
  // Programs that are refused show little.
  for (const std::uint64_t one : accepted)
    if (one * 100 < count * accepted_least) return 1;
  return 0;
}
