// Holds every form of the virtual machine against the oracle on random programs: task digest, ticks, output, data.
//
//   differential --profile node32 --seed 1 --count 1000   all forms and the simulator, all budgets, fused and not
//   differential ... --write FOLDER                       programs with their expected status lines, for boards
//   differential ... --show                               print the programs; --texts: do nothing else
//   differential --profile node32 --file PROGRAM          one program; status 3 when the oracle or the compiler
//                                                         refuses it
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "hosts/pc/engines.hpp"
#include "sim/simulator.hpp"
#include "tests/differential/host.hpp"
#include "tests/oracle/generator.hpp"
#include "tests/oracle/host.hpp"
#include "tests/oracle/oracle.hpp"

namespace mica {
const Engine& own16_engine();  // tests/profiles/own16.json
}

namespace {

using namespace mica;

struct Options {
  std::string profile = "node32";
  std::uint64_t seed = 1;
  std::uint64_t count = 1000;
  std::string write_folder;
  std::string file;
  bool show = false, texts = false;
  bool near_limits = false;
  std::uint64_t ticks_max = 50000;
  unsigned stack_cells = 64, call_levels = 16, data_bytes = 2048;
};

// What a run came to, in the terms of the oracle.
struct Verdict {
  std::string state;  // ended, trap NAME, running, or a compile error
  std::uint64_t ticks = 0;
  std::uint32_t digest = 0;
  std::string output;
  std::vector<std::uint8_t> data;
  std::vector<std::int64_t> host;
  bool ticks_exact = true;
  std::vector<Verdict> others = {};  // tasks that the program has started, by their ids; without output and data
};

struct Counts {
  std::uint64_t ended = 0, trapped = 0, early = 0, refused = 0, unfinished = 0, hidden = 0, runs = 0;
};

constexpr std::uint32_t budgets[] = {1, 2, 3, 7, 0x7fffffff};

std::string state_of(const Engine& engine, const TaskReport& task) {
  if (task.state == TaskState::trapped) return "trap " + std::string(engine.trap_name(task.trap));
  if (task.state == TaskState::waiting) return "waiting";
  return task.state == TaskState::ended ? "ended" : "running";
}

std::vector<Verdict> others_of(const sim::Node& node) {
  std::map<std::uint16_t, Verdict> found;
  for (std::uint8_t index = 0; index < node.engine().tasks; ++index) {
    const TaskReport task = node.task(index);
    if (task.state == TaskState::absent || task.is_main) continue;
    found[task.id] = {state_of(node.engine(), task), task.ticks, task.digest, "", {}, {}, task.ticks_exact};
  }
  std::vector<Verdict> others;
  for (auto& [id, verdict] : found) others.push_back(std::move(verdict));
  return others;
}

Verdict verdict_of(const sim::Node& node, const TaskReport& task) {
  Verdict verdict{
      state_of(node.engine(), task), task.ticks, task.digest, node.output(), {}, host_elements(), task.ticks_exact};
  for (const std::byte one : node.data(0)) verdict.data.push_back(static_cast<std::uint8_t>(one));
  verdict.others = others_of(node);
  return verdict;
}

Verdict run_program(const Engine& engine, const std::string& text, std::string_view form, bool fuse,
                    std::uint32_t budget, std::uint64_t ticks_max) {
  reset_host();
  sim::Node node(engine, engine.bytes_min + 200000, example_offer());
  node.choose_form(form);
  const CompileStatus status = node.load(text, {.fuse = fuse});
  if (status.error != 0)
    return {"error " + std::string(engine.error_name(status.error)) + " at " + std::to_string(status.line) + ":" +
                std::to_string(status.column),
            0,
            0,
            "",
            {},
            {},
            true};
  const std::uint32_t slice = budget == 0x7fffffff ? static_cast<std::uint32_t>(ticks_max) : budget;
  std::uint64_t used = 0;
  for (bool idle = false; !idle && node.main_task(0).ticks < ticks_max && used < 2 * ticks_max;) {
    const RunReport report = node.run(slice);
    used += report.ticks;
    idle = report.idle;
  }
  return verdict_of(node, node.main_task(0));
}

Verdict simulate(const Engine& engine, const std::string& text, std::uint32_t slice) {
  sim::NodeSettings settings;
  settings.name = "node";
  settings.board = {"test", 168e6, {10, 10, 10}, {1.5, 1.5, 1.5}, 0};
  settings.engine = &engine;
  settings.memory_bytes = engine.bytes_min + 200000;
  settings.slice_ticks = slice;
  settings.frames = {{"program", text}};
  settings.offer = example_offer();
  reset_host();
  std::string output;
  sim::Simulator simulator({{settings}, 0},
                           [&](const sim::SimulatedNode&, std::string_view piece) { output += piece; });
  simulator.run();
  Verdict verdict = verdict_of(*simulator.nodes()[0].node, simulator.nodes()[0].node->main_task(0));
  verdict.output = output;
  return verdict;
}

// Stack traps may come up to one block early: what was seen until then is a begin of what the oracle sees.
bool may_be_early(const std::string& state) {
  return state == "trap stack_underflow" || state == "trap stack_overflow" || state == "trap return_stack_overflow" ||
         state == "trap loop_stack_underflow" || state == "trap effect_mismatch";
}

// A text that asks for more than the profile has is refused; the oracle has no limits. It lets a program of rexa16 with
// an index outside of a loop run until it gets there, and takes the effect of a recursive word
// from a part that ends with the call of a word that never returns. (If many were refused so, run_all() would fail.)
bool meets_a_limit(const std::string& state) {
  for (const char* error : {"control_too_deep", "names_full", "code_full", "data_full", "regions_full",
                            "word_too_large", "token_too_long", "branch_too_far", "outside_loop", "effect_unknown"})
    if (state.starts_with("error " + std::string(error) + " ")) return true;
  return false;
}

std::vector<std::int64_t> elements_of(const std::vector<oracle::HostArray>& arrays) {
  std::vector<std::int64_t> elements;
  for (const oracle::HostArray& array : arrays)
    elements.insert(elements.end(), array.elements.begin(), array.elements.end());
  return elements;
}

// Without the cells of channels and semaphores.
std::vector<std::uint8_t> visible(std::vector<std::uint8_t> data, const oracle::Result& expected) {
  for (const oracle::Result::Hidden& hidden : expected.hidden)
    for (std::size_t k = hidden.first; k < hidden.first + hidden.bytes && k < data.size(); ++k) data[k] = 0;
  return data;
}

// What is left in memory.
bool same_memory(const Verdict& verdict, const oracle::Result& expected) {
  return visible(verdict.data, expected) == visible(expected.data, expected) &&
         verdict.host == elements_of(expected.arrays);
}

std::string state_of(const oracle::Result& expected) {
  switch (expected.outcome) {
    case oracle::Outcome::ended: return "ended";
    case oracle::Outcome::trapped: return "trap " + expected.trap;
    case oracle::Outcome::waiting: return "waiting";
    default: return "running";
  }
}

// A task that the program has started. Ticks are exact at an end only.
bool same_task(const Verdict& verdict, const oracle::Result& expected) {
  return verdict.state == state_of(expected) && verdict.digest == expected.digest &&
         verdict.ticks_exact == (expected.ticks_slack == 0) &&
         (verdict.state != "ended" || expected.allows_ticks(verdict.ticks));
}

bool traps_early(const Verdict& verdict) {
  return std::any_of(verdict.others.begin(), verdict.others.end(),
                     [](const Verdict& other) { return may_be_early(other.state); });
}

// Pieces of the output of several tasks come in the order of the slices; what each writes is in its digest.
bool same_output(const Verdict& verdict, const oracle::Result& expected) {
  return !expected.others.empty() || verdict.output == expected.output;
}

bool agrees_with_oracle(const Verdict& verdict, const oracle::Result& expected, const Options& options,
                        bool aims_at_limits) {
  // One that traps early has not sent what others wait for: nothing more is known of them.
  if (!expected.others.empty() && (traps_early(verdict) || may_be_early(verdict.state))) return true;
  if (may_be_early(verdict.state)) {
    if (expected.output.compare(0, verdict.output.size(), verdict.output) != 0) return false;
    // The room of a word is that of its deepest way, taken or not: only programs that aim at the limit may meet it.
    if (verdict.state == "trap stack_overflow")
      return aims_at_limits || expected.stack_peak + 255 > options.stack_cells;
    if (verdict.state == "trap return_stack_overflow") return expected.call_peak + 2 > options.call_levels;
    // A block check looks at the data stack first.
    const auto underflows = [](std::string_view trap) { return trap.ends_with("stack_underflow"); };
    const bool same_trap =
        "trap " + expected.trap == verdict.state || (underflows(expected.trap) && underflows(verdict.state));
    return expected.outcome == oracle::Outcome::trapped && same_trap;
  }
  return same_task(verdict, expected) && same_output(verdict, expected) && same_memory(verdict, expected) &&
         std::equal(verdict.others.begin(), verdict.others.end(), expected.others.begin(), expected.others.end(),
                    same_task);
}

bool same(const Verdict& a, const Verdict& b) {
  return a.state == b.state && (a.output == b.output || !a.others.empty()) && a.data == b.data && a.host == b.host &&
         a.digest == b.digest && a.ticks_exact == b.ticks_exact && (a.state != "ended" || a.ticks == b.ticks) &&
         std::equal(a.others.begin(), a.others.end(), b.others.begin(), b.others.end(), same);
}

class Runner {
 public:
  explicit Runner(const Options& options)
      : options_(options), engine_(options.profile == "own16" ? own16_engine() : pc::find_engine(options.profile)) {
    settings_.cell_bits = engine_.cell_bits;
    settings_.rexa = engine_.profile == "rexa16";
    settings_.ticks_max = options.ticks_max;
    settings_.host = oracle::example_host();
    settings_.tasks_max = engine_.tasks;
    settings_.trap_number = [this](std::string_view name) { return trap_number(name); };
  }

  bool run_all() {
    for (std::uint64_t k = 0; k < options_.count; ++k)
      if (!run_one(options_.seed + k)) return false;
    std::printf(
        "%s: %llu programs agree with the oracle in %llu runs (%llu ended, %llu trapped, %llu trapped early on a "
        "stack); "
        "%llu met a limit of the profile, %llu do not end, %llu look into channels and semaphores\n",
        options_.profile.c_str(), static_cast<unsigned long long>(counts_.ended + counts_.trapped + counts_.early),
        static_cast<unsigned long long>(counts_.runs), static_cast<unsigned long long>(counts_.ended),
        static_cast<unsigned long long>(counts_.trapped), static_cast<unsigned long long>(counts_.early),
        static_cast<unsigned long long>(counts_.refused), static_cast<unsigned long long>(counts_.unfinished),
        static_cast<unsigned long long>(counts_.hidden));
    // What nothing is known of is rare.
    if (counts_.hidden * 100 > options_.count + 99) return false;
    // Refused for its limits may be a part of the programs; refused as not understood hardly one.
    if (refusals_["error effect_unknown"] * 1000 > options_.count + 999) return false;
    for (const auto& [refusal, count] : refusals_)
      std::printf("  %s: %llu\n", refusal.c_str(), static_cast<unsigned long long>(count));
    return true;
  }

  // 0 agrees, 1 differs, 3 the oracle or the compiler refuses it.
  int run_file() {
    std::ifstream stream(options_.file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (oracle::run(text, settings_).outcome == oracle::Outcome::invalid) return 3;
    if (run_program(engine_, text, "switch", true, 1, 1).state.starts_with("error")) return 3;
    return run_text(0, text) ? 0 : 1;
  }

 private:
  std::uint32_t trap_number(std::string_view name) const {
    for (unsigned k = 0; k < 256; ++k)
      if (engine_.trap_name(static_cast<std::uint8_t>(k)) == name) return k;
    return 0;
  }

  bool aims_at_limits(std::uint64_t seed) const { return options_.near_limits || seed % 16 == 5; }

  std::string program(std::uint64_t seed) const {
    oracle::GeneratorSettings generator;
    generator.cell_bits = engine_.cell_bits;
    generator.rexa = settings_.rexa;
    generator.allow_unbalanced = settings_.rexa && seed % 2 == 0;
    generator.size = seed % 3 == 0 ? oracle::Size::medium : oracle::Size::small;
    generator.near_limits = aims_at_limits(seed);
    generator.stack_cells = options_.stack_cells;
    generator.call_levels = options_.call_levels;
    generator.data_bytes = options_.data_bytes;
    generator.trailer = options_.write_folder.empty();                    // a line to a board gets its own
    generator.host = options_.write_folder.empty();                       // boards offer other things
    generator.tasks = options_.write_folder.empty() ? engine_.tasks : 0;  // and report one task
    return oracle::generate(seed, generator);
  }

  bool run_one(std::uint64_t seed) {
    const std::string text = program(seed);
    if (options_.show || options_.texts)
      std::printf("--- seed %llu\n%s\n", static_cast<unsigned long long>(seed), text.c_str());
    return options_.texts || run_text(seed, text);
  }

  bool run_text(std::uint64_t seed, const std::string& text) {
    const oracle::Result expected = oracle::run(text, settings_);
    if (expected.outcome == oracle::Outcome::invalid)
      return complain(seed, text, "the oracle refuses it: " + expected.invalid_why);
    const Verdict first = run_program(engine_, text, observed_forms().front(), true, 1000, options_.ticks_max);
    if (meets_a_limit(first.state)) {
      ++counts_.refused;
      ++refusals_[first.state.substr(0, first.state.find(" at "))];
      return true;
    }
    if (first.state == "running" || (expected.outcome == oracle::Outcome::out_of_ticks && !may_be_early(first.state))) {
      ++counts_.unfinished;
      return expected.outcome == oracle::Outcome::out_of_ticks || complain(seed, text, "does not end: " + first.state);
    }
    // By an address that it has made up it looks at the inside of a channel or a semaphore.
    if (expected.saw_hidden) {
      ++counts_.hidden;
      return true;
    }
    if (!agrees_with_oracle(first, expected, options_, aims_at_limits(seed)))
      return complain(seed, text, differences(first, expected));
    (first.state == "ended" ? counts_.ended : may_be_early(first.state) ? counts_.early : counts_.trapped)++;
    ++counts_.runs;
    if (!options_.write_folder.empty()) return write(seed, text, first);
    return run_forms(seed, text, first);
  }

  static bool is_observed(std::string_view form) { return form != "switch" && form != "goto"; }

  /// Forms that make a digest, of those that this core was built with.
  std::vector<std::string_view> observed_forms() const {
    std::vector<std::string_view> forms;
    for (const std::string_view form : engine_.forms)
      if (is_observed(form)) forms.push_back(form);
    return forms;
  }

  bool run_forms(std::uint64_t seed, const std::string& text, const Verdict& first) {
    for (const std::string_view form : observed_forms())
      for (const bool fuse : {true, false})
        for (const std::uint32_t budget : budgets)
          if (!check(seed, text, first, run_program(engine_, text, form, fuse, budget, options_.ticks_max),
                     std::string(form) + (fuse ? " fused" : " not fused") + " budget " + std::to_string(budget)))
            return false;
    // The plain forms make no digest; what they print, count and leave in memory is the same.
    for (const std::string_view form : engine_.forms) {
      if (is_observed(form)) continue;
      Verdict plain = run_program(engine_, text, form, true, 1000, options_.ticks_max);
      plain.digest = first.digest;
      for (std::size_t k = 0; k < std::min(plain.others.size(), first.others.size()); ++k)
        plain.others[k].digest = first.others[k].digest;
      if (!check(seed, text, first, plain, std::string(form))) return false;
    }
    for (const std::uint32_t budget : budgets)
      if (!check(seed, text, first, simulate(engine_, text, budget), "simulator budget " + std::to_string(budget)))
        return false;
    return true;
  }

  bool check(std::uint64_t seed, const std::string& text, const Verdict& first, const Verdict& other,
             const std::string& how) {
    ++counts_.runs;
    return same(first, other) || complain(seed, text, how + ": " + describe(other) + "\nreference: " + describe(first));
  }

  static std::string describe(const Verdict& verdict) {
    char digest[16];
    std::snprintf(digest, sizeof digest, "%08x", verdict.digest);
    return verdict.state + " ticks=" + std::to_string(verdict.ticks) + " digest=" + digest + " output=\"" +
           verdict.output + "\"" + describe_others(verdict);
  }

  static std::string describe_others(const Verdict& verdict) {
    std::string text;
    for (const Verdict& other : verdict.others) text += "\n         " + describe(other);
    return text;
  }

  static std::string differences(const Verdict& verdict, const oracle::Result& expected) {
    const auto as_verdict = [](const oracle::Result& one) {
      return Verdict{state_of(one), one.ticks, one.digest, one.output, {}, {}, one.ticks_slack == 0};
    };
    std::string text = "machine: " + describe(verdict) + "\noracle:  " + describe(as_verdict(expected));
    for (const oracle::Result& other : expected.others) text += "\n         " + describe(as_verdict(other));
    if (!same_memory(verdict, expected)) text += "\nwhat is left in memory differs";
    return text + "\noracle's peak: " + std::to_string(expected.stack_peak) + " cells, " +
           std::to_string(expected.call_peak) + " calls";
  }

  bool complain(std::uint64_t seed, const std::string& text, const std::string& what) const {
    std::printf("%s: seed %llu:\n%s\n--- program\n%s\n", options_.profile.c_str(),
                static_cast<unsigned long long>(seed), what.c_str(), text.c_str());
    return false;
  }

  bool write(std::uint64_t seed, const std::string& text, const Verdict& verdict) const {
    const std::filesystem::path base = std::filesystem::path(options_.write_folder) / std::to_string(seed);
    std::ofstream(base.string() + ".mica", std::ios::binary) << text;
    char digest[16];
    std::snprintf(digest, sizeof digest, "%08x", verdict.digest);
    std::ofstream status(base.string() + ".expected", std::ios::binary);
    status << (verdict.state == "ended" ? "ended ticks=" + std::to_string(verdict.ticks) : verdict.state)
           << " digest=" << digest << "\n"
           << verdict.output;
    return status.good();
  }

  const Options& options_;
  const Engine& engine_;
  oracle::Settings settings_;
  Counts counts_;
  std::map<std::string, std::uint64_t> refusals_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Holds every form of the virtual machine against the oracle on random programs");
  app.add_option("--profile", options.profile);
  app.add_option("--seed", options.seed);
  app.add_option("--count", options.count);
  app.add_option("--file", options.file);
  app.add_option("--write", options.write_folder);
  app.add_option("--ticks", options.ticks_max);
  app.add_option("--stack-cells", options.stack_cells, "of the profile, for programs near its limits");
  app.add_option("--call-levels", options.call_levels);
  app.add_option("--data-bytes", options.data_bytes);
  app.add_flag("--near-limits", options.near_limits);
  app.add_flag("--show", options.show);
  app.add_flag("--texts", options.texts, "print the programs and do not run them");
  CLI11_PARSE(app, argc, argv);
  if (!options.file.empty()) return Runner(options).run_file();
  return Runner(options).run_all() ? 0 : 1;
}
