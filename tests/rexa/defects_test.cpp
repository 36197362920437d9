// Where the reference of the REXA VM crashed, corrupted memory or miscompiled: each program ends as it should.
#include <doctest/doctest.h>

#include "tests/rexa/cases.hpp"
#include "tests/vm/spelling.hpp"

namespace {

using namespace mica::tests;

void check(const Profile& profile, const Defect& defect, const std::string& expected) {
  INFO(profile.name << " " << defect.where << ": " << defect.text);
  CHECK(outcome(profile, spell(profile, defect.where, defect.text)) == expected);
}

}  // namespace

TEST_CASE("programs that the reference does not survive or gets wrong") {
  const std::vector<Defect> all = defects();
  CHECK(all.size() >= 101);
  for (const Defect& defect : all) {
    check(find_profile("rexa16"), defect, defect.rexa);
    check(find_profile("own16"), defect, defect.own);
  }
}
