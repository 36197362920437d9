// Lines that extend an open frame, as those of a console do.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

class Console {
 public:
  explicit Console(const Profile& profile, std::string_view form = {})
      : bench_(profile, form, 8 * Bench::pool_for_one(profile)) {}

  // What the line printed, or the name of its error or trap.
  std::string line(const std::string& text) {
    CompileOptions options;
    options.keep_open = true;
    if (opened_) options.extends = 0;
    bench_.output.clear();
    const CompileStatus status = bench_.load(text, options);
    if (status.error != 0) return describe(bench_.engine(), status);
    opened_ = true;
    if (!bench_.run_to_end(7)) return "still runs";
    return bench_.state() == "ended" ? bench_.output : bench_.state();
  }

  Bench& bench() { return bench_; }

 private:
  Bench bench_;
  bool opened_ = false;
};

template <class Check>
void each_profile(Check check) {
  for (const Profile* profile : profiles()) {
    INFO(profile->name);
    check(*profile);
  }
}

}  // namespace

TEST_CASE("words, variables and arrays stay") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line(": sq dup * ;") == "");
    CHECK(console.line("var a 5 sq a !") == "");
    CHECK(console.line("array b { 3 4 } a @ .") == "25 ");
    CHECK(console.line("b 1 cell+ @ sq . a @ .") == "16 25 ");
    CHECK(console.line(": q sq a @ + ; 2 q .") == "29 ");
    CHECK(console.line(": sq 1 ; 5 sq . drop 2 q .") == "1 29 ");  // an old word keeps the meaning it was made with
  });
}

TEST_CASE("cells stay on the stack") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line("1 2") == "");
    CHECK(console.line("3") == "");
    CHECK(console.bench().engine().depth(console.bench().instance(), 0) == 3);
    CHECK(console.bench().engine().cell(console.bench().instance(), 0, 0) == 3);
    CHECK(console.bench().engine().cell(console.bench().instance(), 0, 2) == 1);
    CHECK(console.line("+ + .") == "6 ");
    CHECK(console.line("1 .") == "1 ");
    CHECK(console.line(".") == (profile.rexa ? "trap stack_underflow" : "stack_underflow 1:1"));
  });
}

TEST_CASE("a line that does not compile changes nothing") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line("var a 7 a ! 1 2") == "");
    for (const char* wrong :
         {"var b : g 1 ; array c 3 foo", ": g 2 ; : h 3", ": a 3 ; drop drop if", "3 4 5 )", "preset a { 9 } ?"}) {
      CHECK(console.line(wrong).find(':') != std::string::npos);
      CHECK(console.line("a @ .") == "7 ");
      CHECK(console.line("b").substr(0, 12) == "unknown_word");
    }
    CHECK(console.line("var b 1 b ! . . b @ a @ . .") == "2 1 7 1 ");
  });
}

TEST_CASE("behind a trap the stack is empty and the rest goes on") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line("var a 7 a ! 1 2 3") == "");
    CHECK(console.line("0 /") == "trap divide_by_zero");
    CHECK(console.line("a @ .") == "7 ");
    CHECK(console.line(": over0 ( n -- n ) 0 / ;") == "");
    CHECK(console.line("3 over0") == "trap divide_by_zero");
    CHECK(console.line("4 5 + .") == "9 ");
  });
}

TEST_CASE("code of lines that define nothing is used again") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line(": sq dup * ;") == "");
    for (std::uint32_t k = 0; k < 2 * profile.limits.code_bytes / 8; ++k)
      REQUIRE(console.line("3 sq . 4 sq .") == "9 16 ");
  });
}

TEST_CASE("another frame in between, and lines where none may be") {
  each_profile([](const Profile& profile) {
    if (profile.limits.frames < 2 || profile.limits.tasks < 2) return;
    Console console(profile);
    CHECK(console.line(": sq dup * ; var a 4 a !") == "");
    CHECK(console.bench().load("var b 9 b ! b @ .").error == 0);
    CHECK(console.bench().run_to_end(3));
    CHECK(console.line("a @ sq .") == "16 ");
    CompileOptions options;
    options.extends = 1;
    CHECK(describe(console.bench().engine(), console.bench().load("1", options)) == "frame_not_open 1:1");
    options.extends = 200;
    CHECK(describe(console.bench().engine(), console.bench().load("1", options)) == "frame_not_open 1:1");
    options.extends = 0;
    REQUIRE(console.bench().load("begin again", options).error == 0);
    CHECK(describe(console.bench().engine(), console.bench().load("1", options)) == "frame_busy 1:1");
    console.bench().engine().stop(console.bench().instance(), 0);
    CHECK(console.bench().state() == "trap stopped");
    CHECK(console.line("a @ .") == "4 ");
  });
}

TEST_CASE("positions count on") {
  Console console(find_profile("node32"));
  CHECK(console.line("1 .") == "1 ");
  CompileOptions options;
  options.extends = 0;
  options.first_line = 12;
  CHECK(describe(console.bench().engine(), console.bench().load("1 .\n  foo", options)) == "unknown_word 13:3");
}

TEST_CASE("tokens of a line that does not compile are taken anew") {
  each_profile([](const Profile& profile) {
    Console console(profile);
    CHECK(console.line(": sq dup * ; : double 2 * ;") == "");
    CHECK(console.line("$ sq nonsense") == "unknown_word 1:6");
    CHECK(console.line("$ double . 5 $ sq execute .") == "1 25 ");
    CHECK(console.line("5 $ double execute .") == "10 ");
  });
}

TEST_CASE("a word that the host starts is not what the console waits for") {
  each_profile([](const Profile& profile) {
    if (profile.limits.tasks < 2) return;
    Console console(profile);
    CHECK(console.line("frame console 1 exports hello\n: hello 1 . ;") == "");
    CHECK(console.line("2 3") == "");
    const Engine& engine = console.bench().engine();
    std::uint8_t task = 0;
    CompileOptions options;
    options.extends = 0;
    // In the midst of a line.
    REQUIRE(engine.begin(console.bench().instance(), options).error == 0);
    for (int k = 0; k < 3; ++k) {
      REQUIRE(engine.start(console.bench().instance(), 0, "hello", {}, task));
      CHECK(task == 1 + static_cast<unsigned>(k) % (profile.limits.tasks - 1));
      REQUIRE(console.bench().run_to_end(7));
    }
    CHECK(feed_all(engine, console.bench().instance(), "+ .").error == 0);
    console.bench().output.clear();
    REQUIRE(finish_all(engine, console.bench().instance()).error == 0);
    REQUIRE(console.bench().run_to_end(7));
    CHECK(console.bench().output == "5 ");
    // While a line runs for ever.
    REQUIRE(console.bench().load("begin again", options).error == 0);
    REQUIRE(engine.start(console.bench().instance(), 0, "hello", {}, task));
    for (int k = 0; k < 20; ++k) console.bench().run(50);
    CHECK(console.bench().state(1) == "ended");
    CHECK(describe(engine, console.bench().load("1", options)) == "frame_busy 1:1");
  });
}

TEST_CASE("frames that are loaded between lines keep their memory") {
  each_profile([](const Profile& profile) {
    if (profile.limits.frames < 3 || profile.limits.tasks < 3) return;
    Console console(profile);
    CHECK(console.line("var a 4 a !") == "");
    REQUIRE(console.bench().load("array b { 1 2 3 }").error == 0);
    REQUIRE(console.bench().run_to_end(3));
    const std::vector<std::uint8_t> code = console.bench().code(1), data = console.bench().data(1);
    CHECK(console.line("a @ .") == "4 ");
    REQUIRE(console.bench().load("array c { 7 8 9 } c c + drop").error == 0);
    CHECK(console.bench().code(1) == code);
    CHECK(console.bench().data(1) == data);
  });
}

// Tasks may run between the pieces of a line, which can still be refused: what it has made so far is not there for
// them.
TEST_CASE("a task finds nothing of a line that is still in work") {
  each_profile([](const Profile& profile) {
    if (profile.limits.tasks < 2) return;
    for (const std::string_view form : profile.engine.forms) {
      INFO(form);
      Console console(profile, form);
      Bench& bench = console.bench();
      const std::string behind_a = std::to_string(3 * profile.engine.cell_bits / 8);
      CHECK(console.line("frame console 1 exports map exports look\narray a { 1 } : map a a 1 0 vecmap ; : look " +
                         behind_a + " @ drop ;") == "");
      const auto comes_to = [&](std::string_view word) {
        std::uint8_t task = 0;
        REQUIRE(bench.engine().start(bench.instance(), 0, word, {}, task));
        REQUIRE(bench.run_to_end(7));
        return bench.state(task);
      };
      for (const std::string_view end : {" nonsense", " drop"}) {
        REQUIRE(bench.engine().begin(bench.instance(), {.extends = 0}).error == 0);
        REQUIRE(bench.feed("var v : w $ w drop 7 + ").error == 0);
        CHECK(comes_to("map") == "trap invalid_token");
        REQUIRE(bench.feed("; 8 v ! 1").error == 0);
        CHECK(comes_to("map") == "trap invalid_token");
        CHECK(comes_to("look") == "trap invalid_address");
        bench.feed(end);
        const bool refused = finish_all(bench.engine(), bench.instance()).error != 0;
        REQUIRE(bench.run_to_end(7));
        CHECK(comes_to("map") == (refused ? "trap invalid_token" : "ended"));
        CHECK(comes_to("look") == (refused ? "trap invalid_address" : "ended"));
      }
      CHECK(console.line("0 a read . v @ .") == "8 8 ");
    }
  });
}
