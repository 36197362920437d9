#include "snippet_reader.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "json/failure.hpp"

namespace mica::codegen {
namespace {

// 1'000 is a number, u8'c' a literal.
bool separates_digits(const std::string& text, std::size_t quote) {
  std::size_t begin = quote;
  while (begin > 0 && (std::isalnum(static_cast<unsigned char>(text[begin - 1])) || text[begin - 1] == '\'')) --begin;
  return begin < quote && std::isdigit(static_cast<unsigned char>(text[begin]));
}

// Length of the comment or literal that begins at `at`, 0 if none does.
std::size_t opaque_length(const std::string& text, std::size_t at) {
  if (text.compare(at, 2, "//") == 0) {
    const std::size_t end = text.find('\n', at);
    return (end == std::string::npos ? text.size() : end) - at;
  }
  if (text.compare(at, 2, "/*") == 0) {
    const std::size_t end = text.find("*/", at + 2);
    return (end == std::string::npos ? text.size() : end + 2) - at;
  }
  if (text[at] == '"' || (text[at] == '\'' && !separates_digits(text, at))) {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
    return std::min(end + 1, text.size()) - at;
  }
  return 0;
}

class Reader {
 public:
  Reader(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  SnippetFile read() {
    SnippetFile result;
    while (skip_to_code()) {
      if (text_[at_] == '#') {
        read_include(result.kernels);
      } else {
        read_definition(result.snippets);
      }
    }
    return result;
  }

 private:
  std::string place() const { return fmt::format("{}:{}", name_, line_at(at_)); }

  unsigned line_at(std::size_t position) const {
    unsigned line = 1;
    for (std::size_t k = 0; k < position; ++k) line += text_[k] == '\n';
    return line;
  }

  // Moves to the next character that is neither blank nor comment.
  bool skip_to_code() {
    while (at_ < text_.size()) {
      if (const std::size_t length = text_[at_] == '/' ? opaque_length(text_, at_) : 0)
        at_ += length;
      else if (std::isspace(static_cast<unsigned char>(text_[at_])))
        ++at_;
      else
        return true;
    }
    return false;
  }

  // The core takes the bodies and the headers of kernels: what another line says would hold for editors and not for it.
  void read_include(std::vector<std::string>& kernels) {
    static const std::string include = "#include \"", signatures = "#include \"core/snippet_signatures.hpp\"";
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string line = text_.substr(at_, end - at_);
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with(include + "ml/kernels/") && line.ends_with(".hpp\""))
      kernels.push_back(line.substr(include.size(), line.size() - include.size() - 1));
    else if (line != signatures && line != "#pragma once")
      fail(place(), "'{}' would not reach the core; only {}, headers of ml/kernels and #pragma once may stand here",
           line, signatures);
    at_ = end;
  }

  std::string identifier() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_')) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void expect(char wanted) {
    if (!skip_to_code() || text_[at_] != wanted)
      fail(place(), "expected '{}' of a definition OP(name) {{ ... }}", wanted);
    ++at_;
  }

  void read_definition(Snippets& result) {
    const std::string start = place();
    const std::string macro = identifier();
    if (macro != "OP" && macro != "OP_BEGIN" && macro != "OP_UNIT" && macro != "OP_CHECK")
      fail(start, "only OP(name), OP_BEGIN(name), OP_UNIT(name) and OP_CHECK(name) may stand here, not '{}'",
           macro.empty() ? text_.substr(at_, 1) : macro);
    expect('(');
    const std::string name = identifier();
    expect(')');
    expect('{');
    Snippet snippet;
    snippet.file = name_;
    snippet.line = line_at(at_);
    const std::size_t begin = at_;
    snippet.effect_comment = effect_comment(begin);
    for (unsigned depth = 1; depth > 0;) {
      if (at_ >= text_.size()) fail(start, "the body of '{}' does not end", name);
      if (text_.compare(at_, 2, "R\"") == 0) fail(place(), "raw strings may not stand in a snippet");
      if (const std::size_t length = opaque_length(text_, at_)) {
        at_ += length;
        continue;
      }
      depth += text_[at_] == '{';
      depth -= text_[at_] == '}';
      ++at_;
    }
    snippet.body = text_.substr(begin, at_ - 1 - begin);
    if (!result.emplace(macro + " " + name, snippet).second) fail(start, "{}({}) stands twice", macro, name);
  }

  // The comment on the line of the opening brace, without the slashes.
  std::string effect_comment(std::size_t from) const {
    const std::size_t end = text_.find('\n', from);
    const std::string rest = text_.substr(from, end - from);
    const std::size_t slashes = rest.find("// ");
    if (slashes == std::string::npos) return "";
    std::string comment = rest.substr(slashes + 3);
    while (!comment.empty() && std::isspace(static_cast<unsigned char>(comment.back()))) comment.pop_back();
    return comment;
  }

  const std::string& text_;
  const std::string& name_;
  std::size_t at_ = 0;
};

}  // namespace

SnippetFile read_snippets(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail(file, "cannot be read; every group needs its snippets beside it");
  std::ostringstream text;
  text << stream.rdbuf();
  const std::string characters = text.str();
  if (characters.starts_with("\xEF\xBB\xBF")) fail(file, "begins with a byte order mark; save it without");
  return Reader(characters, file).read();
}

std::string strip_comments(const std::string& body) {
  std::string result = body;
  for (std::size_t at = 0; at < result.size();) {
    const std::size_t length = opaque_length(result, at);
    for (std::size_t k = at; k < at + length; ++k)
      if (result[k] != '\n') result[k] = ' ';
    at += length ? length : 1;
  }
  return result;
}

}  // namespace mica::codegen
