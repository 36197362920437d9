#include "loop_checker.hpp"

#include <algorithm>
#include <regex>

#include "json/failure.hpp"
#include "snippet_reader.hpp"
#include "snippet_tokens.hpp"

namespace mica::codegen {
namespace {

// What stands between the brackets that open at `at`.
std::string inside_brackets(const std::string& code, std::size_t at) {
  std::size_t end = at + 1;
  for (int depth = 1; end < code.size(); ++end) {
    depth += code[end] == '(';
    depth -= code[end] == ')';
    if (depth == 0) break;
  }
  return code.substr(at + 1, end - at - 1);
}

// The locals that smaller_of() has made of a constant.
std::string limits_of(const std::string& code) {
  static const std::regex made(R"((\w+)\s*=\s*smaller_of\(\s*(?:\d+|cell_bytes)\s*[,/])");
  std::string names;
  for (std::sregex_iterator match(code.begin(), code.end(), made), none; match != none; ++match)
    names += "|" + (*match)[1].str();
  return names;
}

bool has_limit(const std::string& loop, const std::string& limits) {
  static const std::regex counter(R"(^\s*std::uint32_t (\w+) = 0;)");
  std::smatch match;
  if (!std::regex_search(loop, match, counter)) return false;
  const std::string condition = loop.substr(match[0].length(), loop.find(';', match[0].length()) - match[0].length());
  const std::regex limit("^\\s*" + match[1].str() + R"(\s*<\s*(?:\d+|cell_bytes)" + limits + R"()\s*(?:$|&&))");
  return std::regex_search(condition, limit) && condition.find("||") == std::string::npos;
}

}  // namespace

void check_loops(const Snippet& snippet) {
  const std::string code = strip_comments(snippet.body);
  const std::string limits = limits_of(code);
  static const std::regex loop(R"(\b(for|while|do)\b\s*)");
  for (std::sregex_iterator match(code.begin(), code.end(), loop), none; match != none; ++match) {
    const std::size_t at = static_cast<std::size_t>(match->position());
    const std::string where =
        place_of(snippet, snippet.line +
                              static_cast<unsigned>(std::count(code.begin(), code.begin() + match->position(), '\n')));
    if ((*match)[1] != "for") fail(where, "'{}' has no limit; count with for", (*match)[1].str());
    if (!has_limit(inside_brackets(code, at + static_cast<std::size_t>(match->length())), limits))
      fail(where,
           "the loop has no constant limit; write for (std::uint32_t k = 0; k < LIMIT; ++k) with a number, or with a "
           "local that was made by smaller_of(NUMBER, ...)");
  }
}

}  // namespace mica::codegen
