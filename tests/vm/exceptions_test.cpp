// Exceptions where more than one text or slice takes part; what programs see of them is compared with the oracle.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

const char* const names[] = {"node32", "own16"};

std::string run(const std::string& text, std::uint32_t budget = 7, std::string_view form = {}) {
  Bench bench(find_profile("own16"), form);
  REQUIRE(describe(bench.engine(), bench.load(text)) == "");
  REQUIRE(bench.run_to_end(budget));
  return bench.state() + ": " + bench.output;
}

}  // namespace

TEST_CASE("what a word of another frame raises is caught in this one, and the other way round") {
  const std::string library =
      "frame lib 1 exports divide exports careful exports fails\nvar last\n"
      ": divide ( n n -- n )  over over / dup last ! nip nip ;\n"
      ": careful ( n -- n )  1 >r try 100 2 pick divide catch drop last @ endtry nip r> drop ;\n"
      ": fails ( -- ) 3 throw ;";
  const std::string program =
      "frame app 1 imports lib.divide imports lib.careful imports lib.fails\nvar mine 7 mine !\n"
      "array values { 20 0 } : word ( n n -- n ) divide ; : e ( -- ) $ fails execute ;\n"
      "20 careful . 0 careful . try 5 0 divide . catch . mine @ . endtry "
      "3 try fails catch . endtry . try try fails catch drop 1 0 word . endtry catch . endtry "
      "try e catch . endtry mine @ .";
  for (const char* name : names) {
    std::set<std::uint64_t> ticks;
    std::set<std::uint32_t> digests;
    for (const std::string_view form : find_profile(name).engine.forms)
      for (const std::uint32_t budget : {1u, 2u, 7u, unbounded}) {
        Bench bench(find_profile(name), form, 4 * Bench::pool_for_one(find_profile(name)));
        REQUIRE(describe(bench.engine(), bench.load(library)) == "");
        REQUIRE(describe(bench.engine(), bench.load(program)) == "");
        REQUIRE(bench.run_to_end(budget));
        CHECK(bench.output == "5 5 -1 7 3 3 -1 3 7 ");
        CHECK(bench.state(1) == "ended");
        CHECK_FALSE(bench.task(1).ticks_exact);
        ticks.insert(bench.task(1).ticks);
        if (bench.task(1).observed) digests.insert(bench.task(1).digest);
      }
    CHECK(ticks.size() == 1);
    CHECK(digests.size() == 1);
  }
}

TEST_CASE("what is thrown and not caught is reported") {
  for (const char* name : names) {
    Bench bench(find_profile(name));
    REQUIRE(bench.load("try 5 throw catch drop endtry 1234 throw").error == 0);
    CHECK(bench.task().code == 0);
    REQUIRE(bench.run_to_end(7));
    CHECK(bench.state() == "trap uncaught");
    CHECK(bench.task().code == 1234);
    CHECK(bench.task().offset != 0);
    CHECK(bench.task().ticks_exact);
    Bench other(find_profile(name));
    REQUIRE(other.load("try 5 throw catch drop endtry 1 0 /").error == 0);
    REQUIRE(other.run_to_end(7));
    CHECK(other.state() == "trap divide_by_zero");
    CHECK(other.task().code == 0);
  }
}

// Each of them gives up the ticks that a branch has taken back: were they lost for good, the loop would count downward.
TEST_CASE("a loop that catches trap after trap gives the machine back") {
  const std::string much = "1 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + drop ";
  const std::string texts[] = {"begin try 1 0 / drop catch drop endtry again",
                               much + "begin try 0 if " + much + " endif 1 0 / drop catch drop endtry again",
                               much + "begin try 1 if " + much + " endif r> drop catch drop endtry again",
                               "begin try 5 throw catch drop endtry again",
                               ": w try 1 0 / drop catch drop endtry ; begin w again"};
  for (const std::string& text : texts)
    for (const std::string_view form : find_profile("own16").engine.forms) {
      INFO(text << " " << form);
      Bench bench(find_profile("own16"), form);
      REQUIRE(describe(bench.engine(), bench.load(text)) == "");
      for (int k = 0; k < 100; ++k) CHECK(bench.run(1).ticks <= 200);
      std::uint64_t before = bench.task().ticks;
      for (int k = 0; k < 20; ++k) {
        CHECK(bench.run(1000).ticks <= 1200);
        CHECK(bench.task().ticks >= before + 900);
        before = bench.task().ticks;
      }
      CHECK(bench.state() == "ready");
    }
}

TEST_CASE("a line of a console that ends in a try leaves none behind") {
  for (const char* name : names) {
    Bench bench(find_profile(name), {}, 8 * Bench::pool_for_one(find_profile(name)));
    const auto line = [&](const std::string& text, bool first = false) {
      CompileOptions options{.keep_open = true};
      if (!first) options.extends = 0;
      bench.output.clear();
      const CompileStatus status = bench.load(text, options);
      if (status.error != 0) return describe(bench.engine(), status);
      REQUIRE(bench.run_to_end(7));
      return bench.state() + " " + bench.output;
    };
    CHECK(line("1 2 7 >r : w ( n -- n ) dup if drop 9 endif ;", true) == "ended ");
    CHECK(line("try 3 end catch drop 3 endtry") == "ended ");
    CHECK(line("1 0 /") == "trap divide_by_zero ");  // nothing catches it, nothing goes on in old code
    CHECK(line("1 2 7 >r") == "ended ");
    CHECK(line("try 8 >r end catch drop endtry") == "ended ");
    CHECK(line("r> . r> . . .") == "ended 8 7 2 1 ");
    CHECK(line("5 try 6 end catch endtry") == "ended ");
    CHECK(line("1 if drop endif", false) == "unbalanced_branches 1:11");
    CHECK(line("drop . 3 w .") == "ended 5 9 ");
  }
}

TEST_CASE("a task that is stopped in a try stops") {
  Bench bench(find_profile("own16"));
  REQUIRE(bench.load("try begin again catch . endtry").error == 0);
  bench.run(50);
  bench.engine().stop(bench.instance(), 0);
  CHECK(bench.state() == "trap stopped");
  CHECK(bench.output == "");
}

// What is below a try stays: where the compiler does not know the depth, the machine sees to it.
TEST_CASE("code whose depth is not known does not reach below a try") {
  for (const std::string_view form : find_profile("own16").engine.forms) {
    CHECK(run(": w ( n -- ) begin . 0 until ; 1 2 try 3 4 w drop catch . endtry", 7, form) ==
          "trap stack_underflow: 4 3 ");
    CHECK(run(": w ( n -- ) 1 if 5 endif drop drop drop 7 ; 1 2 try 3 w catch . endtry", 7, form) ==
          "trap stack_underflow: ");
    CHECK(run(": a ( n n -- n ) + ; : e ( n n -- n ) execute ; 1 2 try 3 $ a e . catch . endtry", 7, form) ==
          "trap stack_underflow: ");
    CHECK(run(": e ( n -- ) execute ; 1 2 try $ relu e catch . endtry", 7, form) == "trap stack_underflow: ");
    CHECK(run(": p ( n -- ) .s ; 1 16705 try 2 p catch . endtry", 7, form) == "trap stack_underflow: ");
    CHECK(run(": p ( n n -- ) .s ; 1 try 16706 2 p catch . endtry .", 7, form) == "ended: AB1 ");
  }
}

TEST_CASE("records fill the return stack") {
  const std::string deep = ": deep ( n -- ) dup if try 1 pick 1 - deep catch throw endtry endif drop ; ";
  CHECK(run(deep + "3 deep") == "ended: ");
  CHECK(run(deep + "4 deep") == "trap return_stack_overflow: ");
  CHECK(run("19 0 do 1 >r loop try 1 . catch . endtry") == "trap return_stack_overflow: ");
  CHECK(run("15 0 do 1 >r loop try 1 . 2 throw catch . endtry") == "ended: 1 2 ");
  CHECK(run("16 0 do 1 >r loop try 1 . catch . endtry") == "trap return_stack_overflow: ");
}

TEST_CASE("tasks catch what waiting comes to, and keep what they hold") {
  for (const std::string_view form : find_profile("own16").engine.forms) {
    CHECK(run("semaphore s 1 : w s acquire 5 sleep ; $ w 1 start drop try s acquire catch . endtry "
              "s acquire s release 7 .",
              7, form) == "ended: -20 7 ");
    CHECK(run("semaphore s 1 try s acquire 1 throw catch . endtry s release try s release catch . endtry", 7, form) ==
          "ended: 1 -21 ");
    CHECK(run("channel c 2 : w 3 sleep 8 c send ; $ w 1 start drop try c receive throw catch . endtry "
              "array a { 1 2 3 } try a c -1 sendn? . catch . endtry 9 c send c receive .",
              7, form) == "ended: 8 -6 9 ");
    CHECK(run(": w try 1 0 / . catch 5 sleep . endtry ; $ w 0 start drop "
              "try 3 sleep 2 0 / . catch . 9 sleep endtry 7 .",
              7, form) == "ended: -1 -1 7 ");
    CHECK(run(": w try begin 1 sleep again catch . endtry ; $ w 0 start 9 sleep kill 7 .", 7, form) == "ended: 7 ");
    CHECK(run("var n : w n @ 1 + n ! try n @ 2 mod throw 8 . catch . endtry ; $ w 0 10 0 every 35 sleep kill", 7,
              form) == "ended: 1 8 1 8 ");
  }
}
