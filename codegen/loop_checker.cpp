#include "loop_checker.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "json/failure.hpp"
#include "reserved_names.hpp"
#include "snippet_reader.hpp"
#include "snippet_tokens.hpp"

namespace mica::codegen {
namespace {

// Turns of a loop with those that it stands in; a unit of work has 250 ticks at most.
using Turns = unsigned long long;
constexpr Turns turns_max = 64;

struct Symbol {
  std::string text;
  unsigned line;
};

bool is_name(const std::string& text) { return std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_'; }

bool is_number(const std::string& text) {
  return text[0] != '0' && std::all_of(text.begin(), text.end(), [](unsigned char one) { return std::isdigit(one); });
}

// Where a symbol of C++ ends. A number takes its letters and the ' between its digits, too.
std::size_t end_of_symbol(const std::string& code, std::size_t at) {
  static const char* const operators[] = {"<<=", ">>=", "<=>", "...", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||",
                                          "++",  "--",  "->",  "::",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};
  const auto is_part = [&](std::size_t k) {
    return std::isalnum(static_cast<unsigned char>(code[k])) || code[k] == '_';
  };
  std::size_t end = at + 1;
  if (is_part(at)) {
    const bool number = std::isdigit(static_cast<unsigned char>(code[at]));
    while (end < code.size() && (is_part(end) || (number && code[end] == '\''))) ++end;
  } else {
    for (const std::string one : operators)
      if (code.compare(at, one.size(), one) == 0) return at + one.size();
  }
  return std::min(end, code.size());
}

// Literals of text are left out, as comments are.
std::vector<Symbol> symbols_of(const Snippet& snippet) {
  static const std::map<std::string, std::string> other_names = {
      {"and", "&&"},   {"and_eq", "&="}, {"bitand", "&"},  {"bitor", "|"}, {"or", "||"},
      {"or_eq", "|="}, {"xor", "^"},     {"xor_eq", "^="}, {"not", "!"},   {"not_eq", "!="}};
  const std::string code = strip_comments(snippet.body);
  std::vector<Symbol> symbols;
  unsigned line = snippet.line;
  for (std::size_t at = 0; at < code.size();) {
    if (std::isspace(static_cast<unsigned char>(code[at]))) {
      line += code[at++] == '\n';
      continue;
    }
    const std::size_t end = end_of_symbol(code, at);
    const std::string text = code.substr(at, end - at);
    const auto other = other_names.find(text);
    symbols.push_back({other == other_names.end() ? text : other->second, line});
    at = end;
  }
  return symbols;
}

bool is_one_of(const std::string& text, const std::set<std::string>& texts) { return texts.count(text) != 0; }

class LoopChecker {
 public:
  LoopChecker(const Vocabulary& vocabulary, const Snippet& snippet)
      : vocabulary_(vocabulary), snippet_(snippet), tokens_(tokens_of(snippet)), symbols_(symbols_of(snippet)) {
    for (const Token& token : tokens_) {
      const auto verb = vocabulary.verbs.find(token.text);
      if (token.called && verb != vocabulary.verbs.end() && verb->second.assigns) by_verbs_.insert(token.argument);
    }
  }

  void check() {
    check_brackets();
    unsigned depth = 0;
    for (std::size_t at = 0; at < symbols_.size(); ++at) {
      const std::string& text = symbols_[at].text;
      depth += text == "(";
      depth -= text == ")";
      if (text == "while" || text == "do") fail(where(at), "'{}' has no limit; count with for", text);
      if (text == "for" && depth != 0) fail(where(at), "a loop may not stand in brackets");
      if (text == "for") check_head(at);
    }
    for (std::size_t at = 0; at < symbols_.size(); ++at)
      if (counters_.count(symbols_[at].text) && !heads_.count(at)) check_reading(at);
    for (std::size_t at = 0; at < symbols_.size();) at = check_turns(at, 1);
  }

 private:
  std::string where(std::size_t at) const { return place_of(snippet_, symbols_[at].line); }

  // Outside of the body stands a blank, which equals no symbol.
  const std::string& text(std::size_t at) const {
    static const std::string none = " ";
    return at < symbols_.size() ? symbols_[at].text : none;
  }

  bool is_text(std::size_t at, const std::vector<std::string>& texts) const {
    for (std::size_t k = 0; k < texts.size(); ++k)
      if (text(at + k) != texts[k]) return false;
    return true;
  }

  // A [ is that of an index or of an attribute: functions without a name could call themselves, and names that are
  // bound to parts of a value are declared where no type says so.
  void check_brackets() const {
    for (std::size_t at = 0; at < symbols_.size(); ++at) {
      if (text(at) == "\\" || is_text(at, {"<", ":"}) || is_text(at, {"<", "::"}))
        fail(where(at), "'{}{}' may not stand in a snippet", text(at), text(at) == "\\" ? "" : text(at + 1));
      if (text(at) != "[") continue;
      const bool attribute = text(at + 1) == "[" && text(at + 3) == "]" && text(at + 4) == "]" &&
                             is_one_of(text(at + 2), {"likely", "unlikely", "maybe_unused"});
      if (attribute) {
        at += 4;
        if (text(at + 1) == "[") fail(where(at), "'[' is only an index in a snippet, behind a name or another index");
      } else if (!(is_name(text(at - 1)) && !cpp_keywords.count(text(at - 1))) && text(at - 1) != "]" &&
                 !std::isdigit(static_cast<unsigned char>(text(at + 1)[0]))) {
        fail(where(at), "'[' is only an index in a snippet, behind a name or another index");
      }
    }
  }

  // for ( std :: uint32_t k = 0 ; k < LIMIT ; ++ k )
  void check_head(std::size_t at) {
    const std::string counter = text(at + 5), limit = text(at + 11);
    if (!is_name(counter) || !is_text(at + 1, {"(", "std", "::", "uint32_t", counter, "=", "0", ";", counter, "<"}) ||
        !is_text(at + 12, {";", "++", counter, ")"}) || turns_of(limit) == 0)
      fail(where(at),
           "the loop has no constant limit; write for (std::uint32_t k = 0; k < LIMIT; ++k) with a number, or with a "
           "local that was made by const std::uint32_t LIMIT = smaller_of(NUMBER, ...);");
    if (turns_of(limit) > turns_max)
      fail(where(at), "a loop of up to {} turns is too long; {} is the most, slice the rest", turns_of(limit),
           turns_max);
    if (by_verbs_.count(counter)) refuse_counter(at, counter);
    counters_.insert(counter);
    for (const std::size_t place : {5, 9, 14}) heads_.insert(at + place);
  }

  // A number of turns that no data moves; 0: there is none.
  Turns turns_of(const std::string& limit) const {
    if (is_number(limit)) return limit.size() < 19 ? std::stoull(limit) : ~Turns{0};
    if (limit == "cell_bytes") return is_set(limit, 0) ? 0 : 4;
    unsigned made = 0;
    Turns most = 0;
    for (std::size_t at = 0; at < symbols_.size(); ++at) {
      const Turns turns = is_name(limit) ? turns_made(at, limit) : 0;
      made += turns != 0;
      most = std::max(most, turns);
    }
    return is_set(limit, made) || is_set("smaller_of", 0) ? 0 : most;
  }

  // Does `const std::uint32_t LIMIT = smaller_of(NUMBER, ...);` stand here?
  Turns turns_made(std::size_t at, const std::string& limit) const {
    if (!is_text(at, {"const", "std", "::", "uint32_t", limit, "=", "smaller_of", "("}) || text(at + 9) != ",")
      return 0;
    if (text(closing(at + 7) + 1) != ";") return 0;
    const std::string& number = text(at + 8);
    return is_number(number) || number == "cell_bytes" ? turns_of(number) : 0;
  }

  // Is a constant set in more places than these, or does anything else get at it?
  bool is_set(const std::string& name, unsigned places) const {
    unsigned settings = 0;
    for (const Token& token : tokens_) settings += token.text == name && (token.declared || token.assigned);
    for (std::size_t at = 0; at < symbols_.size(); ++at) {
      const bool casts = is_one_of(text(at), {"&", "&&", "*"}) && text(at + 1) == ")";  // (std::uint32_t&)
      if (casts || (text(at) == name && is_touched(at))) return true;
    }
    return settings != places || by_verbs_.count(name);
  }

  // Behind &, or declared in brackets: UCell (LIMIT) = 1.
  bool is_touched(std::size_t at) const {
    std::size_t before = at - 1, behind = at + 1;
    for (; text(before) == "(" && text(behind) == ")"; ++behind) --before;
    const bool bracketed = behind != at + 1;
    return text(before) == "&" || (bracketed && is_one_of(text(behind), {"=", "{", "(", "["}));
  }

  // Of a counter outside of heads: it is an operand of what makes another value of it, an index, or an argument of
  // what takes values. Where it is assigned to, or where its address or a reference is taken, it looks different.
  void check_reading(std::size_t at) const {
    static const std::set<std::string> makes_values = {"+", "-", "*",  "/",  "%",  "<<", ">>", "|", "^",
                                                       "<", ">", "<=", ">=", "==", "!=", "&&", "||"};
    static const std::set<std::string> changes = {
        "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "++", "--", "<<=", ">>=", "(", "[", "{"};
    const std::string &before = text(at - 1), &behind = text(at + 1);
    if (is_one_of(before, {".", "->", "::"})) return;  // a member of this name
    const bool operand = is_one_of(before, makes_values) || is_one_of(behind, makes_values) || behind == "&";
    const bool argument = is_one_of(before, {"(", ","}) && is_one_of(behind, {")", ","}) && takes_values(at);
    const bool index = before == "[" && behind == "]";
    if (is_one_of(before, {"&", "++", "--"}) || is_one_of(behind, changes) || (!operand && !argument && !index))
      refuse_counter(at, text(at));
  }

  void refuse_counter(std::size_t at, const std::string& counter) const {
    fail(
        where(at),
        "'{}' counts a loop: outside of its head it is only calculated or compared with, an index, or an argument of a "
        "verb, a helper or ml::element",
        counter);
  }

  // Is this an argument of a verb or a helper, or the index of ml::element? None of them takes a reference to a number.
  bool takes_values(std::size_t at) const {
    unsigned depth = 1;
    while (depth != 0 && at-- > 0) {
      if (is_one_of(text(at), {";", "{", "}"})) return false;
      depth += text(at) == ")";
      depth -= text(at) == "(";
    }
    const std::string &name = text(at - 1), &before = text(at - 2);
    if (before == "::") return is_text(at - 3, {"ml", "::", "element"});
    const auto& helpers = vocabulary_.helpers;
    return (!is_name(before) || before == "else") && !is_one_of(before, {"&", "&&", ">"}) &&
           (vocabulary_.verbs.count(name) || std::find(helpers.begin(), helpers.end(), name) != helpers.end());
  }

  std::size_t closing(std::size_t at) const {
    const std::string open = text(at), close = open == "(" ? ")" : "}";
    for (unsigned depth = 0; at < symbols_.size(); ++at) {
      depth += text(at) == open;
      depth -= text(at) == close;
      if (depth == 0) break;
    }
    return at;
  }

  // The end of the statement at `at`. Loops in loops: so many turns has the innermost one in all.
  std::size_t check_turns(std::size_t at, Turns turns) const {
    if (text(at) == "{") {
      const std::size_t end = closing(at);
      for (++at; at < end;) at = check_turns(at, turns);
      return end + 1;
    }
    if (text(at) == "for") {
      const Turns product = turns * turns_of(text(at + 11));
      if (product > turns_max)
        fail(where(at), "loops of up to {} turns in all are too long; {} are the most, slice the rest", product,
             turns_max);
      return check_turns(at + 16, product);
    }
    if (text(at) == "if" || text(at) == "switch") {
      while (at < symbols_.size() && text(at) != "(") ++at;
      at = check_turns(closing(at) + 1, turns);
      return text(at) == "else" ? check_turns(at + 1, turns) : at;
    }
    while (at < symbols_.size() && !is_one_of(text(at), {";", "{", "}", "for"}))
      at = text(at) == "(" ? closing(at) + 1 : at + 1;
    return is_one_of(text(at), {"{", "for"}) ? check_turns(at, turns) : at + 1;
  }

  const Vocabulary& vocabulary_;
  const Snippet& snippet_;
  const std::vector<Token> tokens_;
  const std::vector<Symbol> symbols_;
  std::set<std::string> by_verbs_;  // what verbs assign to
  std::set<std::string> counters_;
  std::set<std::size_t> heads_;  // where counters stand in the heads of loops
};

}  // namespace

void check_loops(const Vocabulary& vocabulary, const Snippet& snippet) { LoopChecker(vocabulary, snippet).check(); }

}  // namespace mica::codegen
