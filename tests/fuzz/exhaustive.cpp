// All programs of up to so many words over a reduced instruction set: fuzz_exhaustive WORDS. Each is compiled in both
// dialects, alone, behind two cells and as the body of a word that may call itself. What the compiler accepts must not
// trip a check of the checked form, and does the same in all forms, fused and not, and in the oracle.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/engines.hpp"
#include "tests/fuzz/round_trip.hpp"
#include "tests/oracle/oracle.hpp"

namespace {

using mica::CompileStatus;
using mica::Engine;
using mica::TaskState;
namespace oracle = mica::oracle;

// The last are those of the own dialect.
constexpr std::array words{"0",     "2",     "dup", "drop", "swap",  "if",     "else", "endif",
                           "begin", "until", "do",  "loop", "v @",   "v !",    ">f",   "f>",
                           "w",     ".",     "r>",  "try",  "catch", "endtry", "throw"};
constexpr std::size_t words_of_rexa = 18;
constexpr std::size_t words_max = 5;
constexpr std::size_t pool_bytes = 4096;
constexpr std::uint64_t oracle_ticks = 400;
constexpr std::uint64_t machine_ticks = 700;  // so that what ends for the oracle has ended
// The last are those of the own dialect.
constexpr std::array contexts{"alone", "behind two cells", "as a word", "in a try", "called in a try", "as a handler"};
constexpr std::size_t contexts_of_rexa = 3;

std::string program(std::size_t context, const std::string& body, bool rexa) {
  if (context == 0) return "var v : w dup . ; " + body;
  if (context == 1) return "var v : w dup . ; 3 1 " + body;
  if (context == 3) return "var v : w dup . ; 3 1 try 2 " + body + " catch . endtry . .";
  if (context == 4) return "var v : w ( a -- a ) " + body + " ; 3 1 try 2 w . catch . endtry . .";
  if (context == 5) return "var v : w 4 throw . ; 3 try 7 8 w . catch " + body + " endtry . .";
  return std::string("var v : w ") + (rexa ? "" : "( a -- a ) ") + body + " ; 3 1 w";
}

struct Result {
  bool accepted = false, finished = false;
  std::string trap;  // empty: none
  std::string output;
  std::uint64_t ticks = 0;
  std::uint32_t digest = 0;
  std::vector<std::uint8_t> data;
};

// A machine in one form.
class Machine {
 public:
  Machine(const Engine& engine, std::string_view form, bool fuse, std::uint32_t budget)
      : engine_(engine), fuse_(fuse), budget_(budget), memory_((engine.bytes_min + pool_bytes) / 8) {
    form_ = static_cast<std::size_t>(std::find(engine.forms.begin(), engine.forms.end(), form) - engine.forms.begin());
    observed_ = form.ends_with("observed") || form == "checked";
  }

  Result run(const std::string& text) {
    Result result;
    mica::Host host;
    host.context = &result.output;
    host.write = [](void* context, const char* bytes, std::size_t size) {
      static_cast<std::string*>(context)->append(bytes, size);
    };
    mica::Instance* const instance = engine_.create(std::as_writable_bytes(std::span(memory_)), host);
    engine_.choose_form(instance, form_);
    engine_.begin(instance, {.fuse = fuse_});
    feed_all(engine_, instance, text);
    result.accepted = finish_all(engine_, instance).error == 0;
    if (!result.accepted) return result;
    for (std::uint64_t ticks = 0; ticks < machine_ticks && !result.finished;) {
      const mica::RunReport report = engine_.run(instance, budget_);
      ticks += report.ticks;
      result.finished = report.idle;
    }
    const mica::TaskReport task = engine_.task(instance, 0);
    if (task.state == TaskState::trapped) result.trap = engine_.trap_name(task.trap);
    result.ticks = task.ticks;
    result.digest = task.digest;
    for (const std::byte one : engine_.data(instance, 0)) result.data.push_back(static_cast<std::uint8_t>(one));
    return result;
  }

  bool observed() const { return observed_; }

 private:
  const Engine& engine_;
  bool fuse_, observed_;
  std::uint32_t budget_;
  std::vector<std::uint64_t> memory_;
  std::size_t form_;
};

// Traps that may come a block early, so that what came before them differs.
bool may_be_early(std::string_view trap) {
  return trap == "stack_underflow" || trap == "loop_stack_underflow" || trap == "stack_overflow" ||
         trap == "return_stack_overflow" || trap == "effect_mismatch";
}

class Trial {
 public:
  explicit Trial(const Engine& engine)
      : engine_(engine), rexa_(mica::fuzz::is_rexa(engine)), checked_(engine, "checked", true, 1) {
    for (const std::string_view form : engine.forms)
      for (const bool fuse : {true, false}) others_.push_back(std::make_unique<Machine>(engine, form, fuse, 7));
    settings_ = {.cell_bits = engine.cell_bits, .rexa = rexa_, .ticks_max = oracle_ticks};
    settings_.trap_number = [this](std::string_view name) {
      std::uint32_t number = 0;
      while (number < 255 && engine_.trap_name(static_cast<std::uint8_t>(number)) != name) ++number;
      return number;
    };
  }

  // What is wrong with it; null: nothing.
  const char* run(const std::string& text) {
    ++tried_;
    const Result result = checked_.run(text);
    if (!result.accepted) return nullptr;
    ++accepted_;
    if (result.trap == "core_fault") return "trips a check";
    if (!mica::fuzz::round_trip(engine_, text, accepted_ % 2 == 0).empty()) return "decompiled, is another frame";
    for (const auto& other : others_)
      if (!same(result, other->run(text), other->observed())) return "differs between forms";
    return compare(result, oracle::run(text, settings_));
  }

  void report() const {
    std::printf("%s: %llu programs, %llu accepted, %llu of them ended, %llu trapped, %llu compared with the oracle\n",
                std::string(engine_.profile).c_str(), count(tried_), count(accepted_), count(ended_), count(trapped_),
                count(compared_));
  }
  // Enough of them show something.
  bool is_worth_it() const { return accepted_ * 200 > tried_ && compared_ * 2 > accepted_; }

 private:
  static unsigned long long count(std::uint64_t number) { return number; }

  static bool same(const Result& a, const Result& b, bool observed) {
    if (!b.accepted) return false;
    if (!a.finished || !b.finished) return a.finished == b.finished;
    if (a.trap != b.trap || a.output != b.output || a.data != b.data) return false;
    return (!observed || a.digest == b.digest) && (!a.trap.empty() || a.ticks == b.ticks);
  }

  const char* compare(const Result& result, const oracle::Result& expected) {
    if (expected.outcome == oracle::Outcome::invalid) return "is refused by the oracle";
    if (expected.outcome == oracle::Outcome::out_of_ticks) return nullptr;
    if (!result.finished) return "does not end";
    ++(result.trap.empty() ? ended_ : trapped_);
    if (result.trap.ends_with("overflow")) return nullptr;  // the oracle's stacks have no end
    // In the own dialect a call takes what the deepest way of the word takes.
    const bool deepest_way = result.trap == "stack_underflow" && !rexa_;
    const bool trapped = expected.outcome == oracle::Outcome::trapped;
    if (deepest_way && !trapped) return nullptr;
    ++compared_;
    if (result.trap.empty() == trapped) return "ends where the oracle traps, or the other way round";
    if (may_be_early(result.trap)) return nullptr;
    if (result.trap != expected.trap) return "has another trap than in the oracle";
    if (!trapped && !expected.allows_ticks(result.ticks)) return "has other ticks than in the oracle";
    if (result.output != expected.output || result.digest != expected.digest || result.data != expected.data)
      return "writes or stores something else than in the oracle";
    return nullptr;
  }

  const Engine& engine_;
  bool rexa_;
  Machine checked_;
  std::vector<std::unique_ptr<Machine>> others_;
  oracle::Settings settings_;
  std::uint64_t tried_ = 0, accepted_ = 0, ended_ = 0, trapped_ = 0, compared_ = 0;
};

// Program `number` of those with `length` words.
std::string body(std::uint64_t number, std::size_t length, std::size_t word_count) {
  std::string text;
  for (; length > 0; --length, number /= word_count) (text += words[number % word_count]) += ' ';
  return text;
}

bool try_all(const Engine& engine, std::size_t length_max) {
  Trial trial(engine);
  const bool rexa = mica::fuzz::is_rexa(engine);
  const std::size_t word_count = rexa ? words_of_rexa : words.size();
  std::uint64_t count = 1;
  for (std::size_t length = 0; length <= length_max; ++length, count *= word_count)
    for (std::uint64_t number = 0; number < count; ++number)
      for (std::size_t context = 0; context < (rexa ? contexts_of_rexa : contexts.size()); ++context) {
        const std::string text = program(context, body(number, length, word_count), rexa);
        if (const char* const wrong = trial.run(text)) {
          std::printf("%s: %s\n%s\n", std::string(engine.profile).c_str(), wrong, text.c_str());
          return false;
        }
      }
  trial.report();
  return trial.is_worth_it();
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t length = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (length < 1 || length > words_max) {
    std::fprintf(stderr, "usage: fuzz_exhaustive WORDS, 1 to %zu\n", words_max);
    return 2;
  }
  const bool all_well = try_all(mica::rexa16_engine(), length) && try_all(mica::own16_engine(), length);
  return all_well ? 0 : 1;
}
