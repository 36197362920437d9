#pragma once

#include <map>
#include <string>

#include "model.hpp"

namespace mica::codegen {

// The snippets of one file by macro and name: {"OP divide", ...}, {"OP_BEGIN vecfold", ...}, {"OP_UNIT vecfold", ...}.
using Snippets = std::map<std::string, Snippet>;

struct SnippetFile {
  Snippets snippets;
  std::vector<std::string> kernels;  // headers of kernels that it includes
};

// Cuts the brace-balanced bodies out of a snippet file, skipping strings and comments. The C++ inside stays opaque.
// `file` is also what messages and #line directives call it. Throws Failure.
SnippetFile read_snippets(const std::string& file);

// The body without comments and literals, for looking for words in it; line structure kept.
std::string strip_comments(const std::string& body);

}  // namespace mica::codegen
