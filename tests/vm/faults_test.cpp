// What a trap does to others: nothing. What follows it: restarts, words that are told.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::uint32_t budgets[] = {1, 7, unbounded};

// A clock that tests turn on.
struct Clock {
  Time now = 0;
};

Host host_with(Clock& clock) {
  static const HostFunction functions[] = {{"fail", 0, 0, [](void*, std::int32_t*) { return false; }}};
  Host host;
  host.context = &clock;
  host.now = [](void* context, std::uint32_t) { return static_cast<Clock*>(context)->now; };
  host.functions = functions;
  return host;
}

struct Node : Clock, Bench {
  explicit Node(const std::string& text, std::string_view form = "checked", std::string_view profile = "node32")
      : Bench(find_profile(profile), form, 4 * pool_for_one(find_profile(profile)), host_with(*this)) {
    add(text);
  }

  void add(const std::string& text) { REQUIRE_MESSAGE(describe(engine(), load(text)) == "", text); }
  // Runs all that is ready at that time.
  RunReport run_at(Time time, std::uint32_t budget = 1000) {
    now = time;
    RunReport report = run(budget);
    for (int k = 0; k < 100000 && !report.idle; ++k) report = run(budget);
    CHECK(report.idle);
    return report;
  }
  // Until nothing will ever be ready.
  void run_all(std::uint32_t budget = 1000) {
    for (RunReport report = run_at(now, budget); report.wake != never;) report = run_at(report.wake, budget);
  }
  std::uint8_t place_of(std::uint16_t id, std::uint8_t frame = 0) const {
    for (std::uint8_t k = 0; k < engine().tasks; ++k)
      if (task(k).state != TaskState::absent && task(k).id == id && task(k).owner == frame) return k;
    FAIL("no task of this id");
    return 0;
  }
  bool supervise(std::uint16_t id, const Supervision& options) {
    return engine().supervise(instance(), place_of(id), options);
  }
};

// What raises each trap, in `: bad ( -- ) .. ;`.
struct Raises {
  std::string_view trap, text;
};
constexpr Raises raises[] = {{"divide_by_zero", "1 0 / drop"},
                             {"invalid_address", "0 @ drop"},
                             {"invalid_handle", "0 receive drop"},
                             {"index_out_of_range", "5 -1 0 await"},
                             {"read_only", "1 0 t write"},
                             {"shape_mismatch", "a c 0 sendn? drop"},
                             {"stack_underflow", "9 pick drop"},
                             {"stack_overflow", "begin 1 again"},
                             {"return_stack_overflow", "bad bad"},
                             {"effect_mismatch", "0 0= if 5 endif"},
                             {"loop_stack_underflow", "9 fpick drop"},
                             {"return_stack_underflow", "r> drop"},
                             {"invalid_token", "999 execute"},
                             {"stopped", "self kill"},
                             {"host_error", "fail"},
                             {"invalid_argument", "-1 sleep"},
                             {"uncaught", "5 throw"},
                             {"tasks_full", "begin $ sleeper 0 start drop again"},
                             {"abandoned", "$ holder 9 start drop s acquire"},
                             {"not_held", "s release"}};

// Those that no text can raise.
constexpr std::string_view unraised[] = {"core_fault"};  // a core that is broken, in the checked form

bool is_raised(std::string_view trap) {
  const auto is_it = [&](const Raises& one) { return one.trap == trap; };
  return std::any_of(std::begin(raises), std::end(raises), is_it);
}

// Of isa/traps.json: a profile has them all.
std::vector<std::string_view> all_traps(const Engine& engine) {
  std::vector<std::string_view> names;
  for (unsigned k = 1; k < 256; ++k)
    if (const std::string_view name = engine.trap_name(static_cast<std::uint8_t>(k)); !name.empty())
      names.push_back(name);
  return names;
}

// Four cells that the good tasks have for themselves come first.
std::string with_bad_word(std::string_view text) {
  return "var v array b { 5 6 7 } table t int8 { 1 } array a { 3 4 } channel c 1 semaphore s 1 var n\n"
         ": sleeper 5 sleep ; : holder s acquire 5 sleep ;\n: bad ( -- ) " +
         std::string(text) + " ;\n";
}

constexpr const char* good[] = {"counts", "stores", "sleeps"};

// A bad task beside as many of three good ones as `which` has bits.
std::string with_good_tasks(std::string_view text, unsigned which) {
  std::string all = with_bad_word(text) +
                    ": counts 20 0 do v @ i i * + dup v ! . loop ;\n"
                    ": stores 9 0 do b vecprint i i 3 mod b write loop ;\n"
                    ": sleeps 6 0 do i . 1 sleep loop ;\n";
  for (unsigned k = 0; k < std::size(good); ++k)
    all += "$ " + std::string((which >> k & 1) != 0 ? good[k] : "sleeper") + " 1 start drop ";
  return all + "$ bad 1 start drop";
}

// What a task lets the world see.
struct Life {
  std::string state, output;
  std::uint32_t digest = 0;
  std::uint64_t ticks = 0;
};

// Of all tasks, by their ids, and what the good ones have stored. A place may have had several.
struct Lives {
  std::map<std::uint16_t, Life> of;
  std::vector<std::uint8_t> data;

  Lives(const Profile& profile, const std::string& text, std::uint32_t budget) {
    Node node(text, "checked", profile.name);
    RunReport report;
    do {
      node.output.clear();
      report = node.run(budget);
      const TaskReport task = node.task(report.task);
      of[task.id] = {node.state(report.task), of[task.id].output + node.output, task.digest, task.ticks};
      if (report.idle) node.now = report.wake;
    } while (!report.idle || report.wake != never);
    data = node.data();
    data.resize(4 * profile.cell_bytes());
  }
};

constexpr const char* bad = "var n : bad n @ 1 + dup n ! . 1 0 / drop ;\n";
constexpr const char* late_bad = ": late 1 sleep bad ; $ late 0 start drop";
constexpr const char* told = ": told ( n n -- ) swap . . ; $ told on-trap\n";

}  // namespace

TEST_CASE("there is no trap but these") {
  const Engine& engine = find_profile("node32").engine;
  for (const std::string_view trap : all_traps(engine)) {
    const bool by_nothing = std::find(std::begin(unraised), std::end(unraised), trap) != std::end(unraised);
    CHECK_MESSAGE(is_raised(trap) != by_nothing, trap << ": what raises it, or why does nothing?");
  }
  CHECK(std::size(raises) + std::size(unraised) == all_traps(engine).size());
}

TEST_CASE("each trap stops its task and leaves all others what they are") {
  for (const char* name : {"node32", "stm32f1"}) {
    const Profile& profile = find_profile(name);
    std::vector<Lives> alone;
    for (unsigned k = 0; k < std::size(good); ++k) alone.emplace_back(profile, with_good_tasks("", 1u << k), 1000);
    const std::vector<std::uint8_t> data = Lives(profile, with_good_tasks("", 7), 1000).data;
    for (const Raises& one : raises)
      for (const std::uint32_t budget : budgets) {
        CAPTURE(name);
        CAPTURE(one.trap);
        CAPTURE(budget);
        Lives beside(profile, with_good_tasks(one.text, 7), budget);
        CHECK(beside.of[1].state == "ended");
        CHECK(beside.of[5].state == "trap " + std::string(one.trap));
        for (std::uint16_t id = 2; id < 5; ++id) {
          Life& expected = alone[id - 2u].of[id];
          CAPTURE(id);
          CHECK(expected.state == "ended");
          CHECK(beside.of[id].state == expected.state);
          CHECK(beside.of[id].output == expected.output);
          CHECK(beside.of[id].digest == expected.digest);
          CHECK(beside.of[id].ticks == expected.ticks);
        }
        CHECK(beside.data == data);
      }
  }
}

TEST_CASE("behind each trap but one a word is told, and a supervised task is started again as often as it may be") {
  const Engine& engine = find_profile("node32").engine;
  for (unsigned trap = 1; trap < 256; ++trap) {
    const std::string name(engine.trap_name(static_cast<std::uint8_t>(trap)));
    const auto one =
        std::find_if(std::begin(raises), std::end(raises), [&](const Raises& r) { return r.trap == name; });
    if (one == std::end(raises)) continue;
    CAPTURE(name);
    Node node(with_bad_word(one->text) + ": told ( n n -- ) swap 2 = if . else drop endif ; $ told on-trap\n" +
              ": w ( -- ) self 3 9 supervise n @ 1 + n ! bad ; $ w 1 start drop 300 sleep n @ .");
    node.run_all();
    const std::string number = (name == "uncaught" ? "5" : std::to_string(-static_cast<int>(trap))) + " ";
    CHECK(node.output == (name == "stopped" ? "1 " : number + number + number + number + "4 "));
    if (name == "tasks_full" || name == "abandoned") continue;  // others have taken its place
    CHECK(node.state(node.place_of(2)) == "trap " + name);
    CHECK(node.task(node.place_of(2)).restarts == (name == "stopped" ? 0 : 3));
  }
}

TEST_CASE("restarts: how often, when, and what is told of them meanwhile") {
  Node node(std::string(bad) + late_bad);
  node.run_at(0);
  CHECK_FALSE(node.supervise(1, {3, 10}));
  CHECK(node.supervise(2, {3, 10}));
  CHECK(node.run_at(5000).wake == 15000);
  const std::uint8_t place = node.place_of(2);
  const TaskReport trapped = node.task(place);
  CHECK(trapped.state == TaskState::sleeping);
  CHECK(node.engine().trap_name(trapped.trap) == "divide_by_zero");
  CHECK(trapped.restarts == 0);
  CHECK(node.places.size() > 0);
  CHECK(node.run_at(14999).wake == 15000);
  CHECK(node.output == "1 ");
  CHECK(node.run_at(15000).wake == 16000);  // at its word
  CHECK(node.task(place).restarts == 1);
  CHECK(node.task(place).trap == 0);
  CHECK(node.output == "1 ");
  CHECK(node.run_at(16000).wake == 36000);  // twice 10 ms later
  CHECK(node.output == "1 2 ");
  CHECK(node.run_at(40000).wake == 41000);
  CHECK(node.run_at(41000).wake == 81000);
  CHECK(node.run_at(81000).wake == 82000);
  CHECK(node.run_at(82000).wake == never);
  CHECK(node.output == "1 2 3 4 ");
  CHECK(node.state(place) == "trap divide_by_zero");
  CHECK(node.task(place).restarts == 3);
  CHECK_FALSE(node.task(place).ticks_exact);
  CHECK_FALSE(node.supervise(2, {9, 0}));  // it is over
  CHECK_FALSE(node.engine().supervise(node.instance(), 200, {9, 0}));
  CHECK_FALSE(node.engine().supervise(node.instance(), 7, {9, 0}));  // there is none
}

TEST_CASE("times to sleep double, but not for ever") {
  Node node(std::string(bad) + late_bad);
  node.run_at(0);
  CHECK(node.supervise(2, {255, 1}));
  Time wake = 1000;
  for (unsigned k = 0; k < 255; ++k) {
    const Time trapped = wake;
    wake = node.run_at(trapped).wake;
    CHECK(wake - trapped == Time{1000} << std::min(k, 31u));
    wake = node.run_at(wake).wake;
  }
  CHECK(node.run_at(wake).wake == never);
  Node longest(std::string(bad) + late_bad);
  longest.run_at(0);
  CHECK(longest.supervise(2, {255, 0xffffffff}));
  CHECK(longest.run_at(1000).wake == Time{4294967} * 1000 + 1000);
}

TEST_CASE("a task that begins anew has empty stacks, new settings, its own frame and no trap") {
  Node node("frame lib 1 exports divide\n: divide ( n n -- n ) / ;");
  node.run_at(0);
  node.add(
      "frame app 1 imports lib.divide\nvar n : w 7 >r 30 . 16 base n @ 1 + dup n ! 3 < if 1 2 3 0 divide drop drop "
      "drop endif r> . ; $ w 0 start 2 0 supervise");
  node.run_at(0, 3);
  CHECK(node.output == "30 30 30 7 ");
  const TaskReport task = node.task(node.place_of(2, 1));
  CHECK(task.state == TaskState::ended);
  CHECK(task.trap == 0);
  CHECK(task.restarts == 2);
}

TEST_CASE("digest and ticks are the same in every form and for every budget") {
  for (const std::string delay : {"0", "1"}) {
    const std::string program = "var n : bad self 4 " + delay +
                                " supervise n @ 1 + dup n ! . n @ 3 < if 1 0 / drop endif 5 throw ;\n"
                                "$ bad 0 start drop";
    std::vector<std::uint32_t> digests;
    std::vector<std::uint64_t> ticks;
    for (const std::string_view form : find_profile("node32").engine.forms)
      for (const std::uint32_t budget : budgets) {
        Node node(program, form);
        node.run_all(budget);
        const TaskReport task = node.task(node.place_of(2));
        ticks.push_back(task.ticks);
        if (task.observed) digests.push_back(task.digest);
      }
    for (const std::uint32_t digest : digests) CHECK(digest == digests.front());
    for (const std::uint64_t one : ticks) CHECK(one == ticks.front());
  }
}

TEST_CASE("a periodic task goes on with a later period") {
  Node node(std::string(bad) + "$ bad 0 10 0 every 9 25 supervise");
  CHECK(node.run_at(0).wake == 25000);  // in the period from 20 on
  CHECK(node.task(node.place_of(2)).missed == 2);
  CHECK(node.run_at(25000).wake == 75000);
  Node quick(std::string(bad) + "$ bad 0 10 0 every 9 0 supervise");
  CHECK(quick.run_at(3000).wake == 10000 + 3000);
}

TEST_CASE("what a task holds is given back when it traps, and who waits for it is told") {
  Node node(
      "semaphore s 1 : w s acquire 1 sleep 5 throw ; : v s acquire ; $ w 1 start 1 10 supervise $ v 0 start drop");
  node.run_all();
  CHECK(node.state(node.place_of(3)) == "trap abandoned");
  CHECK(node.task(node.place_of(2)).restarts == 1);
  // Abandoned itself, it waits anew.
  Node other(
      "semaphore s 1 : w s acquire 1 sleep 5 throw ; : v s acquire 7 . s release ; $ w 1 start drop $ v 0 start 1 0 "
      "supervise");
  other.run_all();
  CHECK(other.output == "7 ");
}

TEST_CASE("kill stops a supervised task for good") {
  for (const Time when : {5000, 15000}) {  // while it sleeps, and behind a restart
    Node node(std::string(bad) + "$ bad 0 start 9 10 supervise");
    node.run_at(0);
    node.run_at(when);
    node.engine().stop(node.instance(), node.place_of(2));
    CHECK(node.run_at(1000000).wake == never);
    CHECK(node.state(node.place_of(2)) == "trap stopped");
    CHECK(node.output == (when == 5000 ? "1 " : "1 2 "));
  }
  Node node(std::string(bad) + told + "$ bad 0 start dup 9 10 supervise 5 sleep kill");
  node.run_all();
  CHECK(node.output == "1 2 -1 ");  // of `stopped` nobody is told
}

TEST_CASE("a word is told of each trap, also behind which the task begins anew") {
  for (const std::uint32_t budget : budgets) {
    Node node("frame f 1 priority 5\n" + std::string(bad) + told + "$ bad 0 start 1 5 supervise 20 sleep -1 sleep");
    node.run_all(budget);
    CHECK(node.output == "1 2 -1 2 2 -1 1 -17 ");
    CHECK(node.frame().traps_lost == 0);
  }
  Node both(std::string(told) + ": b 5 throw ; $ b 1 start $ b 1 start drop drop");
  both.run_all();
  CHECK(both.output == "2 5 4 5 ");
  // It goes before all others.
  Node first(std::string(told) + ": busy 1 sleep 9 . ; : b 1 sleep 5 throw ; $ b 254 start $ busy 254 start drop drop");
  first.run_all();
  CHECK(first.output == "2 5 9 ");
}

TEST_CASE("nobody is told: handlers that trap, traps that are caught, no handler, another frame's") {
  Node trapping(": h ( n n -- ) . . 1 0 / drop ; : b 5 throw ; $ h on-trap $ b 0 start drop");
  trapping.run_all();
  CHECK(trapping.output == "5 2 ");
  Node careful(": h ( n n -- ) . drop self 1 0 supervise ; $ h on-trap 5 throw");
  careful.run_all();
  CHECK(careful.output == "5 ");
  CHECK(careful.state(careful.place_of(2)) == "trap invalid_argument");
  Node caught(std::string(told) + ": w self 3 0 supervise try 1 0 / drop catch . endtry ; $ w 0 start drop");
  caught.run_all();
  CHECK(caught.output == "-1 ");
  CHECK(caught.task(caught.place_of(2)).restarts == 0);
  Node none(std::string(told) + "0 on-trap 5 throw");
  none.run_all();
  CHECK(none.output == "");
  Node other(std::string{told});
  other.run_all();
  other.add("frame other 1\n5 throw");
  other.run_all();
  CHECK(other.output == "");
  // One that declares more than it keeps.
  Node wrong(": h ( n n -- ) drop 0 0= if drop 5 5 endif ; $ h on-trap 5 throw");
  wrong.run_all();
  CHECK(wrong.state(wrong.place_of(2)) == "trap effect_mismatch");
}

TEST_CASE("where no task is free the handler waits, for one trap at a time") {
  for (const std::uint32_t budget : budgets) {
    // Seven sleep, three of them trap and sleep again.
    Node node("frame f 1 priority 5\n" + std::string(told) +
              ": s 50 sleep ; : b 5 throw ; 4 0 do $ s 0 start drop loop 3 0 do $ b 0 start 1 20 supervise loop 100 "
              "sleep");
    RunReport report = node.run_at(0, budget);
    CHECK(report.wake == 20000);
    CHECK(node.output == "");
    CHECK(node.frame().traps_lost == 2);
    node.run_at(20000, budget);  // the first of them is over, and makes room
    CHECK(node.output.substr(0, 4) == "6 5 ");
    node.run_all(budget);
    CHECK(node.state() == "ended");
  }
}

TEST_CASE("a handler that waits for a task is forgotten with its frame, and by 0 on-trap") {
  const std::string full = ": s 50 sleep ; : b 5 throw ; 6 0 do $ s 0 start drop loop $ b 0 start 1 90 supervise ";
  Node node(std::string(told) + full + "1 sleep 0 on-trap 200 sleep");
  node.run_all();
  CHECK(node.output == "");
  Node gone(std::string(told) + full + "200 sleep");
  gone.run_at(0);
  CHECK(unload_all(gone.engine(), gone.instance(), 0) == Unloading::done);
  gone.add("7 .");
  gone.run_all();
  CHECK(gone.output == "7 ");
  Node replaced(std::string(told) + full + "200 sleep");
  replaced.run_at(0);
  const CompileStatus status = replaced.load(": b 1 sleep 1 0 / drop ; $ b 0 start drop", {.replaces = 0});
  CHECK(describe(replaced.engine(), status) == "");
  replaced.run_all();
  CHECK(replaced.output == "");
  CHECK(replaced.state(replaced.frame(status.frame).task) == "ended");
}

TEST_CASE("a frame that replaces another has a handler of its own") {
  Node node(": old ( n n -- ) drop drop 8 . ; $ old on-trap : b 5 throw ; $ b 0 start 9 10 supervise");
  node.run_at(0);
  CHECK(node.output == "8 ");
  const CompileStatus status = node.load(
      ": new ( n n -- ) drop drop 9 . ; $ new on-trap : b 1 sleep 1 0 / drop ; $ b 0 start drop", {.replaces = 0});
  CHECK(describe(node.engine(), status) == "");
  node.run_all();
  CHECK(node.output == "8 9 ");
}

TEST_CASE("a word that a self-test has set is told nothing once the program begins") {
  Node node("frame f 1 selftest test\n" + std::string(": told ( n n -- ) . . ; : b 5 throw ; ") +
            ": test ( -- flag ) $ told on-trap $ b 9 start drop 1 ; : w 1 sleep 1 0 / drop ; $ w 0 start drop");
  node.run_all();
  CHECK(node.output == "5 2 ");  // while it tests itself
  CHECK(node.state(node.place_of(2)) == "trap divide_by_zero");
}

TEST_CASE("a handler and a task that begins anew are found when their frame has been moved") {
  for (const bool pending : {false, true}) {  // the frame is moved between the trap and the word that is told
    CAPTURE(pending);
    Node node("array small 50 7 small !");
    node.run_all();
    // Where the code was there is something else as soon as the first piece has been moved.
    node.add("array large 2000 2000 0 do -1 i large write loop " + std::string(bad) + told +
             ": w self 1 30 supervise bad ; $ w 0 start drop 9 sleep 8 .");
    const auto is_over = [&] { return node.output.starts_with("1 ") && node.task(node.place_of(2, 1)).trap != 0; };
    for (int k = 0; k < 100000 && !is_over(); ++k) node.run(1);
    REQUIRE(is_over());
    if (!pending) node.run_at(0);
    CHECK(node.output == (pending ? "1 " : "1 2 -1 "));
    CHECK(node.engine().unload(node.instance(), 0) == Unloading::busy);
    for (int k = 0; k < 3; ++k) CHECK_FALSE(node.run(100).idle);
    CHECK(node.output == (pending ? "1 " : "1 2 -1 "));  // as long as the frame is under way
    CHECK(unload_all(node.engine(), node.instance(), 0) == Unloading::done);
    node.run_all();
    CHECK(node.output == "1 2 -1 8 2 2 -1 ");
    CHECK(node.data(1)[4] == 255);
  }
}

TEST_CASE("of a trap in an imported word the frame of the task is told") {
  Node node("frame lib 1 exports divide\n: divide ( n n -- n ) / ; : told ( n n -- ) . . ; $ told on-trap");
  node.run_all();
  node.add("frame app 1 imports lib.divide\n: told ( n n -- ) 8 . . . ; $ told on-trap 1 0 divide");
  node.run_all();
  CHECK(node.output == "8 -1 1 ");
}
