#include "loop_checker.hpp"

#include <algorithm>
#include <regex>

#include "json/failure.hpp"
#include "snippet_reader.hpp"
#include "snippet_tokens.hpp"

namespace mica::codegen {
namespace {

// Turns of a loop; a unit of work has 250 ticks at most.
constexpr unsigned long turns_max = 64;

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

std::size_t matches_of(const std::string& code, const std::string& pattern) {
  const std::regex expression(pattern);
  return static_cast<std::size_t>(
      std::distance(std::sregex_iterator(code.begin(), code.end(), expression), std::sregex_iterator()));
}

class LoopChecker {
 public:
  LoopChecker(const Vocabulary& vocabulary, const Snippet& snippet)
      : snippet_(snippet), code_(strip_comments(snippet.body)), tokens_(tokens_of(snippet)) {
    for (const Token& token : tokens_) {
      const auto verb = vocabulary.verbs.find(token.text);
      if (token.called && verb != vocabulary.verbs.end() && verb->second.assigns) by_verbs_.push_back(token.argument);
    }
  }

  void check() const {
    static const std::regex loop(R"(\b(for|while|do)\b\s*)");
    for (std::sregex_iterator match(code_.begin(), code_.end(), loop), none; match != none; ++match) {
      const auto line = std::count(code_.begin(), code_.begin() + match->position(), '\n');
      const std::string where = place_of(snippet_, snippet_.line + static_cast<unsigned>(line));
      if ((*match)[1] != "for") fail(where, "'{}' has no limit; count with for", (*match)[1].str());
      check_head(inside_brackets(code_, static_cast<std::size_t>(match->position() + match->length())), where);
    }
  }

 private:
  void check_head(const std::string& head, const std::string& where) const {
    static const std::regex form(R"(\s*std::uint32_t (\w+) = 0;\s*(\w+)\s*<\s*(\w+)\s*(&&[^;]*)?;\s*\+\+(\w+)\s*)");
    std::smatch match;
    if (!std::regex_match(head, match, form) || match[2] != match[1] || match[5] != match[1] ||
        match[4].str().find("||") != std::string::npos || !is_constant(match[3]))
      fail(where,
           "the loop has no constant limit; write for (std::uint32_t k = 0; k < LIMIT; ++k) with a number, or with a "
           "local that was made by const std::uint32_t LIMIT = smaller_of(NUMBER, ...)");
    check_size(match[3], where);
    if (is_changed(match[1]))
      fail(where, "'{}' counts a loop and is changed elsewhere; only the head of the loop may", match[1].str());
  }

  // A number, or a local that smaller_of() has made of one, and that is nothing else anywhere in the snippet.
  bool is_constant(const std::string& limit) const {
    if (limit == "cell_bytes" || matches_of(limit, R"(^\d+$)") != 0) return true;
    const auto settings = std::count_if(tokens_.begin(), tokens_.end(), [&](const Token& token) {
      return token.text == limit && (token.declared || token.assigned);
    });
    const std::size_t made = matches_of(code_, made_by(limit, R"((?:\d+|cell_bytes))"));
    return made > 0 && made == static_cast<std::size_t>(settings);
  }

  static std::string made_by(const std::string& limit, const std::string& number) {
    return R"(\bconst std::uint32_t (?:[^;{}]*,\s*)?)" + limit + R"(\s*=\s*smaller_of\(\s*)" + number + R"(\s*[,/])";
  }

  void check_size(const std::string& limit, const std::string& where) const {
    const std::regex numbers(matches_of(limit, R"(^\d+$)") != 0 ? R"(^(\d+)$)" : made_by(limit, R"((\d+))"));
    const std::string& text = matches_of(limit, R"(^\d+$)") != 0 ? limit : code_;
    for (std::sregex_iterator match(text.begin(), text.end(), numbers), none; match != none; ++match) {
      const std::string number = (*match)[1];
      if (number.size() > 3 || std::stoul(number) > turns_max)
        fail(where, "a loop of up to {} turns is too long; {} is the most, slice the rest", number, turns_max);
    }
  }

  // Each head of a loop sets its counter twice, where it declares it and where it counts.
  bool is_changed(const std::string& counter) const {
    const auto changes = std::count_if(tokens_.begin(), tokens_.end(), [&](const Token& token) {
      return token.text == counter && token.assigned;
    });
    const std::size_t heads = matches_of(code_, R"(\bfor\s*\(\s*std::uint32_t )" + counter + R"( = 0;)");
    const bool is_shared = matches_of(code_, R"((?:[=(,]\s*&|&\s*\w+\s*=)\s*)" + counter + R"(\b)") != 0;
    return static_cast<std::size_t>(changes) != 2 * heads || is_shared ||
           std::find(by_verbs_.begin(), by_verbs_.end(), counter) != by_verbs_.end();
  }

  const Snippet& snippet_;
  const std::string code_;
  const std::vector<Token> tokens_;
  std::vector<std::string> by_verbs_;  // what verbs assign to
};

}  // namespace

void check_loops(const Vocabulary& vocabulary, const Snippet& snippet) { LoopChecker(vocabulary, snippet).check(); }

}  // namespace mica::codegen
