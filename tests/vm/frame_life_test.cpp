// Thousands of random steps in the life of machines: frames of all sizes are loaded, replaced and unloaded, with and
// without imports, from texts that are right or wrong, while tasks run. Each task does what it does alone, frames that
// stay are what they were, and at the end all memory is free.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/oracle/generator.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint64_t ticks_max = 20000;

// One that makes digests.
std::string_view form_of(const Profile& profile) {
  const auto observes = [](std::string_view form) { return form.ends_with("observed") || form == "checked"; };
  return *std::find_if(profile.engine.forms.begin(), profile.engine.forms.end(), observes);
}

// What a task lets the world see, and what it leaves.
struct Life {
  std::string state, output;
  std::uint64_t ticks = 0;
  std::uint32_t digest = 0;
  std::vector<std::uint8_t> data, code;
};

// A text with what becomes of it alone, or beside the library that it imports from.
struct Program {
  std::string name, text;
  int library = -1;  // index of it
  bool endless = false;
  Life life = {};
};

class World {
 public:
  explicit World(const Profile& profile) : profile_(profile), random_(profile.cell_bits + profile.limits.tasks) {
    for (int k = 0; k < 5; ++k) add_library();
    for (std::uint64_t seed = 0; programs_.size() < 40; ++seed) add_random(seed);
    for (int k = 0; k < 20; ++k) add_user(k % 5);
    for (int k = 0; k < 4; ++k) add_endless();
  }
  const Program& any() { return programs_[random_() % programs_.size()]; }
  const std::vector<Program>& programs() const { return programs_; }
  std::mt19937& random() { return random_; }
  const Profile& profile() const { return profile_; }

 private:
  // An array that makes frames of different sizes, and constants where there are tables.
  std::string ballast() {
    const std::uint32_t most = std::min<std::uint32_t>(profile_.limits.data_bytes / 4, 3000) / profile_.cell_bytes();
    std::string text = "array ballast-data " + std::to_string(1 + random_() % most) + " ";
    if (profile_.rexa || random_() % 2 == 0) return text;
    text += "table ballast-table int8 { ";
    for (unsigned k = 1 + random_() % 200; k > 0; --k)
      text += std::to_string(static_cast<int>(random_() % 256) - 128) + " ";
    return text + "} ";
  }

  std::string header(const std::string& name, const std::string& keys) {
    const std::string test = random_() % 4 == 0 ? " selftest is-right" : "";
    return "frame " + name + " 1" + keys + test + "\n" + (test.empty() ? "" : ": is-right 0 9 0 do 1 + loop 9 = ; ") +
           ballast();
  }

  void add_library() {
    const std::string name = "lib" + std::to_string(programs_.size());
    add({name, header(name, " exports square exports values exports k") + "const k " + std::to_string(random_() % 99) +
                   " array values { 3 1 4 1 5 } : square dup * ; "});
  }

  void add_random(std::uint64_t seed) {
    oracle::GeneratorSettings settings;
    settings.cell_bits = profile_.cell_bits;
    settings.rexa = profile_.rexa;
    settings.size = seed % 5 == 0 ? oracle::Size::medium : oracle::Size::small;
    settings.header = settings.trailer = false;
    settings.stack_cells = profile_.limits.stack_cells;
    settings.call_levels = profile_.limits.return_cells;
    const std::string name = "random" + std::to_string(programs_.size());
    add({name, header(name, "") + oracle::generate(seed, settings)});
  }

  void add_user(int library) {
    const std::string lib = programs_[static_cast<std::size_t>(library)].name + ".";
    const std::string name = "user" + std::to_string(programs_.size());
    const std::string imports = " imports " + lib + "square imports " + lib + "values imports " + lib + "k";
    add({name,
         header(name, imports) + "var sum " + std::to_string(1 + random_() % 60) +
             " 0 do i square i 5 mod values read + k + sum @ + sum ! loop sum @ .",
         library});
  }

  void add_endless() {
    const std::string name = "endless" + std::to_string(programs_.size());
    add({name, header(name, "") + "var n begin n @ 1 + n ! again", -1, true});
  }

  // Only what the profile has room for and comes to an end.
  void add(Program program) {
    Bench bench(profile_, form_of(profile_), 2 * Bench::pool_for_one(profile_));
    std::uint8_t task = 0;
    if (program.library >= 0) {
      if (bench.load(programs_[static_cast<std::size_t>(program.library)].text).error != 0) return;
      if (!bench.run_to_end(100, ticks_max)) return;
      task = 1;
    }
    const CompileStatus status = bench.load(program.text);
    if (status.error != 0) return;
    bench.output.clear();
    if (!bench.run_to_end(100, ticks_max) && !program.endless) return;
    const TaskReport report = bench.task(task);
    program.life = {bench.state(task),       bench.output, report.ticks, report.digest, bench.data(status.frame),
                    bench.code(status.frame)};
    programs_.push_back(std::move(program));
  }

  const Profile& profile_;
  std::mt19937 random_;
  std::vector<Program> programs_;
};

// One machine and what should be in it.
class Machine {
 public:
  explicit Machine(World& world)
      : world_(world),
        bench_(world.profile(), form_of(world.profile()), 4 * Bench::pool_for_one(world.profile())),
        begin_(memory()),
        outputs_(world.profile().limits.tasks) {}

  void step() {
    const unsigned one = random() % 10;
    if (one < 3)
      load(world_.any(), CompileOptions::no_frame);
    else if (one < 5 && !loaded_.empty())
      load(world_.any(), any().slot);
    else if (one < 8 && !loaded_.empty())
      unload(any().slot);
    else
      run(random() % 40);
    check();
  }

  // All that still run come to their end, if they have one, and are taken away.
  void finish() {
    run(600);
    check();
    while (!loaded_.empty()) unload(any().slot);
    const MemoryReport end = memory();
    CHECK(end.used_bytes == 0);
    CHECK(end.free_bytes == begin_.free_bytes);
    CHECK(end.frames_free == begin_.frames_free);
    CHECK(end.tasks_free == begin_.tasks_free);
    CHECK(bench_.run(100).idle);
  }

  int loads = 0, replaced = 0, refused = 0, unloaded = 0, moves = 0, compared = 0;

 private:
  struct Loaded {
    std::uint8_t slot;
    std::uint8_t task;
    const Program* program;
    std::uint8_t library = CompileOptions::no_frame;  // slot
    bool compared = false;
  };

  unsigned random() { return static_cast<unsigned>(world_.random()()); }
  MemoryReport memory() { return bench_.engine().memory(bench_.instance()); }
  Loaded& any() { return loaded_[random() % loaded_.size()]; }

  void slice() {
    bench_.output.clear();
    const RunReport report = bench_.run(1 + random() % 60);
    outputs_[report.task] += bench_.output;
  }
  void run(unsigned slices) {
    for (; slices > 0; --slices) slice();
  }

  // Is a frame there that the program can import from? The newest one is meant.
  std::uint8_t library_of(const Program& program) const {
    std::uint8_t found = CompileOptions::no_frame;
    for (const Loaded& one : loaded_)
      if (program.library >= 0 && one.program == &world_.programs()[static_cast<std::size_t>(program.library)])
        found = one.slot;
    return found;
  }

  bool is_used(std::uint8_t slot) const {
    return std::any_of(loaded_.begin(), loaded_.end(), [&](const Loaded& one) { return one.library == slot; });
  }

  void load(const Program& program, std::uint8_t old) {
    std::string text = program.text;
    const bool spoiled = random() % 8 == 0;
    if (spoiled) text += random() % 2 == 0 ? " nonsense" : " : open";
    const bool fails = !spoiled && random() % 8 == 0;
    if (fails) text = "frame fails 1 selftest t\n: t 60 0 do loop " + std::string(random() % 2 ? "0 ;" : "1 0 / ;");
    CompileStatus status = bench_.engine().begin(bench_.instance(), {.replaces = old});
    for (std::string_view left = text; status.error == 0 && (status.busy || !left.empty());) {
      std::string_view piece = left.substr(0, 1 + random() % 90);
      const std::size_t size = piece.size();
      status = bench_.engine().feed(bench_.instance(), piece);
      left.remove_prefix(size - piece.size());
      if (status.error == 0) disturb(old);
    }
    while (status.error == 0) {
      status = bench_.engine().finish(bench_.instance());
      if (status.error != 0 || !status.busy) break;
      disturb(old);
      slice();
    }
    if (status.error != 0) return ++refused, void();
    CHECK(!spoiled);
    CHECK(!fails);
    ++loads;
    replaced += old != CompileOptions::no_frame;
    std::erase_if(loaded_, [&](const Loaded& one) { return one.slot == old; });
    const std::uint8_t task = bench_.frame(status.frame).task;
    outputs_[task].clear();
    loaded_.push_back({status.frame, task, &program, library_of(program)});
  }

  // While a text is in work.
  void disturb(std::uint8_t old) {
    if (random() % 3 == 0) slice();
    if (random() % 25 != 0) return;
    const std::uint8_t slot = static_cast<std::uint8_t>(random() % (2 * world_.profile().limits.frames));
    if (slot == old) CHECK(bench_.engine().unload(bench_.instance(), slot) == Unloading::in_use);
    // What the text imports from cannot be told here: one that is used or not there says so.
    else if (bench_.engine().unload(bench_.instance(), slot) <= Unloading::busy && is_gone(slot))
      forget(slot);
  }

  // It can stay until what its tasks may have to give back has come to its place.
  bool is_gone(std::uint8_t slot) { return bench_.frame(slot).code_bytes == 0; }

  void forget(std::uint8_t slot) {
    unloaded += static_cast<int>(std::erase_if(loaded_, [&](const Loaded& one) { return one.slot == slot; }));
  }

  void unload(std::uint8_t slot) {
    if (is_used(slot)) {
      CHECK(bench_.engine().unload(bench_.instance(), slot) == Unloading::in_use);
      const auto user =
          std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& one) { return one.library == slot; });
      slot = user->slot;
    }
    Unloading result = bench_.engine().unload(bench_.instance(), slot);
    for (; result == Unloading::busy; result = bench_.engine().unload(bench_.instance(), slot)) {
      ++moves;
      if (random() % 2 == 0) slice();
      if (random() % 50 == 0 && is_gone(slot)) return forget(slot);  // the rest of it comes with the next text
    }
    forget(slot);
    CHECK(result == Unloading::done);
    CHECK(bench_.engine().unload(bench_.instance(), slot) == Unloading::no_frame);
  }

  void check() {
    for (Loaded& one : loaded_) {
      const Life& life = one.program->life;
      const std::vector<std::uint8_t> code = bench_.code(one.slot);
      if (code.empty()) continue;  // it is on its way
      if (one.program->library < 0) CHECK(code == life.code);
      if (bench_.task(one.task).state == TaskState::ready || one.program->endless) continue;
      if (one.compared && random() % 4 != 0) continue;
      compared += !one.compared;
      one.compared = true;
      CAPTURE(one.program->text);
      CHECK(bench_.state(one.task) == life.state);
      CHECK(outputs_[one.task] == life.output);
      CHECK(bench_.task(one.task).ticks == life.ticks);
      CHECK(bench_.task(one.task).digest == life.digest);
      CHECK(bench_.data(one.slot) == life.data);
    }
  }

  World& world_;
  Bench bench_;
  const MemoryReport begin_;
  std::vector<std::string> outputs_;  // of the tasks
  std::vector<Loaded> loaded_;
};

}  // namespace

TEST_CASE("ten thousand steps in the lives of machines of each profile") {
  int loads = 0, replaced = 0, refused = 0, unloaded = 0, moves = 0, compared = 0, steps = 0;
  for (const char* name : {"node32", "rexa16", "own16", "stm32f1"}) {
    CAPTURE(name);
    World world(find_profile(name));
    for (int life = 0; life < 100; ++life) {
      CAPTURE(life);
      Machine machine(world);
      for (int epoch = 0; epoch < 5; ++epoch) {
        for (int k = 0; k < 20; ++k, ++steps) machine.step();
        machine.finish();
      }
      loads += machine.loads;
      replaced += machine.replaced;
      refused += machine.refused;
      unloaded += machine.unloaded;
      moves += machine.moves;
      compared += machine.compared;
    }
  }
  MESSAGE(steps << " steps, " << loads << " loads, of them " << replaced << " in place of others, " << refused
                << " refused, " << unloaded << " unloaded, " << moves << " moves, " << compared << " compared");
  CHECK(steps == 40000);
  CHECK(loads > 5000);
  CHECK(replaced > 1000);
  CHECK(refused > 1000);
  CHECK(moves > 1000);
  CHECK(compared > 2000);
}
