#pragma once

#include <map>
#include <string>

#include "model.hpp"

namespace mica::codegen {

// The snippets of one file by macro and name: {"OP divide", ...}, {"OP_BEGIN vecfold", ...}, {"OP_UNIT vecfold", ...}.
using Snippets = std::map<std::string, Snippet>;

// Cuts the brace-balanced bodies out of a snippet file, skipping strings and comments. The C++ inside stays opaque.
// `shown_name` is the path that messages and #line directives carry. Throws Failure.
Snippets read_snippets(const std::string& file, const std::string& shown_name);

// The body without comments and literals, for looking for words in it; line structure kept.
std::string strip_comments(const std::string& body);

}  // namespace mica::codegen
