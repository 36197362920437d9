// However a text is cut into chunks, what becomes of it is the same.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/jit/battery.hpp"
#include "tests/vm/bench.hpp"
#include "tests/vm/programs.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// Everything that compiling a text gives.
struct Compiled {
  CompileStatus status;
  std::vector<std::uint8_t> code, data;
  FrameReport report;
  std::vector<Place> places;
  std::string state;
};

Compiled compiled(const Bench& bench, const CompileStatus& status) {
  return {status, bench.code(), bench.data(), bench.frame(), bench.places, bench.state()};
}

Compiled compile(const Profile& profile, std::string_view text, const CompileOptions& options, std::size_t chunk) {
  Bench bench(profile);
  const CompileStatus status = bench.load(text, options, chunk);
  return compiled(bench, status);
}

// Chunks of no bytes mean nothing either.
Compiled compile_with_gaps(const Profile& profile, std::string_view text, const CompileOptions& options) {
  Bench bench(profile);
  const Engine& engine = profile.engine;
  CompileStatus status = engine.begin(bench.instance(), options);
  for (const char& character : text) {
    if (status.error != 0) break;
    status = feed_all(engine, bench.instance(), {});
    if (status.error == 0) status = feed_all(engine, bench.instance(), {&character, 1});
  }
  if (status.error == 0) status = finish_all(engine, bench.instance());
  return compiled(bench, status);
}

void check_same(const Compiled& whole, const Compiled& cut) {
  CHECK(cut.status.error == whole.status.error);
  CHECK(cut.status.complete == whole.status.complete);
  CHECK(cut.status.line == whole.status.line);
  CHECK(cut.status.column == whole.status.column);
  CHECK(cut.status.text_bytes == whole.status.text_bytes);
  CHECK(cut.code == whole.code);
  CHECK(cut.data == whole.data);
  CHECK(cut.places == whole.places);
  CHECK(cut.state == whole.state);
  CHECK(cut.report.code_bytes == whole.report.code_bytes);
  CHECK(cut.report.data_bytes == whole.report.data_bytes);
  CHECK(cut.report.names == whole.report.names);
  CHECK(cut.report.source_instructions == whole.report.source_instructions);
  CHECK(cut.report.instructions == whole.report.instructions);
}

// A text that compiles has told where each of its instructions came from.
void check_places(const Compiled& whole) {
  if (whole.status.error != 0) return;
  CHECK(whole.places.size() == whole.report.source_instructions);
  for (std::size_t k = 1; k < whole.places.size(); ++k) {
    const Place& before = whole.places[k - 1];
    const Place& one = whole.places[k];
    CHECK((one.offset > before.offset || (one.offset == before.offset && one.component == before.component + 1)));
    CHECK(one.line >= before.line);
  }
}

void check(const Profile& profile, const std::string& text, bool fuse, bool needs_trailer = false) {
  INFO(profile.name << ": " << (text.size() > 300 ? text.substr(0, 300) + "..." : text));
  const CompileOptions options{.fuse = fuse, .needs_trailer = needs_trailer};
  const Compiled whole = compile(profile, text, options, 0);
  check_places(whole);
  for (const std::size_t chunk : {1u, 2u, 3u, 7u}) {
    CAPTURE(chunk);
    check_same(whole, compile(profile, text, options, chunk));
  }
  if (text.size() < 2000) check_same(whole, compile_with_gaps(profile, text, options));
}

}  // namespace

TEST_CASE("malformed programs in chunks") {
  for (const Profile* profile : profiles())
    for (const Malformed& one : malformed_programs(*profile))
      if (one.loaded_before == 0) check(*profile, one.text, true, one.needs_trailer);
}

TEST_CASE("examples in chunks") {
  for (const Profile* profile : profiles())
    for (const Vector& vector : profile->vectors)
      for (const bool fuse : {true, false}) check(*profile, std::string(vector.program), fuse);
}

TEST_CASE("printed text without room ends at the same byte in all chunks") {
  for (const Profile* profile : profiles())
    check(*profile, "frame f 1 code 24\n.\" " + std::string(300, 'x') + "\"", true);
}

TEST_CASE("random programs in chunks") {
  constexpr std::uint64_t programs = 200;
  for (std::uint64_t seed = 0; seed < programs; ++seed) {
    const Profile& profile = *profiles()[seed % 5 == 2 ? 3 : seed % 5];  // not tests-tiny, which holds none of them
    check(profile, generated_program(profile, 7000 + seed), seed % 3 != 0);
  }
}

TEST_CASE("a frame from a line is complete when its trailer has arrived, in chunks of any size") {
  const std::string_view text = "7 .\nendframe 4 9f27b9d6\n";
  for (const Profile* profile : profiles())
    for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
      Bench bench(*profile);
      CompileStatus status = profile->engine.begin(bench.instance(), {.needs_trailer = true});
      for (std::size_t at = 0; at < text.size(); at += chunk) {
        CHECK_FALSE(status.complete);
        status = feed_all(profile->engine, bench.instance(), text.substr(at, chunk));
      }
      CHECK(status.complete);
      CHECK(status.error == 0);
      CHECK(finish_all(profile->engine, bench.instance()).error == 0);
      CHECK(bench.state() == "ready");
    }
}

// What a text is told to have wrong must not hang on how much of its first token has come.
TEST_CASE("a machine without room for any code says so at once") {
  for (const Profile* profile : profiles())
    for (const std::size_t chunk : {0u, 1u}) {
      INFO(profile->name << " in chunks of " << chunk);
      Bench bench(*profile, {}, 0);
      const CompileStatus status = bench.load("unknown", {}, chunk);
      CHECK(bench.error_name(status) == "code_full");
      CHECK(status.line == 1);
      CHECK(status.column == 1);
    }
}
