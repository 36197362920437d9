// What a program has said, for worked examples.
#pragma once

#include <string>

#include "tests/oracle/oracle.hpp"

namespace mica::oracle {

// Output of a program that has to end, or behind it the trap, or the reason why there is none.
inline std::string said(const Result& result) {
  switch (result.outcome) {
    case Outcome::ended:
      return result.output;
    case Outcome::trapped:
      return result.output + "! " + result.trap;
    case Outcome::out_of_ticks:
      return "out of ticks";
    default:
      return "invalid";
  }
}

}  // namespace mica::oracle
