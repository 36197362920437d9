#include "tests/vm/spelling.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace mica::tests {
namespace {

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

class Speller {
 public:
  Speller(const Profile& profile, const std::string& where) : profile_(profile), where_(where) {}

  std::string spell(std::string_view text, std::uint32_t round) const {
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
  const std::string& where_;
};

}  // namespace

void fail(const std::string& where, const std::string& what) { throw std::runtime_error(where + ": " + what); }

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

std::string spell(const Profile& profile, const std::string& where, std::string_view text, std::uint32_t round) {
  return Speller(profile, where).spell(text, round);
}

}  // namespace mica::tests
