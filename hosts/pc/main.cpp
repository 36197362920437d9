// The command mica.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include "hosts/pc/engines.hpp"
#include "hosts/pc/run.hpp"
#include "hosts/pc/simulate.hpp"
#include "sim/diagnostic.hpp"

namespace {

using namespace mica::pc;

std::string profile_names() {
  std::string names;
  for (const mica::Engine* engine : engines()) names += (names.empty() ? "" : ", ") + std::string(engine->profile);
  return names;
}

void add_run(CLI::App& app, RunOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("run", "Compile and run programs to their end");
  command->footer("Several files run as tasks side by side. Example:\n  echo '1 2 + . cr' | mica run -");
  command->add_option("FILE", options.files, "programs; - is standard input")->required();
  command->add_option("--profile", options.profile, "profile of the machine: " + profile_names())
      ->capture_default_str();
  command->add_option("--slice", options.slice, "ticks of a slice; results do not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1u, 0x7fffffffu - 1024));
  command->add_option("--ticks", options.ticks_max, "stop with an error after so many ticks (0: never)")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, ~std::uint64_t{0} >> 1));
  command->add_option("--form", options.form,
                      "form of the interpreter: switch, goto, switch-observed, goto-observed, checked");
  command->add_flag("!--no-fuse", options.fuse, "do not combine instructions");
  command->add_flag("--stats", options.stats, "print ticks, digest and sizes of each task to standard error");
  command->callback([&] { action = [&] { return run(options); }; });
}

void add_disasm(CLI::App& app, DisasmOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("disasm", "List the code of a program with its source lines and columns");
  command->add_option("FILE", options.file, "program; - is standard input")->required();
  command->add_option("--profile", options.profile, "profile of the machine: " + profile_names())
      ->capture_default_str();
  command->add_flag("!--no-fuse", options.fuse, "do not combine instructions");
  command->callback([&] { action = [&] { return disassemble(options); }; });
}

void add_sim(CLI::App& app, SimulateOptions& options, std::function<int()>& action) {
  CLI::App* command = app.add_subcommand("sim", "Run a scenario in virtual time");
  command->footer("Example: mica sim tests/frames/digits.scenario.json");
  command->add_option("SCENARIO", options.scenario, "scenario, a JSON file")->required();
  command->callback([&] { action = [&] { return simulate(options); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Mica: a bytecode virtual machine for tiny machine learning", "mica");
  app.require_subcommand(1);
  app.footer("Example: echo '1 2 + . cr' | mica run -\nHelp on a command: mica run --help");
  app.set_version_flag("--version", "mica " MICA_VERSION);
  RunOptions run_options;
  DisasmOptions disasm_options;
  SimulateOptions simulate_options;
  std::function<int()> action;
  add_run(app, run_options, action);
  add_disasm(app, disasm_options, action);
  add_sim(app, simulate_options, action);
  if (argc > 1 && argv[1][0] != '-') {
    std::string known;
    bool found = false;
    for (const CLI::App* command : app.get_subcommands({})) {
      known += (known.empty() ? "" : ", ") + command->get_name();
      found = found || command->get_name() == argv[1];
    }
    if (!found) {
      std::fprintf(stderr, "mica: error: there is no command '%s'; there are %s\n", argv[1], known.c_str());
      return 2;
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    return action();
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "mica: error: %s\n", error.what());
    return 2;
  } catch (const mica::sim::SourceError& error) {  // says its place itself
    std::fputs(error.what(), stderr);
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mica: error: %s\n", error.what());
    return 1;
  }
}
