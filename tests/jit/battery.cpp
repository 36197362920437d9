#include "tests/jit/battery.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>

#include "tests/vm/spelling.hpp"

namespace mica::tests {
namespace {

struct Line {
  std::string error, position, profiles, how, text, where;
};

void read_lines(const std::string& name, std::vector<Line>& lines) {
  std::ifstream stream(MICA_ERROR_CASES + name);
  if (!stream) throw std::runtime_error("there is no file " MICA_ERROR_CASES + name);
  std::string text;
  for (unsigned number = 1; std::getline(stream, text); ++number) {
    if (text.empty() || text[0] == '#') continue;
    Line line;
    line.where = name + ":" + std::to_string(number);
    const std::size_t bar = text.find(" | ");
    std::istringstream words(text.substr(0, bar));
    if (bar == std::string::npos || !(words >> line.error >> line.position >> line.profiles))
      fail(line.where, "expected ERROR LINE:COLUMN PROFILES [HOW] | TEXT");
    words >> line.how;
    line.text = text.substr(bar + 3);
    lines.push_back(line);
  }
}

std::vector<Line> read_lines() {
  std::vector<Line> lines;
  for (const char* name : {"errors.cases", "blocks.cases"}) read_lines(name, lines);
  return lines;
}

bool is_for(const Line& line, const Profile& profile) {
  std::istringstream list(line.profiles);
  bool wanted = false;
  for (std::string one; std::getline(list, one, ',');) {
    const bool negative = one.starts_with('-');
    const std::string name = one.substr(negative ? 1 : 0);
    const bool matches = name == "all" || name == profile.name || (name == "own" && !profile.rexa) ||
                         (name == "16" && profile.cell_bits == 16) || (name == "32" && profile.cell_bits == 32);
    if (matches) wanted = !negative;
  }
  return wanted;
}

Malformed spell_out(const Line& line, const Profile& profile) {
  Malformed one;
  one.where = line.where;
  one.error = line.error;
  const std::size_t colon = line.position.find(':');
  if (colon == std::string::npos) fail(line.where, "expected LINE:COLUMN");
  one.line = evaluate(profile, line.position.substr(0, colon), line.where);
  one.column = evaluate(profile, line.position.substr(colon + 1), line.where);
  one.text = spell(profile, line.where, line.text);
  if (line.how == "trailer")
    one.needs_trailer = true;
  else if (line.how.starts_with("after:"))
    one.loaded_before = evaluate(profile, line.how.substr(6), line.where);
  else if (!line.how.empty())
    fail(line.where, "expected trailer or after:COUNT, not '" + line.how + "'");
  return one;
}

}  // namespace

std::vector<Malformed> malformed_programs(const Profile& profile) {
  std::vector<Malformed> all;
  for (const Line& line : read_lines())
    if (is_for(line, profile)) all.push_back(spell_out(line, profile));
  return all;
}

std::vector<std::string> errors_with_a_case() {
  std::set<std::string> names;
  for (const Line& line : read_lines())
    for (const Profile* profile : profiles())
      if (is_for(line, *profile)) names.insert(line.error);
  return {names.begin(), names.end()};
}

}  // namespace mica::tests
