// Malformed programs: the right error at the right place, and a machine that is as good as before.
#include "jit/errors.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/jit/battery.hpp"
#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

std::string times(unsigned count, const std::string& item) {
  std::string text;
  for (unsigned k = 0; k < count; ++k) text += item + " ";
  return text;
}

bool same(const CompileStatus& a, const CompileStatus& b) {
  return a.error == b.error && a.complete == b.complete && a.line == b.line && a.column == b.column &&
         a.text_bytes == b.text_bytes;
}

// What only the whole machine holds: it is accepted when no byte of it has been lost.
std::string good_frame(const Profile& profile) {
  return "frame good 1 code " + std::to_string(profile.limits.code_bytes) + " data " +
         std::to_string(profile.limits.data_bytes) + "\n3 4 * .";
}

void load_and_run_good(Bench& bench, const std::string& text) {
  const CompileStatus status = bench.load(text);
  REQUIRE_MESSAGE(status.error == 0, "a good frame is refused: " << describe(bench.engine(), status));
  bench.output.clear();
  CHECK(bench.run_to_end(1000));
  CHECK(bench.output == "12 ");
}

void check_case(const Profile& profile, const Malformed& one) {
  INFO(profile.name << ' ' << one.where << ": "
                    << (one.text.size() > 200 ? one.text.substr(0, 200) + "..." : one.text));
  // Frames that are there already take some room.
  Bench bench(profile, {}, Bench::pool_for_one(profile) + std::size_t{64} * one.loaded_before);
  for (unsigned k = 0; k < one.loaded_before; ++k) REQUIRE(bench.load("1 drop").error == 0);

  const CompileStatus status = bench.load(one.text, {.needs_trailer = one.needs_trailer});
  CHECK(describe(profile.engine, status) ==
        one.error + " " + std::to_string(one.line) + ":" + std::to_string(one.column));
  CHECK_FALSE(status.complete);
  CHECK(!profile.engine.error_text(status.error).empty());
  // The frame is gone, and says so for as long as it is asked.
  CHECK(same(status, feed_all(profile.engine, bench.instance(), "1 .")));
  CHECK(same(status, finish_all(profile.engine, bench.instance())));
  CHECK(same(status, feed_all(profile.engine, bench.instance(), "")));
  CHECK(same(status, finish_all(profile.engine, bench.instance())));
  CHECK(bench.code(static_cast<std::uint8_t>(one.loaded_before)).empty());
  CHECK(bench.state(static_cast<std::uint8_t>(one.loaded_before)) == "absent");

  if (one.loaded_before > 0) {
    CHECK(bench.run_to_end(1000));
    CHECK(bench.state(0) == "ended");
  } else {
    load_and_run_good(bench, good_frame(profile));
  }
}

}  // namespace

TEST_CASE("every error has a case") {
  const std::vector<std::string> known = errors_with_a_case();
  const char* const all[] = {
#define MICA_ENUMERATE(name, text) #name,
      MICA_COMPILE_ERRORS(MICA_ENUMERATE)
#undef MICA_ENUMERATE
  };
  // Mistakes of hosts, or in a text with others before it: tests/vm/interface_test.cpp, tests/jit/console_test.cpp,
  // tests/jit/imports_test.cpp, tests/jit/replace_test.cpp.
  const std::vector<std::string_view> elsewhere{"no_frame",     "frame_not_open", "frame_busy",  "import_missing",
                                                "import_twice", "frame_missing",  "frame_in_use"};
  for (const std::string_view name : all)
    if (std::find(elsewhere.begin(), elsewhere.end(), name) == elsewhere.end())
      CHECK_MESSAGE(std::find(known.begin(), known.end(), name) != known.end(), "no case for " << std::string(name));
  CHECK(known.size() + elsewhere.size() == std::size(all));
}

TEST_CASE("each case is refused as it should be") {
  for (const Profile* profile : profiles())
    for (const Malformed& one : malformed_programs(*profile)) check_case(*profile, one);
}

TEST_CASE("errors cost no memory, no frame and no region") {
  constexpr int loads = 1000;
  for (const Profile* profile : profiles()) {
    INFO(profile->name);
    std::vector<Malformed> cases = malformed_programs(*profile);
    // Those that need a machine with frames in it are for the test above; the longest take long.
    std::erase_if(cases, [](const Malformed& one) { return one.loaded_before > 0 || one.text.size() > 20000; });
    Bench bench(*profile);
    int refused = 0;
    for (int k = 0; k < loads; ++k) {
      const Malformed& one = cases[static_cast<std::size_t>(k) % cases.size()];
      const CompileStatus status = bench.load(one.text, {.needs_trailer = one.needs_trailer}, k % 3 == 0 ? 5 : 0);
      refused += bench.error_name(status) == one.error;
    }
    CHECK(refused == loads);
    load_and_run_good(bench, good_frame(*profile));
  }
}

// Texts that come close to one of the cases.
TEST_CASE("near misses are accepted") {
  struct Good {
    const char* profiles;
    std::string text, output;
  };
  const std::string many_ones = times(300, "1");
  const Good all[] = {
      {"all", "frame a 1 code 100 data 40\n3 .", "3 "},
      {"all", " frame a 1\n3 .", "3 "},
      {"all", "( a ) frame a 1 data 40 code 100\r\n3 .", "3 "},
      {"all", "frame frame frame\n3 .", "3 "},
      {"all", "3 .\nendframe 4 10452E81", "3 "},
      {"all", "3 .\nendframe 004 10452e81 ( the end ) \\ x", "3 "},
      {"all", "3 . ( \t\r\n \x80 ) () (()", "3 "},
      {"all", "( a ( b ) 3 .", "3 "},
      {"all", "\\", ""},
      {"all", "\\ 4 .\r\n3 .", "3 "},
      {"all", "var \xc3\xa4 3 \xc3\xa4 ! \xc3\xa4 @ .", "3 "},
      {"all", "var x var x var X 3 X ! x @ . X @ .", "0 3 "},
      {"all", "end drop . + ! vecfold 3 .", ""},
      {"all", "1 if 2 . endif 3 .", "2 3 "},
      {"all", ": q 1 if return endif 4 . ; q 3 .", "3 "},
      {"own", ": q ( d ud2 -- ) drop drop drop drop ; 1 2 3 4 q 3 .", "3 "},
      {"own", ": q ( a - b ) dup ; 1 q . .", "1 1 "},
      // A comment declares an effect only directly behind the name.
      {"own", ": q \\ note\n( n -- n ) dup ; 1 q . .", "1 1 "},
      {"own", ": q ( note ) ( n -- n ) dup ; 1 q . .", "1 1 "},
      {"own", ": q dup ( n -- n ) ; 1 q . .", "1 1 "},
      {"own", "-0x8000 0 * 0xFFFF 0 * + 0b11 + .", "3 "},
      {"rexa16", "65539 . -65533 . 4294967299 .", "3 3 3 "},
      {"rexa16", "array a 65539 a -1 cell+ @ .", "3 "},
      {"rexa16", "var 0x10 3 0x10 ! 0x10 @ .", "3 "},
      {"rexa16", ": q ( n -- n ) dup dup ; 3 q . . .", "3 3 3 "},
      // However much a block pushes, it is checked in parts.
      {"rexa16", "0 if 1 endif " + many_ones + "3 .", "3 "},
      {"rexa16", ": q " + times(200, "1") + "; 0 if 1 endif q q q 3 .", "3 "},
      {"rexa16", "0 if 1 endif " + times(300, "3 dup") + ".", "3 "},
      // What is never reached stops nothing, also in a loop.
      {"rexa16", "1 if 1 endif if 3 . end endif do loop", "3 "},
      {"rexa16", ": q if else drop begin until endif ; 1 q 3 .", "3 "},
      {"rexa16", ": q if return endif 0 ; 1 1 q if 3 . else do loop endif", "3 "},
      {"rexa16", "1 1 2 0 do begin until 3 0 do if 3 . end endif drop begin until loop loop", "3 "},
  };
  for (const Good& good : all)
    for (const Profile* profile : profiles()) {
      const std::string_view wanted = good.profiles;
      if (wanted != "all" && wanted != profile->name && !(wanted == "own" && !profile->rexa)) continue;
      INFO(profile->name << ": " << good.text);
      Bench bench(*profile);
      const CompileStatus status = bench.load(good.text);
      CHECK(describe(profile->engine, status) == "");
      if (status.error != 0) continue;
      CHECK(bench.run_to_end(1000));
      CHECK(bench.state() == "ended");
      CHECK(bench.output == good.output);
    }
}

// What is said of a header must name each of its keys, and the least number or the number beside them.
TEST_CASE("the message for a wrong header names what it may have") {
  struct Key {
    std::string_view text;
    std::string_view good;
    std::string_view wrong;  // none: any token will do
  };
  const Key keys[] = {{"`code N`", "code 60", "code 0"},
                      {"`data N`", "data 8", "data 0"},
                      {"`constants N`", "constants 1", "constants 0"},
                      {"`stack N`", "stack 1", "stack 0"},
                      {"`tasks N`", "tasks 1", "tasks 0"},
                      {"`priority N`, from 0 to 255", "priority 0", "priority 256"},
                      {"`priority N`, from 0 to 255", "priority 255", "priority -1"},
                      {"`needs GROUP`", "needs control", ""},
                      {"`exports NAME`", "exports w", ""},
                      {"`imports FRAME.NAME`", "", ""},
                      {"`selftest WORD` once", "selftest w", "selftest w selftest w"}};
  const Profile& profile = find_profile("node32");
  for (const Key& key : keys) {
    INFO(key.text << ' ' << key.good);
    Bench bench(profile);
    const auto error_of = [&](std::string_view keyed) {
      return bench.load("frame a 1 " + std::string(keyed) + "\n: w ( -- n ) 1 ;").error;
    };
    const std::string_view message = text_of(CompileError::header_syntax);
    CHECK(message.find(key.text) != std::string_view::npos);
    CHECK(error_of(key.good) == 0);
    if (!key.wrong.empty())
      CHECK(bench.error_name(bench.load("frame b 1 " + std::string(key.wrong) + "\n: w ( -- n ) 1 ;")) ==
            "header_syntax");
  }
}

TEST_CASE("an error after good frames leaves them alone") {
  for (const Profile* profile : profiles()) {
    if (profile->limits.tasks < 2) continue;
    INFO(profile->name);
    Bench bench(*profile);
    REQUIRE(bench.load("var x 5 x ! x @ .").error == 0);
    const std::vector<std::uint8_t> code = bench.code(0);
    const std::string text = profile->rexa ? "array y { 7 8 } 9 . nope" : "table t int8 { 7 8 } array y { 7 8 } nope";
    for (int k = 0; k < 10; ++k) CHECK(bench.error_name(bench.load(text)) == "unknown_word");
    CHECK(bench.code(0) == code);
    REQUIRE(bench.load("array z { 1 2 3 } z 2 cell+ @ .").error == 0);
    CHECK(bench.run_to_end(1));
    CHECK(bench.state(0) == "ended");
    CHECK(bench.state(1) == "ended");
    CHECK(bench.output.find("5 ") != std::string::npos);
    CHECK(bench.output.find("3 ") != std::string::npos);
  }
}
