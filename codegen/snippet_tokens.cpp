#include "snippet_tokens.hpp"

#include <cctype>

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
  unsigned line = snippet.line;
  for (std::size_t at = 0; at < code.size();) {
    if (!is_identifier(code[at])) {
      line += code[at] == '\n';
      if (code[at] == '#') fail(place_of(snippet, line), "preprocessor lines may not stand in a snippet");
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < code.size() && is_identifier(code[end])) ++end;
    const std::size_t next = skip_spaces(code, end);
    if (!is_digit(code[at]) && !is_member(code, at)) {
      Token token{code.substr(at, end - at), line, next < code.size() && code[next] == '(', is_assigned(code, at, next),
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
