// Worked examples of floats.
#include "tests/oracle/floats.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

std::string says(const std::string& text, unsigned cell_bits = 32) {
  return said(run(text, {cell_bits, false}));
}

}  // namespace

TEST_CASE("floats in the text") {
  CHECK(says("1.5 out 1e0 out -2e-3 out 00.50 out") == "$3fc00000$3f800000$bb03126f$3f000000");
  CHECK(says("1e-45 out 7e-46 out 1e-99 out -0.0 out") == "$00000001$00000000$00000000$80000000");
  CHECK(says("16777217.0 f. 3.4028235e38 f.") == "16777216.0 3.4028235e38 ");
  CHECK(says("const pi 3.14159 pi f. array a { 1.5 2 } a @ f. a 1 cell+ @ .") == "3.14159 1.5 2 ");
  for (const char* text :
       {"1e39", "1.", ".5", "1e", "1.5l", "0x1.5", "var 1e5", "array a 1.5", "table t int32 { 1.5 }"})
    CHECK(says(text) == "invalid");
  CHECK(says("1.5", 16) == "invalid");
  CHECK(says("var 1.5", 16) == "invalid");
  CHECK(says("var fsin 5 fsin ! fsin @ .", 16) == "5 ");
}

TEST_CASE("words on floats") {
  CHECK(says("1.5 2.25 f+ f. 1.5 2.25 f- f. 1.5 2.0 f* f. 1.0 3.0 f/ f.") == "3.75 -0.75 3.0 0.33333334 ");
  CHECK(says("1.0 0.0 f/ f. -1.0 0.0 f/ f. 0.0 0.0 f/ out") == "inf -inf $7fc00000");
  CHECK(says("1.0 2.0 f< . 0.0 -0.0 f= . -1.0 f0< . -0.0 f0= . 0x7fc00000 dup f= .") == "1 1 1 1 0 ");
  CHECK(says("0.0 -0.0 fmin f. -0.0 0.0 fmax f. 1.0 0x7f800001 fmin out") == "-0.0 0.0 $7fc00000");
  CHECK(says("1.5 fnegate f. -1.5 fabs f. 2.0 fsqrt f. -1.0 fsqrt out") == "-1.5 1.5 1.4142135 $7fc00000");
  CHECK(says("1.0 fexp f. 2.0 fln f. 0.0 fln f. 1.0 fsin f. 1.0 fcos f.") ==
        "2.7182817 0.6931472 -inf 0.84147096 0.5403023 ");
  CHECK(says("1.0 ftanh f. 1.0 fsigmoid f. 2.5 fround f. -0.25 fround f. -1.5 floor f.") ==
        "0.7615942 0.7310586 2.0 -0.0 -2.0 ");
  CHECK(says("16777217 s>f f. -1.9 f>s . 3e9 f>s . 0x7fc00000 f>s .") == "16777216.0 -1 2147483647 0 ");
}

TEST_CASE("floats as text") {
  CHECK(says("0.0 f. 0.0001 f. 0.00001 f. 123456789.0 f. 1e9 f. 1e-45 f.") == "0.0 0.0001 1e-5 123456790.0 1e9 1e-45 ");
  CHECK(says("16 base 0.1 f. 0x7f800000 f. 0xff800001 f.") == "0.1 inf nan ");
}

TEST_CASE("arrays of floats") {
  CHECK(says("array a float32 { 1.5 -2 } 0 a read f. 1 a read f. 0.5 0 a write 0 a read f.") == "1.5 -2.0 0.5 ");
  CHECK(says("table t float32 packed 4 \"006/0\" 0 t read f.") == "1.5 ");
  CHECK(says("array a float32 2 1 a read f. a vecprint") == "0.0 ! invalid_handle");
  CHECK(says("table t float32 { 1 } array o 1 t o 0 vecscale") == "! invalid_handle");
  CHECK(says("table t float32 { 1 } 1.0 0 t write") == "! read_only");
}
