// Worked examples of views, of blocks and of what is refused in them, and of the ticks of layers.
#include "tests/oracle/blocks.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/oracle/oracle.hpp"
#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

Result ran(const std::string& text, bool rexa = false, unsigned cell_bits = 32) {
  return run(text, {.cell_bits = cell_bits, .rexa = rexa});
}

std::string output(const std::string& text) { return said(ran(text)); }

// The ticks of the block at the end of the text.
std::uint64_t ticks_of(const std::string& text) { return ran(text).ticks - 1; }

const std::string square = "array n int8 { 1 2 3 4 5 6 7 8 9 } array o int8 4 ";
const std::string weights = " filter { 1 0 0 1 } bias { 0 } multiplier { 1073741824 } shift { 1 } ";

std::string convolution(const std::string& more) {
  return square + "conv2d{ input n output o size 3 3 1 kernel 2 2" + weights + more + " }";
}

}  // namespace

TEST_CASE("views are arrays in place") {
  CHECK(output("array a int16 { 1 2 3 4 } view v a 1 2 0 v read . 1 v read . 9 0 v write 1 a read .") == "2 3 9 ");
  CHECK(output("array a int16 { 1 2 3 4 } view v a 1 3 view w v 1 2 w vecprint") == " 3  4 ");
  CHECK(output("table t int8 { 1 2 3 } view v t 2 1 v vecprint 5 0 v write") == " 3 ! read_only");
  CHECK(output("const n 2 array a int8 n view v a 0 n 2 v read .") == "! index_out_of_range");
  for (const char* text : {"array a int8 4 view v a 1 4", "array a int8 4 view v a 4 1", "array a int8 4 view v a 0 0",
                           "array a int8 4 view v a -1 2", "array a 4 view v a 0 1", "view v a 0 1",
                           "array a int8 4 view a a 0 1", "channel c 4 view v c 0 1", "var a view v a 0 1"})
    CHECK_MESSAGE(output(text) == "invalid", text);
  CHECK(said(ran("array a int16 { 1 2 } view v a 1 1 0 v read .", false, 16)) == "2 ");
  CHECK(said(ran(": view 7 ; view .", true, 16)) == "7 ");
}

TEST_CASE("fields stand in any order, arrays by name or in full") {
  CHECK(output(convolution("") + " o vecprint") == " 6  8  12  14 ");
  CHECK(output(square + "conv2d{ " + weights + "kernel 2 2 size 3 3 1 output o input n } o vecprint") ==
        " 6  8  12  14 ");
  CHECK(output("array o int8 2 rescale{ output o input int8 { -3 9 } multiplier 1073741824 shift 1 } o vecprint") ==
        " -3  9 ");
  CHECK(output("array o int8 1 copy{ output o input packed 1 \"0rr91\" length 1 } 0 o read .") == "1 ");
  // An array of cells takes a number where a field names it, with its length there.
  CHECK(output("array o 2 argmax{ input { 1 2 2 1 } columns 2 output o } array h int8 1 o @ . 1 h read .") ==
        "1 ! index_out_of_range");
  CHECK(output("array o 2 array h int8 { 5 } fill{ output o length 1 value 9 } o @ . 0 -2147483648 read . "
               "0 -2147483647 read .") == "9 5 9 ");
  CHECK(output("array h 2 preset 4 { 1 } fill{ output h length 2 }") == "invalid");
}

TEST_CASE("what does not fit is refused") {
  for (const char* more :
       {"stride 0 1", "stride 1 256", "padding maybe", "zeros 0 128", "zeros 0 4294967295", "size 3 3 1", "depth 1",
        "groups 2", "pads 2 0 0 0", "pads 0 0 0 1", "padding same pads 1 0 0 0", "padding same", "dilation 2 3",
        "clamp 5 4", "stride 1.0 1", "stride 1"})
    CHECK_MESSAGE(output(convolution(more)) == "invalid", more);
  CHECK(output(convolution("clamp 5 5") + " o vecprint") == " 5  5  5  5 ");
  const std::string ends = " multiplier { 1 } shift { 0 } size 1 1 2 kernel 1 1 input n output o }";
  const std::string in = "array n int8 2 array o int8 2 array x int16 2 ";
  for (const char* block :
       {"conv2d{ filter { 1 1 1 1 } bias { 1 1 1 }", "conv2d{ filter { 1 1 1 } bias { 1 1 }",
        "conv2d{ filter { 1 1 1 1 } bias int8 { 1 1 }", "conv2d{ filter { 1 1 1 1 }", "conv2d{ filter x bias { 1 1 }",
        "conv2d{ filter { 1 1 1 200 } bias { 1 1 }", "depthwise-conv2d{ filter { 1 1 1 } bias { 1 1 1 }"})
    CHECK_MESSAGE(output(in + block + ends) == "invalid", block);
  CHECK(output(in + "conv2d{ filter { 1 1 1 1 } bias { 1 1 }" + ends) == "");
}

TEST_CASE("results lie apart from what is read, or in its place") {
  const std::string arena = "array a int8 8 view v a 0 4 view s a 4 4 view m a 2 4 view same a 0 4 ";
  const std::string scale = " multiplier 1 }";
  CHECK(output(arena + "rescale{ input v output s" + scale) == "");
  CHECK(output(arena + "rescale{ input v output same" + scale) == "");
  CHECK(output(arena + "rescale{ input v output m" + scale) == "invalid");
  CHECK(output(arena + "max-pool{ input v output same size 2 2 1 kernel 1 1 }") == "invalid");
  CHECK(output(arena + "copy{ input v output m length 1 }") == "invalid");
  CHECK(output("table t int8 { 1 } rescale{ input t output t" + scale) == "invalid");
}

TEST_CASE("layers are words where there are 32 bits, and names elsewhere") {
  CHECK(said(ran(": add{ 7 ; add{ .", false, 16)) == "7 ");
  CHECK(said(ran(": add{ 7 ; add{ .", true, 32)) == "7 ");
  CHECK(output(": add{ 7 ; add{ .") == "invalid");
  for (const std::string_view word : block_words()) CHECK(output(std::string(word) + " }") == "invalid");
}

TEST_CASE("ticks are those of the word and of its units") {
  // Four windows, each two stretches of 2 elements, and a result: 40, 34 twice, and 18 of work.
  CHECK(ticks_of(convolution("")) == 16 + 160 * 2);
  CHECK(ticks_of("array a int8 25 rescale{ input a output a multiplier 1 }") == 16 + 160);
  CHECK(ticks_of("array a int8 26 rescale{ input a output a multiplier 1 }") == 16 + 160 * 2);
  CHECK(ticks_of("array a int8 181 array b int8 181 copy{ input a output b length 181 }") == 16 + 160);
  CHECK(ticks_of("array a int8 182 array b int8 182 copy{ input a output b length 182 }") == 16 + 160 * 2);
  // 39, 180, and of the last pass what two elements take; then the rest.
  CHECK(ticks_of("array a int8 3 softmax{ input a output a columns 3 multiplier 1 least -1 }") == 16 + 160 * 2);
  // Windows in the padding alone, between two taps.
  CHECK(output("array a int8 { -7 } array o int8 2 average-pool{ input a output o size 1 1 1 kernel 1 2 dilation 1 3 "
               "pads 0 2 0 2 } o vecprint") == " 0  0 ");
  CHECK(output("array a int8 { -7 } array o int8 2 max-pool{ input a output o size 1 1 1 kernel 1 2 dilation 1 3 "
               "pads 0 2 0 2 } o vecprint") == " -128  -128 ");
}

TEST_CASE("results count when the layer has ended, as stores do") {
  const Result result =
      ran("array a int8 { 3 4 } view v a 0 2 rescale{ input a output v multiplier 1073741824 shift 1 }");
  REQUIRE(result.events.size() == 2);
  CHECK(result.events[0].where == 4);
  CHECK(result.events[1].where == 5);
  CHECK(result.events[1].value == 4);
}

TEST_CASE("statistics of windows") {
  const std::string samples = "array a int16 { 3 5 10 -6 1 2 } ";
  CHECK(output(samples + "array o int16 5 moving{ input a output o length 2 of mean } o vecprint") ==
        " 4  8  2  -3  2 ");
  CHECK(output(samples + "array o int16 10 moving{ input a output o length 3 step 3 of all } o vecprint") ==
        " 6  3  7  3  10  -1  4  4  -6  2 ");
  CHECK(
      output("array a int16 { -32768 -32768 } array o int16 5 moving{ input a output o length 2 of all } o vecprint") ==
      " -32768  0  32767  -32768  -32768 ");
  for (const char* fields : {"length 7 of mean", "length 2", "length 2 of median", "length 2 step 5 of mean"})
    CHECK_MESSAGE(output(samples + "array o int16 5 moving{ input a output o " + fields + " }") == "invalid", fields);
}

TEST_CASE("windows and transforms") {
  const std::string samples = "array a int16 { 1000 1000 1000 1000 } ";
  CHECK(output(samples + "window{ input a output a shape hann } a vecprint") == " 0  500  1000  500 ");
  CHECK(output(samples + "window{ input a output a shape blackman columns 2 } a vecprint") == " 0  1000  0  1000 ");
  CHECK(output(samples + "window{ input a output a shape hamming columns 3 }") == "invalid");
  const std::string tone = "array a int16 { 4000 0 -4000 0 } ";
  CHECK(output(tone + "array o int16 6 fft{ input a output o size 4 } o vecprint") == " 0  0  2000  0  0  0 ");
  // 4000 and -4000 turn about at once: bins 1 of 2 points.
  CHECK(output(tone + "array o int16 4 fft{ input a output o size 2 samples complex } o vecprint") ==
        " 0  0  4000  0 ");
  CHECK(output(tone + "array o int16 8 fft{ input a output o size 2 } o vecprint") ==
        " 2000  0  2000  0  -2000  0  -2000  0 ");
  CHECK(output(tone + "array o int16 6 fft{ input a output o size 3 }") == "invalid");
  CHECK(output("array a int16 { 3 -4 -32768 -32768 } array o 2 power{ input a output o } o @ . o 1 cell+ @ .") ==
        "25 2147483647 ");
  CHECK(output("array a int16 { 3 -4 1 1 } array o 2 magnitude{ input a output o } o @ . o 1 cell+ @ .") == "5 1 ");
}

TEST_CASE("frequencies and bands") {
  const std::string tone = "array a int16 { 1000 0 -1000 0 } array o 1 ";
  CHECK(output(tone + "goertzel{ input a output o frequencies { -1 } rate 4 of magnitude } o @ .") == "500 ");
  CHECK(output(tone + "goertzel{ input a output o frequencies { 9 } rate 4 } o @ .") == "250000 ");
  const std::string bins = "array a { 8 8 8 8 8 8 } array o 2 ";
  CHECK(output(bins + "mel{ input a output o edges { 0 2 4 6 } } o @ . o 1 cell+ @ .") == "16 16 ");
  CHECK(output(bins + "mel{ input a output o edges { 0 0 4 -9 } scale log } o @ . o 1 cell+ @ .") == "283241 234944 ");
  CHECK(output(bins + "mel{ input a output o edges { 0 2 } }") == "invalid");
}

TEST_CASE("units of signals") {
  CHECK(ticks_of("array a int16 20 window{ input a output a shape hann }") == 16 + 160);
  CHECK(ticks_of("array a int16 21 window{ input a output a shape hann }") == 16 + 160 * 2);
  // A window of 60 samples, 180 and 15, and its result of 20; the next only 4 and 15, and 20: then 106 are left.
  CHECK(ticks_of("array a int16 63 array o int16 4 moving{ input a output o length 60 of mean }") == 16 + 160);
  CHECK(ticks_of("array a int16 64 array o int16 5 moving{ input a output o length 60 of mean }") == 16 + 160 * 2);
}

TEST_CASE("trees go to a leaf, and what leads nowhere keeps the sums of the trees before") {
  const std::string tree = "array x int16 { 5 8 } array o int16 2 forest{ input x output o features { 0 -1 1 -1 -1 } "
                           "thresholds { 4 0 8 0 0 } skips { 2 0 2 1 2 } leaves int8 { 1 0 2 3 4 5 } ";
  CHECK(output(tree + "} o vecprint") == " 2  3 ");
  CHECK(ticks_of(tree + "}") == 16 + 160);
  CHECK(output(tree + "roots { 0 1 2 } } o vecprint") == " 5  6 ");
  const std::string astray = tree.substr(0, tree.find("forest{")) + "try " + tree.substr(tree.find("forest{"));
  CHECK(output(astray + "roots { 2 5 } } catch . endtry o vecprint") == "-17  2  3 ");
  CHECK(output(tree + "roots { -1 } }") == "! invalid_argument");
  // A unit has room for 42 values of a leaf.
  const auto many = [](unsigned values) {
    return "array o " + std::to_string(values) + " table l int8 packed " + std::to_string(values) + " \"" +
           [&] {
             std::string text;
             for (unsigned k = 0; k < values; k += 4) text += "00000";
             return text;
           }() +
           "\" forest{ input { 5 } output o features { -1 } thresholds { 0 } skips { 0 } leaves l }";
  };
  CHECK(ticks_of(many(42)) == 16 + 160);
  CHECK(ticks_of(many(43)) == 16 + 320);
}

TEST_CASE("linear models, scalers and normalizers") {
  CHECK(output("array o int32 2 linear{ input { 100 -200 } output o weights { 1000 2000 -3 5 } bias { 7 -1 } shift 1 } "
               "0 o read . 1 o read .") == "-149993 -651 ");
  CHECK(output("array o int16 1 linear{ input { 3 } output o weights { 20000 } bias { 0 } } 0 o read .") == "32767 ");
  CHECK(output("array o float32 2 scaler{ input { 10 20 } output o offsets { 5.0 } factors { 0.5 -1.0 } } "
               "0 o read f. 1 o read f.") == "2.5 -15.0 ");
  CHECK(output("array o int8 2 scaler{ input { 10 -21 } output o offsets int16 { 5 } factors int16 { 3 } shift 1 } "
               "o vecprint") == " 8  -39 ");
  CHECK(output("array o float32 4 normalizer{ input { 3.0 -4.0 0.0 0.0 } output o columns 2 } 0 o read f. 1 o read f. "
               "2 o read f.") == "0.6 -0.8 0.0 ");
  CHECK(output("array o float32 2 normalizer{ input { 3.0 -4.0 } output o columns 2 norm max } 0 o read f. "
               "1 o read f.") == "0.75 -1.0 ");
}
