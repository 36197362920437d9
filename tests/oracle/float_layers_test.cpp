// Worked examples of layers of floats: fields, results, what is refused, ticks.
#include <doctest/doctest.h>

#include <string>

#include "tests/oracle/oracle.hpp"
#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

Result ran(const std::string& text) { return run(text, {.cell_bits = 32, .rexa = false}); }

std::string output(const std::string& text) { return said(ran(text)); }

std::uint64_t ticks_of(const std::string& text) { return ran(text).ticks - 1; }

const std::string two = "array a float32 { -1.5 2.5 } array o float32 2 ";
const std::string both = " 0 o read f. 1 o read f.";

}  // namespace

TEST_CASE("fields of floats take numbers, constants and infinity") {
  CHECK(output(two + "fclamp{ input a output o clamp -1 inf }" + both) == "-1.0 2.5 ");
  CHECK(output(two + "const k 2 const x 0.5 fclamp{ input a output o clamp x k }" + both) == "0.5 2.0 ");
  CHECK(output(two + "const inf 2.0 fclamp{ input a output o clamp -inf inf }" + both) == "-1.5 2.5 ");
  for (const char* limits : {"nan 1", "1 nan", "+inf 1", "2 1.5", "inf -inf", "3.5e38 inf", "1", "dup 1"})
    CHECK_MESSAGE(output(two + "fclamp{ input a output o clamp " + limits + " }") == "invalid", limits);
  CHECK(output(two + "fclamp{ input a output o clamp -0.0 0 }") == "");
  CHECK(output(two + "fclamp{ input a output o }") == "invalid");
  CHECK(output(two + "array n int8 2 fclamp{ input n output o clamp 0 1 }") == "invalid");
}

TEST_CASE("sums are rounded at each step, in the order of the filter") {
  const std::string arrays = "array a float32 { 1e8 3 -1e8 } array o float32 1 ";
  CHECK(output(arrays + "ffully-connected{ input a output o filter { 1 1 1 } bias { 2 } } 0 o read f.") == "2.0 ");
  CHECK(output(arrays + "ffully-connected{ input a output o filter { 1 0 1 } bias { 0.1 } } 0 o read f.") == "0.1 ");
  CHECK(output(arrays + "fconv2d{ input a output o size 3 1 1 kernel 3 1 filter { 1 1 1 } bias { 0 } } 0 o read f.") ==
        "0.0 ");
  CHECK(output(arrays + "fmean{ input a output o size 3 1 1 } 0 o read f.") == "0.0 ");
  // A product is no part of the sum before it is rounded: 4097 * 4097 is 16785409, and 16785408 as a float.
  CHECK(output("array p float32 { 4097 1 } array q float32 1 ffully-connected{ input p output q filter { 4097 "
               "-16785408 } bias { 0 } } 0 q read f.") == "0.0 ");
}

TEST_CASE("of what is no number") {
  const std::string nan = "array a float32 { 1 2 } const bad 2143289344 bad 0 a write array o float32 2 ";
  CHECK(output(nan + "fclamp{ input a output o clamp 0 1 }" + both) == "nan 1.0 ");
  CHECK(output(nan + "fmax-pool{ input a output a size 2 1 1 kernel 1 1 }") == "invalid");
  CHECK(output(nan + "fmax-pool{ input a output o size 2 1 1 kernel 1 1 }" + both) == "-inf 2.0 ");
  CHECK(output(nan + "fmul{ a a b { 0 } output o clamp -1 1 }" + both) == "nan 0.0 ");
  CHECK(output(nan + "array w int32 1 fargmax{ input a output w columns 2 } 0 w read .") == "1 ");
  CHECK(output(nan + "array q int8 2 quantise{ input a output q scale 0.5 zero -3 } q vecprint") == " -3  1 ");
  CHECK(output(nan + "fsoftmax{ input a output o columns 2 }" + both) == "nan nan ");
}

TEST_CASE("integers of floats are the nearest, halves away from zero") {
  CHECK(output("array a float32 { 0.5 -0.5 1.25 -1.5 300 -300 } array q int8 6 quantise{ input a output q scale 1 } "
               "q vecprint") == " 1  -1  1  -2  127  -128 ");
  CHECK(output("array a float32 { 300 -300 } array q int8 2 quantise{ input a output q scale 1 zero -128 } q vecprint")
        == " 127  -128 ");
  CHECK(output("array q int8 { 127 -128 } array a float32 2 dequantise{ input q output a scale 0.1 zero 2 } "
               "0 a read f. 1 a read f.") == "12.5 -13.0 ");
}

TEST_CASE("ticks are those of the word and of its units") {
  const auto of = [](const std::string& word, unsigned length, const std::string& more) {
    const std::string count = std::to_string(length);
    return ticks_of("array a float32 " + count + " " + word + " input a output a " + more + " }");
  };
  CHECK(of("fclamp{", 60, "clamp 0 1") == 16 + 160);
  CHECK(of("fclamp{", 61, "clamp 0 1") == 16 + 160 * 2);
  CHECK(of("fleaky-relu{", 45, "slope 0") == 16 + 160);
  CHECK(of("fleaky-relu{", 46, "slope 0") == 16 + 160 * 2);
  CHECK(of("fhard-swish{", 18, "") == 16 + 160);
  CHECK(of("fhard-swish{", 19, "") == 16 + 160 * 2);
  CHECK(of("fsigmoid{", 2, "") == 16 + 160 * 2);
  CHECK(ticks_of("array a float32 31 fadd{ a a b { 1 } output a }") == 16 + 160 * 2);
  CHECK(ticks_of("array a float32 37 array q int8 37 quantise{ input a output q scale 1 }") == 16 + 160 * 2);
  CHECK(ticks_of("array a float32 61 array q int8 61 dequantise{ input q output a scale 1 }") == 16 + 160 * 2);
  // A block of 4 takes 40 and 52, elements 8, results 72: room for 25, or 26 as one more is begun.
  const std::string bias = " bias { 0 0 0 0 } output o filter packed ";
  const auto connected = [&](unsigned inputs) {
    std::string zeros;
    for (unsigned k = 0; k < 5 * inputs * 4; ++k) zeros += '0';
    return ticks_of("array a float32 " + std::to_string(inputs) + " array o float32 4 ffully-connected{ input a" +
                    bias + std::to_string(16 * inputs) + " \"" + zeros + "\" }");
  };
  CHECK(connected(24) == 16 + 160);
  CHECK(connected(25) == 16 + 160 * 2);
  // 4 * n + 20, then an exponential: the first unit has no room for a second one.
  CHECK(of("fsoftmax{", 1, "columns 1") == 16 + 160);
  CHECK(of("fsoftmax{", 2, "columns 2") == 16 + 160 * 2);
}
