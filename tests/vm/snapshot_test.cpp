// Snapshots: a machine that is written out between two slices and taken up elsewhere does what it would have done.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "jit/crc32.hpp"
#include "tests/vm/programs.hpp"
#include "tests/vm/traveller.hpp"
#include "tests/vm/workloads.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::size_t pool_bytes = std::size_t{1} << 20;

// Longer runs, with other seeds: MICA_SEED, MICA_PROGRAMS for each profile, MICA_FORGED.
unsigned long from_environment(const char* name, unsigned long otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoul(text);
}

struct Run {
  const Profile& profile;
  const Texts& texts;
  std::uint32_t budget;
  bool fuse = true;
};

// Runs to the end and hops with one slice in `interval`; 0: never. Returns how often it has hopped.
unsigned travel(const Run& run, std::uint64_t seed, unsigned interval, std::string& description) {
  std::mt19937_64 random(seed);
  Traveller one(run.profile, "checked", pool_bytes);
  for (const std::string& text : run.texts)
    if (!one.load(text, {.fuse = run.fuse})) {
      description = one.problem;  // random programs nest deeper than the profile can
      return 0;
    }
  unsigned hops = 0;
  std::uint64_t ticks = 0;
  for (RunReport report; ticks < 3000000;) {
    report = one.run(run.budget);
    ticks += report.ticks + 1;
    if (report.idle) break;
    // A periodic task never ends: all is done when the main task of the last frame is over.
    if (is_over(one.bench().task(one.bench().frame(static_cast<std::uint8_t>(run.texts.size() - 1)).task).state)) break;
    if (interval == 0 || random() % interval != 0) continue;
    const bool decompiles = random() % 2 == 0;
    const bool hopped = one.hop(decompiles);
    REQUIRE_MESSAGE(hopped, one.problem << " in hop " << hops << " at tick " << ticks << " of " << run.texts.back());
    ++hops;
  }
  description = one.description();
  return hops;
}

struct Workload {
  const char* profile;
  const Texts& texts;
  unsigned hops_min;
};
const Workload workloads[] = {
    {"node32", mixed_own, 1000}, {"rexa16", mixed_rexa, 1000}, {"node32", faults_own, 200}, {"own16", faults_own, 200}};

}  // namespace

TEST_CASE("a mixed workload hops at 1,000 random points between machines and does the same") {
  for (const Workload& load : workloads) {
    unsigned hops = 0;
    for (const std::uint32_t budget : {1u, 7u, 100u}) {
      CAPTURE(load.profile);
      CAPTURE(budget);
      const Run run{find_profile(load.profile), load.texts, budget};
      std::string expected, got;
      travel(run, 1, 0, expected);
      hops += travel(run, budget, 100 / budget + 1, got);
      CHECK(got == expected);
      if (&load.texts != &faults_own)
        REQUIRE_MESSAGE(expected.find("trap") == std::string::npos, expected.substr(0, 1000));
    }
    CHECK_MESSAGE(hops >= load.hops_min, load.profile << ": " << hops);
  }
}

TEST_CASE("every example of the instruction set hops behind every tick") {
  for (const char* const name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    for (const Vector& vector : profile.vectors) {
      CAPTURE(vector.program);
      const Texts texts = {std::string(vector.program)};
      const Run run{profile, texts, 1};
      std::string expected, got;
      travel(run, 1, 0, expected);
      travel(run, 1, 1, got);
      CHECK(got == expected);
    }
  }
}

TEST_CASE("all frames of the tests, and random programs, hop and do the same") {
  std::vector<std::pair<std::string, std::string>> programs;
  for (const auto& file : std::filesystem::directory_iterator(MICA_FRAMES)) {
    if (file.path().extension() != ".mica") continue;
    std::ifstream stream(file.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    const bool rexa = text.find("profile: rexa16") != std::string::npos;
    programs.emplace_back(rexa ? "rexa16" : "node32", text);
  }
  REQUIRE(programs.size() >= 15);
  for (const std::string name : {"node32", "rexa16", "own16"})
    for (unsigned long k = 0, first = from_environment("MICA_SEED", 1); k < from_environment("MICA_PROGRAMS", 150); ++k)
      programs.emplace_back(name, generated_program(find_profile(name), first + k));
  unsigned hops = 0;
  for (std::size_t k = 0; k < programs.size(); ++k) {
    const std::string &name = programs[k].first, &text = programs[k].second;
    CAPTURE(text);
    CAPTURE(name);
    const Texts texts = {text};
    const Run run{find_profile(name), texts, k % 3 == 0 ? 1u : 7u, k % 2 == 0};
    std::string expected, got;
    travel(run, 1, 0, expected);
    hops += travel(run, k, 20, got);
    CHECK(got == expected);
  }
  MESSAGE(hops << " hops");
}

TEST_CASE("times go on by the clock of the machine that takes them up") {
  Time clock = 0;
  Host services;
  services.context = &clock;
  services.now = [](void* context, std::uint32_t ticks) { return *static_cast<Time*>(context) + ticks; };
  Traveller one(find_profile("node32"), "checked", pool_bytes, services);
  REQUIRE(
      one.load("var n : w n @ 1 + n ! ; $ w 0 10 4 every drop : late 30 sleep 7 . ; $ late 0 start drop 5 sleep 8 ."));
  const auto run_at = [&](Time time) {
    clock = time;
    RunReport report;
    do report = one.run(100);
    while (!report.idle);
    return report.wake;
  };
  const Time wake = run_at(1000);
  CHECK(wake / 1000 == 6);
  clock = 2000;
  const std::vector<std::byte> snapshot = one.save(false);
  clock = 900000;
  REQUIRE(one.restore(snapshot));
  CHECK(run_at(901000) == wake + 898000);
  CHECK(one.bench().output == "");
  run_at(904100);
  CHECK(one.bench().output == "8 ");
  run_at(930000);
  CHECK(one.bench().output == "8 7 ");
}

// The checksum as it should be, whatever lies before it.
void sign(std::vector<std::byte>& snapshot) {
  Crc32 crc;
  for (std::size_t k = 0; k + 4 < snapshot.size(); ++k) crc.add(std::to_integer<unsigned char>(snapshot[k]));
  for (unsigned k = 0; k < 4; ++k) snapshot[snapshot.size() - 4 + k] = static_cast<std::byte>(crc.value() >> 8 * k);
}

constexpr std::size_t identity_bytes = 8 * 4;

// Some bytes of what lies before the first text, mostly by a little.
void forge(std::vector<std::byte>& snapshot, std::size_t end, std::mt19937_64& random) {
  for (std::uint64_t k = random() % 3 + 1; k > 0; --k) {
    std::byte& byte = snapshot[identity_bytes + random() % (end - identity_bytes)];
    const auto value = std::to_integer<unsigned>(byte);
    const unsigned changes[] = {value + 1, value - 1, value ^ 1u << random() % 8, static_cast<unsigned>(random()),
                                0,         255};
    byte = static_cast<std::byte>(changes[random() % std::size(changes)]);
  }
  sign(snapshot);
}

// Those that have met an instruction that found less than it was promised.
std::vector<bool> faulted(const Bench& bench) {
  std::vector<bool> tasks;
  for (std::uint8_t task = 0; task < bench.engine().tasks; ++task)
    tasks.push_back(bench.state(task) == "trap core_fault");
  return tasks;
}

// Takes it up, and if it is accepted runs it: no instruction may find less than it was promised. What a snapshot says
// of tasks that are over is nobody's fault.
bool withstands(Traveller& one, const std::vector<std::byte>& snapshot, std::mt19937_64& random, bool& is_accepted) {
  const std::unique_ptr<Bench> bench = one.make();
  is_accepted = one.restore(*bench, snapshot).empty();
  const std::vector<bool> before = faulted(*bench);
  for (int slice = 0; is_accepted && slice < 200; ++slice)
    if (bench->run(static_cast<std::uint32_t>(random() % 20 + 1)).idle) break;
  return faulted(*bench) == before;
}

TEST_CASE("a snapshot that is forged can do no more than a program") {
  const unsigned long forgeries = from_environment("MICA_FORGED", 1000);
  std::mt19937_64 random(from_environment("MICA_SEED", 1));
  unsigned accepted = 0, refused = 0;
  for (const Workload& load : workloads) {
    const Profile& profile = find_profile(load.profile);
    const std::string name = load.profile;
    Traveller one(profile, "checked", pool_bytes);
    for (const std::string& text : load.texts) REQUIRE(one.load(text));
    for (unsigned long k = 0; k < forgeries; ++k) {
      if (k % 20 == 0)
        for (std::uint64_t slices = random() % 50; slices > 0; --slices) one.run(7);
      std::vector<std::byte> snapshot = one.save(false);
      REQUIRE(one.problem == "");
      const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
      forge(snapshot, bytes.find(load.texts.front().substr(0, 10)), random);
      bool is_accepted = false;
      if (!withstands(one, snapshot, random, is_accepted)) FAIL_CHECK(name << " forgery " << k);
      ++(is_accepted ? accepted : refused);
    }
  }
  CHECK(accepted > forgeries / 4);
  CHECK(refused > forgeries / 4);
}

TEST_CASE("all of them hop behind every tick") {
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    const Texts texts = {situation.program};
    const Run run{find_profile(situation.profile), texts, 1};
    std::string expected, got;
    travel(run, 1, 0, expected);
    const unsigned hops = travel(run, 1, 1, got);
    CHECK(got == expected);
    CHECK(hops > 3);
  }
}

// To the last entry of the return stack, with what words note there: tries, depths, cells, frames they come back to.
TEST_CASE("words that call themselves hop behind every tick") {
  const std::string before =
      "var v : down ( -- ) v @ 1 - v ! 1 0 do loop ;\n"
      ": odd ( n -- n n ) dup 1 and if dup 7 else dup endif dup 7 = if drop endif 1 0 do loop ;\n";
  const char* const words[] = {
      ": deep ( -- ) v @ 0 > if down try deep catch drop endtry endif ;",
      ": deep ( -- ) try v @ if down deep else 7 throw endif catch . endtry ;",
      ": deep ( -- ) try v @ 0 > if v @ odd drop drop down deep 8 throw endif catch odd drop . endtry ;",
      ": deep ( -- ) v @ odd drop >r v @ if down deep endif r> drop ;",
      ": deep ( -- ) 7 >r try 3 >r v @ 0 > if down deep endif r> drop catch drop endtry r> drop ;",
      ": deep ( n -- n ) odd drop v @ 0 > if down deep endif odd drop ; : g 3 deep drop ; : deep try g catch . endtry "
      ";",
  };
  for (const char* const name : {"node32", "own16"})
    for (const char* const text : words) {
      CAPTURE(name);
      CAPTURE(text);
      const Texts texts = {before + text + " 3 v ! deep 900 v ! deep"};
      const Run run{find_profile(name), texts, 1};
      std::string expected, got;
      travel(run, 1, 0, expected);
      CHECK_MESSAGE(expected.find("return_stack_overflow") != std::string::npos, expected);
      CHECK(travel(run, 1, 1, got) >= 5);
      CHECK(got == expected);
    }
  const Texts crossing = {
      "frame lib 1 exports up\n: up ( n -- n ) 1 + ; begin 3 sleep again",
      "frame m 1 imports lib.up\n: deep ( -- ) try 1 up drop deep catch drop endtry 1 up drop ; deep"};
  const Run run{find_profile("node32"), crossing, 1};
  std::string expected, got;
  travel(run, 1, 0, expected);
  CHECK(travel(run, 1, 1, got) >= 40);
  CHECK(got == expected);
}

// Looks at some snapshots of the program in its course, and says where the text of its frame begins in them.
template <class Look>
void each_moment(const Situation& situation, unsigned moments, Look&& look) {
  Traveller one(find_profile(situation.profile), "checked", 1 << 16);
  REQUIRE_MESSAGE(one.load(situation.program), one.problem << situation.program);
  unsigned slices = 1;
  while (!one.run(1).idle && slices < 200) ++slices;
  Traveller again(find_profile(situation.profile), "checked", 1 << 16);
  REQUIRE(again.load(situation.program));
  for (unsigned slice = 0, moment = 1; slice < slices && moment <= moments; ++slice) {
    again.run(1);
    if (slice != slices * moment / (moments + 1)) continue;
    ++moment;
    const std::vector<std::byte> snapshot = again.save(false);
    const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
    const std::size_t text = bytes.rfind(std::string_view(situation.program).substr(0, 50));
    REQUIRE(text != std::string_view::npos);
    look(again, snapshot, text);
  }
}

TEST_CASE("each byte of a snapshot forged") {
  std::mt19937_64 random(1);
  const unsigned moments = from_environment("MICA_FORGED", 1000) > 1000 ? 20 : 3;
  const auto look = [&](Traveller& one, const std::vector<std::byte>& whole, std::size_t text) {
    for (std::size_t at = identity_bytes; at < text; ++at)
      for (const unsigned value : {0u, 1u, 255u, 256u, static_cast<unsigned>(random())}) {
        std::vector<std::byte> forged = whole;
        const unsigned was = std::to_integer<unsigned>(whole[at]);
        forged[at] = static_cast<std::byte>(value == 1 ? was + 1 : value == 256 ? was - 1 : value);
        sign(forged);
        bool is_accepted = false;
        if (!withstands(one, forged, random, is_accepted)) FAIL_CHECK(at << ": " << value);
      }
  };
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    each_moment(situation, moments, look);
  }
}

TEST_CASE("a task put at each place of its code") {
  std::mt19937_64 random(1);
  const auto look = [&](Traveller& one, const std::vector<std::byte>& whole, std::size_t) {
    // Behind the time, who ran last, the digest and the number of the slice come the tasks; a task's place lies behind
    // seven bytes.
    const std::size_t place_at = identity_bytes + 8 + 1 + 4 + 2 + one.bench().profile().limits.frames + 7;
    for (unsigned place = 0; place < one.bench().code(0).size() + 3; ++place) {
      std::vector<std::byte> forged = whole;
      forged[place_at] = static_cast<std::byte>(place & 255);
      forged[place_at + 1] = static_cast<std::byte>(place >> 8);
      sign(forged);
      bool is_accepted = false;
      if (!withstands(one, forged, random, is_accepted)) FAIL_CHECK("at " << place);
      if (place == one.bench().task(0).offset) CHECK(is_accepted);
    }
  };
  for (const Situation& situation : situations) {
    CAPTURE(situation.program);
    each_moment(situation, 20, look);
  }
}

TEST_CASE("a snapshot that is forged in the midst of an instruction can do no more") {
  std::mt19937_64 random(from_environment("MICA_SEED", 1));
  for (const char* const name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    for (const Vector& vector : profile.vectors) {
      Traveller one(profile, "checked", pool_bytes);
      if (!one.load(std::string(vector.program))) continue;
      // All the slices of one instruction are looked at in the long run.
      const unsigned long interval = 20000 / from_environment("MICA_FORGED", 1000);
      for (unsigned slice = 0; slice < 2000; ++slice) {
        if (one.run(1).idle) break;
        if (interval > 1 && random() % interval != 0) continue;
        std::vector<std::byte> snapshot = one.save(false);
        REQUIRE(one.problem == "");
        const std::string_view bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
        forge(snapshot, bytes.rfind(vector.program.substr(0, 50)), random);
        bool is_accepted = false;
        if (!withstands(one, snapshot, random, is_accepted)) FAIL_CHECK(name << ": " << vector.program);
      }
    }
  }
}

TEST_CASE("a snapshot that is damaged is refused, and the machine stays empty") {
  const Profile& profile = find_profile("node32");
  Traveller one(profile, "checked", pool_bytes);
  for (const std::string& text : mixed_own) REQUIRE(one.load(text));
  for (int k = 0; k < 2000; ++k) one.run(7);
  const std::vector<std::byte> whole = one.save(false);
  REQUIRE(one.problem == "");
  const std::unique_ptr<Bench> bench = one.make();
  const auto refuses = [&](std::span<const std::byte> snapshot) {
    const std::string problem = one.restore(*bench, snapshot);
    return !problem.empty() && bench->engine().memory(bench->instance()).used_bytes == 0 && bench->state(0) == "absent";
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> damaged = whole;
    damaged[at] ^= static_cast<std::byte>(1u << at % 8);
    if (!refuses(damaged)) FAIL_CHECK("byte " << at);
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    if (!refuses(std::span(whole).first(size))) FAIL_CHECK("cut to " << size);
  // The machine is as good as new.
  CHECK(one.restore(*bench, whole) == "");
  CHECK(one.restore(*bench, whole) == "machine_in_use");
}
