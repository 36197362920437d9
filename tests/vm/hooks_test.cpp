// Hooks of the host around words of the instruction set and of programs, in the form `traced`.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/vm/hook_bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

using Log = std::vector<std::string>;

const char* const names[] = {"node32", "own16"};

// A hook that does what it is told.
struct Probe {
  Probe(Traced& bench, std::uint8_t when, std::function<Verdict(Call&)> does) : bench_(bench), does_(std::move(does)) {
    hook.when = when;
    hook.context = this;
    hook.call = [](void* context, Call& call) { return static_cast<Probe*>(context)->does_(call); };
    REQUIRE(bench.engine().hook(bench.instance(), hook));
  }
  ~Probe() { CHECK(bench_.engine().unhook(bench_.instance(), hook)); }
  Probe& on(std::string_view word, std::string_view group = "*") {
    hook.word = word;
    hook.group = group;
    return *this;
  }

  Hook hook;

 private:
  Traced& bench_;
  std::function<Verdict(Call&)> does_;
};

// One line each, for messages.
std::string lines(const Log& log) {
  std::string text;
  for (const std::string& line : log) text += line + "\n";
  return text;
}

std::function<Verdict(Call&)> into(Log& log, std::string prefix = {}) {
  return [&log, prefix](Call& call) {
    log.push_back(prefix + tell(call));
    return Verdict::proceed;
  };
}

std::function<Verdict(Call&)> counting(unsigned& count) {
  return [&count](Call&) {
    ++count;
    return Verdict::proceed;
  };
}

std::function<Verdict(Call&)> leaving(std::vector<std::int32_t> cells) {
  return [cells](Call& call) {
    std::copy(cells.begin(), cells.end(), call.cells.begin());
    return Verdict::skip;
  };
}

Verdict refuse(Call&) { return Verdict::trap; }

}  // namespace

TEST_CASE("a hook fires as often as the words that it is for are executed: by word, by pattern, by group") {
  struct Row {
    const char *word, *group;
    unsigned count;
  };
  // Ten times `i 2 * + square`; `over drop` in the word.
  const std::string text = ": square ( n -- n )  dup over drop drop ; 0 10 0 do i 2 * + square loop . cr";
  const Row rows[] = {{"+", "*", 10},     {"*", "arithmetic", 20}, {"*", "stack", 40},     {"dup", "stack", 10},
                      {"d*p", "*", 30},   {"squ*", "*", 10},       {"*", "program", 10},   {"*are", "program", 10},
                      {".", "output", 1}, {"*", "out*", 2},        {"i", "control", 10},   {"vec*", "*", 0},
                      {"", "*", 0},       {"s*q*u*e", "*", 10},    {"*", "*", 10 * 8 + 2}, {"square", "stack", 0}};
  for (const char* name : names)
    for (const Row& row : rows) {
      CAPTURE(row.word);
      CAPTURE(row.group);
      Traced bench(find_profile(name));
      unsigned before = 0, after = 0;
      Probe first(bench, static_cast<std::uint8_t>(Phase::before), counting(before));
      Probe second(bench, static_cast<std::uint8_t>(Phase::after), counting(after));
      first.on(row.word, row.group);
      second.on(row.word, row.group);
      bench.run_text(text);
      CHECK(bench.output == "90 \n");
      CHECK(before == row.count);
      CHECK(after == row.count);
    }
}

TEST_CASE("a layer shows the arrays of its fields before it and behind it, in any slices") {
  for (const std::uint32_t budget : {1u, 3u, unbounded}) {
    Traced bench(find_profile("node32"));
    Log log;
    Probe probe(bench, Phase::before | Phase::after | Phase::left, [&log](Call& call) {
      log.push_back(tell(call));
      if (call.phase != Phase::after) return Verdict::proceed;
      for (const OperandArray& one : call.arrays)
        if (one.field == "output")
          log.push_back(std::to_string(ml::element(one.view, 0)) + " " + std::to_string(ml::element(one.view, 1)));
      return Verdict::proceed;
    });
    probe.on("*", "layer");
    bench.run_text(
        "array a int8 { 1 2 } array o int8 2 fully-connected{ output o input a filter { 1 2 3 4 } "
        "bias { 0 9 } multiplier { 1073741824 } shift { 1 } }",
        budget);
    const std::string arrays =
        " [] input:int8*2 output:int8*2 filter:int8*4! bias:int32*2! multiplier:int32*1! shift:int8*1!";
    CHECK(lines(log) == "before fully-connected{" + arrays + "\nafter fully-connected{" + arrays + " 176\n5 20\n");
  }
}

TEST_CASE("vecmul as a hook of its group is seen once, with its shapes and the ticks of its units, in any slices") {
  for (const char* name : names)
    for (const std::uint32_t budget : {1u, 3u, unbounded}) {
      Traced bench(find_profile(name));
      Log log;
      Probe probe(bench, Phase::before | Phase::after | Phase::left, into(log));
      probe.on("*", "vector");
      const std::string cell = bench.profile().cell_bits == 16 ? "int16" : "int32";
      bench.run_text("table t int8 { 2 3 4 5 6 7 8 } array a { 1 1 1 1 1 1 1 } array b int16 7 t a b 0 vecmul", budget);
      const int operand = 2 * (bench.profile().cell_bits / 8);
      const std::string lowest = bench.profile().cell_bits == 16 ? "-32768 " : "-2147483648 ";
      const std::string second = bench.profile().cell_bits == 16 ? "-32767 " : "-2147483647 ";
      const std::string cells = lowest + std::to_string(operand) + " " + second + "0";
      CHECK(lines(log) == "before vecmul [" + cells + "] 0:int8*7! 1:" + cell + "*7 2:int16*7\nafter vecmul [] 144\n");
    }
}

TEST_CASE("before in the order of the hooks, after in the other one, around in between") {
  Traced bench(find_profile("node32"));
  Log log;
  const std::uint8_t all = Phase::before | Phase::around | Phase::after;
  Probe first(bench, all, into(log, "1 ")), second(bench, all, into(log, "2 "));
  first.on("+");
  second.on("*", "arithmetic");
  bench.run_text("20 22 + .");
  CHECK(bench.output == "42 ");
  CHECK(log == Log{"1 before + [20 22]", "2 before + [20 22]", "1 around + [20 22]", "2 around + [20 22]",
                   "2 after + [42] 1", "1 after + [42] 1"});
}

TEST_CASE("a hook around a word replaces its results, and the program goes on with them") {
  struct Row {
    const char *word, *text;
    std::vector<std::int32_t> cells;
    const char* output;
  };
  const Row rows[] = {
      {"+", "1 2 3 + . .", {42}, "42 1 "},
      {"drop", "1 2 drop . 7 .", {}, "1 7 "},
      {"drop", "1 drop 2 .", {}, "2 "},
      {"dup", "5 dup . . 3 .", {8, 9}, "9 8 3 "},
      {"one", "one .", {77}, "77 "},
      {"i", "3 0 do i . loop", {6}, "6 6 6 "},
      {"!", "var v 5 v ! v @ .", {}, "0 "},
      {".", "5 . 6", {}, ""},
      {"sensor", ": sensor ( -- n ) 5 ; sensor sensor + .", {21}, "42 "},
      {"max3", ": max3 ( n n n -- n ) max max ; 9 1 2 3 max3 . .", {50}, "50 9 "},
      {"gone", ": gone ( n -- ) drop 1 . ; 3 4 gone .", {}, "3 "},
      {"w", ": w ( n -- n ) 1 + ; 5 $ w execute .", {-3}, "-3 "},
      {"w", ": w ( n -- n n ) dup if 5 endif ; 0 $ w execute . .", {1, 2}, "2 1 "},  // verified behind the call
      {"w", ": w ( n -- n n ) dup if 5 endif ; 0 w . .", {1, 2}, "2 1 "},
      {"w", ": w ( -- ) 1 . ; $ w 0 start drop 10 sleep 2 .", {}, "2 "},
      {"m", "array a { 1 2 3 } : m ( n -- n ) 2 * ; a a $ m 0 vecmap a vecprint", {7}, "   7    7    7 "},
      {"vecmul", "array a { 3 4 } a a a 0 vecmul a vecprint", {}, "   3    4 "},
      {"vecreduce", "array a { 3 4 } a 0 0 4 vecreduce . .", {11, 12}, "12 11 "},
      {"receive", "channel c 1 c receive .", {9}, "9 "},
      {"recur", ": recur ( n -- n ) dup 0 > if 1 - recur 1 + endif ; 5 recur .", {100}, "100 "},
  };
  for (const char* name : names)
    for (const Row& row : rows) {
      CAPTURE(row.text);
      for (const std::uint32_t budget : {1u, unbounded}) {
        Traced bench(find_profile(name));
        unsigned skipped = 0, others = 0;
        Probe around(bench, static_cast<std::uint8_t>(Phase::around), leaving(row.cells));
        Probe after(bench, Phase::after | Phase::left, [&](Call& call) {
          ++(call.phase == Phase::after && call.skipped ? skipped : others);
          return Verdict::proceed;
        });
        around.on(row.word);
        after.on(row.word);
        bench.run_text(row.text, budget);
        std::string output = bench.output;
        output.erase(std::remove(output.begin(), output.end(), '\n'), output.end());
        CHECK(squeezed(output) == squeezed(row.output));
        CHECK(bench.state() == "ended");
        CHECK(skipped > 0);
        CHECK(others == 0);
      }
    }
}

TEST_CASE("a function of the host can be replaced") {
  const HostFunction functions[] = {{"measure", 1, 2, [](void*, std::int32_t*) { return false; }}};
  Host host;
  host.functions = functions;
  Traced bench(find_profile("node32"), host);
  Log log;
  Probe around(bench, static_cast<std::uint8_t>(Phase::around), leaving({5, 6}));
  Probe before(bench, Phase::before | Phase::after, into(log));
  around.on("measure", "host");
  before.on("meas*");
  bench.run_text("3 4 measure . . .");
  CHECK(bench.output == "6 5 3 ");
  CHECK(log == Log{"before measure [4]", "after measure [5 6] 8 skipped"});
}

TEST_CASE("a hook around a word refuses it: the task traps, or catches that") {
  for (const char* name : names) {
    struct Row {
      const char *word, *text, *output, *state;
    };
    const Row rows[] = {
        {"+", "1 . 2 3 + .", "1 ", "trap host_error"},
        {"w", ": w ( -- ) 5 . ; 1 . w 2 .", "1 ", "trap host_error"},
        {"w", ": w ( -- ) 5 . ; try w catch . endtry 2 .", "-16 2 ", "ended"},
        {"vecmul", "array a { 1 } try a a a 0 vecmul catch . endtry 2 .", "-16 2 ", "ended"},
        {"w", ": w ( -- ) 5 . ; $ w 0 start drop 1 sleep 3 .", "3 ", "ended"}};  // another task has trapped
    for (const Row& row : rows) {
      CAPTURE(row.text);
      Traced bench(find_profile(name));
      unsigned after = 0, left = 0;
      Probe around(bench, static_cast<std::uint8_t>(Phase::around), refuse);
      Probe ends(bench, Phase::after | Phase::left, [&](Call& call) {
        ++(call.phase == Phase::after ? after : left);
        return Verdict::proceed;
      });
      around.on(row.word);
      ends.on(row.word);
      bench.run_text(row.text);
      CHECK(bench.output == row.output);
      CHECK(bench.state() == row.state);
      CHECK(after == 0);
      CHECK(left == 1);
    }
  }
}

// What skipping it would do to the stacks is not known: in rexa16 ways of different depth, everywhere what copies as
// many cells as the stack says. Of what the compiler has placed it relies on the results.
TEST_CASE("a word whose effect is not known cannot be skipped") {
  struct Row {
    const char *profile, *word, *text;
  };
  for (const Row& row :
       {Row{"rexa16", "w", ": w dup if 5 endif ; 1 w . ."}, Row{"rexa16", "e", ": e 1 end ; e"},
        Row{"node32", ".s", "s\" abc\" .s"}, Row{"rexa16", ">f", "1 >f f> ."}, Row{"rexa16", "f>", "1 >f f> ."},
        Row{"node32", "vecmap", "array a { 1 } : m ( n -- n ) 2 * ; a a $ m 0 vecmap"}}) {
    CAPTURE(row.text);
    Traced bench(find_profile(row.profile));
    Probe around(bench, static_cast<std::uint8_t>(Phase::around), leaving({}));
    around.on(row.word);
    bench.run_text(row.text);
    CHECK(bench.state() == "trap host_error");
  }
}

TEST_CASE("two hooks around a word: the first one decides first") {
  Traced bench(find_profile("node32"));
  unsigned asked = 0;
  Probe outer(bench, static_cast<std::uint8_t>(Phase::around), [](Call& call) {
    if (call.cells[1] != 0) return Verdict::proceed;
    call.cells[0] = -1;
    return Verdict::skip;
  });
  Probe inner(bench, static_cast<std::uint8_t>(Phase::around), [&](Call& call) {
    ++asked;
    call.cells[0] = 1000;
    return call.cells[1] == 9 ? Verdict::skip : Verdict::proceed;
  });
  outer.on("/");
  inner.on("*", "arithmetic");
  bench.run_text("8 2 / . 8 0 / . 8 9 / .");
  CHECK(bench.output == "4 -1 1000 ");
  CHECK(asked == 2);
}

TEST_CASE("words of the program, however they are called") {
  struct Row {
    const char* text;
    Log log;
  };
  const Row rows[] = {
      {": w ( n -- n ) 1 + ; 4 w drop", {"before w [4]", "after w [5] 2"}},
      {": w ( n -- n ) 1 + ; 4 $ w execute drop", {"before w [4]", "after w [5] 2"}},
      {": one2 ( -- ) ; : two2 ( -- ) one2 one2 ; two2",
       {"before two2 []", "before one2 []", "after one2 [] 0", "before one2 []", "after one2 [] 0", "after two2 [] 2"}},
      {": fac ( n -- n ) dup 2 < if drop 1 return endif dup 1 - fac * ; 3 fac drop",
       {"before fac [3]", "before fac [2]", "before fac [1]", "after fac [1] 7", "after fac [2] 17",
        "after fac [6] 27"}},
      {": w ( -- ) 1 0 / drop ; try w catch drop endtry", {"before w []", "left w divide_by_zero 2"}},
      {": a ( -- ) 5 throw ; : b ( -- ) a ; try b catch drop endtry : c ( -- ) ; c",
       {"before b []", "before a []", "left a uncaught 9", "left b uncaught 10", "before c []", "after c [] 0"}},
      {": w ( -- ) end ; w", {"before w []", "left w 1"}},
      {": w ( -- ) 1 kill ; w", {"before w []", "left w stopped 1"}},
      {": w ( -- ) ; $ w 0 start drop 5 sleep", {"before w []", "after w [] 0"}},
      {": w ( -- ) begin 100 sleep again ; $ w 9 start 5 sleep kill", {"before w []", "left w stopped 9"}},
      {": w ( -- ) 1 0 / drop ; $ w 0 start 1 0 supervise 5 sleep",
       {"before w []", "left w divide_by_zero 2", "before w []", "left w divide_by_zero 2"}},
      {": h ( n n -- ) drop drop ; $ h on-trap : w ( -- ) 1 0 / drop ; $ w 0 start drop 5 sleep",
       {"before w []", "left w divide_by_zero 2", "before h [2 -1]", "after h [] 2"}},
      {": m ( n -- n ) 2 * ; array a { 5 6 } a a $ m 0 vecmap",
       {"before m [5]", "after m [10] 2", "before m [6]", "after m [12] 2"}},
  };
  for (const char* name : names)
    for (const Row& row : rows) {
      CAPTURE(row.text);
      for (const std::uint32_t budget : {1u, 3u, unbounded}) {
        CAPTURE(budget);
        Traced bench(find_profile(name));
        Log log;
        Probe probe(bench, Phase::before | Phase::after | Phase::left, [&](Call& call) {
          log.push_back(tell(call, &bench.engine()));
          return Verdict::proceed;
        });
        probe.on("*", "program");
        bench.run_text(row.text, budget);
        CHECK(lines(log) == lines(row.log));
      }
    }
}

TEST_CASE("an instruction that traps, waits for ever or ends its task has no after") {
  struct Row {
    const char *word, *text;
    Log log;
  };
  const Row rows[] = {
      {"/", "8 2 / 0 / drop", {"before / [8 2]", "after / [4] 1", "before / [4 0]", "left / divide_by_zero 0"}},
      {"/", "try 1 0 / drop catch drop endtry", {"before / [1 0]", "left / divide_by_zero 0"}},
      {"vecmul",
       "array a { 1 2 } array b { 1 } b a a 0 vecmul",
       {"before vecmul [20 8 8 0] 0:int32*1 1:int32*2 2:int32*2", "left vecmul shape_mismatch 0"}},
      {"receive",
       "channel c 1 : w ( -- ) c receive drop ; $ w 0 start yield kill",
       {"before receive [-2147483648]", "left receive stopped 0"}},
      {"kill", "1 kill", {"before kill [1]", "left kill stopped 0"}}};
  for (const Row& row : rows)
    for (const std::uint32_t budget : {1u, unbounded}) {
      CAPTURE(row.text);
      Traced bench(find_profile("node32"));
      Log log;
      Probe probe(bench, Phase::before | Phase::after | Phase::left, [&](Call& call) {
        log.push_back(tell(call, &bench.engine()));
        return Verdict::proceed;
      });
      probe.on(row.word);
      bench.run_text(row.text, budget);
      CHECK(lines(log) == lines(row.log));
    }
}

TEST_CASE("a word of another frame is called once, by its name there and in its frame") {
  for (const std::uint32_t budget : {1u, unbounded}) {
    Traced bench(find_profile("node32"));
    Log log;
    bench.run_text("frame lib 1 exports twice\n: inner ( n -- n ) 2 * ; : twice ( n -- n ) inner ;", budget);
    Probe probe(bench, Phase::before | Phase::after, [&](Call& call) {
      log.push_back(std::to_string(call.owner) + " " + std::to_string(call.frame) + " " + tell(call));
      return Verdict::proceed;
    });
    probe.on("*", "program");
    bench.run_text("frame app 1 imports lib.twice\n: w ( n -- n ) twice ; 4 w .", budget);
    CHECK(bench.output == "8 ");
    CHECK(log.size() == 6);
    CHECK(log[0] == "1 1 before w [4]");
    CHECK(log[1] == "1 0 before twice [4]");
    CHECK(log[2] == "1 0 before inner [4]");
    CHECK(log[3].starts_with("1 0 after inner [8]"));
    CHECK(log[4].starts_with("1 0 after twice [8]"));
    CHECK(log[5].starts_with("1 1 after w [8]"));
  }
  Traced bench(find_profile("node32"));
  bench.run_text("frame lib 1 exports twice\n: twice ( n -- n ) 2 * ;");
  Probe around(bench, static_cast<std::uint8_t>(Phase::around), leaving({33}));
  around.on("twice");
  bench.run_text("frame app 1 imports lib.twice\n4 twice . 5 .");
  CHECK(bench.output == "33 5 ");
}

TEST_CASE("hooks of one task and of one frame") {
  Traced bench(find_profile("node32"));
  unsigned of_task = 0, of_frame = 0, all = 0, over = 0;
  Probe one(bench, static_cast<std::uint8_t>(Phase::before), counting(of_task));
  Probe two(bench, static_cast<std::uint8_t>(Phase::before), counting(of_frame));
  Probe three(bench, static_cast<std::uint8_t>(Phase::before), counting(all));
  Probe four(bench, static_cast<std::uint8_t>(Phase::over), counting(over));
  one.on("+").hook.owner = 0;
  one.hook.task = 2;
  two.on("+").hook.owner = 1;
  three.on("+");
  REQUIRE(bench.load(": w ( -- ) 1 2 + 3 + drop ; $ w 0 start $ w 0 start 2drop 1 2 + drop").error == 0);
  REQUIRE(bench.load("1 2 + 3 + 4 + drop").error == 0);
  REQUIRE(bench.run_to_end(3));
  CHECK(of_task == 2);
  CHECK(of_frame == 3);
  CHECK(all == 8);
  CHECK(over == 4);
  // One that stops itself is over once, too.
  REQUIRE(bench.load(": w ( -- ) self kill ; $ w 9 start drop 5 sleep").error == 0);
  REQUIRE(bench.run_to_end(3));
  CHECK(over == 6);
}

TEST_CASE("a hook that is taken away fires no more, and is there once") {
  Traced bench(find_profile("node32"));
  unsigned count = 0;
  {
    Probe a(bench, static_cast<std::uint8_t>(Phase::before), counting(count));
    Probe b(bench, static_cast<std::uint8_t>(Phase::before), counting(count));
    Probe c(bench, static_cast<std::uint8_t>(Phase::before), counting(count));
    CHECK_FALSE(bench.engine().hook(bench.instance(), b.hook));
    CHECK(bench.engine().unhook(bench.instance(), b.hook));
    CHECK_FALSE(bench.engine().unhook(bench.instance(), b.hook));
    a.on("+");
    c.on("+");
    bench.run_text("1 2 + drop");
    CHECK(count == 2);
    CHECK(bench.engine().hook(bench.instance(), b.hook));
  }
  bench.run_text("1 2 + drop");
  CHECK(count == 2);
}

TEST_CASE("code that was fused before is traced in its fused instructions") {
  Traced bench(find_profile("node32"), {}, "switch");
  REQUIRE(bench.load("3 2 + 2 + .").error == 0);
  CHECK(bench.frame().instructions < bench.frame().source_instructions);
  bench.choose("traced");
  unsigned fused = 0;
  Probe probe(bench, static_cast<std::uint8_t>(Phase::before), [&](Call& call) {
    fused += call.group == "fused";
    return Verdict::proceed;
  });
  REQUIRE(bench.run_to_end(7));
  CHECK(bench.output == "7 ");
  CHECK(fused > 0);
  REQUIRE(bench.load("3 2 + .").error == 0);
  CHECK(bench.frame(1).instructions == bench.frame(1).source_instructions);
}

TEST_CASE("where the form is not built in there are no hooks, and the machine keeps nothing for them") {
  for (const char* name : {"stm32f4", "stm32f1", "minimal"}) {
    Bench bench(find_profile(name));
    Hook hook;
    CHECK_FALSE(bench.engine().hook(bench.instance(), hook));
    CHECK_FALSE(bench.engine().unhook(bench.instance(), hook));
    CHECK(std::find(bench.engine().forms.begin(), bench.engine().forms.end(), "traced") == bench.engine().forms.end());
  }
}
