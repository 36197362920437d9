// Messages about a place in a text.
#include "sim/diagnostic.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using mica::sim::diagnostic;

std::string message(const std::string& text, std::uint32_t line, std::uint32_t column) {
  return diagnostic({"f.mica", text}, {line, column}, "it is wrong", "wrong");
}

std::string marked(const std::string& text, std::uint32_t line, std::uint32_t column) {
  const std::string head =
      "f.mica:" + std::to_string(line) + ":" + std::to_string(column) + ": error: it is wrong [wrong]\n";
  const std::string whole = message(text, line, column);
  REQUIRE(whole.substr(0, head.size()) == head);
  return whole.substr(head.size());
}

}  // namespace

TEST_CASE("the word at the place is marked") {
  CHECK(marked("var a 5 b !", 1, 9) == "  var a 5 b !\n          ^\n");
  CHECK(marked("one\ntwo three four\n", 2, 5) == "  two three four\n      ^~~~~\n");
  CHECK(marked("one\r\ntwo\r\n", 2, 1) == "  two \n  ^~~\n");
}

TEST_CASE("tabs, control characters and letters of several bytes keep the mark in its place") {
  CHECK(marked("\t\tdup x", 1, 7) == "    dup x\n        ^\n");
  CHECK(marked("1 \x01x", 1, 3) == "  1  x\n    ^~\n");
  CHECK(marked("\xc3\xa4 \xc3\xb6\xc3\xbc x", 1, 4) == "  \xc3\xa4 \xc3\xb6\xc3\xbc x\n    ^~\n");
}

TEST_CASE("of a long line the part around the place is shown") {
  std::string line(1000, 'a');
  line[499] = ' ';
  line[500] = 'b';
  line[501] = ' ';
  const std::string text = marked(line, 1, 501);
  const std::size_t mark = text.find('^') - text.find('\n') - 1;
  CHECK(text.size() < 220);
  CHECK(text[mark] == 'b');
}

TEST_CASE("a place behind the text or without a line has no picture") {
  CHECK(marked("abc", 1, 4).empty());
  CHECK(marked("abc", 2, 1).empty());
  CHECK(marked("", 1, 1).empty());
  CHECK(message("abc", 0, 0) == "f.mica: error: it is wrong [wrong]\n");
  CHECK(marked("abc\n\n", 2, 1).empty());
}

TEST_CASE("the word at a place, as far as there is one") {
  const mica::sim::Source source = {"f.mica", "var a\n  \xc3\xa4\xc3\xb6 5\t!\r\n"};
  CHECK(mica::sim::word_at(source, {1, 1}) == "var");
  CHECK(mica::sim::word_at(source, {2, 3}) == "\xc3\xa4\xc3\xb6");
  CHECK(mica::sim::word_at(source, {2, 10}) == "!");
  CHECK(mica::sim::word_at(source, {2, 11}).empty());
  CHECK(mica::sim::word_at(source, {2, 100}).empty());
  CHECK(mica::sim::word_at(source, {0, 1}).empty());
  CHECK(mica::sim::word_at(source, {1, 0}).empty());
  CHECK(mica::sim::word_at(source, {9, 1}).empty());
  CHECK(mica::sim::word_at(source, {1, 5}) == "a");
}
