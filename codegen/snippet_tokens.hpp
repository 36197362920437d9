#pragma once

#include <string>
#include <vector>

#include "model.hpp"

namespace mica::codegen {

// An identifier of a snippet and how it is used. Members (a.b, a::b) are left out: they belong to their left side.
struct Token {
  std::string text;
  unsigned line;
  bool called;           // followed by (
  bool assigned;         // followed by =, op=, ++ or --, or behind ++ or --
  bool declared;         // behind the name of a type
  bool unconditional;    // begins a statement outside of any braces
  std::string argument;  // first identifier behind the (
};

// The identifiers of a body in their order. Throws Failure at a preprocessor line and at qualified names other than
// ml::NAME, core::Trap and fixed-width integers of std.
std::vector<Token> tokens_of(const Snippet& snippet);

// "file:line" of a line of a snippet.
std::string place_of(const Snippet& snippet, unsigned line);

}  // namespace mica::codegen
