// Small programs in the checked form: fuzz_small FIRST_SEED COUNT. What the compiler accepts must never trip a check.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/engines.hpp"
#include "tests/fuzz/round_trip.hpp"
#include "tests/fuzz/small.hpp"

namespace {

using mica::Engine;

constexpr std::size_t pool_bytes = 4096;
constexpr int slices_max = 3;
constexpr std::uint32_t slice_ticks = 700;
constexpr std::uint64_t accepted_least = 5;  // percent; programs that are refused show nothing

class Runner {
 public:
  explicit Runner(const Engine& engine) : engine_(engine), memory_((engine.bytes_min + pool_bytes) / 8) {
    form_ =
        static_cast<std::size_t>(std::find(engine.forms.begin(), engine.forms.end(), "checked") - engine.forms.begin());
  }

  // False: a check was tripped.
  bool run(const std::string& text, bool fuse) {
    mica::Instance* instance = engine_.create(std::as_writable_bytes(std::span(memory_)), {});
    engine_.choose_form(instance, form_);
    engine_.begin(instance, {.fuse = fuse});
    feed_all(engine_, instance, text);
    if (finish_all(engine_, instance).error != 0) return true;
    ++accepted_;
    for (int k = 0; k < slices_max && !engine_.run(instance, slice_ticks).idle; ++k) {
    }
    return engine_.trap_name(engine_.task(instance, 0).trap) != "core_fault";
  }

  std::uint64_t accepted() const { return accepted_; }

 private:
  const Engine& engine_;
  std::vector<std::uint64_t> memory_;
  std::size_t form_;
  std::uint64_t accepted_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_small FIRST_SEED COUNT\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10), count = std::strtoull(argv[2], nullptr, 10);
  for (const Engine* engine : mica::fuzz::engines()) {
    const std::string name(engine->profile);
    Runner runner(*engine);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
      const std::string text = mica::fuzz::small_program(seed, mica::fuzz::is_rexa(*engine));
      const std::string wrong = seed % 3 == 0 ? mica::fuzz::round_trip(*engine, text, seed % 2 == 0) : "";
      if (!wrong.empty()) {
        std::printf("%s: seed %llu: %s\n--- text\n%s\n", name.c_str(), static_cast<unsigned long long>(seed),
                    wrong.c_str(), text.c_str());
        return 1;
      }
      if (runner.run(text, seed % 2 == 0)) continue;
      std::printf("%s: seed %llu trips a check:\n%s\n", name.c_str(), static_cast<unsigned long long>(seed),
                  text.c_str());
      return 1;
    }
    std::printf("%s: %llu small programs, %llu accepted, none trips a check\n", name.c_str(),
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(runner.accepted()));
    if (runner.accepted() * 100 < count * accepted_least) return 1;
  }
  return 0;
}
