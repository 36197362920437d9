// Typed and packed arrays, text, tokens, and what the host offers: worked examples.
#include <doctest/doctest.h>

#include <string>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/host.hpp"
#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

Result run_as(std::string_view text, bool rexa, unsigned bits) {
  return run(text, {bits, rexa, 100000, [](std::string_view) { return 1U; }, example_host()});
}

std::string own(std::string_view text, unsigned bits = 16) { return said(run_as(text, false, bits)); }
std::string rexa(std::string_view text) { return said(run_as(text, true, 16)); }
std::uint64_t ticks(std::string_view text) { return run_as(text, false, 16).ticks - 1; }

}  // namespace

TEST_CASE("constants for numbers") {
  for (const auto says :
       {+[](std::string_view text) { return own(text); }, +[](std::string_view text) { return rexa(text); }}) {
    CHECK(says("const n 3 array a n array b { n 7 n } a -1 cell+ @ . b vecprint") == "3  3  7  3 ");
    CHECK(says("const n 3 const m n var v preset v { m } v @ .") == "3 ");
    CHECK(says("const n n") == "invalid");
    CHECK(says("const n 3 const n n") == "invalid");
    CHECK(says("const n 3 array n n") == "invalid");
    CHECK(says("const n 0 array a n") == "invalid");
    CHECK(says("var n array a n") == "invalid");
    CHECK(says("const n 2 5 6 7 >f >f >f n fdrop f> .") == "7 ");
  }
  CHECK(own("const n 300 table t int8 { n }") == "invalid");
  CHECK(own("const n 4 table t int8 packed n \"00000\" 3 t read .") == "0 ");
  CHECK(own("const n 1.5 array a { n } a @ f.", 32) == "1.5 ");
  CHECK(own("const n 1.5 array a n", 32) == "invalid");
  CHECK(own("const n 1.5 array a int32 { n }", 32) == "invalid");
  CHECK(own("const n 0.0 1 >f n fdrop", 32) == "invalid");
  CHECK(own("const n 1.5 const m n const k 3 table t float32 { m k } 0 t read f. 1 t read f.", 32) == "1.5 3.0 ");
}

TEST_CASE("typed arrays") {
  CHECK(own("array a int8 { 1 -2 3 } 1 a read . 200 0 a write a vecprint") == "-2  -56  -2  3 ");
  CHECK(own("array a int8 { 1 2 3 } var x array b int16 2 var y x . y . a . b .") == "5 12 -32768 -32767 ");
  CHECK(own("array a int8 3 array b int32 2 var x x .", 32) == "16 ");
  CHECK(own("array a int32 2") == "invalid");
  CHECK(own("array a int8 { 128 }") == "invalid");
  CHECK(own("array a int8 2 7 2 a write") == "! index_out_of_range");
  CHECK(own("table t int8 { 1 } 7 1 t write") == "! index_out_of_range");
  CHECK(own("table t int8 { 1 } 7 0 t write") == "! read_only");
  CHECK(own("array a { 4 5 } 9 1 a write 1 a read .") == "9 ");
  CHECK(own("1 saturation array a { 300 } array b int8 1 a b 0 vecscale b vecprint") == " 127 ");
  CHECK(own("array a { 300 } array b int8 1 a b 0 vecscale b vecprint") == " 44 ");
  CHECK(own("array a int8 { 1 2 3 4 } 2 @ .") == "513 ");
  CHECK(ticks("array a int8 2 1 1 a write") == 12);
  CHECK(rexa("array a int8 2") == "invalid");
}

TEST_CASE("packed elements") {
  CHECK(own("array a int16 packed 8 \"Hello World\" 0 a read . 3 a read .") == "20358 23543 ");
  CHECK(own("table t int8 packed 5 \"Hello\n 0 0 0 0 0\" 0 t read . 4 t read .") == "-122 0 ");
  CHECK(own("table t int16 packed 5 \"Hello00000\"") == "invalid");
  CHECK(own("table t int8 packed 5 \"Hello\"") == "invalid");
  CHECK(own("table t int8 packed 4 \"Hello00000\"") == "invalid");
  CHECK(own("table t int8 packed 4 \"#####\"") == "invalid");
  CHECK(own("array a packed 4 \"Hello\"") == "invalid");
}

TEST_CASE("text") {
  CHECK(own(".\" a (b) \\ c\"5 . .\" \"") == "a (b) \\ c5 ");
  CHECK(rexa(".\" abc \" .\" \"") == "abc");
  CHECK(own("s\" abc\" . . .") == "3 24930 25344 ");
  CHECK(own("s\" abcde\" . . .", 32) == "5 1633837924 1694498816 ");
  CHECK(own("1 s\" abcde\" .s .") == "abcde1 ");
  CHECK(own("array a 8 s\" abcde\" a s! a @ . a s@ .s") == "5 abcde");
  CHECK(own("1 -1 .s") == "! invalid_argument");
  CHECK(own("1 3 .s") == "! stack_underflow");
  CHECK(own("array a { -1 } a s@") == "! invalid_argument");
  CHECK(own("array a { 9 } a s@") == "! invalid_address");
  CHECK(own("array a 1 s\" abc\" a s!") == "! invalid_address");
  CHECK(ticks(".\" abcde\"") == 16);
  CHECK(ticks("0 .s") == 1 + 16 + 32);
  CHECK(ticks("s\" abcdefghi\" .s") == 6 + 16 + 64);
}

TEST_CASE("tokens") {
  CHECK(own(": a ; : b ; $ b . $ a . $ b . $ relu . $ sigmoid .") == "1 2 1 -1 -4 ");
  CHECK(own(": sq ( n -- n ) dup * ; : ap ( n n -- n ) execute ; 7 $ sq ap .") == "49 ");
  CHECK(own("2000 $ sigmoid execute .") == "880 ");
  CHECK(own("$ relu execute") == "! stack_underflow");
  CHECK(own("0 execute") == "! invalid_token");
  CHECK(own("1 -5 execute") == "! invalid_token");
  CHECK(own("var x $ x") == "invalid");
  CHECK(own("1 2 $ host-add . -65 execute . $ host-check .") == "-65 3 -68 ");
  CHECK(own("7 $ host-tell execute $ host-pair execute . .") == "47 -300 ");
  CHECK(own("5 $ host-check execute . -1 $ host-check execute") == "5 ! host_error");
  CHECK(own("1 $ host-add execute") == "! stack_underflow");
  CHECK(own("1 -69 execute") == "! invalid_token");
  CHECK(own("$ host-level") == "invalid");
  CHECK(own(": host-add ; $ host-add .") == "1 ");
  CHECK(ticks("5 $ host-check execute") == 12);
  CHECK(rexa(": sin 7 ; 3 sin . $ sin .") == "7 1 ");
  CHECK(own(": sin 7 ;") == "invalid");
  CHECK(ticks(": w ; $ w execute") == 4);
  CHECK(ticks("5 $ relu execute") == 12);
}

TEST_CASE("vecmap takes words of the program") {
  CHECK(own(": sq ( n -- n2 ) dup * ; array s { 3 -4 } s s $ sq -2 vecmap s vecprint") == " 4  8 ");
  CHECK(own(": id ; array s { 3 } s s $ id 0 vecmap s vecprint") == " 3 ");
  CHECK(own(": w ( n -- n ) 2 pick . ; array s { 3 4 } s s $ w 0 vecmap") == "2 1 ");
  CHECK(own(": w ( n n -- n ) + ; array s { 3 } s s $ w 0 vecmap") == "! invalid_token");
  CHECK(own(": w ( n -- n n ) dup ; array s { 3 } s s $ w 0 vecmap") == "! invalid_token");
  CHECK(own(": w ( n -- n ) dup if dup endif ; array s { 3 } s s $ w 0 vecmap") == "! invalid_token");
  CHECK(own(": w ( n -- n ) end ; array s { 3 } s s $ w 0 vecmap 5 .").empty());
  CHECK(own("array s { 3 4 } : w ( n -- n ) 0 s -1 cell+ ! ; s s $ w 0 vecmap") == "! invalid_address");
  CHECK(own("array s { 3 4 } array o 2 s o $ host-check -2 vecmap o vecprint") == " 1  2 ");
  CHECK(own("array s { 3 -4 } s s $ host-check 0 vecmap") == "! host_error");
  CHECK(own("array s { 3 4 } s s $ host-add 0 vecmap") == "! invalid_token");
  CHECK(ticks("array s 2 s s $ host-check 0 vecmap") == 4 + 16 + 56 + 2 * (23 + 8));
  CHECK(ticks(": w ( n -- n ) ; array s 2 s s $ w 0 vecmap") == 4 + 16 + 56 + 2 * (23 + 1));
}

TEST_CASE("an array that changes while vecmap goes over it") {
  const char* const shrinks = "array o 1 array s { 3 4 } : w ( n -- n ) 1 s -1 cell+ ! ; ";
  CHECK(own(std::string(shrinks) + "s s $ w 0 vecmap") == "! invalid_address");
  CHECK(own("var n array s { 3 4 5 } : w ( n -- n ) n @ 1 + dup n ! 4 min s -1 cell+ ! ; s s $ w 0 vecmap") ==
        "! invalid_address");
  CHECK(own("array t int8 { 1 2 } array s { 3 4 } : w ( n -- n ) 1 s -1 cell+ ! ; t s $ w 0 vecmap") ==
        "! invalid_address");
  // More elements than before: it goes on where that many are left.
  CHECK(own("array s { 3 4 } array x { 7 } : w ( n -- n ) 3 s -1 cell+ ! 9 + ; s s $ w 0 vecmap s @ . "
            "x -1 cell+ @ .") == "3 10 ");
}

TEST_CASE("vecmap takes words that are known while compiling") {
  const auto mapped = [](bool of_rexa, const std::string& words, const std::string& before = "") {
    const std::string text = words + " array a { 3 5 } " + before + " a a $ w 0 vecmap";
    return of_rexa ? rexa(text) : own(text);
  };
  const std::string refused = "! invalid_token";
  // ?dup leaves two depths.
  CHECK(mapped(false, ": w ( n -- n ) 5 ?dup drop ;") == refused);
  CHECK(mapped(false, ": u ( n -- n ) 5 ?dup drop ; : w u ;") == refused);
  CHECK_FALSE(find_imbalance("5 ?dup drop .", {16, false, 0, {}, {}}).empty());

  // It may leave cells on the loop stack, but takes none that it has not put there, on any way.
  CHECK(rexa(": w 5 >f ; array a 1 a a $ w 0 vecmap f> .") == "5 ");
  CHECK(rexa(": w 3 0 do return loop ; array a 1 a a $ w 0 vecmap f> . f> .") == "0 3 ");
  CHECK(mapped(true, ": w return f drop ;").empty());
  CHECK(mapped(true, ": w 5 >f 6 >f 2 fdrop ;").empty());
  CHECK(mapped(true, ": w 5 >f i drop f> drop ;").empty());
  CHECK(mapped(true, ": w f drop ;", "7 >f") == refused);
  CHECK(mapped(true, ": w f> drop ;", "7 >f") == refused);
  CHECK(mapped(true, ": w j drop ;", "7 >f 7 >f 7 >f 7 >f") == refused);
  CHECK(mapped(true, ": w 5 >f 2 fdrop ;", "7 >f") == refused);
  CHECK(mapped(true, ": w fdrop 0 ;") == refused);
  CHECK(mapped(true, ": w 5 >f 1 begin fdrop 1 until ;") == refused);
  CHECK(mapped(true, ": w 1 0 do f> drop f> drop loop ;", "7 >f 7 >f") == refused);
  CHECK(mapped(true, ": w dup if 5 >f endif ;") == refused);
  CHECK(mapped(true, ": w 3 0 do dup if return endif loop ;") == refused);
  CHECK(mapped(true, ": u f drop ; : w 5 >f u f> drop ;").empty());
  CHECK(mapped(true, ": u f drop ; : w u ;", "7 >f") == refused);
  CHECK(mapped(true, ": u 5 >f ; : w u f> drop ;").empty());

  // More than one cell on a way that may not be gone.
  CHECK(mapped(true, ": u dup if + 0 endif ; : w u ;") == refused);
  CHECK(mapped(true, ": u dup if swap drop 1 swap endif ; : w u ;") == refused);
  CHECK(mapped(true, ": u dup if swap drop 1 swap endif ; : v u ; : w v ;") == refused);
  CHECK(rexa(": u 1 if f drop endif ; : w u ; array a { 3 5 } 3 0 do a a $ w 0 vecmap loop") == refused);
  CHECK(mapped(true, ": u 1 if drop 7 endif ; : w drop u 3 ;") == refused);
  CHECK(mapped(true, ": u dup if dup * endif ; : w u ; : main 1 ;").empty());
  CHECK(mapped(true, ": u + ; : w 1 u ;").empty());
  CHECK(mapped(true, ": u dup if 2 / else 3 + endif ; : w u 1 + ;").empty());
  CHECK(mapped(true, ": u dup if + 0 endif ; : w 1 u drop ;").empty());  // but what it has put there itself
  CHECK(mapped(true, ": u return dup if + 0 endif ; : w u ;").empty());

  // An effect that is only declared.
  CHECK(mapped(false, ": u ( n -- n ) 1 if 5 endif drop drop drop 2 9 ; : w ( n -- n ) u ;") == refused);
  CHECK(mapped(false, ": u ( n -- n ) 1 if 5 endif drop drop drop 7 7 ; : w u ;") == refused);
  CHECK(mapped(false, ": u ( n -- n ) dup if 5 drop endif ; : w ( n -- n ) u ;").empty());
  CHECK(mapped(false, ": u ( n -- n ) 0 if dup endif ; : v ( n -- n ) u ; : w ( n -- n ) v ;") == refused);
  CHECK(mapped(false, ": u ( n n -- n ) dup if + else drop endif ; : w ( n -- n ) 1 u ;").empty());
  CHECK(mapped(false, ": w ( n -- n ) dup 0 > if 1 - w endif ;").empty());
  CHECK(mapped(false, ": u ( n -- n ) 0 if dup endif ; : w ( n -- n ) return u ;").empty());
  CHECK(mapped(false, ": u ( n -- n ) execute ; : w ( n -- n ) 0 if u endif ;") == refused);
}

TEST_CASE("what the host offers") {
  CHECK(own("1 2 host-add . 2 host-tell host-pair . .") == "3 42 -300 ");
  CHECK(own("-1 host-check") == "! host_error");
  CHECK(own("2 host-samples read . 1 host-weights read . 7 2 host-samples write host-samples .") ==
        "32767 -128 -32768 ");
  CHECK(own("1 0 host-weights write") == "! read_only");
  CHECK(own("0 host-level read .") == "40 ");
  CHECK(rexa("host-level read . 9 host-level write host-level read .") == "40 9 ");
  CHECK(own(": host-add 5 ; host-add . var host-level host-level .") == "5 2 ");
  const Result stored = run_as("300 1 host-samples write", false, 16);
  REQUIRE(stored.events.size() == 1);
  CHECK(stored.events[0].kind == Event::store_outside);
  CHECK(stored.arrays[0].elements[1] == 300);
  CHECK(ticks("1 2 host-add") == 10);
}

TEST_CASE("the depth behind execute and text on the stack") {
  const Settings settings{16, false, 0, {}, {}};
  CHECK(find_imbalance(": w dup * ; 3 $ w execute .", settings).empty());
  CHECK(find_imbalance("s\" abc\" .s 1 $ relu execute .", settings).empty());
  CHECK_FALSE(find_imbalance(": w dup * ; $ w execute", settings).empty());
  CHECK_FALSE(find_imbalance(": w execute ; 3 $ relu w", settings).empty());
}
