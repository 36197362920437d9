// When generated code gives the machine back, and what it counts.
//
// A charge point is where a slice may end. With budget 1 a slice ends at the first charge point at which the task has
// used more than ever before: the ticks at those places are the track of the program. A slice of any other budget must
// end on the track.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "tests/oracle/oracle.hpp"
#include "tests/vm/bench.hpp"
#include "tests/vm/programs.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// Ticks between two charge points (jit/emitter.hpp), the instruction behind them not counted.
constexpr std::uint32_t stretch = 64;

struct Track {
  std::vector<std::uint64_t> ticks;  // of the task at the end of each slice
  std::vector<std::uint32_t> slices;
  std::string state;
  bool complete = false;
};

std::uint32_t largest_stretch(const Profile& profile) { return stretch + profile.largest_step; }

// A slice can report more than it has executed by what was pending at its begin, one stretch at most. What is reported
// too late once is not reported again: over any number of slices the excess is no larger.
bool stretches_are_short(const Profile& profile, const Track& track) {
  std::int64_t excess = 0;
  for (const std::uint32_t ticks : track.slices) {
    excess = std::max<std::int64_t>(0, excess + ticks - largest_stretch(profile));
    if (excess > stretch) return false;
  }
  return true;
}

std::uint32_t largest_slice(const Track& track) {
  return track.slices.empty() ? 0 : *std::max_element(track.slices.begin(), track.slices.end());
}

Track run(Bench& bench, std::uint32_t budget, std::uint64_t ticks_max) {
  Track track;
  while (bench.state() == "ready" && (track.ticks.empty() || track.ticks.back() < ticks_max)) {
    const RunReport report = bench.run(budget);
    track.ticks.push_back(bench.task().ticks);
    track.slices.push_back(report.ticks);
  }
  track.complete = bench.state() != "ready";
  track.state = bench.state();
  return track;
}

Track track_of(const Profile& profile, const std::string& text, std::string_view form, bool fuse, std::uint32_t budget,
               std::uint64_t ticks_max) {
  Bench bench(profile, form);
  const CompileStatus status = bench.load(text, {.fuse = fuse});
  REQUIRE_MESSAGE(status.error == 0, describe(profile.engine, status));
  return run(bench, budget, ticks_max);
}

// A slice with this budget from `from` ticks on: to the first place of the track at or after it.
void check_against_track(const Track& single, const Track& slices, std::uint32_t budget) {
  std::uint64_t from = 0;
  for (std::size_t k = 0; k < slices.ticks.size(); ++k) {
    // The last place is the end: it comes whatever is left of the budget.
    const auto last = single.ticks.end() - 1;
    const auto expected = std::lower_bound(single.ticks.begin(), last, from + budget);
    if (!single.complete && expected == last) return;  // beyond what was recorded
    const std::uint64_t end = *expected;
    if (slices.ticks[k] != end) {
      CHECK_MESSAGE(slices.ticks[k] == end, "slice " << k << " of budget " << budget << " from " << from);
      return;
    }
    from = end;
  }
}

// True when the program came to its end, or a trap, within `ticks_max`.
bool check(const Profile& profile, const std::string& text, std::string_view form = "switch-observed",
           std::uint64_t ticks_max = 20000) {
  INFO(profile.name << ' ' << form << ": " << text);
  const Track fused = track_of(profile, text, form, true, 1, ticks_max);
  const Track plain = track_of(profile, text, form, false, 1, ticks_max);
  CHECK(stretches_are_short(profile, fused));
  CHECK(fused.slices == plain.slices);
  CHECK(fused.ticks == plain.ticks);  // charge points are where they are with and without fusing
  CHECK(fused.state == plain.state);
  for (const std::uint32_t budget : {3u, 50u, 1000u})
    check_against_track(fused, track_of(profile, text, form, true, budget, ticks_max), budget);
  if (!fused.complete) return false;
  for (const bool fuse : {true, false}) {
    const Track whole = track_of(profile, text, form, fuse, unbounded, ticks_max);
    CHECK(whole.ticks.size() <= 1);  // none: a stack was too small to begin
    CHECK(whole.state == fused.state);
    if (fused.state == "ended") CHECK(whole.ticks.back() == fused.ticks.back());
  }
  return true;
}

std::string times(unsigned count, const std::string& item) {
  std::string text;
  for (unsigned k = 0; k < count; ++k) text += item + " ";
  return text;
}

std::uint64_t ticks_of(const Profile& profile, const std::string& text) {
  Bench bench(profile);
  REQUIRE(bench.load(text).error == 0);
  REQUIRE(bench.run_to_end(1));
  REQUIRE(bench.state() == "ended");
  return bench.task().ticks;
}

// Programs that never end, and do not fill any stack.
std::vector<std::string> endless(const Profile& profile) {
  std::vector<std::string> texts = {
      "begin again",
      "begin begin again again",
      "begin 0 until",
      "begin 1 drop 0 until",
      "1 begin 2 0 do loop 0 until",
      "begin 1 if else endif again",
      "begin 1 if begin 1 until endif again",
      ": q ; begin q again",
      ": q 1 drop ; : g q q ; begin g 0 until",
      // Words without a charge are part of the stretch around the call, with their longest way.
      ": q " + times(10, "1 drop") + " ; : g q q ; begin g g g again",
      ": q 1 if " + times(20, "1 drop") + " else endif ; begin q q q q q q again",
      ": q begin again ; q",
      ": q 1 if return endif ; begin q again",
      "begin 2 0 do leave loop again",
      "begin 2 0 do 1 if leave endif loop 0 until",
      "begin 30 0 do i drop loop again",
      "begin " + times(40, "1 drop") + " again",
      "begin 1 if " + times(30, "1 drop") + " else " + times(20, "1 drop") + " endif 0 until",
      "begin begin 1 " + times(31, "dup drop") + " until again",
      "begin 5 begin 1 - dup 0= until drop again",
      "begin begin 1 until begin 1 until again",
  };
  if (profile.rexa) {
    texts.push_back("begin 0 if 1 endif 0 until");
    texts.push_back("begin 1 if 1 endif drop 0 until");
    texts.push_back("1 begin drop 1 again");
    texts.push_back(": q 0 if 1 endif ; begin q q again");
  } else {
    texts.push_back(": w ( n -- n ) dup if dup drop endif ; begin 1 w drop again");
    texts.push_back(": w ( n -- n n ) dup if 5 endif ; begin 1 w drop drop 0 until");
  }
  return texts;
}

// The limit of a loop that lasts longer than the test.
std::string far_limit(const Profile& profile) { return profile.cell_bits == 16 ? "32767" : "2147483647"; }

}  // namespace

TEST_CASE("random programs: the same ticks in all slices, fused or not; no long stretch; slices end in time") {
  // tests-tiny holds none of them; sanitized builds take a part of the time for each.
  const char* const names[] = {"node32", "rexa16", "own16", "far-code"};
  constexpr unsigned programs = 2000;
  unsigned ended = 0, refused = 0;
  for (unsigned k = 0; k < programs; ++k) {
    const Profile& profile = find_profile(names[k % 4]);
    const std::string text = generated_program(profile, 40000 + k);
    Bench bench(profile);
    if (bench.load(text).error != 0) {
      ++refused;
      continue;
    }
    const std::string_view form = k % 8 < 6 ? "switch-observed" : "checked";
    ended += check(profile, text, form);
  }
  CHECK(ended > programs * 3 / 4);
  CHECK(refused < programs / 20);
}

// Slices end also where a task pauses, and others have theirs.
bool pauses(const Profile& profile, std::string_view program) {
  Bench bench(profile);
  if (bench.load(program, {.fuse = false}).error != 0) return false;
  bench.run(unbounded);
  return is_live(bench.task().state) || bench.task(1).state != TaskState::absent;
}

bool has_pausing_word(const Profile& profile, std::string_view program) {
  std::istringstream tokens{std::string(program)};
  for (std::string token; tokens >> token;)
    if (std::find(profile.pausing.begin(), profile.pausing.end(), token) != profile.pausing.end()) return true;
  return false;
}

TEST_CASE("examples: the same ticks in all slices, fused or not") {
  for (const Profile* profile : profiles())
    for (const Vector& vector : profile->vectors) {
      if (pauses(*profile, vector.program)) {
        INFO(profile->name << ": " << vector.program);
        CHECK(has_pausing_word(*profile, vector.program));
        continue;
      }
      Bench bench(*profile);
      if (bench.load(vector.program, {.fuse = false}).error == 0) check(*profile, std::string(vector.program));
    }
}

TEST_CASE("endless loops give the machine back") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "tests-tiny") continue;  // too small for most; own16 has the same cells and dialect
    std::vector<std::string> texts = endless(*profile);
    texts.push_back(far_limit(*profile) + " 0 do loop");
    texts.push_back(far_limit(*profile) + " -5 do i drop loop");
    texts.push_back("begin " + far_limit(*profile) + " 0 do loop again");
    for (const std::string& text : texts)
      for (const std::string_view form : profile->engine.forms) {
        INFO(profile->name << ' ' << form << ": " << text);
        Bench bench(*profile, form);
        REQUIRE(bench.load(text).error == 0);
        std::uint64_t before = 0;
        for (int k = 0; k < 300; ++k) {
          const RunReport report = bench.run(1);
          REQUIRE(bench.state() == "ready");
          REQUIRE(report.ticks >= 1);
          REQUIRE(report.ticks <= largest_stretch(*profile) + stretch);
          REQUIRE(bench.task().ticks == before + report.ticks);
          before = bench.task().ticks;
        }
        if (form == "switch-observed") CHECK_FALSE(check(*profile, text, form, 1500));
      }
  }
}

TEST_CASE("endless recursion gives the machine back until a stack is full") {
  const char* const texts[] = {": q ( -- ) q ; q", ": q ( n -- n ) 1 + q ; 0 q", ": q ( -- ) 2 0 do q loop ; q",
                               ": q ( n -- ) dup q drop ; 1 q", ": q ( n -- n ) dup if 1 endif drop q ; 1 q"};
  for (const Profile* profile : profiles()) {
    if (profile->rexa) continue;
    for (const char* const text : texts) {
      INFO(profile->name << ": " << text);
      Bench bench(*profile);
      REQUIRE(bench.load(text).error == 0);
      const Track track = run(bench, 1, 1000000);
      CHECK(largest_slice(track) <= largest_stretch(*profile));
      CHECK((track.state == "trap return_stack_overflow" || track.state == "trap stack_overflow"));
      // A slice for each call; a call whose effect is checked takes two entries.
      if (track.state == "trap return_stack_overflow") CHECK(track.ticks.size() >= profile->limits.return_cells / 2);
    }
  }
}

// As much as a charge can take is pending before and behind the call.
TEST_CASE("calls of words without a charge count exactly") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "tests-tiny") continue;
    for (unsigned before = 26; before < 34; ++before)
      for (unsigned inside = 26; inside < 34; ++inside) {
        const std::string word = ": q " + times(inside, "1 drop") + " ; ", pending = times(before, "1 drop");
        CHECK(ticks_of(*profile, word + pending + "q") == 2 * before + 1 + 2 * inside + 1 + 1);
        CHECK(ticks_of(*profile, word + pending + "1 q drop") == 2 * before + 1 + 1 + 2 * inside + 1 + 1 + 1);
      }
  }
}

TEST_CASE("a straight stretch of any length is charged on the way") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "tests-tiny") continue;
    for (unsigned count : {1u, 31u, 32u, 33u, 63u, 64u, 65u, 127u, 128u, 129u, 200u, 1000u}) {
      CHECK(ticks_of(*profile, "1 " + times(count, "dup drop") + "drop") == 3 + 2 * count);
      const std::string straight = "1 " + times(count, "dup drop") + "drop";
      CHECK(check(*profile, straight));
      CHECK(largest_slice(track_of(*profile, straight, "switch-observed", true, 1, 10000)) <= stretch);
      CHECK(check(*profile, ": q " + times(count, "dup drop") + "; 1 q q drop"));
      CHECK(check(*profile, "1 if 1 " + times(count, "dup drop") + "drop endif 5 ."));
      CHECK(check(*profile, times(count, "5 .")));
      CHECK(largest_slice(track_of(*profile, times(count, "5 ."), "switch-observed", true, 1, 10000)) <= stretch);
      // Whichever way the branch goes, what the program counts is what it did.
      const std::string branch = " if 1 " + times(count, "dup drop") + "drop else 5 drop endif 2 drop";
      CHECK(ticks_of(*profile, "1" + branch) == 1 + 1 + 2 + 2 * count + 1 + 2 + 1);
      CHECK(ticks_of(*profile, "0" + branch) == 1 + 1 + 2 + 2 + 1);
    }
  }
}

TEST_CASE("vectors: a slice ends after any unit") {
  const std::string text = "array x 100 array y 3 array w 300 x w y 0 vecfold y @ .";
  for (const Profile* profile : profiles()) {
    if (profile->name == "tests-tiny") continue;
    // 100 products are 4 units of 24 ticks, for each of 3 rows.
    CHECK(ticks_of(*profile, text) == 4 + 24 + 3 * 4 * 24 + 2 + 8 + 1);
    const Track track = track_of(*profile, text, "switch-observed", true, 1, 1000);
    CHECK(track.ticks.size() >= 12);
    CHECK(check(*profile, text));
  }
}

// Whoever calls by a token does not know what the word has left to charge when it returns.
TEST_CASE("words that may end the task are counted as what they did, also when they are called by a token") {
  for (const char* name : {"node32", "rexa16"}) {
    const Profile& profile = find_profile(name);
    for (const char* word : {": w dup if end endif ;", ": v dup if end endif ; : w 7 drop v 8 drop ;",
                             ": v ( n -- n ) dup if end endif ; : w ( n -- n ) $ v execute 5 drop ;"})
      for (const char* call : {"$ w execute . ", "w . ", "drop array a { 0 5 } a a $ w 0 vecmap "})
        for (const char* argument : {"0 ", "3 "}) {
          const std::string text = std::string(word) + " " + argument + call;
          INFO(profile.name << ": " << text);
          const oracle::Result expected =
              oracle::run(text, {.cell_bits = profile.engine.cell_bits, .rexa = profile.rexa});
          if (expected.outcome == oracle::Outcome::trapped) continue;  // ticks of a trap are not exact
          REQUIRE(expected.outcome == oracle::Outcome::ended);
          Bench bench(profile);
          REQUIRE(describe(bench.engine(), bench.load(text)) == "");
          REQUIRE(bench.run_to_end(3));
          CHECK(bench.task().ticks == expected.ticks);
        }
  }
}

TEST_CASE("a budget of 0 counts as 1, one beyond the largest as the largest") {
  const Profile& profile = find_profile("node32");
  const std::string text = "begin 1 drop again";
  for (const std::uint32_t budget : {0u, 1u}) {
    Bench bench(profile);
    REQUIRE(bench.load(text).error == 0);
    CHECK(bench.run(budget).ticks == 3);
  }
  Bench bench(profile);
  REQUIRE(bench.load("5 0 do loop").error == 0);
  CHECK(bench.run(0xffffffff).idle);
  CHECK(bench.state() == "ended");
  const RunReport after = bench.run(1);
  CHECK(after.idle);
  CHECK(after.ticks == 0);
}
