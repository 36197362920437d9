// Words that are open when hooks begin or cease to see them: another form is chosen, or a snapshot is taken up.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/vm/hook_bench.hpp"
#include "tests/vm/traveller.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

constexpr std::size_t pool_bytes = std::size_t{1} << 18;

// What is told of a machine. Each word that ends must be the last one that has begun, or was found.
class Watcher {
 public:
  Watcher() {
    hook_.when = Phase::before | Phase::after | Phase::left | Phase::over | Phase::found;
    hook_.context = this;
    hook_.call = [](void* context, Call& call) {
      static_cast<Watcher*>(context)->see(call);
      return Verdict::proceed;
    };
  }

  bool watch(Bench& bench) { return bench.engine().hook(bench.instance(), hook_); }
  bool leave(Bench& bench) { return bench.engine().unhook(bench.instance(), hook_); }
  // What was executed and not charged yet is no part of the time of a machine that takes over.
  void forget() {
    open_.clear();
    times_.clear();
  }
  bool sees_nothing() const {
    for (const auto& [task, words] : open_)
      if (!words.empty()) return false;
    return true;
  }
  // From the outermost to the innermost.
  std::string words_of(const TaskReport& task) const {
    const auto found = open_.find({task.owner, task.id});
    std::string text;
    if (found != open_.end())
      for (const std::string& word : found->second) text += word + " ";
    return text;
  }

  std::string log;                   // but for what was found
  std::vector<std::uint64_t> times;  // of the lines
  unsigned found = 0;

 private:
  void see(const Call& call) {
    const std::pair<unsigned, unsigned> task = {call.owner, call.task};
    std::vector<std::string>& words = open_[task];
    const std::string word = std::to_string(call.frame) + "." + std::string(call.word);
    if (call.time < times_[task]) FAIL("time goes back: ", tell(call));
    times_[task] = call.time;
    const bool begins = call.phase == Phase::before || call.phase == Phase::found;
    if (begins) {
      words.push_back(word);
    } else if (call.phase == Phase::over) {
      CHECK(words.empty());
      times_.erase(task);
    } else if (const bool is_known = !words.empty() && words.back() == word; is_known) {
      words.pop_back();
    } else {
      FAIL("ends " << word << ", open: " << words_of({.owner = call.owner, .id = call.task}));
    }
    found += call.phase == Phase::found;
    if (call.phase == Phase::found) return;
    log += std::to_string(task.first) + "/" + std::to_string(task.second) + (begins ? " + " : " - ") + word;
    times.push_back(call.time);
    log += call.phase == Phase::over ? " over " + std::to_string(call.time) + "\n" : "\n";
  }

  Hook hook_;
  std::map<std::pair<unsigned, unsigned>, std::vector<std::string>> open_;
  std::map<std::pair<unsigned, unsigned>, std::uint64_t> times_;
};

// Words that call themselves, are called by tokens, from another frame and with their depth verified; words that are
// left by what is thrown; a loop that leads to the first instruction of its word; tasks that begin anew.
const std::vector<std::string> texts = {
    "frame lib 1 exports scale\n"
    ": inner ( n -- n ) 3 * 7 mod ; : scale ( n -- n ) inner 2 0 do inner loop ;\n"
    "begin 2 sleep again",
    "frame app 1 tasks 6 imports lib.scale\n"
    "array in 40 array res 10 array weights int8 400 var count var v\n"
    ": fib ( n -- n ) dup 2 < if else dup 1 - fib swap 2 - fib + endif ;\n"
    ": odd-more ( n -- n n ) dup 1 and if dup 3 + else dup >r drop r> dup endif ;\n"
    ": square dup * ; : twice ( n -- n ) $ square execute $ scale execute ;\n"
    ": risky ( n -- ) 3 mod 0 = if 7 throw endif ;\n"
    ": deep ( n -- n ) v ! try v @ risky try v @ 1 + risky catch drop endtry catch drop endtry v @ ;\n"
    ": for-ever begin count @ 1 + count ! count @ fib drop count @ 9 mod count ! again ;\n"
    ": beat 6 deep twice drop ; : bad 3 0 do i drop loop 1 0 / drop ;\n"
    ": layer in weights res 0 vecfold in in $ square 0 vecmap ;\n"
    "$ for-ever 0 start drop $ beat 2 1 0 every drop $ bad 1 start 3 2 supervise\n"
    "8 0 do i fib i scale i odd-more twice drop drop drop drop layer loop 8 sleep 7 fib drop"};

std::string first_difference(const std::string& one, const std::string& other) {
  const auto [at, there] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
  if (at == one.end() && there == other.end()) return {};
  const auto from = std::max<std::ptrdiff_t>(0, at - one.begin() - 200);
  return one.substr(static_cast<std::size_t>(from), 300) + "\n=====\n" +
         other.substr(static_cast<std::size_t>(from), 300);
}

struct Machine {
  explicit Machine(const std::vector<std::string>& programs = texts)
      : traveller(find_profile("node32"), "traced", pool_bytes) {
    for (const std::string& text : programs) REQUIRE_MESSAGE(traveller.load(text), traveller.problem);
    REQUIRE(watcher.watch(traveller.bench()));
  }
  bool is_over() {
    const std::uint8_t main = traveller.bench().frame(traveller.bench().code(1).empty() ? 0 : 1).task;
    return mica::is_over(traveller.bench().task(main).state);
  }
  void hop(bool decompiles) {
    CHECK(watcher.leave(traveller.bench()));
    REQUIRE_MESSAGE(traveller.hop(decompiles), traveller.problem);
    watcher.forget();
    CHECK(watcher.watch(traveller.bench()));
  }
  void choose(std::string_view form) {
    const auto& forms = traveller.engine().forms;
    const auto found = std::find(forms.begin(), forms.end(), form);
    REQUIRE(
        traveller.engine().choose_form(traveller.bench().instance(), static_cast<std::size_t>(found - forms.begin())));
  }

  Traveller traveller;
  Watcher watcher;
};

}  // namespace

TEST_CASE("hooks of machines that take up a snapshot are told of the same words as if it had gone on") {
  for (const std::uint32_t budget : {1u, 3u, 20u}) {
    CAPTURE(budget);
    Machine plain, one;
    std::mt19937 random(budget);
    while (!plain.is_over()) {
      const RunReport report = plain.traveller.run(budget);
      one.traveller.run(budget);
      const TaskReport task = plain.traveller.bench().task(report.task);
      if (one.watcher.words_of(task) != plain.watcher.words_of(task)) FAIL(one.watcher.words_of(task));
      if (random() % 8 != 0) continue;
      one.hop(random() % 2 == 0);
    }
    CHECK(one.is_over());
    CHECK(one.watcher.found > 100);
    CHECK(plain.watcher.found == 0);
    CHECK(first_difference(one.watcher.log, plain.watcher.log) == "");
  }
}

// Slices end where ticks are charged, and nothing is pending there as long as no ways meet.
TEST_CASE("the time of words that were called by their token goes on behind a snapshot") {
  const std::vector<std::string> program = {
      ": w 1 drop 2 drop 3 drop ; : v w 4 drop 5 drop ; $ w execute $ v execute w 6 drop $ v execute"};
  Machine plain(program), one(program);
  while (!plain.is_over()) {
    plain.traveller.run(1);
    one.traveller.run(1);
    one.hop(false);
  }
  CHECK(one.watcher.found > 2);
  CHECK(one.watcher.log == plain.watcher.log);
  CHECK(one.watcher.times == plain.watcher.times);
}

TEST_CASE("hooks see no more of a word when another form is chosen, and find those that are open when they come back") {
  for (const char* const form : {"switch", "checked"})
    for (const std::uint32_t budget : {1u, 3u, 20u}) {
      CAPTURE(budget);
      Machine plain, one;
      std::mt19937 random(budget);
      bool is_traced = true;
      while (!plain.is_over()) {
        const RunReport report = plain.traveller.run(budget);
        one.traveller.run(budget);
        const TaskReport task = plain.traveller.bench().task(report.task);
        if (is_traced)
          if (one.watcher.words_of(task) != plain.watcher.words_of(task)) FAIL(one.watcher.words_of(task));
        if (random() % 8 != 0) continue;
        is_traced = !is_traced;
        one.choose(is_traced ? "traced" : form);
        REQUIRE(one.watcher.sees_nothing());
      }
      CHECK(one.is_over());
      CHECK(one.watcher.found > 100);
    }
}

TEST_CASE("a word that has not begun is called anew, one that is in its first loop is found") {
  const auto told = [](const std::string& text, unsigned slices) {
    Traced bench(find_profile("node32"), {}, "switch");
    REQUIRE(bench.load(text).error == 0);
    for (unsigned k = 0; k < slices; ++k) bench.run(1);
    bench.choose("traced");
    std::string log;
    Hook hook;
    hook.when = Phase::before | Phase::found | Phase::after | Phase::left;
    hook.group = "program";
    hook.context = &log;
    hook.call = [](void* context, Call& call) {
      *static_cast<std::string*>(context) += (call.phase == Phase::found ? "found " : tell(call).substr(0, 5) + " ");
      return Verdict::proceed;
    };
    REQUIRE(bench.engine().hook(bench.instance(), hook));
    for (int k = 0; k < 20; ++k) bench.run(1);
    CHECK(bench.engine().unhook(bench.instance(), hook));
    return log.substr(0, log.find(' '));
  };
  const std::string text = ": w begin again ; $ w 1 start drop begin again";
  unsigned slices = 0;
  while (slices < 50 && told(text, slices) == "befor") ++slices;
  CHECK(slices > 0);
  for (unsigned k = 0; k < 5; ++k) CHECK(told(text, slices + k) == "found");
}

TEST_CASE("a hook cannot be added while a form is chosen that would not call it, and stays behind") {
  Traced bench(find_profile("node32"), {}, "switch");
  unsigned count = 0;
  Hook hook;
  hook.when = static_cast<std::uint8_t>(Phase::before);
  hook.context = &count;
  hook.call = [](void* context, Call&) {
    ++*static_cast<unsigned*>(context);
    return Verdict::proceed;
  };
  CHECK_FALSE(bench.engine().hook(bench.instance(), hook));
  CHECK_FALSE(bench.engine().unhook(bench.instance(), hook));
  bench.choose("traced");
  CHECK(bench.engine().hook(bench.instance(), hook));
  bench.choose("switch");
  bench.run_text("1 2 + drop");
  CHECK(count == 0);
  CHECK_FALSE(bench.engine().hook(bench.instance(), hook));  // there already
  bench.choose("traced");
  bench.run_text("1 2 + drop");
  CHECK(count == 2);
  bench.choose("switch");
  CHECK(bench.engine().unhook(bench.instance(), hook));
}
