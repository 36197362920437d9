// What is guessed of an unknown word, from texts that the command could not give in reasonable time or not at all.
#include "hosts/pc/hints.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "hosts/pc/tokens.hpp"

namespace {

using namespace mica::pc;
using Words = std::vector<std::string>;

// In pieces of each size, a line feed at its end.
Words tokens_of(const std::string& text) {
  const Words whole = TokenScanner().feed(text + "\n");
  for (std::size_t size = 1; size < 4; ++size) {
    TokenScanner scanner;
    Words pieces;
    for (std::size_t at = 0; at <= text.size(); at += size)
      for (const std::string& token : scanner.feed((text + "\n").substr(at, size))) pieces.push_back(token);
    CHECK(pieces == whole);
  }
  return whole;
}

TEST_CASE("tokens are what stands outside of comments and quoted texts") {
  CHECK(tokens_of("1 dup( (2 3)4 \\5\n6 a\\b") == Words{"1", "dup(", "4", "6", "a\\b"});
  CHECK(tokens_of(".\" a ( b\"c s\"\n d\"e") == Words{".\"", "\"", "c", "s\"", "\"", "e"});
  CHECK(tokens_of("s\"a b\" x") == Words{"s\"a", "b\"", "x"});
  CHECK(tokens_of("table t int8 packed 4 \n \"a b\"c") == Words{"table", "t", "int8", "packed", "4", "\"", "c"});
  CHECK(tokens_of(": packed 4 ; packed \"a b") == Words{":", "packed", "4", ";", "packed", "\"a", "b"});
  CHECK(tokens_of("( a").empty());
}

TEST_CASE("the end of a text may be inside of something") {
  const auto is_inside = [](const char* text) {
    TokenScanner scanner;
    scanner.feed(text);
    return scanner.is_inside();
  };
  CHECK(is_inside("1 (2"));
  CHECK(is_inside(".\" a"));
  CHECK(is_inside("array a int8 packed 4 \"a"));
  CHECK_FALSE(is_inside("1 (2)"));
  CHECK_FALSE(is_inside("\\ 2"));
  CHECK_FALSE(is_inside(".\" a\""));
}

TEST_CASE("names are those that are defined or imported") {
  CHECK(defined_names("frame a 1 imports b.c\n: d ; var e 2var f const g 1 array h 2 table i int8 { 1 }") ==
        Words{"c", "d", "e", "f", "g", "h", "i"});
  CHECK(defined_names(".\" : a\" ( : b ) s\" var c\" \\ : d\n: e").back() == "e");
  CHECK(defined_names(".\" : a\" ( : b ) s\" var c\" \\ : d\n: e").size() == 1);
}

TEST_CASE("the nearest are found, the first three of them") {
  CHECK(nearest("totl", {"tol", "total", "totl2", "total", "totals", "tot"}) == Words{"tol", "total", "totl2"});
  CHECK(nearest("abc", {"xyz", "abcdef", "x"}).empty());
  CHECK(nearest("abcdef", {"abcdxy", "abcdxx", "ABCDEX"}) == Words{"ABCDEX"});
}

TEST_CASE("many that are as near take time in proportion to their number") {
  Words names;
  for (int k = 0; k < 100000; ++k) names.push_back("abcdef" + std::to_string(100000 + k));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(nearest("abcdef100000xx", names) == Words{"abcdef100000"});
  names.erase(names.begin());
  CHECK(nearest("abcdefxxxxxx", names).empty());
  for (std::string& name : names) name += "xxxxxxxxxxxxxx";
  CHECK(nearest("abcdef!!!!!!xxxxxxxxxxxxxx", names).size() == 3);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

}  // namespace
