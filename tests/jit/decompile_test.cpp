// What is decompiled compiles to the same frame: code, data, and all that the text says of constants and arrays.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "tests/rexa/cases.hpp"
#include "tests/vm/bench.hpp"
#include "tests/vm/programs.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// The text of a frame; "ERROR" behind it if it is not whole.
std::string decompile(Bench& bench, std::uint8_t frame = 0) {
  std::string text;
  const auto write = [](void* context, const char* piece, std::size_t size) {
    static_cast<std::string*>(context)->append(piece, size);
  };
  const std::string_view error = bench.engine().decompile(bench.instance(), frame, {&text, write});
  return error.empty() ? text : text + "\nERROR " + std::string(error);
}

// In the order of the alphabet: what stands at one place of the code may change places.
std::vector<std::string> words_of(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
  std::sort(all.begin(), all.end());
  return all;
}

// True if the program compiles; then its text must give the same frame, and that frame the same words.
bool check(const Profile& profile, const std::string& program, bool fuse, std::uint64_t ticks = 0) {
  Bench bench(profile);
  if (bench.load(program, {.fuse = fuse}).error != 0) return false;
  if (ticks != 0) bench.run_to_end(100, ticks);
  const std::string text = decompile(bench);
  INFO(profile.name << (fuse ? " fused" : " not fused") << (ticks != 0 ? ", has run" : "") << "\n--- program\n"
                    << program << "\n--- decompiled\n"
                    << text);
  REQUIRE(text.find("\nERROR ") == std::string::npos);
  Bench again(profile);
  REQUIRE(describe(profile.engine, again.load(text, {.fuse = fuse})) == "");
  CHECK(again.code() == bench.code());
  CHECK(again.data() == bench.data());
  CHECK(words_of(decompile(again)) == words_of(text));
  return true;
}

void check_all_ways(const Profile& profile, const std::string& program) {
  for (const bool fuse : {true, false})
    for (const std::uint64_t ticks : {0u, 20000u}) check(profile, program, fuse, ticks);
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("examples of the instruction set") {
  for (const Profile* profile : profiles())
    for (const Vector& vector : profile->vectors) check_all_ways(*profile, std::string(vector.program));
}

TEST_CASE("blocks and views") {
  const std::string programs[] = {
      "array a int8 9 array o int8 4 conv2d{ shift { 1 } multiplier { 1073741824 } kernel 2 2 bias packed 4 \"00000\" "
      "size 3 3 1 filter { 1 2 3 4 } output o input a } 0 o read .",
      "array c 6 array d 6 copy{ output d input c length 3 from 1 0 } "
      "copy{ input c output d length 2 rows 2 from 0 3 to 1 2 }",
      "array a int8 8 view v a 2 4 view w v 1 2 table t int8 { 1 2 3 4 5 } view u t 1 3 "
      "copy{ input u output v length 3 } v vecprint w vecprint",
      // An array of cells takes a number when a field names it first, so do literals, in the order of the text.
      "array c int8 3 : w copy{ length 2 input { 7 8 9 } output c } copy{ input int8 { 1 2 3 } output c length 1 } ; w "
      "array d 4 fill{ value 3 output d length 4 } table t int8 { 4 5 } copy{ input t output c length 2 }",
      "array a float32 { 1.5 -2.0 } array b float32 2 copy{ input a output b length 2 } 1 b read f.",
      "array a int8 4 1 if fill{ output a length 2 value 9 } else fill{ output a length 4 value -1 } endif 3 a read .",
  };
  for (const char* name : {"node32", "stm32f4"})
    for (const std::string& program : programs)
      for (const bool fuse : {true, false})
        for (const std::uint64_t ticks : {0u, 20000u}) {
          INFO(program);
          CHECK(check(find_profile(name), program, fuse, ticks));
        }
}

TEST_CASE("programs of the REXA VM") {
  unsigned compiled = 0;
  for (const Program& program : programs("programs.cases"))
    for (const bool fuse : {true, false})
      if (check(find_profile("rexa16"), program.text, fuse, fuse ? 20000 : 0)) ++compiled;
  CHECK(compiled > 400);
}

TEST_CASE("frames of the tests") {
  unsigned compiled = 0;
  for (const auto& file : std::filesystem::directory_iterator(MICA_FRAMES)) {
    if (file.path().extension() != ".mica") continue;
    for (const char* name : {"node32", "rexa16", "own16"})
      for (const bool fuse : {true, false})
        for (const std::uint64_t ticks : {0u, 20000u})
          if (check(find_profile(name), read(file.path()), fuse, ticks)) ++compiled;
  }
  CHECK(compiled > 80);
}

// A host whose arrays and functions have names; programs must not keep handles of those that they do not use.
TEST_CASE("names of the host") {
  static std::int16_t samples[4], level[1];
  static const HostArray arrays[] = {{"samples", samples, 4, ml::ElementType::int16, false},
                                     {"level", level, 1, ml::ElementType::int16, false}};
  static const HostFunction functions[] = {{"twice", 1, 1, [](void*, std::int32_t*) { return true; }}};
  for (const Profile* profile : profiles()) {
    if (profile->limits.regions < 4 || profile->name == "far-code") continue;  // which have no room, or no host
    Host host;
    host.functions = functions;
    host.arrays = arrays;
    const auto bytes = profile->engine.bytes_min + Bench::pool_for_one(*profile);
    std::vector<std::uint64_t> memory[2];
    std::string texts[2] = {profile->rexa ? ": w 1 samples read ; level read twice . : level ; w . level"
                                          : ": w 1 samples read ; 0 level read twice . : level ; w . level",
                            ""};
    texts[0] =
        ": e 0 if end endif ; : b e return samples drop ; : v 5 if begin again level endif ; array a 4 "
        "a a $ twice 0 vecmap $ twice drop " +
        texts[0];
    std::vector<std::uint8_t> code[2];
    for (unsigned k = 0; k < 2; ++k) {
      INFO(profile->name << ": " << texts[k]);
      memory[k].resize(bytes / 8);
      Instance* const instance = profile->engine.create(std::as_writable_bytes(std::span(memory[k])), host);
      REQUIRE(profile->engine.begin(instance, {}).error == 0);
      REQUIRE(feed_all(profile->engine, instance, texts[k]).error == 0);
      REQUIRE(finish_all(profile->engine, instance).error == 0);
      for (const std::uint8_t byte : profile->engine.code(instance, 0)) code[k].push_back(byte);
      const auto write = [](void* context, const char* piece, std::size_t size) {
        static_cast<std::string*>(context)->append(piece, size);
      };
      std::string text;
      CHECK(profile->engine.decompile(instance, 0, {&text, write}) == "");
      if (k == 0) texts[1] = text;
      CHECK(text == texts[1]);
    }
    CHECK(code[0] == code[1]);
    CHECK(texts[1].find("samples") != std::string::npos);
  }
}

// What the code alone does not show.
TEST_CASE("corners") {
  for (const Profile* profile : profiles()) {
    if (profile->name == "tests-tiny") continue;
    for (const char* text :
         {": w dup if begin dup return again endif begin 1 . end until ; 5 w . 5 0 do end loop",
          ": w 5 0 do i . begin again loop ; : v 7 if 5 0 do begin again loop endif 8 . ; v",
          "9 0 do i 3 = if leave endif i 5 = if 5 0 do begin again loop endif loop .\" a\" 1 . end : w ;",
          ": b ; 1 . end $ b",
          "var x 9 0 do i 3 = if leave else begin 1 while 8 . leave repeat endif loop x 2 cell+ @ .",
          ": w 1 ; : v w ; : w 2 ; v w . . : u ; $ v drop $ w $ v $ relu 2drop drop 1 . 2 .",
          "array a 3 -7 a 0 cell+ ! 99 a -1 cell+ ! var b 4 b ! 2var c 5 6 c 2! a @ .",
          ": a ; : b ; : c 5 if return $ b var x endif $ a drop ; $ b $ c 2drop : d 1 . end $ d ; $ d . end $ a",
          "begin 3 . 0 if end endif 1 until : w begin again var x ; : v ; v"})
      for (const bool fuse : {true, false})
        for (const std::uint64_t ticks : {0u, 500u}) check(*profile, text, fuse, ticks);
  }
  for (const char* text : {"const two 2 1 >f 2 >f 3 >f two fdrop f> .", "1 >f 1 .\" x\" fdrop 2 >f f> f> . .",
                           "1 >f 1 var x fdrop 2 >f f> f> . .", ": w 1 ; 1 >f $ w fdrop 5 >f f> ."})
    for (const bool fuse : {true, false}) check(find_profile("rexa16"), text, fuse);
  const Profile& own = find_profile("own16");
  CHECK(check(own, "array a int8 3 array b int16 2 300 0 b write -1 7 5 + ! b 0 read .", true, 500));
  CHECK(check(own, ": w ( n -- n n ) dup if 5 endif ; 1 >f 1 fdrop $ w drop 1 w . .", true));
  for (const char* text :
       {"try 1 . 5 throw catch . endtry", "try end catch . endtry 5 .", ": w try 1 . end catch drop endtry ; w",
        ": w 3 0 do try i . i throw catch drop leave endtry loop ; w w",
        ": w try 1 throw catch throw endtry ; try w catch . endtry", ": w throw ; try 0 w catch drop endtry",
        "try 5 0 do end loop catch drop endtry 1 .", "try begin again catch drop endtry : w 1 ; w .",
        "try begin 1 while 2 . repeat catch if 3 . else try 4 . catch drop endtry endif endtry",
        "try try end catch drop endtry catch . endtry", "end try 1 catch endtry",
        "end try 1 drop catch drop 1 if endif 0 endtry begin 1 . 1 until", "3 0 do try end catch drop endtry loop",
        "1 if try end catch drop endtry else try 1 . catch drop endtry endif",
        ": w ( n -- n ) try 1 pick if 1 endif catch endtry if 5 endif ; 1 w drop"})
    for (const bool fuse : {true, false}) CHECK(check(own, text, fuse, 500));
  CHECK(check(own, ": a ; : b ( n -- ) execute return $ a drop ; $ a b $ b drop", true));
}

TEST_CASE("frames that import") {
  const std::string library =
      "frame lib 1 exports v exports w exports a exports k\n"
      "array a { 1 2 } const k 7 : v 5 a @ + ; : w ( n -- n ) dup if 1 - endif ;";
  int compiled = 0;
  for (const char* name : {"node32", "rexa16", "own16"})
    for (const char* text :
         {"imports lib.v\nv .", "imports lib.v imports lib.k imports lib.w imports lib.a\nv k w 0 a read . .",
          "imports lib.a\nvar x 0 a read x ! : y x @ ; y .", "imports lib.k\nk .",
          "imports lib.w imports lib.v exports v exports y\n: y v w ; $ w execute var z y z !",
          "imports lib.v\narray b { 1 2 3 } b b $ v 0 vecmap"}) {
      const std::string program = "frame app 1 " + std::string(text);
      Bench first(find_profile(name), {}, 4 * Bench::pool_for_one(find_profile(name)));
      Bench second(find_profile(name), {}, 4 * Bench::pool_for_one(find_profile(name)));
      for (Bench* one : {&first, &second}) REQUIRE(one->load(library).error == 0);
      if (first.load(program).error != 0) continue;
      ++compiled;
      const std::string again = decompile(first, 1);
      INFO(name << ": " << program << "\n--- decompiled\n" << again);
      REQUIRE(describe(second.engine(), second.load(again)) == "");
      CHECK(second.code(1) == first.code(1));
      CHECK(second.data(1) == first.data(1));
      CHECK(decompile(second, 1) == again);
    }
  CHECK(compiled == 18);
}

TEST_CASE("arrays of floats") {
  check(find_profile("node32"), "table t float32 { 1.5 -2e-3 1e30 } array a float32 2 1 a drop 1.5 0 a write", true,
        500);
  check(find_profile("node32"), "array a float32 { -1 0.5 } 0x7fc00001 1 a write 0 a read f.", true, 500);
}

TEST_CASE("what cannot be decompiled") {
  Bench bench(find_profile("own16"));
  CHECK(decompile(bench) == "\nERROR no_frame");
  REQUIRE(bench.load("var a : w 5 ;", {.keep_open = true}).error == 0);
  CHECK(decompile(bench) == "var a\n: w 5 ;\n");
  REQUIRE(bench.run_to_end(unbounded));
  REQUIRE(bench.load("w a !", {.keep_open = true, .extends = 0}).error == 0);
  CHECK(decompile(bench) == "\nERROR frame_extended");
  // The code of a line that is refused lies where that of the text before was.
  Bench refused(find_profile("own16"));
  REQUIRE(refused.load(": w 5 ; w drop", {.keep_open = true}).error == 0);
  REQUIRE(refused.run_to_end(unbounded));
  REQUIRE(refused.load("w nonsense", {.keep_open = true, .extends = 0}).error != 0);
  CHECK(decompile(refused) == "\nERROR frame_extended");
  Bench redefined(find_profile("rexa16"));
  REQUIRE(redefined.load("var x : preset ; var y x @ y ! 5 x !").error == 0);
  CHECK(decompile(redefined) == "var x\n: preset ;\nvar y\nx @ y ! 5 x !\n");
  REQUIRE(redefined.run_to_end(unbounded));
  CHECK(decompile(redefined).starts_with("var x preset x { 5 }\n"));
  Bench behind(find_profile("rexa16"));
  REQUIRE(behind.load(": preset ; var x 5 x !").error == 0);
  REQUIRE(behind.run_to_end(unbounded));
  CHECK(decompile(behind).ends_with("\nERROR preset_redefined"));
  Bench without(find_profile("minimal"));
  REQUIRE(without.load("1 drop").error == 0);
  CHECK(decompile(without) == "\nERROR no_decompiler");
}

TEST_CASE("random programs") {
  const char* const count = std::getenv("MICA_PROGRAMS");
  const std::uint64_t seeds = count != nullptr ? std::stoull(count) : 50;
  for (const char* name : {"node32", "rexa16", "own16"})
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      INFO("seed " << seed);
      const Profile& profile = find_profile(name);
      check(profile, generated_program(profile, seed), seed % 4 != 1, seed % 3 == 0 ? 20000 : 0);
    }
}
