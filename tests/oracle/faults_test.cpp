// What follows a trap.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/oracle/said.hpp"

namespace {

using namespace mica::oracle;

Result own(std::string_view text) {
  return run(text, {16, false, 100000, [](std::string_view name) { return name == "uncaught" ? 18U : 1U; }});
}

std::string says(std::string_view text) {
  const Result result = own(text);
  return said(result) + (result.others.empty() ? "" : "| " + result.others.front().output + result.others.front().trap);
}

constexpr std::string_view bad = "var n : bad n @ 1 + dup n ! . 1 0 / drop ; ";

std::string with_bad(std::string_view text) { return says(std::string(bad) + std::string(text)); }

}  // namespace

TEST_CASE("supervised tasks begin anew, as often as they may") {
  CHECK(with_bad("$ bad 0 start drop 9 sleep n @ .") == "1 | 1 divide_by_zero");
  CHECK(with_bad("$ bad 0 start 2 0 supervise 9 sleep n @ .") == "3 | 1 2 3 divide_by_zero");
  CHECK(with_bad("$ bad 0 start dup 2 0 supervise 0 0 supervise 9 sleep n @ .") == "1 | 1 divide_by_zero");
  CHECK(with_bad(": w self 2 0 supervise bad ; $ w 5 start drop 9 sleep n @ .") == "3 | 1 2 3 divide_by_zero");
  CHECK(with_bad("$ bad 0 start 5 0 supervise 9 sleep 2 kill n @ .") == "6 | 1 2 3 4 5 6 divide_by_zero");
}

TEST_CASE("each time they sleep twice as long") {
  const std::string text = "$ bad 0 start 4 10 supervise ";
  CHECK(with_bad(text + "8 sleep n @ .") == "1 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "12 sleep n @ .") == "2 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "28 sleep n @ .") == "2 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "68 sleep n @ .") == "3 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "148 sleep n @ .") == "4 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "152 sleep n @ .") == "5 | 1 2 3 4 5 divide_by_zero");
  CHECK(with_bad(text + "12 sleep 2 kill n @ .") == "2 | 1 2 stopped");
}

TEST_CASE("a periodic task begins its next period") {
  CHECK(with_bad(": w self 9 0 supervise bad ; $ w 0 10 0 every drop "
                 "9 sleep n @ . 12 sleep n @ . 2 kill") == "1 3 | 1 2 3 stopped");
  // 25 ms behind the trap at 0 the period from 20 on has begun, then 50 behind the one at 25 that from 70 on.
  CHECK(with_bad(": w self 9 25 supervise bad ; $ w 0 10 0 every drop "
                 "22 sleep n @ . 5 sleep n @ . 47 sleep n @ . 3 sleep n @ . 2 kill") == "1 2 2 3 | 1 2 3 stopped");
}

TEST_CASE("stacks are empty, settings new") {
  CHECK(says("var n : w 7 >r 30 . 16 base n @ 1 + dup n ! 2 < if 1 2 3 0 / drop drop drop endif r> drop ; "
             "$ w 0 start 1 0 supervise 9 sleep") == "| 30 30 ");
}

TEST_CASE("a word is told") {
  const std::string told = ": told ( n n -- ) . . 16 . ; $ told on-trap ";
  const Result result = own(std::string(bad) + told + "$ bad 0 start drop 9 sleep");
  REQUIRE(result.others.size() == 2);
  CHECK(result.others[1].output == "-1 2 16 ");
  CHECK(own(told + ": bad 300 throw ; $ bad 0 start drop 9 sleep").others[1].output == "300 2 16 ");
  CHECK(result.others[1].outcome == Outcome::ended);
  CHECK(own(std::string(bad) + told + "0 on-trap $ bad 0 start drop 9 sleep").others.size() == 1);
  CHECK(own(std::string(bad) + told + "$ bad 0 start kill 9 sleep").others.size() == 1);
  CHECK(own(std::string(bad) + told + "$ bad 0 start 1 0 supervise 9 sleep").others.size() == 3);
  CHECK(own(std::string(bad) + told + "5 throw").others.size() == 1);
  // What itself traps with is told to nobody.
  CHECK(own(": told ( n n -- ) 1 0 / drop drop drop ; $ told on-trap 5 throw").others.size() == 1);
}

TEST_CASE("traps of these words") {
  CHECK(says("1 1 0 supervise") == "! invalid_argument");
  CHECK(says("2 1 0 supervise") == "! invalid_argument");
  CHECK(with_bad("$ bad 0 start 256 0 supervise").starts_with("! invalid_argument"));
  CHECK(with_bad("$ bad 0 start 1 -1 supervise").starts_with("! invalid_argument"));
  CHECK(with_bad("$ bad on-trap") == "! invalid_token");
  CHECK(says("3 on-trap") == "! invalid_token");
  CHECK(says(": h drop drop begin again ; $ h on-trap") == "! invalid_token");
  CHECK(says(": h ( n n -- ) drop drop begin again ; $ h on-trap") == "");
  CHECK(says("self 1 0 supervise") == "! invalid_argument");
}
