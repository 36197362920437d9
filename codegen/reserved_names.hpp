// Names that an entry may not give to anything, because the generated C++ would not compile or would mean another
// thing.
#pragma once

#include <set>
#include <string>

#include "json/failure.hpp"

namespace mica::codegen {

inline const std::set<std::string> cpp_keywords = {
    "alignas",     "alignof",  "and",        "and_eq",    "asm",       "auto",         "bitand",
    "bitor",       "bool",     "break",      "case",      "catch",     "char",         "char8_t",
    "char16_t",    "char32_t", "class",      "co_await",  "co_return", "co_yield",     "compl",
    "concept",     "const",    "const_cast", "consteval", "constexpr", "constinit",    "continue",
    "decltype",    "default",  "delete",     "do",        "double",    "dynamic_cast", "else",
    "enum",        "explicit", "export",     "extern",    "false",     "float",        "for",
    "friend",      "goto",     "if",         "inline",    "int",       "long",         "mutable",
    "namespace",   "new",      "noexcept",   "not",       "not_eq",    "nullptr",      "operator",
    "or",          "or_eq",    "private",    "protected", "public",    "register",     "reinterpret_cast",
    "requires",    "return",   "short",      "signed",    "sizeof",    "static",       "static_assert",
    "static_cast", "struct",   "switch",     "template",  "this",      "thread_local", "throw",
    "true",        "try",      "typedef",    "typeid",    "typename",  "union",        "unsigned",
    "using",       "virtual",  "void",       "volatile",  "wchar_t",   "while",        "xor",
    "xor_eq"};

// Registers and locals of the interpreter: a snippet reaches what they hold by the verbs only.
inline const std::set<std::string> interpreter_names = {
    "top",     "pc",   "dsp",       "fsp",  "rsp",       "next", "left", "component", "task",  "frame",
    "machine", "items", "data", "data_room", "code", "registers", "exit", "done", "labels",    "budget"};

// Namespaces of the runtime: inside of mica::<profile> a name of the same text would hide them.
inline const std::set<std::string> runtime_namespaces = {"core", "vm",   "jit",  "ml",    "host",
                                                         "std",  "mica", "lint", "limits"};

// Those of hosts and tests, functions of mica, and macros that compilers define.
inline const std::set<std::string> other_namespaces = {"pc",      "stm32", "embed",   "sim",  "codegen",
                                                       "oracle",  "tests", "control", "fuzz", "name_of",
                                                       "text_of", "unix",  "linux"};

inline void refuse_reserved(const std::string& where, const std::string& name,
                            const std::set<std::string>& taken = {}) {
  if (cpp_keywords.count(name)) fail(where, "'{}' is a keyword of C++; take another name", name);
  if (taken.count(name)) fail(where, "the runtime has '{}' for something else; take another name", name);
}

}  // namespace mica::codegen
