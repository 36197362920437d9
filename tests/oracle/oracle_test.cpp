#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/said.hpp"
#include "tests/oracle/tokens.hpp"

namespace {

using namespace mica::oracle;

std::uint32_t trap_number(std::string_view name) {
  static const std::vector<std::string_view> names{"stack_underflow", "effect_mismatch", "read_only",
                                                   "invalid_address", "invalid_handle",  "index_out_of_range",
                                                   "divide_by_zero",  "shape_mismatch"};
  for (std::size_t k = 0; k < names.size(); ++k)
    if (names[k] == name) return static_cast<std::uint32_t>(k) + 1;
  return 99;
}

Result own(std::string_view text, unsigned bits = 16) {
  return run(text, {bits, false, 100000, trap_number});
}
Result rexa(std::string_view text) { return run(text, {16, true, 100000, trap_number}); }

std::string own_says(std::string_view text) { return said(own(text)); }
std::string rexa_says(std::string_view text) { return said(rexa(text)); }

std::uint64_t ticks(std::string_view text) {
  const Result result = own(text);
  REQUIRE(result.outcome == Outcome::ended);
  return result.ticks;
}

bool balanced(std::string_view text) { return find_imbalance(text, {16, false, 0, {}}).empty(); }

}  // namespace

TEST_CASE("stack words") {
  CHECK(own_says("1 2 dup . . .") == "2 2 1 ");
  CHECK(own_says("1 2 drop .") == "1 ");
  CHECK(own_says("1 2 swap . .") == "1 2 ");
  CHECK(own_says("1 2 over . . .") == "1 2 1 ");
}

TEST_CASE("arithmetic wraps at the cell") {
  CHECK(own_says("3 4 + . 3 4 - . 3 4 * .") == "7 -1 12 ");
  CHECK(own_says("32767 1 + . -32768 1 - . 256 256 * . 300 300 * .") == "-32768 32767 0 24464 ");
  CHECK(said(own("2147483647 1 + . 65536 65536 * . 65536 32767 * .", 32)) == "-2147483648 0 2147418112 ");
  CHECK(own_says("7 2 / . -7 2 / . 7 -2 / . -7 -2 / .") == "3 -3 -3 3 ");
  CHECK(own_says("-32768 -1 / .") == "-32768 ");
  CHECK(said(own("-2147483648 -1 / .", 32)) == "-2147483648 ");
  CHECK(own_says("5 0 / .") == "! divide_by_zero");
}

TEST_CASE("cells that are preset") {
  CHECK(own_says("var a preset a { 5 } a @ .") == "5 ");
  CHECK(rexa_says("array a 2 a 1 cell+ @ . preset a { 7 8 } a @ .") == "8 7 ");
  CHECK(own_says("array a { 1 2 } preset 4 { 9 } a @ . a -1 cell+ @ .") == "9 2 ");
  CHECK(own_says("var a var b const c 4 preset c { 9 } b @ .") == "9 ");
  for (const char* wrong : {"preset", "var a preset b { 1 }", "var a preset a { 1 2 }", "preset 0 { 1 }",
                            "var a preset a { }", "var a : b ; preset b { 1 }", "var a preset -2 { 1 }"})
    CHECK(own_says(wrong) == "invalid");
}

TEST_CASE("functions") {
  CHECK(own_says("-3 relu . 0 relu . 3 relu .") == "0 0 3 ");
  CHECK(own_says("0 sin . 1571 sin . -9 sin . 3142 sin .") == "0 1000 -9 -1 ");
  CHECK(own_says("9 log . 10 log . 25 log . 1000 log .") == "0 0 39 200 ");
  CHECK(own_says("0 sigmoid . 1000 sigmoid . -1000 sigmoid . -32768 sigmoid .") == "500 731 269 0 ");
  CHECK(own("5 sigmoid").ticks == 10);
}

TEST_CASE("comparisons") {
  CHECK(own_says("1 2 = . 2 2 = . 1 2 < . 2 2 < . -1 1 < . 1 2 > . 2 1 > .") == "0 1 1 0 1 0 1 ");
  CHECK(own_says("32767 -32768 > . 0 0= . 5 0= .") == "1 1 0 ");
}

TEST_CASE("more stack words") {
  CHECK(own_says("1 2 3 rot . . .") == "1 3 2 ");
  CHECK(own_says("1 2 3 -rot . . .") == "2 1 3 ");
  CHECK(own_says("1 2 nip . 1 2 tuck . . . 5 -dup . . .") == "2 2 1 2 5 5 5 ");
  CHECK(own_says("1 2 2dup . . . . 1 2 3 2drop .") == "2 1 2 1 1 ");
  CHECK(own_says("1 2 3 4 2swap . . . .") == "2 1 4 3 ");
  CHECK(own_says("1 2 3 4 2over . . . . . .") == "2 1 4 3 2 1 ");
  CHECK(own_says("1 2 3 4 5 6 2rot . . . . . .") == "2 1 6 5 4 3 ");
  CHECK(own_says("7 8 9 1 pick . 3 pick .") == "9 7 ");
  CHECK(own_says("7 0 pick") == "! stack_underflow");
  CHECK(own_says("7 2 pick") == "! stack_underflow");
  CHECK(own_says(": w ( n -- ) ?dup if . endif ; 0 w 5 w") == "5 ");
  CHECK(ticks("0 ?dup drop") + 2 == ticks("5 ?dup drop drop"));
  CHECK(rexa_says(": nip swap drop ; 1 2 nip .") == "2 ");
}

TEST_CASE("the return stack of a program") {
  CHECK(own_says("5 >r 6 . r . r> .") == "6 5 5 ");
  CHECK(own_says(": w r> . ; 7 >r w") == "7 ");
  CHECK(own_says("1 2 2>r 2r . . r> . r> .") == "2 1 2 1 ");
  CHECK(own_says("1 2 2>r 2r> . .") == "2 1 ");
  CHECK(own_says("r>") == "! return_stack_underflow");
  CHECK(own_says("1 >r 2r") == "! return_stack_underflow");
  CHECK(rexa_says(": w 5 >r ; w r .") == "5 ");
}

TEST_CASE("the loop stack") {
  CHECK(own_says("5 >f 6 >f f . 1 fpick . 2 fpick . f> . f> .") == "6 6 5 6 5 ");
  CHECK(own_says("2 0 do 9 >f i . f> drop i . loop") == "9 0 9 1 ");
  CHECK(own_says("5 >f 6 >f 7 >f 2 fdrop f> .") == "5 ");
  CHECK(own_says("2 0 do 5 3 do j . i . loop loop") == "0 3 0 4 1 3 1 4 ");
  CHECK(own_says("1 fpick") == "! loop_stack_underflow");
  CHECK(own_says("5 >f 1 1 + fdrop") == "invalid");
  CHECK(rexa_says("5 >f 1 1 + fdrop") == "! loop_stack_underflow");
  CHECK(rexa_says("f> .") == "! loop_stack_underflow");
  CHECK(rexa_says("i") == "! loop_stack_underflow");
  CHECK(rexa_says("3 0 do f> 1 + >f i . loop") == "1 3 ");
  CHECK(rexa_says("2 0 do j loop") == "! loop_stack_underflow");
  CHECK(rexa_says(": put 7 >f ; put put f> f> + .") == "14 ");
}

TEST_CASE("steps of loops, while") {
  CHECK(own_says("9 0 do i . 4 +loop") == "0 4 8 ");
  CHECK(own_says("5 9 do i . i 7 < if leave endif -3 +loop") == "9 ");
  CHECK(own_says("5 4 do i . i 0 < if leave endif -3 +loop") == "4 1 -2 ");
  CHECK(own_says("32767 32766 do i . 1 +loop") == "32766 ");
  CHECK(own_says("0 32767 do i . i 0 < if leave endif 1 +loop") == "32767 -32768 ");
  CHECK(own_says("3 begin dup while dup . 1 - repeat .") == "3 2 1 0 ");
  CHECK(own_says("while") == "invalid");
  CHECK(own_says("begin 1 while until") == "invalid");
  CHECK(own_says("begin repeat") == "invalid");
  CHECK(ticks("0 begin dup while repeat") == 1 + 2 + 1);
}

TEST_CASE("more arithmetic, comparisons and logic") {
  CHECK(own_says("7 3 mod . -7 3 mod . 7 -3 mod . -32768 -1 mod . 1 0 mod") == "1 -1 1 0 ! divide_by_zero");
  CHECK(own_says("3 5 min . 3 5 max . -3 abs . -32768 abs . 5 minus . -32768 negate . one .") ==
        "3 5 3 -32768 -5 -32768 1 ");
  CHECK(own_says("12 10 and . 12 10 or . 12 10 xor . 0 invert . 0 not . 5 not .") == "8 14 6 -1 1 0 ");
  CHECK(own_says("1 15 lshift . 1 16 lshift . 1 -1 lshift . -1 15 rshift . -1 16 rshift . -1 0 rshift .") ==
        "-32768 0 0 1 0 -1 ");
  CHECK(own_says("1 2 <> . 2 2 <= . 3 2 <= . 2 2 >= . 1 2 >= . -1 1 u< . 1 -1 u< . -1 1 u> .") ==
        "1 1 0 1 0 0 1 1 ");
  CHECK(own_says("-1 0< . 0 0< . 1 0> . 0 0> . 5 0<> . 0 0<> .") == "1 0 1 0 1 0 ");
}

TEST_CASE("doubles") {
  CHECK(own_says("70000l 2. -55l 2. -1l . . 65536l . .") == "70000 -55 -1 -1 1 0 ");
  CHECK(own_says("70000l 5l 2+ 2. 5l 70000l 2- 2. 300l 300l 2* 2. -700000l 200000l 2/ 2.") ==
        "70005 -69995 90000 -3 ");
  CHECK(own_says("-700000l 200000l 2mod 2. -2147483648l -1l 2/ 2. -2147483648l -1l 2mod 2.") ==
        "-100000 -2147483648 0 ");
  CHECK(own_says("1l 0l 2/") == "! divide_by_zero");
  CHECK(own_says("70000l 4464l 2= . 40000l 30000l 2< . 40000l 30000l 2> .") == "0 0 1 ");
  CHECK(own_says("70000l -1l 2min 2. 70000l -1l 2max 2. -5l 2abs 2. 5l 2minus 2.") == "-1 70000 5 -5 ");
  CHECK(own_says("-1l 65536l 2and 2. 65536l 1l 2or 2. 65537l 1l 2xor 2.") == "65536 65537 65536 ");
  CHECK(own_says("-5 2ext 2. 70000l 2red .") == "-5 4464 ");
  CHECK(own_says("2var d var x 70000l d 2! d @ . d 2@ 2. x d - .") == "4464 70000 4 ");
  CHECK(own_says("var x 1l x 2!") == "! invalid_address");
  CHECK(own("var x 1l 0 2!").events.empty());
  CHECK(said(own("-9223372036854775808l 2. 9223372036854775807l 1l 2+ 2. 4294967296l . .", 32)) ==
        "-9223372036854775808 -9223372036854775808 1 0 ");
  CHECK(own_says("4294967296l") == "invalid");
  CHECK(own_says("0xFFFFFFFFl 2.") == "-1 ");
  CHECK(own_says("array a { 5l }") == "invalid");
  CHECK(rexa_says("4294967301l 2.") == "5 ");
}

TEST_CASE("number base, out, constants") {
  CHECK(own_says("1 base 171 . -1 . 0 . 70000l 2. 0 base 171 .") == "ab ffff 0 11170 171 ");
  CHECK(own_says("171 out -1 out") == "$00ab$ffff");
  CHECK(said(own("171 out -1 out", 32)) == "$000000ab$ffffffff");
  CHECK(own_says("const n -5 n n * . const n 6 n .") == "25 6 ");
  CHECK(own_says("const n x") == "invalid");
  CHECK(own_says("const n") == "invalid");
}

TEST_CASE("numbers of both dialects") {
  CHECK(own_says("65535 . -32768 . 0x7fFF . 0xFFFF . -0x8000 . 0b101 . -0b101 . 007 .") ==
        "-1 -32768 32767 -1 -32768 5 -5 7 ");
  CHECK(own_says("65536") == "invalid");
  CHECK(own_says("-32769") == "invalid");
  CHECK(own_says("99999999999999999999999") == "invalid");
  CHECK(rexa_says("65536 . 65535 . -32769 . 70000 .") == "0 -1 32767 4464 ");
  CHECK(rexa_says("18446744073709551621 .") == "5 ");
  CHECK(rexa_says("0x10 .") == "invalid");
  CHECK(rexa_says(": 0x10 3 . ; 0x10") == "3 ");
  CHECK(own_says(": 12 ;") == "invalid");
  CHECK(own_says(": 0x1F ;") == "invalid");
  CHECK(own_says(": 0x1G 1 . ; 0x1G : 0b2 2 . ; 0b2 : --1 3 . ; --1") == "1 2 3 ");
  CHECK(said(own("4294967295 . -2147483648 .", 32)) == "-1 -2147483648 ");
}

TEST_CASE("comments and names") {
  CHECK(own_says("(a)1 (b ( )2 + . \\5 .\n(\n)7 .") == "3 7 ");
  CHECK(own_says("1 . \\at the end") == "1 ");
  CHECK(own_says("1 . (open") == "invalid");
  CHECK(own_says("1 .\x01") == "invalid");
  CHECK(own_says(": DUP 1 . ; DUP : \xC3\xA4 2 . ; \xC3\xA4 : a(b) 3 . ; a(b)") == "1 2 3 ");
  CHECK(own_says(": dup ;") == "invalid");
  CHECK(own_says("var begin") == "invalid");
  CHECK(own_says("nothing") == "invalid");
}

TEST_CASE("early binding and new meanings of names") {
  CHECK(own_says(": a 1 . ; : b a ; : a 2 . ; b a") == "1 2 ");
  CHECK(own_says("var x 5 x ! : x 7 ; x . 2 @ .") == "7 5 ");
  CHECK(own_says("var x 5 x ! : ff x @ ; var x 6 x ! ff . x @ .") == "5 6 ");
}

TEST_CASE("storage is handed out in the order of the text") {
  CHECK(own_says("var x array a 3 array b { 7 -8 } var y x . a . b . y .") == "2 6 14 18 ");
  CHECK(said(own("var x array a 3 array b { 7 -8 } var y x . a . b . y .", 32)) == "4 12 28 36 ");
  CHECK(own_says("array a 3 array b { 7 -8 } a -1 cell+ @ . b 0 1 - cell+ @ . b @ . b 1 cell+ @ . a @ .") ==
        "3 2 7 -8 0 ");
  CHECK(own("array b { 258 -2 } ").data == std::vector<std::uint8_t>{2, 0, 2, 1, 254, 255});
  CHECK(own_says("array a 0") == "invalid");
  CHECK(own_says("array a { }") == "invalid");
}

TEST_CASE("cells at any address inside of the storage") {
  CHECK(own_says("array a { 0x1234 0x5678 } a 1 + @ . ") == "30738 ");
  CHECK(own_says("var x 0x0201 x ! var y 0x0403 y ! x 1 + @ 0x0302 = .") == "1 ");
  CHECK(own_says("var x 2 @ . 3 @ .") == "0 ! invalid_address");
  CHECK(own_says("4 @ . var x var y") == "0 ");
  CHECK(own_says("var x 1 @ .") == "! invalid_address");
  CHECK(own_says("var x 9 0 !") == "! invalid_address");
  CHECK(own_says("var x -1 @") == "! invalid_address");
  CHECK(own_says("2 @") == "! invalid_address");
  CHECK(own_says("10 -3 cell+ . 32767 1 cell+ .") == "4 -32767 ");
}

TEST_CASE("it is told of programs that go to the cells of channels and semaphores by an address") {
  CHECK(!own("var v channel c 2 semaphore s 1 s acquire 7 v ! v @ c send c receive drop").saw_hidden);
  CHECK(own("var v channel c 2 3 @ drop").saw_hidden);  // the second half of v, and what lies behind it
  CHECK(own("semaphore s 1 var v 7 2 !").saw_hidden);
  CHECK(own("semaphore s 1 var v 0 1 2 await 0 0 2 await").saw_hidden);
  const Result refused = own("frame f 1 selftest t\nsemaphore s 1 : t 2 @ ;");
  CHECK(refused.outcome == Outcome::invalid);
  CHECK(refused.saw_hidden);
}

TEST_CASE("what is awaited lies behind an address at which there is something") {
  CHECK(own("var v 0 0 2 await").outcome == Outcome::ended);
  CHECK(own("var v 0 1 0 await").trap == "invalid_address");
}

TEST_CASE("tables") {
  CHECK(own_says(
            "table t int8 { -128 5 127 } table u int16 { 300 } 1 t read . 0 u read . 0 -32767 read . t .") ==
        "5 300 300 -32768 ");
  CHECK(own_says("table t int8 { 1 } 1 t read") == "! index_out_of_range");
  CHECK(own_says("table t int8 { 1 } -1 t read") == "! index_out_of_range");
  CHECK(own_says("table t int8 { 1 } 0 t 1 + read") == "! invalid_handle");
  CHECK(own_says("0 0 read") == "! invalid_address");
  CHECK(own_says("0 -32768 read . table t int8 { 6 }") == "6 ");
  CHECK(own_says("table t int8 { 128 }") == "invalid");
  CHECK(own_says("table t int32 { 1 }") == "invalid");
  CHECK(said(own("table t int32 { -70000 } 0 t read . t .", 32)) == "-70000 -2147483648 ");
  CHECK(own_says("table t int16 { 1 } 5 t !") == "! invalid_address");
  CHECK(rexa_says("table t int8 { 1 }") == "invalid");
}

TEST_CASE("branches") {
  CHECK(own_says("1 if 2 . endif 0 if 3 . endif -5 if 4 . else 5 . endif 0 if 6 . else 7 . endif") ==
        "2 4 7 ");
  CHECK(own_says("1 if 0 if 1 . else 2 . endif else 3 . endif") == "2 ");
  CHECK(own_says("if") == "invalid");
  CHECK(own_says("1 if else else endif") == "invalid");
  CHECK(own_says("begin 1 if until endif") == "invalid");
}

TEST_CASE("loops") {
  CHECK(own_says("3 begin dup . 1 - dup 0= until drop") == "3 2 1 ");
  CHECK(own_says("3 0 do i . loop") == "0 1 2 ");
  CHECK(own_says("0 5 do i . loop 3 3 do i . loop") == "5 3 ");
  CHECK(own_says("2 0 do 12 10 do i . loop i . loop") == "10 11 0 10 11 1 ");
  CHECK(own_says("-32766 32767 do i . loop") == "32767 -32768 -32767 ");
  CHECK(own_says("-32768 32767 do i . loop -32767 32766 do i . loop") == "32767 32766 ");
  CHECK(own_says("9 0 do i . i 2 = if leave 8 . endif loop 5 .") == "0 1 2 5 ");
  CHECK(own_says("9 0 do begin i . i 1 = if leave endif i 1 + 0= until loop") == "out of ticks");
  CHECK(own_says("9 0 do begin i . leave again 7 . loop 6 .") == "0 6 ");
  CHECK(own_says("2 0 do 5 0 do leave loop i . loop") == "0 1 ");
  CHECK(own_says("begin again") == "out of ticks");
  CHECK(own_says("leave") == "invalid");
  CHECK(own_says(": ff 1 0 do return loop ;") == "invalid");
  CHECK(own_says("return") == "invalid");
}

TEST_CASE("words") {
  CHECK(own_says(": square ( n -- n2 ) dup * ; 5 square .") == "25 ");
  CHECK(own_says(": ff dup 0 < if drop 1 . return endif 2 . . ; -3 ff 3 ff") == "1 2 3 ");
  CHECK(own_says(": ff begin 1 - dup 0= if return endif again ; 5 ff .") == "0 ");
  CHECK(own_says(": fact dup 2 < if drop 1 else dup 1 - fact * endif ; 7 fact .") == "5040 ");
  CHECK(own_says(": ff 1 . end 2 . ; ff 3 .") == "1 ");
  CHECK(own_says("1 . end 2 .") == "1 ");
  CHECK(own_says(": ff : g ; ;") == "invalid");
  CHECK(own_says(": ff") == "invalid");
  CHECK(own_says(";") == "invalid");
  CHECK(rexa_says(": ff i . ; 2 0 do ff loop") == "0 1 ");
  CHECK(rexa_says(": ff i . ; ff") == "! loop_stack_underflow");
}

TEST_CASE("declared effects") {
  CHECK(own_says(": ff ( n -- n ) dup 0 > if dup endif ; 1 . -1 ff . 2 . 1 ff .") ==
        "1 -1 2 ! effect_mismatch");
  CHECK(own_says(": ff ( a -- ) if 1 return endif ; 0 ff 4 . 1 ff") == "4 ! effect_mismatch");
  CHECK(own_says(": ff ( d ud2 x -- ) drop drop drop drop drop 8 . ; 1 2 3 4 5 ff") == "8 ");
  CHECK(own_says(": ff ( d2x -- d1 ) 1 ; 6 ff . .") == "1 6 ");
  CHECK(own_says(": ff (-- n)1 ; ff .") == "1 ");
  CHECK(own_says(": ff ( no effect ) 1 ; ff .") == "1 ");
  CHECK(own_says(": ff dup ( -- ) ; 1 ff . .") == "1 1 ");
  CHECK(own_says(": ff ( n -- ) begin drop 0 until ; 1 2 ff") == "! stack_underflow");
  CHECK(rexa_says(": ff ( n -- n ) dup dup ; 1 ff . . .") == "1 1 1 ");
}

TEST_CASE("stack underflow at the word that takes too much") {
  for (const char* word : {"dup", "drop", "0=", "@", "relu", ".", "if endif", "begin until"})
    CHECK(rexa_says("1 . " + std::string(word)) == "1 ! stack_underflow");
  for (const char* word :
       {"swap", "over", "+", "-", "*", "/", "=", "<", ">", "!", "cell+", "read", "do loop"})
    CHECK(rexa_says("1 . 0 " + std::string(word)) == "1 ! stack_underflow");
  CHECK(rexa_says("1 1 1 vecfold") == "! stack_underflow");
  CHECK(rexa_says("2 0 do 7 loop . . .") == "7 7 ! stack_underflow");
}

TEST_CASE("vecfold") {
  const std::string three = "array x { 1 2 } array w { 3 4 5 6 } array y 2 ";
  const std::string show = "vecfold y @ . y 1 cell+ @ . ";
  CHECK(own_says(three + "x w y 0 " + show) == "11 17 ");
  CHECK(own_says(three + "x w y -4 " + show) == "2 4 ");
  CHECK(own_says(three + "array s { -2 3 } x w y s " + show) == "5 51 ");
  CHECK(own_says(three + "table s int8 { 0 -17 } x w y s " + show) == "0 1 ");
  CHECK(own_says(three + "x w x 0 vecfold x @ . x 1 cell+ @ .") == "11 67 ");
  CHECK(own_says("table x int8 { 1 2 } table w int8 { 3 4 5 6 } array y 2 x w y 0 " + show) == "11 17 ");
  CHECK(own_says("array x { 32767 32767 32767 } array y 1 x x y -32768 vecfold y @ .") == "32763 ");
  CHECK(own_says("array x { -32768 } array y { 3 } x x y -32768 vecfold y @ . x x y y vecfold y @ .") ==
        "-32768 -32768 ");
  CHECK(said(own("array x { -2147483648 } array y 1 x x y -2147483648 vecfold y @ .", 32)) == "-2147483648 ");
}

TEST_CASE("vecfold reads lengths once and scales as it goes") {
  // Elements of out lie where the length of in is; out is its own scale.
  CHECK(own_says("array b { 2 2 5 7 0 } array w { 1 0 0 1 } b 2 cell+ w b 1 cell+ 0 vecfold b 1 cell+ @ . "
                 "b 2 cell+ @ .") == "5 7 ");
  CHECK(
      own_says("array x { 1 1 } array w { 1 2 3 4 } array y { 10 -2 } x w y y vecfold y @ . y 1 cell+ @ .") ==
      "30 3 ");
}

TEST_CASE("checks of vecfold and their order") {
  const std::string all = "array x { 1 2 } array w { 3 4 5 6 } array y 2 array s 3 table t int8 { 1 2 } ";
  CHECK(own_says(all + "-1 0 t 0 vecfold") == "! invalid_handle");
  CHECK(own_says(all + "0 -1 t 0 vecfold") == "! invalid_address");
  CHECK(own_says(all + "x -1 0 0 vecfold") == "! invalid_handle");
  CHECK(own_says(all + "x w 2 0 vecfold") == "! invalid_address");
  CHECK(own_says(all + "x w t 1 vecfold") == "! read_only");
  CHECK(own_says(all + "x x y 1 vecfold") == "! invalid_address");
  CHECK(own_says(all + "x x y 0 vecfold") == "! shape_mismatch");
  CHECK(own_says(all + "x w y s vecfold") == "! shape_mismatch");
  CHECK(own_says(all + "x w y t vecfold y @ .") == "11 ");
  CHECK(own_says(all + "x w y t 1 + vecfold y @ .") == "0 ");
  CHECK(own_says(all + "0 x ! x 1 cell+ w y 0 vecfold") == "! invalid_address");
  CHECK(own_says(all + "40 x ! x 1 cell+ w y 0 vecfold") == "! invalid_address");
  CHECK(own_says(all + "x w -32767 0 vecfold") == "! invalid_handle");
}

TEST_CASE("ticks") {
  CHECK(ticks("") == 1);
  CHECK(ticks("end 1 2") == 1);
  CHECK(ticks("1 . cr") == 1 + 8 + 4 + 1);
  CHECK(ticks("var x array a 3 : ff 1 ;") == 1);
  CHECK(ticks(": ff ; ff ff") == 2 * 2 + 1);
  CHECK(ticks(": ff return 5 ; ff") == 1 + 1 + 1);
  CHECK(ticks("1 if 2 else 3 endif") == 1 + 1 + 1 + 1 + 1);
  CHECK(ticks("0 if 2 else 3 endif") == 1 + 1 + 1 + 1);
  CHECK(ticks("2 begin 1 - dup 0= until") == 1 + 2 * 5 + 1);
  CHECK(ticks("3 0 do loop") == 2 + 1 + 3 + 1);
  CHECK(ticks("3 0 do leave loop") == 2 + 1 + 1 + 1);
  CHECK(ticks(": ff begin dup if return endif 1 + again ; 0 ff") == 1 + 1 + (2 + 2 + 1) + 3 + 1);
  CHECK(ticks("array x 32 array y 2 array w 64 x w y 0 vecfold") == 4 + 24 + 24 * 2 + 1);
  CHECK(ticks("array x 33 array y 2 array w 66 x w y 0 vecfold") == 4 + 24 + 24 * 4 + 1);
  CHECK(run("1 1 1", {16, false, 4, {}}).outcome == Outcome::ended);
  CHECK(run("1 1 1", {16, false, 3, {}}).outcome == Outcome::out_of_ticks);
}

// The numbers were worked out from the formula of the page, apart from this program.
TEST_CASE("digests") {
  CHECK(own("").digest == 0x903B445C);
  CHECK(own("var x -2 x !").digest == 0xC2BB7727);
  CHECK(own("65 . cr").digest == 0x99898D58);
  CHECK(own("1 0 /").digest == 0xF5A15330);
  CHECK(rexa(": ff ( -- ) ; 5 . i").digest != 0);
  CHECK(own("table t int8 { 1 } array y 1 5 . y y t 0 vecfold").digest == 0x93A070F4);
  CHECK(own("begin again").digest == 0x811C9DC5);
}

TEST_CASE("events, peaks") {
  const Result result = own("var x 9 x ! 2 0 do 1 0 do 5 drop loop loop : ff ; : g ff ; g 7 .");
  REQUIRE(result.events.size() == 3);
  CHECK(result.events[0].kind == Event::store);
  CHECK(result.events[0].where == 2);
  CHECK(result.events[0].value == 9);
  CHECK(result.events[1].kind == Event::output);
  CHECK(result.events[1].value == '7');
  CHECK(result.stack_peak == 5);
  CHECK(result.call_peak == 2);
  CHECK(result.data == std::vector<std::uint8_t>{9, 0});
  CHECK(said(run(": ff ff ; ff", {16, true, 1u << 30, {}})) == "out of ticks");
  CHECK(said(run("begin 1 0 until", {16, true, 1u << 30, {}})) == "out of ticks");
}

TEST_CASE("frames") {
  CHECK(own_says("frame name 3\n1 .") == "1 ");
  CHECK(own_says("frame name 3 code 100 data 20\n1 .") == "1 ");
  CHECK(own_says("frame name\n1 .") == "invalid");
  CHECK(own_says("frame name 3 stack 4 tasks 1 constants 9 needs text exports w\n: w ; 1 .") == "1 ");
  CHECK(own_says("frame name 3 exports w\n1 .") == "invalid");
  CHECK(own_says("frame name 3 heap 4\n1 .") == "invalid");
  CHECK(own_says("frame name 3 selftest t\nvar v : t v @ . 4 v ! v @ ; v @ . 1 v !") == "0 4 ");
  CHECK(own_says("frame name 3 selftest t\n1 .") == "invalid");
  CHECK(own_says("frame name 3 selftest t\n: t begin 0 until 1 ; 1 .") == "out of ticks");
  for (const char* word : {"0", "1 0 /", "1 if end endif 1", "1 2", ""})
    CHECK(own_says("frame name 3 selftest t\n: t " + std::string(word) + " ; 1 .") == "invalid");
  const std::string text = "frame n 1\n1 .\n";
  char trailer[40];
  std::snprintf(trailer, sizeof trailer, "endframe %zu %08X\n", text.size(),
                static_cast<unsigned>(crc32(text)));
  CHECK(crc32("123456789") == 0xCBF43926);
  CHECK(own_says(text + trailer) == "1 ");
  CHECK(own_says(" " + text + trailer) == "invalid");
  CHECK(own_says("frame n 1\n2 .\n" + std::string(trailer)) == "invalid");
}

TEST_CASE("storage inside of words and branches is like storage outside") {
  CHECK(own_says(": ff var x 5 x ! x @ . ; ff 0 if array a { 3 } endif a @ .") == "5 3 ");
}

TEST_CASE("rules about depths in the own dialect") {
  CHECK(balanced(": ff dup 2 < if drop 1 else dup 1 - ff * endif ; 5 ff ."));
  CHECK(balanced(": ff dup if return endif 1 + ; 5 ff ."));
  CHECK(balanced(": ff ( n -- n2 ) dup if dup endif ; 5 ff ."));
  CHECK(balanced("5 0 do i 3 = if leave endif loop begin 1 until begin end again 1 + + +"));
  CHECK_FALSE(balanced("1 if 2 endif"));
  CHECK_FALSE(balanced("1 if 2 else endif"));
  CHECK_FALSE(balanced("drop"));
  CHECK_FALSE(balanced("3 0 do 1 loop"));
  CHECK_FALSE(balanced("1 begin 0 until begin 2 1 until"));
  CHECK_FALSE(balanced(": ff dup if ff endif ;"));
  CHECK_FALSE(balanced(": ff ( n -- ) dup ; 1 ff"));
  CHECK_FALSE(balanced(": ff + ; 1 ff"));
  CHECK_FALSE(balanced(": ff i ; 1 0 do ff drop loop"));
}
