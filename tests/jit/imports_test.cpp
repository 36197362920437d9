// Frames that import words, arrays and constants of others. What words of two frames do is held against one frame with
// all of them.
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

bool can_import(const Profile& profile) { return profile.limits.frames > 1 && profile.limits.tasks > 1; }

template <class Check>
void each_profile(Check check) {
  for (const Profile* profile : profiles()) {
    if (!can_import(*profile)) continue;
    INFO(profile->name);
    check(*profile);
  }
}

std::string header(const std::string& name, const std::string& key, const std::vector<std::string>& names) {
  std::string text = "frame " + name + " 1";
  for (const std::string& one : names) text += " " + key + " " + one;
  return text + "\n";
}

// A machine with both frames; each gets its part of the memory.
class Pair {
 public:
  Pair(const Profile& profile, std::string_view form, const std::string& library, const std::string& program,
       bool fuse = true, std::size_t chunk = 0)
      : bench_(profile, form, 2 * Bench::pool_for_one(profile)) {
    CHECK(describe(bench_.engine(), bench_.load(library, {.fuse = fuse}, chunk)) == "");
    error_ = describe(bench_.engine(), bench_.load(program, {.fuse = fuse}, chunk));
  }

  // Of the program: what came of it, its output and the ticks of its task.
  std::string run(std::uint32_t budget) {
    if (!error_.empty()) return error_;
    if (!bench_.run_to_end(budget)) return "still runs";
    return bench_.state(1) + ": " + bench_.output;
  }
  const std::string& error() const { return error_; }
  Bench& bench() { return bench_; }

 private:
  Bench bench_;
  std::string error_;
};

std::string run_pair(const Profile& profile, const std::string& library, const std::string& program) {
  return Pair(profile, {}, library, program).run(7);
}

// Words for both dialects, of every kind: with branches, loops, recursion, an effect that depends on data, the loop
// stack, traps. None has an address of its frame as argument.
struct Word {
  const char* text;
  const char* name;
  int in, out;
};
constexpr Word words[] = {
    {": twice dup + ;", "twice", 1, 1},
    {": sum-to 0 swap 0 do i + loop ;", "sum-to", 1, 1},
    {": sign dup 0 < if drop -1 else 0 > endif ;", "sign", 1, 1},
    {": fact ( n -- n ) dup 2 < if drop 1 else dup 1 - fact * endif ;", "fact", 1, 1},
    {": halves ( n n -- n n ) dup 0 > if swap 2 / swap endif ;", "halves", 2, 2},
    {": show . ;", "show", 1, 0},
    {": share swap / ;", "share", 2, 1},
    {": early dup 5 > if return endif 1 + ;", "early", 1, 1},
    {": long 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + ;", "long", 1, 1},
    {"var n : count n @ 1 + dup n ! ;", "count", 0, 1},
};

// A random program over these words; it keeps cells on the stack for what it calls.
std::string random_program(std::mt19937& random) {
  std::string text;
  int depth = 0;
  for (int length = 3 + static_cast<int>(random() % 12); length > 0; --length) {
    const Word& word = words[random() % std::size(words)];
    for (; depth < word.in; ++depth) text += std::to_string(static_cast<int>(random() % 9) - 1) + " ";
    text += std::string(word.in > 0 ? "7 mod " : "") + word.name + " ";
    depth += word.out - word.in;
    if (random() % 3 == 0) text += "3 0 do i " + std::string("twice . loop ");
  }
  return text + "cr";
}

std::string all_words() {
  std::string text;
  for (const Word& word : words) text += std::string(word.text) + "\n";
  return text;
}

std::vector<std::string> all_names(const std::string& before = {}) {
  std::vector<std::string> names;
  for (const Word& word : words) names.push_back(before + word.name);
  return names;
}

}  // namespace

TEST_CASE("words, constants, variables and arrays of another frame") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"twice", "total", "k", "a"}) +
                                "var total const k 7 array a { 10 20 30 } : twice total @ + dup total ! ;";
    const std::string program = header("app", "imports", {"lib.twice", "lib.total", "lib.k", "lib.a"}) +
                                "array sized k sized -1 cell+ @ . "
                                "5 twice . k twice . 0 total read . 100 0 total write 1 twice . 2 a read . "
                                "-1 1 a write a vecprint 2 a 1 0 1 0 max drop";
    CHECK(run_pair(profile, library, program).substr(0, 36) == "ended: 7 5 12 12 101 30  10  -1  30 ");
  });
}

TEST_CASE("both cells of a double of another frame") {
  const std::string library = header("lib", "exports", {"d", "v"}) + "2var d preset d { 7 -9 } var v preset v { 5 }";
  const std::string uses = header("app", "imports", {"lib.d", "lib.v"});
  for (const char* name : {"node32", "rexa16", "own16"}) {
    Pair pair(find_profile(name), {}, library, uses + "0 d read . 1 d read . 8 1 d write d vecprint v vecprint");
    CHECK(pair.run(7) == "ended: 7 -9  7  8  5 ");
    CHECK(pair.bench().engine().find_export(pair.bench().instance(), 0, "d").array.count == 2);
    CHECK(run_pair(find_profile(name), library, uses + "2 d read") == "trap index_out_of_range: ");
    CHECK(run_pair(find_profile(name), library, uses + "1 v read") == "trap index_out_of_range: ");
  }
}

TEST_CASE("tables of another frame") {
  const std::string library = header("lib", "exports", {"t", "b"}) + "table t int8 { 1 -2 3 } array b int16 { 500 6 }";
  const std::string uses = header("app", "imports", {"lib.t", "lib.b"});
  for (const char* name : {"node32", "own16"}) {
    CHECK(run_pair(find_profile(name), library, uses + "1 t read . 0 b read . 9 1 b write b vecprint") ==
          "ended: -2 500  500  9 ");
    CHECK(run_pair(find_profile(name), library, uses + "9 1 t write") == "trap read_only: ");
    CHECK(run_pair(find_profile(name), library, uses + "3 t read") == "trap index_out_of_range: ");
  }
}

// The two differ in the ticks of going over only.
TEST_CASE("words of two frames do what those of one do") {
  std::mt19937 random(1);
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    INFO(profile.name);
    int trapped = 0;
    for (int k = 0; k < 60; ++k) {
      const std::string program = random_program(random);
      INFO(program);
      Bench one(profile, {}, 2 * Bench::pool_for_one(profile));
      REQUIRE(describe(one.engine(), one.load(all_words() + program)) == "");
      REQUIRE(one.run_to_end(7));
      const std::string library = header("lib", "exports", all_names()) + all_words();
      const std::string uses = header("app", "imports", all_names("lib.")) + program;
      std::set<std::uint64_t> ticks;
      std::set<std::uint32_t> digests;
      for (const std::string_view form : profile.engine.forms)
        for (const bool fuse : {true, false})
          for (const std::uint32_t budget : {1u, 2u, 3u, 7u, unbounded}) {
            Pair pair(profile, form, library, uses, fuse);
            CHECK(pair.run(budget) == one.state() + ": " + one.output);
            ticks.insert(pair.bench().task(1).ticks);
            if (pair.bench().task(1).observed) digests.insert(pair.bench().task(1).digest);
          }
      if (one.state() == "ended") {
        CHECK(ticks.size() == 1);
        CHECK((*ticks.begin() - one.task().ticks) % 8 == 0);
        CHECK(*ticks.begin() > one.task().ticks);
      } else {
        ++trapped;
      }
      CHECK(digests.size() == 1);
    }
    CHECK(trapped > 0);
    CHECK(trapped < 40);
  }
}

TEST_CASE("chunks of any size make the same code") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"twice", "v"}) + "var v : twice dup + ;";
    const std::string program =
        header("app", "imports", {"lib.twice", "lib.v"}) + ": four twice twice ; 3 four . v drop";
    Pair whole(profile, {}, library, program);
    CHECK(whole.run(7) == "ended: 12 ");
    for (const std::size_t chunk : {1, 2, 3, 7}) {
      Pair pieces(profile, {}, library, program, true, chunk);
      CHECK(pieces.bench().code(1) == whole.bench().code(1));
      CHECK(pieces.bench().places == whole.bench().places);
    }
  });
}

TEST_CASE("imported words as values and exported again") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"twice"}) + ": twice dup + ;";
    CHECK(run_pair(profile, library, header("app", "imports", {"lib.twice"}) + "5 $ twice execute .") == "ended: 10 ");
    CHECK(run_pair(profile, library,
                   header("app", "imports", {"lib.twice"}) + "array a { 1 -2 3 } a a $ twice 0 vecmap a vecprint") ==
          "ended:  2  -4  6 ");
    if (profile.limits.frames < 3) return;
    Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
    REQUIRE(bench.load(library).error == 0);
    REQUIRE(describe(bench.engine(), bench.load("frame mid 1 imports lib.twice exports twice exports hello\n"
                                                ": hello 1 . ;")) == "");
    REQUIRE(describe(bench.engine(), bench.load("frame app 1 imports mid.twice imports mid.hello\n"
                                                "5 twice . hello")) == "");
    REQUIRE(bench.run_to_end(3));
    CHECK(bench.output == "10 1 ");
  });
}

// What it leaves is known only while it runs.
TEST_CASE("a host starts a word that executes another one") {
  for (const bool right : {true, false})
    for (const char* name : {"node32", "own16"}) {
      CAPTURE(name);
      const Profile& profile = find_profile(name);
      for (const std::string_view form : profile.engine.forms) {
        Bench bench(profile, form);
        const std::string step = right ? ": step 42 . ;" : ": step 42 . 7 ;";
        REQUIRE(bench.load("frame lib 1 exports hello exports other\n" + step +
                           " : hello ( -- ) $ step execute ; : other ( n -- ) execute ;").error == 0);
        REQUIRE(bench.run_to_end(7));
        std::uint8_t task = 0;
        CHECK(!bench.engine().start(bench.instance(), 0, "other", {}, task));
        REQUIRE(bench.engine().start(bench.instance(), 0, "hello", {}, task));
        REQUIRE(bench.run_to_end(1));
        CHECK(bench.state(task) == (right ? "ended" : "trap effect_mismatch"));
        CHECK(bench.output == "42 ");
      }
    }
}

TEST_CASE("a host starts a word that goes over to another frame") {
  each_profile([](const Profile& profile) {
    Pair pair(profile, {}, header("lib", "exports", {"hello"}) + ": hello 42 . ;",
              "frame app 1 imports lib.hello exports hello\n");
    CHECK(pair.run(7) == "ended: ");
    for (int k = 0; k < 3; ++k) {
      std::uint8_t task = 0;
      REQUIRE(pair.bench().engine().start(pair.bench().instance(), 1, "hello", {}, task));
      REQUIRE(pair.bench().run_to_end(1));
      CHECK(pair.bench().state(task) == "ended");
    }
    CHECK(pair.bench().output == "42 42 42 ");
  });
}

TEST_CASE("a trap in the other frame stops the task that went there") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"bad"}) + ": bad 1 0 / ; var x 20 0 do i x ! loop x @ .";
    Pair pair(profile, {}, library, header("app", "imports", {"lib.bad"}) + "bad");
    CHECK(pair.run(1) == "trap divide_by_zero: 19 ");
    CHECK(pair.bench().state(0) == "ended");
    CHECK(pair.bench().task(1).frame == 0);  // where it happened
  });
}

TEST_CASE("the return stack is enough for both, or the call traps") {
  for (const char* name : {"node32", "rexa16", "own16"}) {
    const Profile& profile = find_profile(name);
    const std::string library = header("lib", "exports", {"outer"}) + ": inner 1 . ; : outer inner ;";
    std::set<std::string> seen;
    const int most = static_cast<int>(profile.limits.return_cells);
    for (int depth = most - 8; depth <= most; ++depth) {
      const std::string program = header("app", "imports", {"lib.outer"}) +
                                  ": down ( n -- ) dup 0 > if 1 - down else drop outer endif ; " +
                                  std::to_string(depth) + " down";
      const std::string reference = Pair(profile, {}, library, program).run(1);
      for (const std::string_view form : profile.engine.forms)
        CHECK(Pair(profile, form, library, program).run(1000) == reference);
      seen.insert(reference);
    }
    CHECK(seen == std::set<std::string>{"ended: 1 ", "trap return_stack_overflow: "});
  }
}

TEST_CASE("the data stack is enough for both, or the call traps") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"wide"}) + ": wide 1 2 3 4 5 6 + + + + + . ;";
    std::set<std::string> seen;
    const int most = static_cast<int>(profile.limits.stack_cells);
    for (int cells = most - 10; cells <= most; ++cells) {
      std::string program = header("app", "imports", {"lib.wide"});
      for (int k = 0; k < cells; ++k) program += "0 ";
      const std::string reference = Pair(profile, {}, library, program + "wide").run(1);
      for (const std::string_view form : profile.engine.forms)
        CHECK(Pair(profile, form, library, program + "wide").run(1000) == reference);
      seen.insert(reference);
    }
    CHECK(seen == std::set<std::string>{"ended: 21 ", "trap stack_overflow: "});
  });
}

TEST_CASE("what cannot be imported is refused where it stands") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"shown", "same"}) + ": shown ; : hidden ; : same ;";
    const auto error = [&](const std::string& text) { return Pair(profile, {}, library, text).error(); };
    CHECK(error("frame app 1 imports lib.shown") == "");
    CHECK(error("frame app 1 imports lib.hidden") == "import_missing 1:21");
    CHECK(error("frame app 1 imports lib.none") == "import_missing 1:21");
    CHECK(error("frame app 1 imports lob.shown") == "import_missing 1:21");
    CHECK(error("frame app 1 imports shown") == "import_missing 1:21");
    CHECK(error("frame app 1 imports libshown") == "import_missing 1:21");
    CHECK(error("frame app 1 imports lib.same imports lib.same") == "import_twice 1:38");
    CHECK(error("frame app 1 imports\nlib.same") == "header_syntax 2:1");
    CHECK(error("frame app 1 imports lib.shown shown") == "header_syntax 1:31");
    CHECK(error("frame app 1 imports app.me\n: me ;") == "import_missing 1:21");
  });
  Bench small(find_profile("small"));
  CHECK(describe(small.engine(), small.load("frame app 1 imports lib.x")) == "group_missing 1:13");
}

TEST_CASE("the frame that was loaded last is the one that is meant") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
  REQUIRE(bench.load("frame lib 1 exports v exports old\nconst v 1 const old 5").error == 0);
  REQUIRE(bench.load("frame lib 2 exports v\nconst v 2").error == 0);
  REQUIRE(bench.load("frame app 1 imports lib.v imports lib.old\nv . old .").error == 0);
  REQUIRE(bench.run_to_end(100));
  CHECK(bench.output == "2 5 ");
}

TEST_CASE("each call looks at few names") {
  const Profile& profile = find_profile("node32");
  Bench bench(profile, {}, 4 * Bench::pool_for_one(profile));
  std::string library = "frame lib 1 code 4096 data 8192 exports first\nvar first";
  for (int k = 0; k < 200; ++k) library += " var name" + std::to_string(k);
  REQUIRE(describe(bench.engine(), bench.load(library)) == "");
  REQUIRE(bench.engine().begin(bench.instance(), {}).error == 0);
  std::string_view text = "frame app 1 imports lib.first\n1 0 first write";
  int calls = 0;
  while (!text.empty()) {
    ++calls;
    REQUIRE(bench.engine().feed(bench.instance(), text).error == 0);
  }
  CHECK(calls > 5);
  CHECK(finish_all(bench.engine(), bench.instance()).error == 0);
}

TEST_CASE("lines of a console use what their first line imports") {
  each_profile([](const Profile& profile) {
    Bench bench(profile, {}, 8 * Bench::pool_for_one(profile));
    REQUIRE(bench.load(header("lib", "exports", {"share"}) + ": share / ;").error == 0);
    REQUIRE(bench.run_to_end(10));
    CompileOptions options;
    options.keep_open = true;
    const auto line = [&](const std::string& text) {
      bench.output.clear();
      const CompileStatus status = bench.load(text, options);
      options.extends = 1;
      if (status.error != 0) return describe(bench.engine(), status);
      REQUIRE(bench.run_to_end(3));
      return bench.state(1) + ": " + bench.output;
    };
    CHECK(line("frame console 1 imports lib.share\n") == "ended: ");
    CHECK(line("12 4 share .") == "ended: 3 ");
    CHECK(line("12 0 share .") == "trap divide_by_zero: ");
    CHECK(line(": third 3 share ;") == "ended: ");
    CHECK(line("12 third . 5") == "ended: 4 ");
    CHECK(line("third .") == "ended: 1 ");
  });
}

TEST_CASE("sizes behind imports leave what is imported as it is") {
  each_profile([](const Profile& profile) {
    const std::string library = header("lib", "exports", {"v", "add"}) + "var v : add v @ + v ! ;";
    const std::string imports = "frame app 1 imports lib.v imports lib.add ";
    const std::string program = "\n5 0 v write 0 v read . 2 add 0 v read .";
    for (const char* sizes : {"", "code 120", "data 40", "code 120 data 40", "data 40 code 120 code 100"}) {
      INFO(sizes);
      Pair pair(profile, {}, library, imports + sizes + program);
      CHECK(pair.run(7) == "ended: 5 7 ");
    }
    CHECK(Pair(profile, {}, library, imports + "code 8" + program).error() == "frame_too_large 1:48");
  });
}
