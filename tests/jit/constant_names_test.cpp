// Names of constants where a text must have a number: the same as if the numbers stood there.
#include <doctest/doctest.h>

#include <string>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

const char* const profiles_of_both_dialects[] = {"node32", "own16", "rexa16"};

void check_same(const Profile& profile, const std::string& named, const std::string& numbers) {
  INFO(profile.name << ": " << named);
  Bench one(profile), other(profile);
  REQUIRE(describe(one.engine(), one.load(named)) == "");
  REQUIRE(describe(other.engine(), other.load(numbers)) == "");
  CHECK(one.code() == other.code());
  CHECK(one.data() == other.data());
  REQUIRE(one.run_to_end(7));
  REQUIRE(other.run_to_end(7));
  CHECK(one.state() == "ended");
  CHECK(one.output == other.output);
}

std::string error(const Profile& profile, const std::string& text) {
  Bench bench(profile);
  return describe(bench.engine(), bench.load(text));
}

}  // namespace

TEST_CASE("sizes, elements, values of constants and cells") {
  for (const char* name : profiles_of_both_dialects) {
    const Profile& profile = find_profile(name);
    check_same(profile, "const n 3 array a n a -1 cell+ @ .", "array a 3 a -1 cell+ @ .");
    check_same(profile, "const n 3 const m -7 array a { n 5 m } a vecprint", "array a { 3 5 -7 } a vecprint");
    check_same(profile, "const n 3 const m n m .", "3 .");
    check_same(profile, "const n 3 var v preset v { n } v @ .", "var v preset v { 3 } v @ .");
    check_same(profile, "const n 2 7 >f 8 >f n fdrop", "7 >f 8 >f 2 fdrop");
    check_same(profile, "const n 2 const n 3 array a n a vecprint", "array a 3 a vecprint");
  }
  for (const char* name : {"node32", "own16"}) {
    const Profile& profile = find_profile(name);
    check_same(profile, "const n 3 array a int8 n a vecprint", "array a int8 3 a vecprint");
    check_same(profile, "const n 3 table t int16 { n 4 n } t vecprint", "table t int16 { 3 4 3 } t vecprint");
    check_same(profile, "const n 4 table t int8 packed n \"00001\" t vecprint",
               "table t int8 packed 4 \"00001\" t vecprint");
  }
}

TEST_CASE("constants that are floats") {
  const Profile& profile = find_profile("node32");
  check_same(profile, "const pi 3.25 array a { pi } a @ f.", "array a { 3.25 } a @ f.");
  check_same(profile, "const pi 3.25 const p pi table t float32 { p 1 } 0 t read f.",
             "table t float32 { 3.25 1 } 0 t read f.");
  check_same(profile, "const n -3 table t float32 { n } 0 t read f.", "table t float32 { -3 } 0 t read f.");
  check_same(profile, "const n 16777217 table t float32 { n } 0 t read f.", "table t float32 { 16777217 } 0 t read f.");
  CHECK(error(profile, "const pi 3.25 array a pi") == "size_expected 1:23");
  CHECK(error(profile, "const pi 3.25 table t int32 { pi }") == "value_expected 1:31");
  CHECK(error(profile, "const z 0.0 1 >f z fdrop") == "count_expected 1:20");
}

TEST_CASE("names that are no constants, or not yet") {
  for (const char* name : profiles_of_both_dialects) {
    const Profile& profile = find_profile(name);
    CHECK(error(profile, "const n n") == "number_expected 1:9");
    CHECK(error(profile, "const n 3 const n n") == "number_expected 1:19");
    CHECK(error(profile, "const n 3 array n n") == "size_expected 1:19");
    CHECK(error(profile, "var n array a n") == "size_expected 1:15");
    CHECK(error(profile, "var n array a { 3 n }") == "value_expected 1:19");
    CHECK(error(profile, "var n const a n") == "number_expected 1:15");
    CHECK(error(profile, "const n 0 array a n") == "size_expected 1:19");
    CHECK(error(profile, "const n -1 array a n") == "size_expected 1:20");
  }
  for (const char* name : {"node32", "own16"})
    CHECK(error(find_profile(name), "const n 300 table t int8 { n }") == "number_out_of_range 1:28");
}
