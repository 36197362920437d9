// How much a single call of the compiler does, under callgrind:
//
//   valgrind --tool=callgrind --instr-atstart=no mica_longest_call
//
// Each case is something whose work grows with what a text declares. It is there in two sizes, the second ten times
// the first, and the instructions of every call that has to do with it are dumped as "CASE SIZE". longest_call_test.py
// reads the dumps.
#include <valgrind/callgrind.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "jit/engine.hpp"

namespace mica {
const Engine& node32_engine();
const Engine& rexa16_engine();
}  // namespace mica

namespace {

using namespace mica;

alignas(64) std::array<std::byte, 400000> instance_memory;

std::string times(int count, std::string_view item) {
  std::string text;
  for (int k = 0; k < count; ++k) text += item;
  return text;
}

std::string names(int count) {
  std::string text;
  for (int k = 0; k < count; ++k) text += "var v" + std::to_string(k) + " ";
  return text;
}

// What stands in front of the text that is measured.
enum class Before : std::uint8_t { its_begin, line_of_console, other_frame };

struct Case {
  std::string_view name;
  const Engine& (*engine)();
  int size;
  std::string (*before)(int size);  // not measured
  std::string_view measured;        // one call takes it, the calls after that do the rest
  Before kind;
};

constexpr Case cases[] = {
    {"leave", node32_engine, 300, [](int size) { return "9 0 do " + times(size, "0 if leave endif "); }, "loop ",
     Before::its_begin},
    {"check", rexa16_engine, 600, [](int size) { return ": q drop 0 if q endif " + times(size, "1 drop "); }, "; ",
     Before::its_begin},
    {"text", rexa16_engine, 200, [](int size) { return "s\" " + times(size, "a"); }, "\" ", Before::its_begin},
    {"array", node32_engine, 600, [](int size) { return "array a " + std::to_string(size); }, " ", Before::its_begin},
    {"names", node32_engine, 50, names, "", Before::its_begin},
    {"line", node32_engine, 50, names, "v0 .", Before::line_of_console},
    {"import", node32_engine, 50, [](int size) { return "frame f 1 exports v0\n" + names(size); },
     "frame g 1 imports f.v0\n0 v0 read .", Before::other_frame},
};

void require(bool is_right, const Case& one, std::string_view what) {
  if (is_right) return;
  std::printf("%s: %s\n", std::string(one.name).c_str(), std::string(what).c_str());
  std::exit(1);
}

// One call of the compiler. Nothing else is ever instrumented: callgrind would count some of it here.
template <class Call>
CompileStatus measured(const std::string& dump, Call call) {
  CALLGRIND_START_INSTRUMENTATION;
  const CompileStatus status = call();
  CALLGRIND_DUMP_STATS_AT(dump.c_str());
  CALLGRIND_STOP_INSTRUMENTATION;
  return status;
}

void count(const Case& one, int size) {
  const Engine& engine = one.engine();
  Instance* const instance = engine.create(instance_memory, {});
  require(instance != nullptr, one, "no memory");
  const std::string dump = std::string(one.name) + " " + std::to_string(size);
  CompileOptions options{.keep_open = one.kind == Before::line_of_console};
  engine.begin(instance, options);
  require(feed_all(engine, instance, one.before(size)).error == 0, one, "the text before has an error");
  if (one.kind != Before::its_begin) {
    require(finish_all(engine, instance).error == 0, one, "the text before has an error");
    while (!engine.run(instance, 1000).idle) {
    }
    if (options.keep_open) options.extends = 0;
    measured(dump, [&] { return engine.begin(instance, options); });
  }
  std::string_view text = one.measured;
  CompileStatus status;
  do {
    status = measured(dump, [&] { return engine.feed(instance, text); });
  } while (status.error == 0 && (status.busy || !text.empty()));
  require(status.error == 0, one, "an error");
  do {
    status = measured(dump, [&] { return engine.finish(instance); });
  } while (status.busy);
  require(status.error == 0, one, "an error at the end");
}

}  // namespace

int main() {
  for (const Case& one : cases)
    for (const int factor : {1, 10}) count(one, one.size * factor);
}
