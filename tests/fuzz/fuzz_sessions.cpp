// Sessions on every profile: fuzz_sessions FIRST_SEED COUNT. What is seen of a session must not depend on the chunks of
// its texts, on budgets, on the form of the machine, on what the memory held before, and on texts that were refused.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/fuzz/engines.hpp"
#include "tests/fuzz/play.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/fuzz/session.hpp"

namespace mica::fuzz {
namespace {

struct Counts {
  std::uint64_t steps = 0, accepted = 0, imports = 0, lines = 0, tests = 0, replaced = 0, unloaded = 0, started = 0;
};

// From hardly any to plenty.
std::size_t pool_of(std::uint64_t seed) {
  constexpr std::array<std::size_t, 8> pools{60000, 60000, 20000, 60000, 3000, 20000, 1000, 300};
  return pools[seed % pools.size()] + seed / pools.size() % 16;
}

std::string at_step(const char* promise, std::size_t step, const Seen& first, const Seen& other) {
  std::string text = promise;
  (text += "; step ") += std::to_string(step) + " of those that were taken";
  return ((((text += "\n--- first\n") += first.text) += "\n--- other\n") += other.text);
}

void compare(const std::vector<Seen>& first, const std::vector<Seen>& other, const std::vector<bool>& left_out,
             const char* promise) {
  std::size_t at = 0;
  for (std::size_t k = 0; k < first.size() && at < other.size(); ++k) {
    if (k < left_out.size() && left_out[k]) continue;
    if (first[k].text != other[at].text) check(false, at_step(promise, k, first[k], other[at]).c_str());
    ++at;
  }
}

void count(const std::vector<Step>& session, const std::vector<Seen>& seen, Counts& counts) {
  for (std::size_t k = 0; k < seen.size() && k < session.size(); ++k) {
    ++counts.steps;
    counts.accepted += seen[k].accepted;
    counts.imports += seen[k].accepted && session[k].text.find(" imports ") != std::string::npos;
    counts.lines += seen[k].accepted && session[k].kind == Step::Kind::line;
    counts.tests += seen[k].accepted && session[k].text.find(" selftest ") != std::string::npos;
    counts.replaced += seen[k].accepted && session[k].kind == Step::Kind::replace;
    counts.unloaded += session[k].kind == Step::Kind::unload && seen[k].changes;
    counts.started += session[k].kind == Step::Kind::start && seen[k].changes;
  }
}

void run_session(const Engine& engine, std::uint64_t seed, Counts& counts) {
  const std::vector<Step> session = write_session(seed, is_rexa(engine));
  const std::string description = "seed " + std::to_string(seed) + '\n' + describe(session);
  subject = {engine.profile, description};
  const std::size_t pool = pool_of(seed);

  const std::vector<Seen> first = play(engine, session, pool, {.form = "checked"});
  count(session, first, counts);
  const Manner others[] = {
      {.form = "goto", .chunks = Manner::Chunks::whole, .filling = 0xff, .budget = 5000},
      {.form = "switch", .chunks = Manner::Chunks::bytes, .filling = 0xa5, .budget = 1},
  };
  for (const Manner& manner : others)
    compare(first, play(engine, session, pool, manner), {},
            "what is seen does not depend on chunks, budgets, the form and what the memory held");

  Manner without{.form = "goto", .filling = 0x5a, .budget = 3};
  for (const Seen& seen : first) without.leave_out.push_back(!seen.changes);
  compare(first, play(engine, session, pool, without), without.leave_out, "what is refused leaves nothing");
}

}  // namespace
}  // namespace mica::fuzz

int main(int argc, char** argv) {
  using namespace mica::fuzz;
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_sessions FIRST_SEED COUNT\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10), many = std::strtoull(argv[2], nullptr, 10);
  Counts counts;
  for (std::uint64_t seed = first; seed < first + many; ++seed)
    for (const mica::Engine* engine : engines()) run_session(*engine, seed, counts);
  const auto print = [](std::uint64_t number, const char* what) {
    std::printf("%llu %s", static_cast<unsigned long long>(number), what);
  };
  print(many, "sessions on each profile keep every promise: ");
  print(counts.steps, "steps, ");
  print(counts.accepted, "texts accepted, of them ");
  print(counts.lines, "lines and ");
  print(counts.imports, "with imports, ");
  print(counts.tests, "with a self-test, ");
  print(counts.replaced, "in place of a frame, ");
  print(counts.unloaded, "frames unloaded, ");
  print(counts.started, "words started\n");
  // Sessions of texts that are refused show little.
  const bool worth = counts.accepted * 5 > counts.steps && counts.imports > 0 && counts.started > 0 &&
                     counts.tests > 0 && counts.replaced > 0 && counts.unloaded > 0;
  if (!worth) std::printf("too little of it is accepted\n");
  return worth ? 0 : 1;
}
