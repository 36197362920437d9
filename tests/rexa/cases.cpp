#include "tests/rexa/cases.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "hosts/pc/io.hpp"
#include "tests/vm/bench.hpp"
#include "tests/vm/spelling.hpp"

namespace mica::tests {
namespace {

constexpr std::uint64_t ticks_max = 50000;  // far more than any of the programs that end

std::ifstream open(std::string_view file) {
  const std::string path = std::string(MICA_REXA_DATA "/") + std::string(file);
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("there is no file " + path);
  return stream;
}

// Output on one line.
std::string quoted(std::string_view output) {
  std::string result = "\"";
  for (const char character : output) {
    if (character == '\n')
      result += "\\n";
    else
      result += character;
  }
  return result + '"';
}

std::string outcome(const Profile& profile, std::string_view form, std::uint32_t budget, std::string_view text) {
  const pc::Io io(profile.cell_bits);
  Host services;
  services.functions = io.offer().functions;
  services.arrays = io.offer().arrays;
  Bench bench(profile, form, Bench::pool_for_one(profile), services);
  const CompileStatus status = bench.load(text);
  if (status.error != 0) return describe(profile.engine, status);
  const bool ended = bench.run_to_end(budget, ticks_max);
  // How far it has come depends on the slices.
  if (!ended) return quoted(std::string_view(bench.output).substr(0, 20)) + " runs";
  const std::string state = bench.state();
  return quoted(bench.output) + (state == "ended" ? "" : " " + state);
}

}  // namespace

std::vector<Program> programs(std::string_view file) {
  std::ifstream stream = open(file);
  std::vector<Program> all;
  std::string* part = nullptr;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with("=== ")) {
      all.push_back({line.substr(4), {}, {}});
      part = &all.back().text;
    } else if (line == "---" && !all.empty()) {
      part = &all.back().output;
    } else if (part != nullptr) {
      *part += line + '\n';
    } else if (!line.starts_with('#')) {
      fail(std::string(file), "expected === NAME, not '" + line + "'");
    }
  }
  return all;
}

std::vector<Defect> defects() {
  std::ifstream stream = open("defects.cases");
  std::vector<Defect> all;
  unsigned number = 0;
  for (std::string line; std::getline(stream, line);) {
    const std::string where = "defects.cases:" + std::to_string(++number);
    if (line.empty() || line[0] == '#') continue;
    const std::size_t semicolon = line.find(" ; "), bar = line.find(" | ");
    if (semicolon == std::string::npos || bar == std::string::npos || semicolon > bar)
      fail(where, "expected REXA ; OWN | TEXT");
    Defect one{where, line.substr(0, semicolon), line.substr(semicolon + 3, bar - semicolon - 3), line.substr(bar + 3)};
    if (one.own == "same") one.own = one.rexa;
    all.push_back(one);
  }
  return all;
}

std::string outcome(const Profile& profile, std::string_view text) {
  std::string first;
  for (const std::string_view form : profile.engine.forms)
    for (const std::uint32_t budget : {1u, 7u, std::uint32_t{ticks_max}}) {
      const std::string one = outcome(profile, form, budget, text);
      if (first.empty()) first = one;
      CHECK_MESSAGE(one == first, form << ", budget " << budget);
    }
  return first;
}

}  // namespace mica::tests
