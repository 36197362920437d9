// Each limit of a profile: met exactly from below, and passed by one. The programs follow the limits.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

std::string text_of(std::uint64_t number) { return std::to_string(number); }

std::string times(std::uint32_t count, const std::string& item) {
  std::string text;
  for (std::uint32_t k = 0; k < count; ++k) text += item + " ";
  return text;
}

// Memory for all that any program can ask for, so that only the limits of the profile hold.
std::size_t ample_pool(const Profile& profile) { return std::size_t{4} * Bench::pool_for_one(profile); }

// How it ended, in every form and slice: "ended OUTPUT", "trap NAME", "ERROR LINE:COLUMN". All must say the same.
std::string outcome(const Profile& profile, const std::string& text) {
  std::string first;
  for (const std::string_view form : profile.engine.forms)
    for (const std::uint32_t budget : {1u, unbounded}) {
      Bench bench(profile, form, ample_pool(profile));
      const CompileStatus status = bench.load(text);
      if (status.error != 0) return describe(profile.engine, status);
      CHECK(bench.run_to_end(budget));
      const std::string one = bench.state() == "ended" ? "ended " + bench.output : bench.state();
      if (first.empty()) first = one;
      CHECK_MESSAGE(one == first, form << ", budget " << budget);
    }
  return first;
}

std::string error_of(const Profile& profile, const std::string& text) {
  Bench bench(profile, {}, ample_pool(profile));
  return bench.error_name(bench.load(text));
}

// A name of exactly `length` characters, another one for each number.
std::string name(std::uint32_t number, std::size_t length) {
  std::string text(length, '_');
  for (std::size_t at = length; at > 0; --at, number /= 26) text[at - 1] = static_cast<char>('A' + number % 26);
  return text;
}

template <class Check>
void each_profile(Check check) {
  for (const Profile* profile : profiles()) {
    INFO(profile->name);
    check(*profile, profile->limits);
  }
}

// A program that puts a text on the stack and prints it, and what it prints.
struct TextProgram {
  std::string program, output;
};

TextProgram text_program(const Profile& profile, std::uint32_t length) {
  std::string text;
  for (std::uint32_t k = 0; k < length; ++k) text += static_cast<char>('a' + k * 7 % 26);
  if (!profile.rexa) return {"s\" " + text + "\" .s", text};
  return {"s\" " + text + "~\" .s", text + (length % 2 == 0 ? " " : "")};  // the last character does not count
}

std::uint32_t code_bytes_of(const Profile& profile, const std::string& text) {
  Bench bench(profile, {}, ample_pool(profile));
  REQUIRE(bench.load(text).error == 0);
  return bench.frame().code_bytes;
}

}  // namespace

TEST_CASE("stack_cells: numbers, loops and words fill the stack to its last cell") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t cells = limits.stack_cells;
    CHECK(outcome(profile, times(cells, "1") + "drop") == "ended ");
    CHECK(outcome(profile, times(cells + 1, "1")) == "trap stack_overflow");
    // Two parameters of a loop lie on the same stack.
    CHECK(outcome(profile, times(cells - 2, "1") + "1 0 do loop") == "ended ");
    CHECK(outcome(profile, times(cells - 2, "1") + "1 0 do 5 drop loop") == "trap stack_overflow");
    CHECK(outcome(profile, times(cells - 3, "1") + "1 0 do 5 drop loop") == "ended ");
    // A word says what room it needs where it is called.
    const std::string word = ": w 1 1 1 ; ";
    CHECK(outcome(profile, word + times(cells - 3, "1") + "w drop") == "ended ");
    CHECK(outcome(profile, word + times(cells - 2, "1") + "w") == "trap stack_overflow");
    CHECK(outcome(profile, word + times(cells - 3, "1") + "w dup") == "trap stack_overflow");
  });
}

TEST_CASE("stack_cells: behind a branch whose depth is known only while running") {
  const Profile& profile = find_profile("rexa16");
  const std::uint32_t cells = profile.limits.stack_cells;
  CHECK(outcome(profile, "0 if 1 endif " + times(cells, "1") + "drop") == "ended ");
  CHECK(outcome(profile, "0 if 1 endif " + times(cells + 1, "1")) == "trap stack_overflow");
  CHECK(outcome(profile, "1 if 1 endif " + times(cells - 1, "1") + "drop") == "ended ");
  CHECK(outcome(profile, "1 if 1 endif " + times(cells, "1")) == "trap stack_overflow");
  // One more cell each time around, from none: it ends when they are as many as there are.
  const std::string counted = " 0 do 7 loop drop";
  CHECK(outcome(profile, text_of(cells - 2) + counted) == "ended ");
  CHECK(outcome(profile, text_of(cells - 1) + counted) == "trap stack_overflow");
}

TEST_CASE("a repeated body that takes more than there is") {
  // The check before each repetition, in a word whose recursion needs a check of its own.
  const Profile& profile = find_profile("rexa16");
  for (const std::uint32_t count : {2u, 100u, 200u, 253u, 254u}) {
    const std::string word = ": q " + times(300, "1") + "begin " + times(count, "drop") + "0 until 0 if q endif ; q";
    CHECK_MESSAGE(outcome(profile, word) == "trap stack_underflow", count << " cells");
  }
}

TEST_CASE("return_cells: as many calls as there are entries") {
  const std::string word = ": q ( n -- ) dup if 1 - q else drop endif ; ";
  each_profile([&](const Profile& profile, const Limits& limits) {
    CHECK(outcome(profile, word + text_of(limits.return_cells - 1) + " q") == "ended ");
    CHECK(outcome(profile, word + text_of(limits.return_cells) + " q") == "trap return_stack_overflow");
  });
}

TEST_CASE("return_cells: a call whose effect is checked takes an entry more") {
  each_profile([](const Profile& profile, const Limits& limits) {
    if (profile.rexa) return;
    // Each word calls the one before; the first is called under a mark.
    std::string text = ": a ( n -- n n ) dup if 5 endif ; ";
    std::string last = "a";
    for (std::uint32_t k = 0; k + 2 < limits.return_cells; ++k) {
      const std::string next = name(k, 3);
      text += ": " + next + " ( n -- n n ) " + last + " ; ";
      last = next;
    }
    CHECK(outcome(profile, text + "3 " + last + " . .") == "ended 5 3 ");
    CHECK(outcome(profile, text + ": z ( n -- n n ) " + last + " ; 3 z . .") == "trap return_stack_overflow");
  });
}

TEST_CASE("frames and tasks") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t most = std::min(limits.frames, limits.tasks);
    Bench bench(profile, {}, ample_pool(profile) + std::size_t{64} * most);
    for (std::uint32_t k = 0; k < most; ++k) REQUIRE(bench.load(text_of(k) + " .").error == 0);
    const std::string error = bench.error_name(bench.load("1 ."));
    CHECK(error == (limits.frames <= limits.tasks ? "frames_full" : "tasks_full"));
    CHECK(bench.run_to_end(1000));
    for (std::uint32_t k = 0; k < most; ++k) {
      CHECK(bench.state(static_cast<std::uint8_t>(k)) == "ended");
      CHECK(bench.output.find(text_of(k) + " ") != std::string::npos);
    }
    CHECK(bench.state(static_cast<std::uint8_t>(most)) == "absent");
  });
}

TEST_CASE("regions: of one frame") {
  each_profile([](const Profile& profile, const Limits& limits) {
    if (profile.rexa) return;
    std::string text;
    for (std::uint32_t k = 0; k < limits.regions; ++k)
      text += "table " + name(k, 2) + " int8 { 1 " + text_of(k % 100) + " } ";
    const std::string last = text_of((limits.regions - 1) % 100);
    CHECK(outcome(profile, text + "1 " + name(limits.regions - 1, 2) + " read . 1 " + name(0, 2) + " read .") ==
          "ended " + last + " 0 ");
    // The cell behind the last handle is none.
    CHECK(outcome(profile, text + "0 " + name(limits.regions - 1, 2) + " 1 + read .") == "trap invalid_handle");
    CHECK(error_of(profile, text + "table zz int8 { 1 }") == "regions_full");
  });
}

TEST_CASE("regions: each frame has its own") {
  each_profile([](const Profile& profile, const Limits& limits) {
    if (profile.rexa || limits.tasks < 2) return;
    Bench bench(profile, {}, ample_pool(profile));
    REQUIRE(bench.load("table t int8 { 9 } 0 t read .").error == 0);
    std::string text;
    for (std::uint32_t k = 0; k < limits.regions; ++k) text += "table " + name(k, 2) + " int8 { 4 } ";
    CHECK(bench.error_name(bench.load(text + "table u int8 { 5 }")) == "regions_full");
    REQUIRE(bench.load(text + "0 " + name(limits.regions - 1, 2) + " read .").error == 0);
    CHECK(bench.run_to_end(1));
    CHECK(bench.state(0) == "ended");
    CHECK(bench.state(1) == "ended");
    CHECK((bench.output == "9 4 " || bench.output == "4 9 "));
  });
}

TEST_CASE("names: so many") {
  each_profile([](const Profile& profile, const Limits& limits) {
    std::string text;
    for (std::uint32_t k = 0; k + 1 < limits.names; ++k) text += "var " + name(k, 2) + " ";
    const std::string last = name(limits.names - 2, 2);
    // An old name with a new meaning is one more.
    const std::string again = text + "var " + last + " 5 " + last + " ! " + last + " @ . ";
    CHECK(outcome(profile, again + name(0, 2) + " @ .") == "ended 5 0 ");
    CHECK(error_of(profile, again + "var zz") == "names_full");
    CHECK(error_of(profile, again + "var " + last) == "names_full");
    CHECK(error_of(profile, again + ": zz ;") == "names_full");
    Bench bench(profile, {}, ample_pool(profile));
    REQUIRE(bench.load(again).error == 0);
    CHECK(bench.frame().names == limits.names);
  });
}

TEST_CASE("names: as long as tokens can be, until the memory of the frame is full") {
  each_profile([](const Profile& profile, const Limits& limits) {
    if (limits.names < 8) return;
    std::string text = "frame f 1 code 64 data 64\n";
    const auto fill = [&](std::size_t pool, std::uint32_t count) {
      std::string program = text;
      for (std::uint32_t k = 0; k < count; ++k) program += "const " + name(k, limits.token_bytes) + " 7 ";
      Bench bench(profile, {}, pool);
      return bench.error_name(bench.load(program + name(0, limits.token_bytes) + " ."));
    };
    // The pool that just holds six of them: a byte less in each, and it does not.
    std::size_t pool = 128;
    while (fill(pool, 6) != "" && pool < 4096) pool += 8;
    CHECK(fill(pool, 6) == "");
    CHECK(fill(pool, 7) == "names_full");
    CHECK(fill(pool - 8, 6) == "names_full");
  });
}

TEST_CASE("token_bytes: names and numbers as long as they may be") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::string longest = name(1, limits.token_bytes);
    CHECK(outcome(profile, ": " + longest + " 6 ; " + longest + " .") == "ended 6 ");
    CHECK(error_of(profile, ": " + longest + "A 6 ;") == "token_too_long");
    const std::string number = std::string(limits.token_bytes - 1, '0') + "7";
    CHECK(outcome(profile, number + " .") == "ended 7 ");
    CHECK(error_of(profile, "0" + number) == "token_too_long");
    CHECK(outcome(profile, "( " + std::string(limits.token_bytes + 50, 'c') + " ) 8 .") == "ended 8 ");
  });
}

TEST_CASE("control_depth: structures in structures") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t depth = limits.control_depth;
    CHECK(outcome(profile, times(depth, "1 if") + "5 . " + times(depth, "endif")) == "ended 5 ");
    CHECK(error_of(profile, times(depth + 1, "1 if") + "5 . " + times(depth + 1, "endif")) == "control_too_deep");
    CHECK(outcome(profile, times(depth, "begin") + "5 . " + times(depth, "1 until")) == "ended 5 ");
    CHECK(error_of(profile, times(depth + 1, "begin")) == "control_too_deep");
    CHECK(error_of(profile, times(depth, "begin") + "2 0 do") == "control_too_deep");
    // A definition is no structure.
    CHECK(outcome(profile, ": q " + times(depth, "1 if") + "6 . " + times(depth, "endif") + "; q") == "ended 6 ");
  });
}

TEST_CASE("code_bytes: code to the last byte of the profile's limit") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const auto program = [](std::uint32_t swaps) { return "1 1 " + times(swaps, "swap"); };
    // The most swaps that fit, by halving.
    std::uint32_t low = 0, high = limits.code_bytes;
    while (high - low > 1) {
      const std::uint32_t middle = (low + high) / 2;
      (error_of(profile, program(middle)).empty() ? low : high) = middle;
    }
    CHECK(error_of(profile, program(high)) == "code_full");
    // The next swap takes one byte, or three with a charge: longer numbers take what is left.
    const std::uint32_t left = limits.code_bytes - code_bytes_of(profile, program(low));
    REQUIRE(left < 3);
    const std::string numbers[] = {"1 1 ", "300 1 ", "300 300 "};
    const std::string filled = numbers[left] + times(low, "swap");
    CHECK(code_bytes_of(profile, filled) == limits.code_bytes);
    CHECK(outcome(profile, filled) == "ended ");
    CHECK(error_of(profile, filled + "swap") == "code_full");
  });
}

TEST_CASE("code N: a frame gets what it asks for and not a byte more") {
  const std::string program = ": sq dup * ; 5 sq . 3 0 do i . loop";
  each_profile([&](const Profile& profile, const Limits& limits) {
    const std::uint32_t needed = code_bytes_of(profile, program);
    const auto with = [&](std::uint32_t bytes) { return "frame a 1 code " + text_of(bytes) + "\n" + program; };
    CHECK(outcome(profile, with(needed)) == "ended 25 0 1 2 ");
    for (std::uint32_t bytes = 1; bytes < needed; ++bytes)
      CHECK_MESSAGE(error_of(profile, with(bytes)) == "code_full", "code " << bytes);
    CHECK(outcome(profile, with(limits.code_bytes)) == "ended 25 0 1 2 ");
    CHECK(error_of(profile, with(limits.code_bytes + 1)) == "frame_too_large");
  });
}

TEST_CASE("a text on the stack is as long as the stack or the code allow") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t most = limits.stack_cells * profile.cell_bytes();
    // One cell is its length.
    const auto [program, output] = text_program(profile, most - profile.cell_bytes());
    const std::string got = outcome(profile, program);
    const bool fits = got.find("code_full") != 0;
    CHECK(fits == (limits.code_bytes > 2 * most));
    if (fits) CHECK(got == "ended " + output);
    CHECK(outcome(profile, text_program(profile, most).program) == (fits ? "trap stack_overflow" : "code_full 1:1"));
    if (fits) CHECK(outcome(profile, text_program(profile, most + 1).program) == "text_too_long 1:1");
    // Where no code runs none is taken.
    const std::string unreached = ": q return " + text_program(profile, most).program + " ;";
    CHECK(outcome(profile, "frame a 1 code 40\n" + unreached + " 5 .") == "ended 5 ");
  });
}

TEST_CASE("a text on the stack needs room for its code and not a byte more") {
  each_profile([&](const Profile& profile, const Limits&) {
    for (const std::uint32_t length : {0u, 1u, 2u, 3u, 4u, 5u, 7u, 8u, 9u, 23u, 24u}) {
      INFO("length " << length);
      const auto [program, output] = text_program(profile, length);
      const std::uint32_t needed = code_bytes_of(profile, program);
      const auto with = [&, text = program](std::uint32_t bytes) {
        return "frame a 1 code " + text_of(bytes) + "\n" + text;
      };
      CHECK(outcome(profile, with(needed)) == "ended " + output);
      for (std::uint32_t bytes = 1; bytes < needed; ++bytes)
        CHECK_MESSAGE(error_of(profile, with(bytes)) == "code_full", "code " << bytes);
    }
  });
}

// Cells that become shorter code than their characters: the code grows over what has not been read yet.
TEST_CASE("a text on the stack is whole or refused") {
  const std::string small(4, static_cast<char>(0xff));  // -1
  std::string text;
  for (int k = 0; k < 12; ++k) text += small;
  for (int k = 0; k < 12; ++k) text += "abcd";
  for (const char* name : {"node32", "far-code"}) {
    const Profile& profile = find_profile(name);
    const std::string program = "s\" " + text + "\" .s";
    const std::uint32_t needed = code_bytes_of(profile, program);
    unsigned whole = 0;
    for (std::uint32_t bytes = needed - 1; bytes < needed + 50; ++bytes) {
      const std::string got = outcome(profile, "frame a 1 code " + text_of(bytes) + "\n" + program);
      if (got != "code_full 2:1") CHECK_MESSAGE((++whole, got == "ended " + text), "code " << bytes);
    }
    CHECK(whole >= 20);
  }
}

TEST_CASE("data_bytes: an array to the last byte") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t cell = profile.cell_bytes();
    const std::uint32_t elements = limits.data_bytes / cell - 1;  // one cell for the length
    const std::string array = "array a " + text_of(elements) + " ";
    const std::string last = "a " + text_of(elements - 1) + " cell+ ";
    CHECK(outcome(profile, array + "5 " + last + "! " + last + "@ . a -1 cell+ @ .") ==
          "ended 5 " + text_of(elements) + " ");
    CHECK(outcome(profile, array + last + "1 + @ .") == "trap invalid_address");
    CHECK(outcome(profile, array + "5 " + last + text_of(cell) + " + !") == "trap invalid_address");
    CHECK(error_of(profile, "array a " + text_of(elements + 1)) == "data_full");
    CHECK(error_of(profile, array + "var b") == "data_full");
    CHECK(outcome(profile, "var b array a " + text_of(elements - 1) + " 3 b ! b @ .") == "ended 3 ");
  });
}

TEST_CASE("data N: a frame gets what it asks for and not a byte more") {
  each_profile([](const Profile& profile, const Limits& limits) {
    const std::uint32_t needed = 5 * profile.cell_bytes();
    const auto with = [&](std::uint32_t bytes) {
      return "frame a 1 data " + text_of(bytes) + "\nvar v array a { 1 2 3 } 7 v ! v @ . a 2 cell+ @ .";
    };
    CHECK(outcome(profile, with(needed)) == "ended 7 3 ");
    for (std::uint32_t bytes = 1; bytes < needed; ++bytes)
      CHECK_MESSAGE(error_of(profile, with(bytes)) == "data_full", "data " << bytes);
    CHECK(outcome(profile, with(limits.data_bytes)) == "ended 7 3 ");
    CHECK(error_of(profile, with(limits.data_bytes + 1)) == "frame_too_large");
  });
}
