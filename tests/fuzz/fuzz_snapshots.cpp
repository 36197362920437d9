// Forged snapshots: fuzz_snapshots FIRST_SEED COUNT. Programs are written out in the midst of what they do, changed in
// several places at once with the checksum made right again, and taken up. Most are refused. Whatever is taken must run
// in the form that checks all that the compiler has promised, within its budgets, and leave its place as a frame does.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/fuzz/forger.hpp"
#include "tests/fuzz/promise.hpp"
#include "tests/vm/workloads.hpp"

namespace mica::fuzz {
namespace {

// The most that a slice can be longer than its budget: what one instruction, or one unit, takes at most.
constexpr std::uint32_t longest_piece = 250;

struct Counts {
  std::uint64_t forged = 0, taken = 0;
};

class Machine {
 public:
  explicit Machine(const Engine& engine)
      : engine_(engine), memory_(engine.bytes_min + pool_bytes, 0xc3), scratch_(engine.scratch_bytes / 8 + 1) {
    instance_ = engine.create(memory_.inside(), Host{});
    check(instance_ != nullptr, "there is memory enough");
    for (std::size_t form = 0; form < engine.forms.size(); ++form)
      if (engine.forms[form] == "checked") engine.choose_form(instance_, form);
  }

  bool load(const std::string& text, bool fuse) {
    CompileStatus status = engine_.begin(instance_, {.fuse = fuse});
    if (status.error == 0) status = feed_all(engine_, instance_, text);
    if (status.error == 0) status = finish_all(engine_, instance_);
    return status.error == 0;
  }

  // False: nothing is left to do.
  bool run(std::uint32_t budget) {
    const unsigned before = faults();  // a snapshot can say that there was one
    const RunReport report = engine_.run(instance_, budget);
    check(report.ticks <= budget + longest_piece, "a slice ends with its budget");
    check((faults() & ~before) == 0, "what was promised is so");
    return !report.idle;
  }

  std::vector<std::byte> save() {
    std::vector<std::byte> snapshot;
    const ByteSink sink = {&snapshot, [](void* context, const std::byte* bytes, std::size_t size) {
                             auto& to = *static_cast<std::vector<std::byte>*>(context);
                             to.insert(to.end(), bytes, bytes + size);
                           }};
    check(engine_.save(instance_, {}, sink).empty(), "a machine without open frames can be written out");
    return snapshot;
  }

  bool restore(const std::vector<std::byte>& snapshot) {
    return engine_.restore(instance_, snapshot, std::as_writable_bytes(std::span(scratch_)), {}).empty();
  }

  // As a host does that looks around and clears up. Frames from which others import go after these.
  void end() {
    for (std::uint8_t task = 0; task < engine_.tasks; ++task) {
      for (std::uint32_t k = engine_.depth(instance_, task); k > 0; --k) engine_.cell(instance_, task, k - 1);
      engine_.stop(instance_, task);
    }
    const unsigned frames = engine_.memory(instance_).frames;
    for (unsigned round = 0; round < frames; ++round)
      for (unsigned frame = 0; frame < frames; ++frame)
        unload_all(engine_, instance_, static_cast<std::uint8_t>(frame));
    check(engine_.memory(instance_).used_bytes == 0, "frames leave all of their memory");
  }

 private:
  // The tasks that have found a promise broken, a bit for each.
  unsigned faults() const {
    unsigned found = 0;
    for (std::uint8_t task = 0; task < engine_.tasks; ++task)
      if (engine_.trap_name(engine_.task(instance_, task).trap) == "core_fault") found |= 1u << task;
    return found;
  }

  static constexpr std::size_t pool_bytes = 60000;

  const Engine& engine_;
  GuardedMemory memory_;
  std::vector<std::uint64_t> scratch_;
  Instance* instance_ = nullptr;
};

// A random program, or one that was written for its tasks, messages and sliced instructions.
tests::Texts texts_for(const ForgedProfile& profile, std::uint64_t seed) {
  const std::string_view name = profile.engine.profile;
  if (seed % 4 == 0) {
    std::vector<tests::Texts> own;
    if (name == "node32") own.push_back(tests::mixed_own);
    own.push_back(profile.settings.rexa ? tests::mixed_rexa : tests::faults_own);
    for (const tests::Situation& one : tests::situations)
      if (name == one.profile) own.push_back({one.program});
    return own[seed / 4 % own.size()];
  }
  oracle::GeneratorSettings settings = profile.settings;
  settings.allow_unbalanced = settings.rexa && seed % 2 == 0;
  settings.near_limits = seed % 8 == 3;
  if (seed % 3 == 0) settings.tasks = 0;
  return {oracle::generate(seed, settings)};
}

void forge_at(const ForgedProfile& profile, const std::vector<std::byte>& snapshot, const std::string& program,
              Random& random, Counts& counts) {
  for (int k = 0; k < 12; ++k) {
    std::vector<std::byte> forged = snapshot;
    const std::string what = profile.forge(forged, random) + "forgery " + std::to_string(k) + '\n' + program;
    subject = {profile.engine.profile, what};
    Machine machine(profile.engine);
    ++counts.forged;
    if (!machine.restore(forged)) continue;
    ++counts.taken;
    for (int slice = 0; slice < 80; ++slice)
      if (!machine.run(static_cast<std::uint32_t>(random() % 20 + 1))) break;
    if (k % 4 == 0) {
      for (int slice = 0; slice < 20; ++slice)
        if (!machine.run(static_cast<std::uint32_t>(random() % 1000 + 1))) break;
      machine.save();
    }
    machine.end();
  }
}

// How many slices of a tick it takes, up to 1,000.
std::uint64_t slices_of(const ForgedProfile& profile, const tests::Texts& texts, bool fuse) {
  Machine machine(profile.engine);
  for (const std::string& text : texts)
    if (!machine.load(text, fuse)) return 0;  // random programs nest deeper than the profile can
  std::uint64_t slices = 0;
  while (slices < 1000 && machine.run(1)) ++slices;
  return slices;
}

void run_program(const ForgedProfile& profile, std::uint64_t seed, Counts& counts) {
  Random random(seed);
  const tests::Texts texts = texts_for(profile, seed);
  const bool fuse = seed % 2 == 0;
  std::string program = "seed " + std::to_string(seed) + '\n';
  for (const std::string& text : texts) program += text + '\n';
  subject = {profile.engine.profile, program};
  const std::uint64_t slices = slices_of(profile, texts, fuse);
  if (slices < 2) return;
  Machine machine(profile.engine);
  for (const std::string& text : texts) machine.load(text, fuse);
  std::array<std::uint64_t, 4> moments;
  for (std::uint64_t& one : moments) one = 1 + random() % slices;
  std::sort(moments.begin(), moments.end());
  std::uint64_t slice = 0;
  for (const std::uint64_t moment : moments) {
    for (; slice < moment; ++slice) machine.run(1);
    forge_at(profile, machine.save(), program + "slice " + std::to_string(moment), random, counts);
  }
}

}  // namespace
}  // namespace mica::fuzz

int main(int argc, char** argv) {
  using namespace mica::fuzz;
  if (argc != 3) {
    std::fprintf(stderr, "usage: fuzz_snapshots FIRST_SEED COUNT\n");
    return 2;
  }
  const std::uint64_t first = std::strtoull(argv[1], nullptr, 10), many = std::strtoull(argv[2], nullptr, 10);
  Counts counts;
  for (std::uint64_t seed = first; seed < first + many; ++seed)
    for (const ForgedProfile* profile : {&node32_forged(), &rexa16_forged(), &own16_forged()})
      run_program(*profile, seed, counts);
  std::printf(
      "%llu programs on each profile; %llu of %llu forged snapshots were taken, and did no more than a program\n",
      static_cast<unsigned long long>(many), static_cast<unsigned long long>(counts.taken),
      static_cast<unsigned long long>(counts.forged));
  // Those that are refused show little.
  const bool worth = counts.taken * 20 > counts.forged;
  if (!worth) std::printf("too few of them are taken\n");
  return worth ? 0 : 1;
}
