#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/oracle/balance.hpp"
#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

Result own(std::string_view text) {
  return run(text, {16, false, 100000, [](std::string_view) { return 1U; }});
}

std::string says(std::string_view text) { return said(own(text)); }

bool balanced(std::string_view text) { return find_imbalance(text, {16, false, 0, {}}).empty(); }

}  // namespace

TEST_CASE("codes") {
  CHECK(says("try 7 . catch . endtry 8 .") == "7 8 ");
  CHECK(says("try 7 . 5 throw 9 . catch . endtry 8 .") == "7 5 8 ");
  CHECK(says("try 0 throw 9 . catch . endtry") == "9 ");
  CHECK(says("try 5 throw catch 1 + throw endtry") == "! uncaught");
  CHECK(says("try try 5 throw catch 1 + throw endtry catch . endtry") == "6 ");
  CHECK(says("try try 1 . catch . endtry 2 throw catch . endtry") == "1 2 ");
  CHECK(says("5 throw") == "! uncaught");
}

TEST_CASE("traps") {
  CHECK(says("try 1 0 / . catch . endtry") == "-1 ");
  CHECK(says("try r> . catch . endtry") == "-13 ");
  CHECK(says("try -4 throw catch . endtry") == "-4 ");
  CHECK(says("try -7 throw catch . endtry try -18 throw catch . endtry try -32768 throw catch . endtry") ==
        "-17 -17 -17 ");
  CHECK(says("try -9 throw catch throw endtry") == "! invalid_argument");
  CHECK(says("-5 throw") == "! read_only");
  CHECK(says(": w ( -- ) begin drop 0 until ; 1 try 2 w catch . endtry") == "! stack_underflow");
  CHECK(says(": w ( n -- ) dup if 1 endif drop ; try 1 w catch . endtry") == "! effect_mismatch");
}

TEST_CASE("stacks come back") {
  CHECK(says(": w 1 2 3 5 throw ; 9 8 try w catch 4 4 endtry . . . . .") == "4 4 5 8 9 ");
  CHECK(says("2 0 do try 6 >f i throw f> . catch . i . endtry loop") == "6 0 6 1 ");
  CHECK(says("5 >r try 6 >r 7 >r 1 throw catch . endtry r> .") == "1 5 ");
  CHECK(says("5 >r try r> . catch . endtry r> .") == "-13 5 ");
  CHECK(says("5 >r try r . catch . endtry r> .") == "-13 5 ");
  CHECK(says("var x try 3 x ! 1 throw catch . endtry x @ .") == "1 3 ");
  CHECK(says(": w 1 >r 2 throw ; : v w r> . ; try v catch . endtry try r> . catch . endtry") == "2 -13 ");
  CHECK(says("5 0 do try i 2 = if 7 throw endif i . catch . leave endtry loop") == "0 1 7 ");
}

TEST_CASE("ways out") {
  CHECK(says(": w try 1 throw catch . return endtry 5 . ; w 6 .") == "1 6 ");
  CHECK(says("try end catch . endtry 5 .") == "");
  CHECK(says(": w try return catch drop endtry ; w") == "invalid");
  CHECK(says("1 0 do try leave catch drop endtry loop") == "invalid");
  CHECK(says("1 0 do try begin leave again catch drop endtry loop") == "invalid");
  CHECK(says("try begin leave again 3 . catch drop endtry") == "3 ");
  CHECK(says("try catch") == "invalid");
  CHECK(says("catch") == "invalid");
  CHECK(says("endtry") == "invalid");
}

TEST_CASE("ticks and digest") {
  CHECK(own("").ticks == 1);
  CHECK(own("try catch drop endtry").ticks == 4);
  CHECK(own("try 5 throw catch drop endtry").ticks == 13);
  CHECK(own("try 0 throw catch drop endtry").ticks == 13);
  CHECK(own("try 5 throw catch drop endtry").ticks_slack == 0);
  const Result trapped = own("try 1 0 / drop catch drop endtry"), thrown = own("try -1 throw catch drop endtry");
  CHECK(trapped.ticks - trapped.ticks_slack == 6);
  CHECK(trapped.ticks_slack == thrown.ticks_slack);
  CHECK(trapped.digest == thrown.digest);  // ticks take no part
  CHECK(trapped.digest != own("try 5 throw catch drop endtry").digest);
  CHECK(own("try 5 throw catch drop endtry").caught == 1);
}

TEST_CASE("other dialect") {
  const auto rexa = [](std::string_view text) { return run(text, {16, true, 1000, {}}).output; };
  CHECK(rexa(": try 4 ; : throw 5 ; var endtry 6 endtry ! try throw endtry @ . . .") == "6 5 4 ");
}

TEST_CASE("balance") {
  CHECK(balanced("try 1 . catch drop endtry"));
  CHECK(balanced("1 try 5 throw 3 catch endtry . ."));
  CHECK_FALSE(balanced("try 1 catch drop endtry"));
  CHECK_FALSE(balanced("1 try drop catch drop endtry"));
  CHECK_FALSE(balanced("1 try dup drop catch drop endtry drop"));
  CHECK_FALSE(balanced("1 >f try f> drop 1 >f catch drop endtry f> drop"));
  CHECK(balanced("1 0 do try i . catch drop endtry loop"));
  CHECK_FALSE(balanced(": w dup if drop 0 else drop try 1 w catch endtry endif ; 1 w drop"));
  CHECK(balanced(": w ( n -- n ) dup if drop 0 else drop try 1 w catch endtry endif ; 1 w drop"));
}
