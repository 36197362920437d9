// Words that work in units, on data that takes many of them: the same is done whatever slices they are cut into.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/vm/bench.hpp"

namespace {

using namespace mica;
using namespace mica::tests;

// What the program writes, and then lies in its data.
std::string done_by(std::string_view profile, const std::string& text, std::uint32_t budget) {
  Bench bench(find_profile(profile));
  const CompileStatus status = bench.load(text);
  REQUIRE_MESSAGE(status.error == 0, describe(bench.engine(), status) << ": " << text);
  REQUIRE(bench.run_to_end(budget, 10000000));
  REQUIRE(bench.state() == "ended");
  std::string done = bench.output + " " + std::to_string(bench.task().ticks) + ":";
  for (const std::uint8_t byte : bench.data()) done += " " + std::to_string(byte);
  return done;
}

std::string filled(const std::string& name, int count) {
  return "array " + name + " " + std::to_string(count) + " " + std::to_string(count) + " 0 do i 37 * 101 mod 50 - " +
         name + " i cell+ ! loop ";
}

const std::string vectors = filled("a", 70) + filled("b", 70) + filled("w", 140) + filled("image", 210) +
                            filled("kernel", 80) + "array o 140 array two 2 array many 62 array none 70 ";
const std::string of_vectors[] = {
    "a w two 0 vecfold two vecprint",
    "image 70 a vecload a vecprint",
    "a none -3 vecscale none vecprint",
    "a b none 0 vecadd none vecprint",
    "a b none -7 vecmul none vecprint",
    "a none $ relu 0 vecmap none vecprint",
    ": twice 2 * ; a none $ twice 0 vecmap none vecprint",
    "image kernel many 0 70 40 1 0 vecconv many vecprint",
    "array four { 1 2 3 4 } image four many 0 35 2 4 0 vecconv many vecprint",
    "a 3 66 1 vecreduce . .",
    "a 3 66 2 vecreduce . .",
    "a 3 66 4 vecreduce . .",
    "a 3 66 8 vecreduce . .",
    "a o 2 vecreshape o vecprint",
    "w a -2 vecreshape a vecprint",
    "a 1 66 300 lowp a vecprint",
    "a 1 66 300 highp a vecprint",
    "a 1 66 300 hull a vecprint",
    "channel c 80 a c -1 sendn? . none c -1 receiven? . none vecprint",
};
const std::string of_texts[] = {
    "1 2 s\" a text of more than four cells, and of more than eight, and twelve\" .s . .",
    "array l 40 1 2 s\" a text of more than four cells, and of more than eight, and twelve\" l s! . . l vecprint",
    "array l 40 s\" a text of more than four cells, and of more than eight, and twelve\" l s! "
    "9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 drop drop drop drop drop drop drop drop drop "
    "drop drop drop drop drop drop drop drop drop drop drop l s@ .s",
};

void check_the_same(std::string_view profile, const std::string& text) {
  CAPTURE(profile);
  CAPTURE(text);
  const std::string whole = done_by(profile, text, unbounded);
  for (const std::uint32_t budget : {1u, 50u, 100u, 170u}) CHECK(done_by(profile, text, budget) == whole);
}

}  // namespace

TEST_CASE("words that work in units do the same in all slices") {
  for (const char* const profile : {"node32", "own16"}) {
    for (const std::string& text : of_vectors) check_the_same(profile, vectors + text);
    for (const std::string& text : of_texts) check_the_same(profile, text);
  }
  // Beyond what 32 bits of a filter's state hold.
  for (const char* const filter : {"lowp", "highp", "hull"})
    check_the_same("node32", vectors + "70 0 do i 9000000 - a i cell+ ! loop a 1 66 300 " + filter + " a vecprint");
  check_the_same("rexa16", filled("a", 30) + "a 30 7 sendn");
}
