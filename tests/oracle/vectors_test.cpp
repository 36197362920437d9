// Worked examples of the vector words and filters.
#include <doctest/doctest.h>

#include <string>

#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

// What the program writes with its arrays o (four cells) and m (1 .. 16), and the name of its trap.
std::string says(const std::string& words, bool rexa = false, unsigned cell_bits = 16) {
  const std::string arrays =
      "array m { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 } array p { 3 -5 1000 -1000 } array o 4 ";
  return said(run(arrays + words, {cell_bits, rexa}));
}

std::string rexa_says(const std::string& words) { return says(words, true); }

}  // namespace

TEST_CASE("elements one by one") {
  CHECK(says("m 3 o vecload o vecprint") == " 4  5  6  7 ");
  CHECK(rexa_says("m 3 o vecload o vecprint") == " 1  2  3  4 ");
  CHECK(says("m 13 o vecload") == "! shape_mismatch");
  CHECK(says("m 16 o vecload") == "! index_out_of_range");
  CHECK(says("p o -2 vecscale o vecprint") == " 1  -2  500  -500 ");
  CHECK(says("p o p vecscale o vecprint") == " 9  -1  16960  -1 ");
  CHECK(says("p m o 0 vecadd") == "! shape_mismatch");
  CHECK(says("p p o -3 vecadd o vecprint") == " 2  -3  666  -666 ");
  CHECK(says("p p o -10 vecmul o vecprint") == " 0  2  -31072  -31072 ");
  CHECK(says("p o -1 0 vecmap o vecprint") == " 3  0  1000  0 ");
  CHECK(says("p o -4 -2 vecmap o vecprint") == " 250  249  365  134 ");
  CHECK(says("p o 5 0 vecmap") == "! invalid_token");
  CHECK(says("p o -5 0 vecmap") == "! invalid_token");
}

TEST_CASE("rounding and saturation") {
  CHECK(says("1 rounding p o -2 vecscale o vecprint") == " 2  -3  500  -500 ");
  CHECK(says("1 rounding 0 rounding p o -2 vecscale o vecprint") == " 1  -2  500  -500 ");
  CHECK(says("1 saturation p o p vecscale o vecprint") == " 9  -1  32767  -1 ");
  CHECK(says("1 saturation p p o -10 vecmul o vecprint") == " 0  2  32767  32767 ");
  CHECK(says("1 saturation array k { 2147483647 } array q { 2147483647 } q q k vecscale q vecprint", false, 32) ==
        " 2147483647 ");
}

TEST_CASE("convolution and pooling") {
  CHECK(says("array w { 1 0 0 0 1 0 0 0 1 } m w o 0 4 3 1 0 vecconv o vecprint") == " 18  21  30  33 ");
  CHECK(says("array w { 1 0 0 0 1 0 0 0 1 } m w o 2 4 3 2 1 vecconv o vecprint") == " 14  22  46  66 ");
  CHECK(says("array w { 1 1 1 1 } m w o 0 4 2 2 0 vecconv o vecprint") == " 14  22  46  54 ");
  CHECK(rexa_says("array w { 1 1 1 1 } m w o 0 4 2 2 0 vecconv o vecprint") == " 14  0  0  0 ");
  CHECK(says("m 514 o 0 4 -2 2 0 vecconv o vecprint") == " 6  8  14  16 ");
  CHECK(says("m 258 o 0 4 -2 2 0 vecconv o vecprint") == " 1  3  9  11 ");
  CHECK(says("m 1026 o 0 4 -2 2 0 vecconv o vecprint") == " 3  5  11  13 ");
  CHECK(says("1 rounding m 1026 o 0 4 -2 2 0 vecconv o vecprint") == " 4  6  12  14 ");
  CHECK(says("m 2051 o -10 4 -3 2 1 vecconv o vecprint") == " 1  3  5  9 ");
  CHECK(says("m 257 o 0 4 -1 5 1 vecconv") == "! shape_mismatch");
  CHECK(says("m 2049 o 0 4 -1 5 1 vecconv o vecprint") == " 0  0  0  0 ");
  CHECK(says("m 256 o 0 4 -1 5 1 vecconv") == "! invalid_argument");
  CHECK(says("m m o 0 4 8 1 0 vecconv") == "! shape_mismatch");
  CHECK(rexa_says("m m o 0 4 8 1 0 vecconv o vecprint") == " 0  0  0  0 ");
  CHECK(says("m m o 0 4 4 0 0 vecconv") == "! invalid_argument");
}

TEST_CASE("reducing") {
  CHECK(says("p 0 0 1 vecreduce . .") == "3 -1000 ");
  CHECK(says("p 0 0 2 vecreduce . .") == "2 1000 ");
  CHECK(rexa_says("p 0 0 2 vecreduce . .") == "4 1000 ");
  CHECK(says("m 1 3 8 vecreduce . .") == "0 9 ");
  CHECK(rexa_says("m 1 3 8 vecreduce . .") == "0 5 ");
  CHECK(says("array q { 4 1 9 2 } q 1 2 4 vecreduce . .") == "0 5 ");
  CHECK(rexa_says("array q { 4 1 9 2 } q 1 3 4 vecreduce . .") == "0 3 ");
  CHECK(says("p 1 3 8 vecreduce . .") == "-1 -5 ");
  CHECK(says("p 1 4 8 vecreduce") == "! index_out_of_range");
  CHECK(rexa_says("p 2 2 8 vecreduce") == "! index_out_of_range");
  CHECK(says("p 0 0 3 vecreduce") == "! invalid_argument");
}

TEST_CASE("reshaping") {
  CHECK(says("m o -4 vecreshape o vecprint") == " 2  6  10  14 ");
  CHECK(says("1 rounding m o -4 vecreshape o vecprint") == " 3  7  11  15 ");
  CHECK(rexa_says("m o -4 vecreshape o vecprint") == " 1  1  1  1 ");
  CHECK(says("array q { 7 8 } q o 2 vecreshape o vecprint") == " 7  7  8  8 ");
  CHECK(says("m o -3 vecreshape") == "! shape_mismatch");
  CHECK(says("m o 0 vecreshape") == "! invalid_argument");
}

TEST_CASE("filters") {
  CHECK(says("p 0 0 500 lowp p vecprint") == " 3  -1  500  -250 ");
  CHECK(says("p 0 0 500 highp p vecprint") == " 0  -4  500  -750 ");
  CHECK(says("p 0 0 500 hull p vecprint") == " 3  5  1000  1000 ");
  CHECK(says("array q { 1000 0 0 -10 } q 1 0 500 hull q vecprint") == " 1000  0  0  10 ");
  CHECK(says("array q { 1000 0 0 -10 } q 0 3 250 hull q vecprint") == " 1000  750  563  -10 ");
  CHECK(says("p 0 0 1001 lowp") == "! invalid_argument");
  CHECK(says("p 1 4 100 lowp") == "! index_out_of_range");
}

TEST_CASE("ticks") {
  const auto ticks = [](const char* text) { return run(text, {16, false}).ticks; };
  CHECK(ticks("array a 17 a a 0 vecscale") == 3 + 16 + 3 * 64 + 1);
  CHECK(ticks("array a 17 a vecprint") == 1 + 16 + 5 * 40 + 1);
  CHECK(ticks("array a 9 a a -1 0 vecmap") == 4 + 16 + 3 * 56 + 1);
  CHECK(ticks("array a 16 array w 16 a w a 0 4 4 1 0 vecconv") == 8 + 40 + 56 + 1);
  CHECK(ticks("array a 40 array w 34 a w a 0 40 34 1 0 vecconv") == 8 + 40 + 7 * 2 * 56 + 1);
  CHECK(ticks("array a 33 a 0 0 8 vecreduce") == 4 + 16 + 2 * 40 + 1);
}
