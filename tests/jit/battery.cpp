#include "tests/jit/battery.hpp"

#include <cctype>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mica::tests {
namespace {

struct Line {
  std::string error, position, profiles, how, text, where;
};

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw std::runtime_error(where + ": " + what);
}

std::vector<Line> read_lines() {
  std::ifstream stream(MICA_ERROR_CASES);
  if (!stream) throw std::runtime_error("there is no file " MICA_ERROR_CASES);
  std::vector<Line> lines;
  std::string text;
  for (unsigned number = 1; std::getline(stream, text); ++number) {
    if (text.empty() || text[0] == '#') continue;
    Line line;
    line.where = "errors.cases:" + std::to_string(number);
    const std::size_t bar = text.find(" | ");
    std::istringstream words(text.substr(0, bar));
    if (bar == std::string::npos || !(words >> line.error >> line.position >> line.profiles))
      fail(line.where, "expected ERROR LINE:COLUMN PROFILES [HOW] | TEXT");
    words >> line.how;
    line.text = text.substr(bar + 3);
    lines.push_back(line);
  }
  return lines;
}

std::uint32_t limit(const Profile& profile, const std::string& name, const std::string& where) {
  const Limits& limits = profile.limits;
  const std::pair<const char*, std::uint32_t> all[] = {
      {"frames", limits.frames},
      {"tasks", limits.tasks},
      {"regions", limits.regions},
      {"names", limits.names},
      {"token_bytes", limits.token_bytes},
      {"code_bytes", limits.code_bytes},
      {"data_bytes", limits.data_bytes},
      {"control_depth", limits.control_depth},
      {"cell", profile.cell_bytes()},
      {"stack_cells", limits.stack_cells},
      {"return_cells", limits.return_cells},
  };
  for (const auto& [known, value] : all)
    if (name == known) return value;
  fail(where, "there is no limit '" + name + "'");
}

// NUMBER or LIMIT, added, subtracted and divided from left to right: names+1, data_bytes/cell-1.
std::uint32_t evaluate(const Profile& profile, const std::string& text, const std::string& where) {
  std::uint32_t value = 0;
  char operation = '+';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("+-/", at), text.size());
    const std::string term = text.substr(at, end - at);
    if (term.empty()) fail(where, "'" + text + "' is no sum of numbers and limits");
    const bool number = std::isdigit(static_cast<unsigned char>(term[0])) != 0;
    const std::uint32_t operand = number ? static_cast<std::uint32_t>(std::stoul(term)) : limit(profile, term, where);
    value = operation == '+' ? value + operand : operation == '-' ? value - operand : value / operand;
    if (end < text.size()) operation = text[end];
    at = end + 1;
  }
  return value;
}

class Speller {
 public:
  Speller(const Profile& profile, std::string where) : profile_(profile), where_(std::move(where)) {}

  // Undoes the escapes; `round` is what \# stands for.
  std::string spell(std::string_view text, std::uint32_t round = 0) const {
    std::string result;
    while (!text.empty()) {
      const char character = text[0];
      text.remove_prefix(1);
      if (character != '\\')
        result += character;
      else
        result += escape(text, round);
    }
    return result;
  }

 private:
  std::string escape(std::string_view& text, std::uint32_t round) const {
    const char kind = text.empty() ? '\0' : text[0];
    if (text.starts_with("x") && text.size() >= 3) {
      const std::string digits(text.substr(1, 2));
      text.remove_prefix(3);
      return std::string(1, static_cast<char>(std::stoul(digits, nullptr, 16)));
    }
    if (kind == '{') return repeated(text, round);
    text.remove_prefix(text.empty() ? 0 : 1);
    switch (kind) {
      case 'n': return "\n";
      case 'r': return "\r";
      case 't': return "\t";
      case '\\': return "\\";
      case '#': return std::to_string(round);
      default: fail(where_, std::string("there is no escape \\") + kind);
    }
  }

  // \{COUNT:TEXT\} is TEXT as often as COUNT says; \{COUNT\} is the number itself.
  std::string repeated(std::string_view& text, std::uint32_t round) const {
    const std::size_t end = text.find("\\}");
    if (end == std::string_view::npos) fail(where_, "\\{ without \\}");
    const std::string_view inside = text.substr(1, end - 1);
    text.remove_prefix(end + 2);
    const std::size_t colon = inside.find(':');
    const std::uint32_t count = evaluate(profile_, std::string(inside.substr(0, colon)), where_);
    if (colon == std::string_view::npos) return std::to_string(count + round);
    std::string result;
    for (std::uint32_t k = 0; k < count; ++k) result += spell(inside.substr(colon + 1), k);
    return result;
  }

  const Profile& profile_;
  std::string where_;
};

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
  one.text = Speller(profile, line.where).spell(line.text);
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
