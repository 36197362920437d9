// Hooks that only look change nothing: results, ticks and digests are those of the other forms. And what they see fits
// together: words nest, the time of a task never goes back, and the ticks of all of them are those of the task.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/vm/hook_bench.hpp"
#include "tests/vm/programs.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// Looks at everything.
class Observer {
 public:
  // In another form it sees nothing.
  explicit Observer(Traced& bench, bool is_traced = true) : bench_(bench) {
    hook_.when = Phase::before | Phase::around | Phase::after | Phase::left | Phase::over;
    hook_.context = this;
    hook_.call = [](void* context, Call& call) { return static_cast<Observer*>(context)->see(call); };
    REQUIRE(bench.engine().hook(bench.instance(), hook_) == is_traced);
  }

  std::uint64_t words() const { return words_; }
  // Of tasks that are over, in the order of their ends.
  const std::vector<std::uint64_t>& sums() const { return sums_; }
  const std::vector<std::uint64_t>& ends() const { return ends_; }

 private:
  struct Seen {
    std::vector<std::string> open;
    std::uint64_t time = 0, sum = 0;
  };

  Verdict see(Call& call) {
    Seen& task = tasks_[{call.owner, call.task}];
    if (call.time < task.time) FAIL("time goes back: ", tell(call));
    task.sum += call.time - task.time;
    task.time = call.time;
    const std::string name = std::string(call.group) + "." + std::string(call.word);
    if (call.phase == Phase::before) {
      task.open.push_back(name);
      ++words_;
    } else if (call.phase == Phase::over) {
      if (!task.open.empty()) FAIL("open at the end: ", task.open.back());
      sums_.push_back(task.sum);
      ends_.push_back(call.time);
      task = Seen{};
    } else {
      if (task.open.empty() || task.open.back() != name) FAIL("not begun: ", tell(call));
      if (call.phase != Phase::around) task.open.pop_back();
    }
    return Verdict::proceed;
  }

  Traced& bench_;
  Hook hook_;
  std::map<std::pair<unsigned, unsigned>, Seen> tasks_;
  std::vector<std::uint64_t> sums_, ends_;
  std::uint64_t words_ = 0;
};

struct Life {
  std::string state, output;
  std::uint64_t ticks;
  std::uint32_t digest;
  bool operator==(const Life&) const = default;
};

Life life_of(Bench& bench) { return {bench.state(), bench.output, bench.task().ticks, bench.task().digest}; }

Life plain(const Profile& profile, const std::string& text) {
  Bench bench(profile, "switch-observed", 8 * Bench::pool_for_one(profile));
  REQUIRE(bench.load(text).error == 0);
  REQUIRE(bench.run_to_end(unbounded, 3000000));
  return life_of(bench);
}

void check_neutral(const Profile& profile, const std::string& text, std::uint64_t& words) {
  const Life expected = plain(profile, text);
  for (const std::uint32_t budget : {1u, 3u, unbounded}) {
    CAPTURE(budget);
    Traced bench(profile);
    const Observer observer(bench);
    REQUIRE(bench.load(text).error == 0);
    REQUIRE(bench.run_to_end(budget, 3000000));
    const Life seen = life_of(bench);
    CHECK(seen.state == expected.state);
    CHECK(seen.output == expected.output);
    CHECK(seen.digest == expected.digest);
    // A trap comes between two charges: what is charged by then depends on how code is fused.
    if (expected.state == "ended") CHECK(seen.ticks == expected.ticks);
    words += observer.words();
    CHECK(observer.sums() == observer.ends());
    // Also of the tasks that it has started.
    for (std::uint8_t index = 0; index < profile.limits.tasks; ++index) {
      const TaskReport task = bench.task(index);
      if (task.state != TaskState::ended || !task.ticks_exact) continue;
      CHECK(std::count(observer.ends().begin(), observer.ends().end(), task.ticks) > 0);
    }
  }
}

}  // namespace

TEST_CASE("the frames of the tests") {
  unsigned count = 0;
  for (const auto& file : std::filesystem::directory_iterator(MICA_FRAMES)) {
    if (file.path().extension() != ".mica") continue;
    CAPTURE(file.path().string());
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const std::string key = "profile: ";
    const std::size_t begin = text.find(key) + key.size();
    std::uint64_t words = 0;
    check_neutral(find_profile(text.substr(begin, text.find_first_of(" \r\n", begin) - begin)), text, words);
    CHECK(words > 0);
    ++count;
  }
  CHECK(count >= 15);
}

TEST_CASE("random programs") {
  std::uint64_t words = 0;
  for (const char* name : {"node32", "rexa16", "own16"})
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      const Profile& profile = find_profile(name);
      const std::string text = generated_program(profile, 40000 + seed);
      Bench bench(profile, "switch", 8 * Bench::pool_for_one(profile));
      if (bench.load(text).error != 0 || !bench.run_to_end(unbounded, 20000)) continue;
      CAPTURE(text);
      check_neutral(profile, text, words);
    }
  CHECK(words > 10000);
}

// Whatever hooks leave in place of results and refuse: nothing outside of the machine changes, and it comes to an end.
TEST_CASE("hooks that meddle at random do no harm") {
  struct Meddler {
    std::uint32_t state;
    unsigned skipped = 0, refused = 0;
    std::uint32_t next() { return (state = state * 1664525u + 1013904223u) >> 8; }
  };
  unsigned skipped = 0, refused = 0;
  for (const char* name : {"node32", "rexa16", "own16"})
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      const Profile& profile = find_profile(name);
      const std::string text = generated_program(profile, 50000 + seed);
      Traced bench(profile);
      Meddler meddler{seed};
      Hook hook;
      hook.when = static_cast<std::uint8_t>(Phase::around);
      hook.context = &meddler;
      hook.call = [](void* context, Call& call) {
        Meddler& one = *static_cast<Meddler*>(context);
        const std::uint32_t chance = one.next() % 64;
        if (chance == 0) ++one.refused;
        if (chance == 0) return Verdict::trap;
        if (chance > 8) return Verdict::proceed;
        for (std::int32_t& cell : call.cells)
          cell = static_cast<std::int32_t>(one.next() % 3 == 0 ? one.next() * 256u : one.next() % 16);
        ++one.skipped;
        return Verdict::skip;
      };
      REQUIRE(bench.engine().hook(bench.instance(), hook));
      if (bench.load(text).error != 0) continue;
      bench.run_to_end(1 + seed % 50, 20000);
      CHECK(bench.surroundings_are_whole());
      CHECK(bench.state() != "trap core_fault");
      skipped += meddler.skipped;
      refused += meddler.refused;
    }
  CHECK(skipped > 1000);
  CHECK(refused > 100);
}

TEST_CASE("words of other frames, also by their tokens") {
  const std::string library = "frame lib 1 exports long\n: long ( n -- n ) 1 + 2 * 3 + 4 * 5 + ;";
  const std::string program =
      "frame app 1 imports lib.long\n: w ( n -- n ) long 1 + ; 1 $ long execute $ w execute long : x ( n -- n ) "
      "$ long execute ; 20 0 do x 1 + i xor loop .";
  std::uint64_t ticks = 0;
  for (const char* form : {"switch-observed", "traced"})
    for (const std::uint32_t budget : {1u, 3u, unbounded}) {
      Traced bench(find_profile("node32"), {}, form);
      const Observer observer(bench, form == std::string("traced"));
      REQUIRE(describe(bench.engine(), bench.load(library)) == "");
      REQUIRE(describe(bench.engine(), bench.load(program)) == "");
      REQUIRE(bench.run_to_end(budget));
      if (ticks == 0) ticks = bench.task(1).ticks;
      CHECK(bench.task(1).ticks == ticks);
      CHECK(bench.state(1) == "ended");
      if (form != std::string("traced")) continue;
      CHECK(observer.ends().back() == ticks);
      CHECK(observer.sums() == observer.ends());
    }
}

// Two hooks see the same moments, so that what one has worked out holds for the other.
TEST_CASE("at each charge the time is what the task has been charged") {
  for (const char* name : {"node32", "own16"}) {
    Traced bench(find_profile(name));
    std::uint64_t seen = 0, at_charges = 0;
    Hook hook;
    hook.when = static_cast<std::uint8_t>(Phase::before);
    hook.group = "program";
    hook.context = &seen;
    hook.call = [](void* context, Call& call) {
      *static_cast<std::uint64_t*>(context) = call.time;
      return Verdict::proceed;
    };
    REQUIRE(bench.engine().hook(bench.instance(), hook));
    REQUIRE(bench
                .load(": w ( n -- n ) dup 5 > if 2 * else 1 + 3 max endif 1 0 do loop ; : v ( n -- n ) w 1 + ; "
                      "0 50 0 do i v + i 3 mod if 7 xor endif loop drop")
                .error == 0);
    // A call of a word with a loop charges and ends a slice of one tick: the word begins at what is charged by then.
    while (bench.task().state == TaskState::ready) {
      seen = 0;
      bench.run(1);
      if (seen == 0) continue;
      CHECK(seen == bench.task().ticks);
      ++at_charges;
    }
    CHECK(at_charges == 100);
  }
}
