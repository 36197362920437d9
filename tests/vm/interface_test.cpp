// The interface of an engine in the hands of a host that does not keep to its order: nothing is lost, nothing runs
// wild.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using tests::Bench;
using tests::Profile;
using tests::profiles;

std::string begin(Bench& bench) { return bench.error_name(bench.engine().begin(bench.instance(), {})); }
std::string feed(Bench& bench, std::string_view text) {
  return bench.error_name(feed_all(bench.engine(), bench.instance(), text));
}
std::string finish(Bench& bench) { return bench.error_name(finish_all(bench.engine(), bench.instance())); }

}  // namespace

TEST_CASE("nothing can be fed before a frame begins") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    CHECK(feed(bench, "1 .") == "no_frame");
    CHECK(finish(bench) == "no_frame");
    CHECK(bench.load("5 .").error == 0);
    CHECK(bench.run_to_end(100));
    CHECK(bench.output == "5 ");
  }
}

TEST_CASE("a frame that is begun anew gives back what it took") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    const std::string_view text = profile->rexa ? "array a { 1 2 } 1 . " : "table t int8 { 1 } array a { 1 2 } 1 . ";
    for (int k = 0; k < 1000; ++k) {
      REQUIRE(begin(bench) == "");
      REQUIRE(feed(bench, text) == "");
    }
    CHECK(bench.load("6 .").error == 0);
    CHECK(bench.run_to_end(100));
    CHECK(bench.output == "6 ");
  }
}

TEST_CASE("a text knows nothing of the names of texts before it") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    // More often than the dictionary counts before it begins anew.
    for (int k = 0; k < 600; ++k) {
      REQUIRE(begin(bench) == "");
      REQUIRE(feed(bench, ": a 1 ; var b a b ! ") == "");
      REQUIRE(begin(bench) == "");
      REQUIRE(feed(bench, k % 2 == 0 ? "a " : "b ") == "unknown_word");
    }
  }
}

TEST_CASE("data that a text before it has left are zero") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    REQUIRE(begin(bench) == "");
    REQUIRE(feed(bench, "array a { 1 2 3 4 } ") == "");
    REQUIRE(bench.load("var x array a 3 x @ . a @ . a 2 cell+ @ .").error == 0);
    CHECK(bench.run_to_end(100));
    CHECK(bench.output == "0 0 0 ");
  }
}

TEST_CASE("a finished frame is neither changed nor started again") {
  for (const Profile* profile : profiles()) {
    CAPTURE(profile->name);
    Bench bench(*profile);
    REQUIRE(bench.load("var a begin 7 . a @ 1 + dup a ! 3 = until").error == 0);
    bench.run(1);
    for (int k = 0; k < 300; ++k) {
      CHECK(finish(bench) == "no_frame");
      CHECK(feed(bench, "? ") == "no_frame");
    }
    CHECK(bench.state(1) == "absent");
    if (profile->limits.frames > 1 && profile->limits.tasks > 1) CHECK(bench.load("8 .").error == 0);
    CHECK(bench.run_to_end(100));
    CHECK(bench.state(0) == "ended");
    CHECK(std::count(bench.output.begin(), bench.output.end(), '7') == 3);
  }
}

TEST_CASE("only forms that make digests report one") {
  for (const Profile* profile : profiles())
    for (std::size_t form = 0; form < profile->engine.forms.size(); ++form) {
      const std::string_view name = profile->engine.forms[form];
      CAPTURE(name);
      Bench bench(*profile, name);
      REQUIRE(bench.load("5 .").error == 0);
      CHECK(bench.run_to_end(100));
      const TaskReport task = bench.task();
      CHECK(task.observed == (name == "checked" || name == "traced" || name.ends_with("-observed")));
      CHECK((task.digest != 0) == task.observed);
    }
}

// As that of a sensor that is not there, or what another frame exports whose length is overwritten.
TEST_CASE("an array without elements is none for the words that take arrays") {
  std::int16_t element = 0;
  const HostArray arrays[] = {{"none", &element, 0, ml::ElementType::int16, false}};
  Host host;
  host.arrays = arrays;
  for (const Profile* profile : profiles()) {
    INFO(profile->name);
    for (const char* text : {"a w none 0 vecfold", "none w a 0 vecfold", "a none a 0 vecfold", "none vecprint",
                             "none 0 0 4 vecreduce", "0 none read drop", "1 0 none write"}) {
      INFO(text);
      Bench bench(*profile, {}, 2 * Bench::pool_for_one(*profile), host);
      const CompileStatus status = bench.load(std::string("array a { 1 } array w { 1 } ") + text);
      if (bench.error_name(status) == "unknown_word") continue;  // the profile has no such words
      REQUIRE(mica::tests::describe(bench.engine(), status) == "");
      REQUIRE(bench.run_to_end(7));
      CHECK(bench.state() == "trap invalid_handle");
    }
    if (profile->limits.frames < 2 || profile->limits.tasks < 2) continue;
    Bench bench(*profile, {}, 4 * Bench::pool_for_one(*profile));
    const std::string length = std::to_string(profile->engine.cell_bits / 8);
    REQUIRE(mica::tests::describe(bench.engine(),
                                  bench.load("frame lib 1 exports a\narray a 3 preset " + length + " { 0 }")) == "");
    REQUIRE(mica::tests::describe(bench.engine(), bench.load("frame app 1 imports lib.a\n1 0 a write")) == "");
    REQUIRE(bench.run_to_end(7));
    CHECK(bench.state(1) == "trap invalid_handle");
  }
}

TEST_CASE("no word that is started takes the task of a frame whose gaps are being closed") {
  for (const Profile* profile : profiles()) {
    if (profile->limits.frames < 2 || profile->limits.tasks < 2 || profile->limits.data_bytes < 2200) continue;
    CAPTURE(profile->name);
    Bench bench(*profile, {}, 4 * Bench::pool_for_one(*profile));
    const auto start = [&] {
      std::uint8_t task = 0;
      return bench.engine().start(bench.instance(), 0, "wait", {}, task);
    };
    REQUIRE(bench.load("frame waits 1 exports wait\n: wait begin again ; wait").error == 0);
    for (std::uint32_t others = profile->limits.tasks - 2; others > 0; --others) REQUIRE(start());
    const std::uint8_t last = static_cast<std::uint8_t>(profile->limits.tasks - 1);
    REQUIRE(bench.state(last) == "absent");
    REQUIRE(begin(bench) == "");
    REQUIRE(feed(bench, "array large " + std::to_string(16000 / profile->engine.cell_bits) + " 1 .") == "");
    int calls = 0;
    for (bool busy = true; busy; ++calls) {
      const CompileStatus status = bench.engine().finish(bench.instance());
      REQUIRE(status.error == 0);
      busy = status.busy;
      if (busy) CHECK(!start());
    }
    CHECK(calls > 1);
    CHECK(bench.state(last) == "ready");
  }
}
