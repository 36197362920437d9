// What the command offers to programs by name.
#pragma once

#include "sim/node.hpp"

namespace mica::pc {

// Functions and arrays for one machine, with the names and contents that the command of the REXA VM has:
//   milli    ( -- d )                milliseconds since the first call
//   random2  ( -- -100 -2000 )       for tests
//   2random  ( -- -123456 as d )     for tests
//   data2 (100 of int16), data1 (100 of int8), counter (1 of int16): writable; sample (8192 of int16): 0 .. 8191
class Io {
 public:
  explicit Io(unsigned cell_bits);
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;

  sim::Offer offer() const { return {functions_, arrays_}; }

 private:
  std::vector<std::int16_t> data2_, sample_, counter_;
  std::vector<std::int8_t> data1_;
  std::vector<HostFunction> functions_;
  std::vector<HostArray> arrays_;
};

}  // namespace mica::pc
