#include "snippet_tokens.hpp"

#include <cctype>
#include <set>

#include "json/failure.hpp"
#include "snippet_reader.hpp"

namespace mica::codegen {
namespace {

bool is_digit(char character) { return std::isdigit(static_cast<unsigned char>(character)); }
bool is_space(char character) { return std::isspace(static_cast<unsigned char>(character)); }
bool is_identifier(char character) { return std::isalnum(static_cast<unsigned char>(character)) || character == '_'; }

std::size_t skip_spaces(const std::string& code, std::size_t at) {
  while (at < code.size() && is_space(code[at])) ++at;
  return at;
}

// Do these characters stand before `at`, blanks left out?
bool stands_before(const std::string& code, std::size_t at, const std::string& text) {
  while (at > 0 && is_space(code[at - 1])) --at;
  return at >= text.size() && code.compare(at - text.size(), text.size(), text) == 0;
}

bool is_member(const std::string& code, std::size_t at) {
  return stands_before(code, at, ".") || stands_before(code, at, "->") || stands_before(code, at, "::");
}

// The identifier that ends before `at`, blanks and the characters `between` left out.
std::string identifier_before(const std::string& code, std::size_t at, const std::string& between = "") {
  while (at > 0 && (is_space(code[at - 1]) || between.find(code[at - 1]) != std::string::npos)) --at;
  std::size_t begin = at;
  while (begin > 0 && is_identifier(code[begin - 1])) --begin;
  return code.substr(begin, at - begin);
}

// Does the name at `at` follow a type? Two identifiers side by side are a declaration, unless the first is one of the
// words that lead a statement or an operand; behind & and * only known types are.
bool is_declared(const std::string& code, std::size_t at) {
  static const std::set<std::string> no_type = {"else", "do", "sizeof", "and", "or", "not", "xor", "bitand", "bitor"};
  static const std::set<std::string> types = {"auto", "const", "Cell", "UCell",    "Double", "UDouble",
                                              "bool", "char",  "int",  "unsigned", "long",   "short"};
  const std::string direct = identifier_before(code, at);
  if (!direct.empty()) return !is_digit(direct[0]) && no_type.count(direct) == 0;
  const std::string type = identifier_before(code, at, "&*");
  return types.count(type) > 0 || type.ends_with("_t");
}

// The same behind a comma: in `Cell a = 0, b = 1` the statement begins with a declaration.
bool is_declared_behind_comma(const std::string& code, std::size_t at) {
  while (at > 0 && is_space(code[at - 1])) --at;
  if (at == 0 || code[at - 1] != ',') return false;
  int depth = 0;
  std::size_t begin = at - 1;
  for (; begin > 0; --begin) {
    const char before = code[begin - 1];
    depth += before == ')';
    depth -= before == '(';
    if (depth < 0 || before == ';' || before == '{' || before == '}') break;
  }
  std::size_t second = skip_spaces(code, begin);
  while (second < at && is_identifier(code[second])) ++second;
  while (second < at && !is_identifier(code[second])) ++second;
  return second < at && is_declared(code, second);
}

bool is_unconditional(const std::string& code, std::size_t at, unsigned depth) {
  while (at > 0 && is_space(code[at - 1])) --at;
  return depth == 0 && (at == 0 || code[at - 1] == ';' || code[at - 1] == '}');
}

// Snippets are meant for other backends, too: of all namespaces they know this much.
void check_qualified(const std::string& code, std::size_t at, const std::string& where) {
  static const std::set<std::string> integers = {"int8_t",  "int16_t",  "int32_t",  "int64_t",
                                                 "uint8_t", "uint16_t", "uint32_t", "uint64_t"};
  const std::string left = identifier_before(code, at);
  const std::size_t begin = skip_spaces(code, at + 2);
  std::size_t end = begin;
  while (end < code.size() && is_identifier(code[end])) ++end;
  const std::string right = code.substr(begin, end - begin);
  const bool qualified_itself = stands_before(code, at - left.size(), "::");
  const bool known = left == "ml" || (left == "core" && right == "Trap") || (left == "std" && integers.count(right)) ||
                     (left == "Trap" && qualified_itself);
  if (!known || (qualified_itself && left != "Trap"))
    fail(where, "'{}::{}' is not known in snippets; there are ml::NAME and std::[u]int8_t to 64_t", left, right);
}

// Is what stands before `at` and goes on at `next` assigned to?
bool is_assigned(const std::string& code, std::size_t at, std::size_t next) {
  if (stands_before(code, at, "++") || stands_before(code, at, "--")) return true;
  const std::string follow = code.substr(next, 3);
  if (follow.starts_with("++") || follow.starts_with("--") || follow == "<<=" || follow == ">>=") return true;
  if (follow.starts_with("=")) return !follow.starts_with("==");
  return follow.size() > 1 && follow[1] == '=' && std::string("+-*/%&|^").find(follow[0]) != std::string::npos;
}

}  // namespace

std::vector<Token> tokens_of(const Snippet& snippet) {
  const std::string code = strip_comments(snippet.body);
  std::vector<Token> tokens;
  unsigned line = snippet.line, depth = 0;
  for (std::size_t at = 0; at < code.size();) {
    if (!is_identifier(code[at])) {
      line += code[at] == '\n';
      depth += code[at] == '{';
      depth -= code[at] == '}';
      for (const char* const other : {"#", "%:", "<%", "%>"})
        if (code.compare(at, std::string(other).size(), other) == 0)
          fail(place_of(snippet, line), "preprocessor lines may not stand in a snippet, nor '{}'", other);
      const bool qualifies = code.compare(at, 2, "::") == 0;
      if (qualifies) check_qualified(code, at, place_of(snippet, line));
      at += qualifies ? 2 : 1;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && is_identifier(code[end])) ++end;
    const std::size_t next = skip_spaces(code, end);
    if (!is_digit(code[at]) && !is_member(code, at)) {
      Token token{code.substr(at, end - at),
                  line,
                  next < code.size() && code[next] == '(',
                  is_assigned(code, at, next),
                  is_declared(code, at) || is_declared_behind_comma(code, at),
                  is_unconditional(code, at, depth),
                  ""};
      if (token.called)
        for (std::size_t from = skip_spaces(code, next + 1); from < code.size() && is_identifier(code[from]); ++from)
          token.argument += code[from];
      tokens.push_back(std::move(token));
    }
    at = end;
  }
  return tokens;
}

std::string place_of(const Snippet& snippet, unsigned line) { return fmt::format("{}:{}", snippet.file, line); }

}  // namespace mica::codegen
